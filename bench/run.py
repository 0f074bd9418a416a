#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures evergreen beside other systems; see README.md.

Each round runs every system once for a row, so that what else the machine does
meets all of them alike. Results go to OUT/bench.json, .png and .txt; one JSON
line for each row and system goes to standard output.
"""

import argparse
import json
import os
import pathlib
import select
import statistics
import subprocess
import sys

import figures
import figures_run
import machine
import report

HERE = pathlib.Path(__file__).resolve().parent


class Failed(Exception):
    """A row could not be measured; the text says why."""


def say(text):
    print(text, file=sys.stderr, flush=True)


class Runner:
    """Starts the programs, on the CPUs meant for them."""

    def __init__(self, build_dir, timeout, quick):
        cpus = sorted(os.sched_getaffinity(0))
        self.load_cpu = cpus[0]
        self.cpu = cpus[1 % len(cpus)]
        self.build_dir = build_dir
        self.timeout = timeout
        self.env = dict(os.environ)
        if quick:
            self.env["BENCH_QUICK"] = "1"
        self.rows_of = {}

    def path(self, program):
        is_script = program.endswith(".py")
        path = (HERE if is_script else self.build_dir / "bench") / program
        if not path.exists():
            raise Failed(f"{program} is not built")
        return str(path)

    def command(self, system, program):
        """What starts a program, as a system."""
        if system not in figures_run.SYSTEMS:
            return [self.path(program)]
        command = [self.path(program)]
        if program.endswith(".py"):
            command.insert(0, "/usr/bin/python3")
        launcher, *words = figures_run.LAUNCHERS.get(system, [None])
        if not launcher:
            return command
        launcher = self.build_dir / launcher
        if not launcher.exists():
            raise Failed(f"{launcher.name} is not built")
        return [str(launcher), *words, *command]

    def start(self, command, cpu, **options):
        def prepare():
            os.sched_setaffinity(0, {cpu})
            # if memory runs out, then nobody else should pay for it
            with open("/proc/self/oom_score_adj", "w") as f:
                f.write("1000")

        return subprocess.Popen(command, env=self.env, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE,
                                preexec_fn=prepare, **options)

    def output(self, command, cpu):
        """What the command prints, or Failed."""
        child = self.start(command, cpu)
        try:
            out, err = child.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise Failed(f"not done after {self.timeout:g} s") from None
        if child.returncode:
            last = (err.strip().splitlines() or ["no message"])[-1]
            raise Failed(f"exit status {child.returncode}: {last}")
        return out

    def offers(self, program, row):
        if program not in self.rows_of:
            out = self.output([self.path(program), "--rows"], self.cpu)
            self.rows_of[program] = out.split()
        return row in self.rows_of[program]

    def serve_and_load(self, command, system, row):
        server = self.start([*command, "serve-echo"], self.cpu)
        try:
            ready, _, _ = select.select([server.stdout], [], [], 10)
            words = server.stdout.readline().split() if ready else []
            if len(words) != 2:
                raise Failed("the server did not start")
            if os.readlink(f"/proc/{server.pid}/exe") == command[0] and \
                    system in figures_run.LAUNCHERS:
                raise Failed("the launcher is no exec: its CPU time would "
                             "be taken for the program's")
            return self.output([self.path("echo_load"), row, system, words[1],
                                str(server.pid)], self.load_cpu)
        except Failed as e:
            if server.poll() is None:
                raise
            last = server.stderr.read().strip()
            raise Failed(f"{e}; server: {last}") from None
        finally:
            server.terminate()
            try:
                server.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.communicate()

    def measure(self, system, program, row, figure):
        """One line of a program, as a dictionary."""
        why_not = figures.why_not_offered(system, row)
        command = self.command(system, program)
        if why_not or not self.offers(program, row):
            raise Failed(why_not or "does not have this row")
        if figure in figures.EVERY_SERVED:
            out = self.serve_and_load(command, system, row)
        else:
            out = self.output([*command, row], self.cpu)
        try:
            return {**json.loads(out), "system": system}
        except json.JSONDecodeError:
            raise Failed("printed no JSON line") from None


def six_digits(value):
    return float(f"{value:.6g}")


def summary(runs):
    """One record of all runs of a row on a system."""
    values = [r.pop("value") for r in runs]
    first = runs[0]
    record = {"name": first.pop("name"), "system": first.pop("system"),
              "unit": first.pop("unit"),
              "median": six_digits(statistics.median(values)),
              "min": min(values), "max": max(values), "runs": len(values)}
    for extra in first:
        record[extra] = six_digits(statistics.median(r[extra] for r in runs))
    return record


def program_of(system, figure):
    for program, its_figures in figures.EVERY_SYSTEM[system].items():
        if figure in its_figures:
            return program
    return None


def measure_row(runner, row, figure, systems, rounds):
    """All systems in turn, a record for each."""
    programs = {s: program_of(s, figure) for s in systems}
    order = [s for s in systems if programs[s]]
    runs = {s: [] for s in order}
    skipped = {}
    for number in range(rounds):
        shift = number % len(order) if order else 0
        for system in order[shift:] + order[:shift]:
            if system in skipped:
                continue
            say(f"{row}: round {number + 1} of {rounds}, {system}")
            try:
                runs[system].append(runner.measure(system, programs[system],
                                                   row, figure))
            except Failed as e:
                skipped[system] = str(e)
                say(f"{row}: {system} skipped: {e}")
    return [{"name": row, "system": s, "skipped": skipped[s]}
            if s in skipped else summary(runs[s]) for s in order]


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("build_dir", nargs="?", type=pathlib.Path,
                   help="where meson built with -Dbench=true "
                   "(default: build-bench)")
    p.add_argument("--build-dir", dest="build_dir_option", metavar="DIR",
                   type=pathlib.Path, help="the same")
    p.add_argument("--out", type=pathlib.Path, default=HERE.parent / "build",
                   help="where results go (default: build)")
    p.add_argument("--rows", action="append", metavar="PATTERN",
                   help="measure these only, as 'yield/*', or a group: " +
                   ", ".join(figures.GROUPS) + "; may be repeated")
    p.add_argument("--systems", metavar="A,B",
                   help="measure these only, of: " +
                   ", ".join(figures.EVERY_SYSTEM))
    p.add_argument("--rounds", type=int, default=5,
                   help="runs of each row and system (default: 5)")
    p.add_argument("--timeout", type=float, default=120,
                   help="seconds that one run may take (default: 120)")
    p.add_argument("--quick", action="store_true",
                   help="one short round with small sizes: shows that "
                   "everything works, the figures mean nothing")
    a = p.parse_args()
    a.build_dir = (a.build_dir_option or a.build_dir or
                   HERE.parent / "build-bench").resolve()
    a.systems = (a.systems.split(",") if a.systems
                 else list(figures.EVERY_SYSTEM))
    unknown = set(a.systems) - set(figures.EVERY_SYSTEM)
    if unknown:
        p.error(f"no such system: {', '.join(sorted(unknown))}")
    a.rows = [(row, figure) for row, figure in figures.all_rows()
              if not a.rows or any(figures.matches(row, pattern)
                                   for pattern in a.rows)]
    if not a.rows:
        p.error("no row matches")
    return a


def main():
    a = arguments()
    runner = Runner(a.build_dir, a.timeout, a.quick)
    records = []
    for row, figure in a.rows:
        records += measure_row(runner, row, figure, a.systems,
                               1 if a.quick else a.rounds)
    a.out.mkdir(parents=True, exist_ok=True)
    result = {"machine": machine.facts(HERE, runner.cpu),
              "quick": a.quick, "results": records}
    (a.out / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    for record in records:
        print(json.dumps(record))
    table = report.table(result)
    (a.out / "bench.txt").write_text(table)
    say("\n" + table)
    report.plot(result, a.out / "bench.png", say)
    say(f"results: {a.out}/bench.json, bench.txt, bench.png")


if __name__ == "__main__":
    main()
