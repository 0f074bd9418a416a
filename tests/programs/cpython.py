# SPDX-License-Identifier: MIT
"""CPython's own tests of what threads, sockets and signals are built on: each
case ends as it does plain. Slow: run only when asked for (-k cpython)."""
import xml.etree.ElementTree

import kit

LIMIT = 240
MODULES = ("threading", "thread", "socket", "socketserver", "queue",
           "subprocess", "signal", "select", "selectors", "epoll", "poll")


def results(path):
    """{case: how it ended}."""
    cases = {}
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        ends = {child.tag for child in case} & {"failure", "error", "skipped"}
        cases[case.get("name")] = " ".join(sorted(ends)) or "ok"
    return cases


def module(name):
    @kit.program(f"cpython/test_{name}", "python3", "libpython3.11-testsuite",
                 limit=LIMIT, is_slow=True)
    def test(box):
        report = box.folder / "report.xml"
        # Some virtual machines have VSOCK sockets that answer nobody.
        box.run("/usr/bin/python3", "-m", "test", "--ignore", "*VSOCK*",
                "--junit-xml", report, f"test_{name}")
        return results(report)
    return test


for name in MODULES:
    module(name)
