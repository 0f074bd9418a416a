# SPDX-License-Identifier: MIT
"""What a figure depends on beside the code: the machine and the versions."""

import datetime
import os
import platform
import subprocess


def first_line(command, cwd=None):
    try:
        out = subprocess.run(command, capture_output=True, text=True, cwd=cwd,
                             check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return out.strip().split("\n")[0]


def value_of(path, key):
    """What follows key and a colon in a file of /proc."""
    with open(path) as f:
        for line in f:
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    return None


def package_versions(bench_dir):
    versions = {}
    for line in (bench_dir / "packages.txt").read_text().splitlines():
        name = line.partition("#")[0].strip()
        if name and not name.startswith("["):
            versions[name] = first_line(
                ["dpkg-query", "-W", "-f", "${Version}", name])
    return versions


def facts(bench_dir, cpu):
    return {
        "cpu": value_of("/proc/cpuinfo", "model name") or platform.machine(),
        "cpus": os.cpu_count(),
        "pinned_to": cpu,
        "memory": value_of("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "compiler": first_line(["cc", "--version"]),
        "evergreen": first_line(["git", "describe", "--always", "--dirty"],
                                bench_dir),
        "packages": package_versions(bench_dir),
        "date": datetime.datetime.now(datetime.timezone.utc)
        .isoformat(timespec="seconds"),
    }
