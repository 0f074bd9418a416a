# SPDX-License-Identifier: MIT
"""Reads the Markdown documents: their links, their blocks, what they cite.

What check-docs and check-console share. A fenced block begins with ``` and the
name of what it is: "c" is source code, "console" is what a terminal shows.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Their blocks are held to the programs in examples/.
TAUGHT = ["README.md", "docs/testing.md", "docs/tutorial.md"]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\(([^)\s]+)\)")
CITED = re.compile(r"\b(?:GL|LV|HB|EH|SP|TM|EV|LK|QU|PL|LT|TP|SK|FI|PR|SG|FK"
                   r"|SV|DN|SS|MP)-\d\d\b")
WANTED_TEST = re.compile(r"\begtests\b[^`\n]* -k '?([\w./:*]+)")


class Document:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def blocks(self, kind):
        """(line, text) of each block of this kind."""
        for match in FENCE.finditer(self.text):
            if match[1] == kind:
                yield self.line_of(match.start()), match[2]

    def links(self):
        """(line, path) of each link to a file of the project."""
        for match in LINK.finditer(self.text):
            target = match[1].partition("#")[0]
            if target and "://" not in target:
                yield self.line_of(match.start()), self.path.parent / target

    def wanted_tests(self):
        """(line, text) of each "egtests ... -k TEXT"."""
        for match in WANTED_TEST.finditer(self.text):
            yield self.line_of(match.start()), match[1]


def read_all():
    paths = list(ROOT.glob("*.md"))
    for folder in ("docs", "bench", "examples", "tests"):
        paths += (ROOT / folder).rglob("*.md")
    return [Document(path) for path in sorted(paths)]


def sources(*folders):
    """Every C file, header and assembly file below these folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.[chS]")):
            yield path
