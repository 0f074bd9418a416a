# SPDX-License-Identifier: MIT
"""sqlite3, perl's threads, and stress-ng's stressors."""
import kit


@kit.program("sqlite3", "sqlite3")
def sqlite3(box):
    sql = """pragma threads=4; create table t (i integer, s text);
    with recursive n(i) as (select 1 union all select i + 1 from n
        where i < 50000) insert into t select i * 7919 % 50021,
        printf('%0200d', i * 7919 % 50021) from n;
    create index s on t (s); select count(*), sum(i), max(s) from t;
    pragma integrity_check;
    """
    return box.run("sqlite3", "-batch", "database", input=sql).ok()


@kit.program("perl threads", "perl")
def perl(box):
    done = box.run("/usr/bin/perl", box.source("threads.pl"))
    return {"out": done.out, "err": done.err, "status": done.status}


def stressor(name, *options):
    @kit.program(f"stress-ng {name}", "stress-ng")
    def test(box):
        done = box.run("stress-ng", f"--{name}", 2, *options, "--verify",
                       "--timeout", "5s", "--temp-path", box.folder,
                       "--log-brief", "--no-rand-seed")
        text = done.out + done.err
        return {"status": done.status, "fails": "fail:" in text}
    return test


stressor("pthread", "--pthread-ops", "300", "--pthread-max", "64")
stressor("sem", "--sem-ops", "500")
stressor("mutex", "--mutex-ops", "20000")
stressor("futex", "--futex-ops", "20000")
stressor("membarrier", "--membarrier-ops", "20")
stressor("schedpolicy", "--schedpolicy-ops", "100")
