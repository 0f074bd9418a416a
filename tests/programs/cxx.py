# SPDX-License-Identifier: MIT
"""C++20: what libstdc++ builds on threads and futexes."""
import kit


@kit.program("C++20 threads", "g++")
def threads(box):
    program = box.built("threads.cc", "g++", "-std=c++20", "-O1", "-pthread",
                        "-o", "{program}", "{source}")
    return box.run(program).ok()
