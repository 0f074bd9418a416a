# SPDX-License-Identifier: MIT
"""What is measured, and which program measures it of which system."""

import fnmatch

import figures_run

# figure: (title, unit, sizes); a row is called figure/size
FIGURES = {
    "switch": ("Raw context switch, one way", "ns", [None]),
    "coro_switch": ("Switch of coroutines with a value, one way", "ns",
                    [None]),
    "gen_chain": ("Switch in a chain of N generators, one way", "ns", [1000]),
    "yield": ("Yield, by number of tasks", "ns", [2, 1000, 10000]),
    "spawn_join": ("Spawn, run and join a task, by batch", "ns", [1, 1000]),
    "chan": ("Message through a channel, by capacity", "ns", [0, 1, 64]),
    "mutex": ("Mutex: lock and unlock, uncontended", "ns", [None]),
    "rmutex": ("Recursive mutex: lock and unlock", "ns", [None]),
    "rwlock": ("Read-write lock: lock to read, unlock", "ns", [None]),
    "event": ("Event: set, wait and clear", "ns", [None]),
    "sem": ("Semaphore: post and wait", "ns", [None]),
    "queue": ("Queue: put and get in one task", "ns", [None]),
    "queue_handover": ("Queue with room for one, task to task", "ns",
                       [None]),
    "pool_map": ("Map over N items in a pool of 100, by item", "ns",
                 [100000, 1000000]),
    "pool_spawn": ("Spawn in a pool of 100, and its end", "ns", [None]),
    "timer_fill": ("Start each of N timers", "ns", [100000, 1000000]),
    "timer_start_stop": ("Start and stop a timer beside N others", "ns",
                         [100000, 1000000]),
    "timer_reset_random": ("Move one of N timers at random", "ns",
                           [100000, 1000000]),
    "timer_reset_idle": ("Put off the oldest of N idle timeouts", "ns",
                         [100000, 1000000]),
    "async": ("Two loops that wake each other, a round trip", "ns", [None]),
    "signal": ("A signal in a storm of them, to a callback", "ns", [None]),
    "mem": ("Memory per parked task, by number of tasks", "bytes",
            [100000, 1000000]),
    "sleepers": ("CPU time of N tasks that sleep a second", "s", [1000000]),
    "echo": ("Server CPU time per TCP echo, by connections", "us",
             [64, 1000, 10000]),
    "idle_conn": ("Server memory per idle connection", "bytes", [10000]),
}

TASKS = ["yield", "spawn_join", "chan", "mem", "sleepers"]
SYNC = ["mutex", "rmutex", "rwlock", "event", "sem", "queue",
        "queue_handover"]
POOL = ["pool_map", "pool_spawn"]
TIMERS = ["timer_fill", "timer_start_stop", "timer_reset_random",
          "timer_reset_idle"]
LOOP = ["async", "signal"]
CORO = ["coro_switch", "gen_chain"]
SERVED = ["echo", "idle_conn"]
PYTHON = ["yield", "spawn_join", "chan", "mem", "echo", *SYNC, *POOL]
EVERY_SERVED = SERVED + figures_run.SERVED

# system: {program: figures}
SYSTEMS = {
    "evergreen": {
        "bench_evergreen_switch": ["switch"],
        "bench_evergreen_coro": CORO,
        "bench_evergreen_tasks": TASKS,
        "bench_evergreen_sync": [*SYNC, *POOL],
        "bench_evergreen_timer": TIMERS,
        "bench_evergreen_echo": SERVED,
    },
    "evergreen_loop": {
        "bench_evergreen_loop": [*TIMERS, *LOOP],
        "bench_evergreen_loop_echo": SERVED,
    },
    "evergreen_ev": {
        "bench_evergreen_ev_timer": TIMERS,
        "bench_evergreen_ev_loop": LOOP,
        "bench_evergreen_ev_echo": SERVED,
    },
    "raw_epoll": {"bench_raw_epoll_echo": SERVED},
    "libev": {"bench_libev_timer": TIMERS, "bench_libev_loop": LOOP,
              "bench_libev_echo": SERVED},
    "libuv": {"bench_libuv_timer": TIMERS, "bench_libuv_loop": LOOP,
              "bench_libuv_echo": SERVED},
    "libst": {"bench_libst_tasks": [*TASKS, *SYNC],
              "bench_libst_echo": SERVED},
    "boost_fiber": {"bench_boost_fiber": ["switch", *CORO, *TASKS],
                    "bench_boost_sync": SYNC},
    "go": {"bench_go": [*TASKS, *SYNC, *TIMERS, *SERVED]},
    "tokio": {"bench_tokio": [*TASKS, *SYNC]},
    "neco": {"bench_neco_tasks": [*TASKS, *SYNC]},
    "libdill": {"bench_libdill_tasks": TASKS},
    "photon": {"bench_photon_tasks": [*TASKS, *SYNC]},
    "pthread": {
        "bench_pthread_tasks": ["yield", "spawn_join", "chan", *SYNC],
        "bench_pthread_echo": ["echo"],
    },
    "gevent": {"py_gevent.py": PYTHON},
    "eventlet": {"py_eventlet.py": PYTHON},
    "ucontext": {"bench_switch_ucontext": ["switch"]},
}

EVERY_SYSTEM = {**SYSTEMS, **figures_run.SYSTEMS}

REFERENCE = "evergreen"

# a name for many rows: the patterns of them
GROUPS = {"run": ["run_*"], "sync": SYNC, "pool": ["pool_*"]}

# (system, row, as a pattern): why its program does not have it
NOT_OFFERED = {
    ("libst", "chan/0"): "it has no channels, the ring here needs room",
    ("libst", "rmutex"): "it has none",
    ("libst", "rwlock"): "it has none",
    ("boost_fiber", "rwlock"): "it has none",
    ("go", "rmutex"): "it has none",
    ("tokio", "chan/0"): "its channels need room",
    ("tokio", "rmutex"): "it has none",
    ("neco", "rmutex"): "it has none",
    ("libdill", "chan/1"): "its channels have no room",
    ("libdill", "chan/64"): "its channels have no room",
    ("libdill", "mem/*"): "32,000 stacks are the most that Linux lets it map",
    ("libdill", "sleepers/*"): "as mem",
    ("photon", "chan/0"): "its channels need room",
    ("gevent", "rwlock"): "it has none",
    ("eventlet", "rwlock"): "it has none",
    ("pthread", "yield/*"): "two threads tell what sched_yield costs",
    ("pthread", "chan/0"): "the ring here needs room",
    ("pthread", "echo/10000"): "too many threads for an ordinary system",
    ("gevent", "mem/1000000"): "takes minutes",
    ("gevent", "echo/10000"): "takes minutes",
    ("eventlet", "mem/1000000"): "takes minutes",
    ("eventlet", "echo/10000"): "takes minutes",
    ("eventlet", "pool_map/1000000"): "takes a minute, as gevent's",
    **figures_run.NOT_OFFERED,
}


def row_name(figure, size):
    return figure if size is None else f"{figure}/{size}"


def why_not_offered(system, row):
    """Why a system does not have a row; None if nothing is known of that."""
    for (its_system, pattern), reason in NOT_OFFERED.items():
        if system == its_system and fnmatch.fnmatch(row, pattern):
            return reason
    return None


def all_rows():
    """Every (row, figure), in the order of both FIGURES."""
    return [(row_name(figure, size), figure)
            for group in (FIGURES, figures_run.FIGURES)
            for figure, (_, _, sizes) in group.items() for size in sizes]


def matches(row, pattern):
    """Whether a row is meant by a pattern or the name of a group."""
    return any(fnmatch.fnmatch(row, one)
               for one in GROUPS.get(pattern, [pattern]))
