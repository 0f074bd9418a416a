# SPDX-License-Identifier: MIT
"""Rust's standard library, whose locks are futexes without libpthread."""
import kit


@kit.program("Rust std", "rustc")
def std(box):
    program = box.built("threads.rs", "rustc", "--edition", "2021", "-o",
                        "{program}-rs", "{source}")
    done = box.run(f"{program}-rs")
    # The threads that panic say so there, in any order.
    panics = sorted(line.partition("panicked at ")[2].partition(",")[0]
                    for line in done.err.splitlines() if "panicked" in line)
    return {"out": done.ok(), "panics": panics}
