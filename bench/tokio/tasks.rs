// SPDX-License-Identifier: MIT
//
// Tasks and channels: yield, spawn, chan, memory and sleepers.

use crate::{per_op, Bench, Row};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, Notify};
use tokio::task::yield_now;
use tokio::time::sleep;

pub const ROWS: &[Row] = &[
    row("yield", 2, run_yield),
    row("yield", 1000, run_yield),
    row("yield", 10000, run_yield),
    row("spawn_join", 1, run_spawn_join),
    row("spawn_join", 1000, run_spawn_join),
    row("chan", 1, run_chan),
    row("chan", 64, run_chan),
    once("mem", 100_000, run_mem, "bytes"),
    once("mem", 1_000_000, run_mem, "bytes"),
    once("sleepers", 1_000_000, run_sleepers, "s"),
];

type Run = fn(&Bench, usize, usize) -> f64;

const fn row(figure: &'static str, size: usize, run: Run) -> Row {
    Row {
        figure,
        size: Some(size),
        run,
        unit: "ns",
        is_once: false,
    }
}

const fn once(
    figure: &'static str,
    size: usize,
    run: Run,
    unit: &'static str,
) -> Row {
    Row {
        figure,
        size: Some(size),
        run,
        unit,
        is_once: true,
    }
}

fn run_yield(bench: &Bench, tasks: usize, ops: usize) -> f64 {
    bench.run(async move {
        let each = ops / tasks + 1;
        let started = Arc::new(Mutex::new(None));
        let all: Vec<_> = (0..tasks)
            .map(|_| {
                let started = started.clone();
                tokio::spawn(async move {
                    yield_now().await; // every task has been started
                    started.lock().unwrap().get_or_insert_with(Instant::now);
                    for _ in 0..each {
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in all {
            task.await.unwrap();
        }
        let start = started.lock().unwrap().expect("never started");
        per_op(start, each * tasks)
    })
}

fn run_spawn_join(bench: &Bench, batch: usize, ops: usize) -> f64 {
    bench.run(async move {
        let batches = ops / batch + 1;
        let mut all = Vec::with_capacity(batch);
        let start = Instant::now();
        for _ in 0..batches {
            all.extend((0..batch).map(|_| tokio::spawn(async {})));
            for task in all.drain(..) {
                task.await.unwrap();
            }
        }
        per_op(start, batches * batch)
    })
}

pub fn run_chan(bench: &Bench, capacity: usize, ops: usize) -> f64 {
    bench.run(async move {
        let (to, mut from) = mpsc::channel(capacity);
        let start = Instant::now();
        let receiver = tokio::spawn(async move {
            for i in 0..ops {
                assert_eq!(from.recv().await, Some(i));
            }
        });
        let sender = tokio::spawn(async move {
            for i in 0..ops {
                to.send(i).await.expect("closed");
            }
        });
        sender.await.unwrap();
        receiver.await.unwrap();
        per_op(start, ops)
    })
}

// The number of kB after key in /proc/self/status, in bytes.
fn status_bytes(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb * 1024.0
}

fn run_mem(bench: &Bench, tasks: usize, _: usize) -> f64 {
    let resident = status_bytes("VmRSS:");
    let page_tables = status_bytes("VmPTE:");
    bench.run(async move {
        let never = Arc::new(Notify::new());
        let parked = Arc::new(AtomicUsize::new(0));
        for _ in 0..tasks {
            let (never, parked) = (never.clone(), parked.clone());
            tokio::spawn(async move {
                parked.fetch_add(1, Relaxed);
                never.notified().await;
            });
        }
        while parked.load(Relaxed) < tasks {
            yield_now().await;
        }
    });
    let page_tables = status_bytes("VmPTE:") - page_tables;
    bench.extra("pte", page_tables / tasks as f64);
    (status_bytes("VmRSS:") - resident) / tasks as f64
}

// CPU time of the one thread there is.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let ns: f64 = stat.split_whitespace().next().unwrap().parse().unwrap();
    ns / 1e9
}

fn run_sleepers(bench: &Bench, tasks: usize, _: usize) -> f64 {
    let start = Instant::now();
    let before = cpu_seconds();
    bench.run(async move {
        let asleep = Arc::new(AtomicUsize::new(tasks));
        for _ in 0..tasks {
            let asleep = asleep.clone();
            tokio::spawn(async move {
                sleep(Duration::from_secs(1)).await;
                asleep.fetch_sub(1, Relaxed);
            });
        }
        while asleep.load(Relaxed) > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    });
    bench.extra("wall", start.elapsed().as_secs_f64());
    bench.extra("rss_mb", status_bytes("VmHWM:") / 1048576.0);
    cpu_seconds() - before
}
