// SPDX-License-Identifier: MIT
//
// Objects that nobody else wants at the moment, and queues. An event is a
// Notify: the permit that notify_one() leaves is taken by the wait, so the
// wait is the clear, too. A queue is a bounded mpsc channel.

use crate::{per_op, tasks, Bench, Row};
use std::time::Instant;
use tokio::sync::{mpsc, Mutex, Notify, RwLock, Semaphore};

const QUEUE_CAPACITY: usize = 64;

pub const ROWS: &[Row] = &[
    row("mutex", run_mutex),
    row("rwlock", run_rwlock),
    row("event", run_event),
    row("sem", run_sem),
    row("queue", run_queue),
    row("queue_handover", run_queue_handover),
];

const fn row(
    figure: &'static str,
    run: fn(&Bench, usize, usize) -> f64,
) -> Row {
    Row {
        figure,
        size: None,
        run,
        unit: "ns",
        is_once: false,
    }
}

fn run_mutex(bench: &Bench, _: usize, ops: usize) -> f64 {
    bench.run(async move {
        let mutex = Mutex::new(());
        let start = Instant::now();
        for _ in 0..ops {
            drop(mutex.lock().await);
        }
        per_op(start, ops)
    })
}

fn run_rwlock(bench: &Bench, _: usize, ops: usize) -> f64 {
    bench.run(async move {
        let lock = RwLock::new(());
        let start = Instant::now();
        for _ in 0..ops {
            drop(lock.read().await);
        }
        per_op(start, ops)
    })
}

fn run_event(bench: &Bench, _: usize, ops: usize) -> f64 {
    bench.run(async move {
        let event = Notify::new();
        let start = Instant::now();
        for _ in 0..ops {
            event.notify_one();
            event.notified().await;
        }
        per_op(start, ops)
    })
}

fn run_sem(bench: &Bench, _: usize, ops: usize) -> f64 {
    bench.run(async move {
        let units = Semaphore::new(0);
        let start = Instant::now();
        for _ in 0..ops {
            units.add_permits(1);
            units.acquire().await.expect("closed").forget();
        }
        per_op(start, ops)
    })
}

fn run_queue(bench: &Bench, _: usize, ops: usize) -> f64 {
    bench.run(async move {
        let (to, mut from) = mpsc::channel(QUEUE_CAPACITY);
        let start = Instant::now();
        for i in 0..ops {
            to.send(i).await.expect("closed");
            assert_eq!(from.recv().await, Some(i));
        }
        per_op(start, ops)
    })
}

fn run_queue_handover(bench: &Bench, _: usize, ops: usize) -> f64 {
    tasks::run_chan(bench, 1, ops)
}
