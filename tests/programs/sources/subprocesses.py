# SPDX-License-Identifier: MIT
"""Children made by many threads at once, with pipes, signals and timeouts."""
import os
import signal
import subprocess
import threading

results = {}


def upper(i):
    done = subprocess.run(["tr", "a-z", "A-Z"], input=f"hello {i}" * 1000,
                          capture_output=True, text=True, check=True)
    results[i] = done.stdout == f"HELLO {i}" * 1000


def run_all(function, count):
    threads = [threading.Thread(target=function, args=(i,))
               for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def time_out():
    try:
        subprocess.run(["sleep", "60"], timeout=0.1, check=False)
    except subprocess.TimeoutExpired:
        return "timed out"
    return "ended"


def killed():
    with subprocess.Popen(["sleep", "60"]) as process:
        process.send_signal(signal.SIGTERM)
        return process.wait()


def forked():
    pid = os.fork()
    if pid == 0:
        done = []
        run_all(done.append, 5)
        os._exit(len(done))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


run_all(upper, 12)
print(sorted(results.items()))
print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 7"],
                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                     check=False))
print(time_out(), killed(), forked(), os.system("exit 3"))
print(os.popen("echo popen").read().strip())
