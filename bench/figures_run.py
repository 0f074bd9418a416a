# SPDX-License-Identifier: MIT
"""What is measured of ordinary programs, plain and under `evergreen run`."""

# figure: (title, unit, sizes); a row is called figure/size
FIGURES = {
    "run_cond": ("Mutex and condition: one handoff", "ns", [None]),
    "run_yield": ("sched_yield, by threads", "ns", [2, 1000]),
    "run_mutex": ("Mutex, uncontended: lock and unlock", "ns", [None]),
    "run_create": ("Create and join a thread, by batch", "ns", [1, 1000]),
    "run_echo": ("C, a thread per connection: CPU per echo", "us",
                 [100, 1000, 10000]),
    "run_py_echo": ("Python ThreadingTCPServer: CPU per echo", "us",
                    [100, 1000]),
    "run_park_time": ("Create, park, wake and join N threads", "s",
                      [10000, 100000]),
    "run_park_memory": ("Memory per parked thread", "bytes",
                        [10000, 100000]),
    "run_pipe": ("Pipe: write and read", "ns", [None]),
    "run_fopen": ("fopen and fclose", "ns", [None]),
    "run_stat": ("stat", "ns", [None]),
    "run_getppid": ("getppid", "ns", [None]),
    "run_fork": ("fork and wait, by threads", "ns", [1, 100]),
    "run_epoll_echo": ("Non-blocking epoll: CPU per echo", "us",
                       [64, 1000]),
    "run_idle": ("Wake-ups in 2 s of N threads that wait", "", [100]),
}

SERVED = ["run_echo", "run_py_echo", "run_epoll_echo"]

PLAIN = "plain"
UNDER_RUN = "evergreen run"

PROGRAMS = {
    "bench_plain_threads": ["run_cond", "run_yield", "run_mutex",
                            "run_create"],
    "bench_plain_calls": ["run_pipe", "run_fopen", "run_stat", "run_getppid",
                          "run_fork"],
    "bench_plain_park": ["run_park_time", "run_park_memory", "run_idle"],
    "bench_pthread_echo": ["run_echo"],
    "bench_raw_epoll_echo": ["run_epoll_echo"],
    "plain_echo.py": ["run_py_echo"],
}

SYSTEMS = {PLAIN: PROGRAMS, UNDER_RUN: PROGRAMS}

# system: what starts its programs, from the build directory
LAUNCHERS = {UNDER_RUN: ["src/cli/evergreen", "run", "--"]}

# (system, row, as a pattern): why it is not tried
NOT_OFFERED = {
    (PLAIN, "run_park_*/100000"): "more threads than Linux lets be",
}

# row: what it has to be. "value" and "ratio" to plain: at most; "rate", the
# ratio of operations a second: at least.
AIMS = {
    "run_cond": ("value", 35),
    "run_yield/2": ("value", 20),
    "run_mutex": ("ratio", 1),
    "run_create/1": ("ratio", 1),
    "run_echo/100": ("ratio", 0.45),
    "run_echo/1000": ("ratio", 0.5),
    "run_echo/10000": ("ratio", 0.5),
    "run_py_echo/1000": ("rate", 2),
    "run_park_memory/100000": ("value", 10000),
    "run_pipe": ("ratio", 1.1),
    "run_fopen": ("ratio", 1.1),
    "run_stat": ("ratio", 1.1),
    "run_fork/1": ("ratio", 1.3),
    "run_fork/100": ("ratio", 1.3),
    "run_epoll_echo/64": ("ratio", 1.1),
    "run_epoll_echo/1000": ("ratio", 1.1),
    "run_idle/100": ("value", 0),
}
