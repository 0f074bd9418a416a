// SPDX-License-Identifier: MIT
//
// The rows on Tokio, with its current-thread runtime: tasks on one thread, as
// a hub's are. This file chooses and repeats a row, as bench.c does for C.

mod sync;
mod tasks;

use std::cell::RefCell;
use std::future::Future;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

const FIRST_OPS: usize = 1000;
const STEP_MAX: usize = 100; // most growth from one try to the next
const SLICES: usize = 25;
const QUICK_SHRINK: usize = 100;
const QUICK_FROM_SIZE: usize = 100_000;

pub struct Row {
    pub figure: &'static str,
    pub size: Option<usize>,
    // does about ops operations and returns the value of one
    pub run: fn(&Bench, usize, usize) -> f64,
    pub unit: &'static str,
    pub is_once: bool,
}

pub struct Bench {
    pub runtime: Runtime,
    extras: RefCell<String>,
}

impl Bench {
    // Runs work as a task: the root future takes its turns at a higher price.
    pub fn run<W>(&self, work: W) -> W::Output
    where
        W: Future + Send + 'static,
        W::Output: Send,
    {
        self.runtime
            .block_on(async { tokio::spawn(work).await.expect("panicked") })
    }

    // Adds a field to the JSON line to come.
    pub fn extra(&self, key: &str, value: f64) {
        self.extras
            .borrow_mut()
            .push_str(&format!(",\"{key}\":{value:.3}"));
    }
}

pub fn per_op(start: Instant, ops: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / ops as f64
}

fn is_quick() -> bool {
    std::env::var_os("BENCH_QUICK").is_some()
}

// As median_slice() in bench.c.
fn median_slice(bench: &Bench, row: &Row, size: usize, ops: usize) -> f64 {
    let mut values = [0.0; SLICES];
    for value in &mut values {
        *value = (row.run)(bench, size, ops / SLICES + 1);
    }
    values.sort_by(f64::total_cmp);
    values[SLICES / 2]
}

// Repeats a row with more operations until it took long enough to trust. The
// first try only warms up.
fn repeat(bench: &Bench, row: &Row, size: usize) -> f64 {
    let target = if is_quick() { 2e7 } else { 3e8 };
    let mut ops = FIRST_OPS;
    loop {
        let value = (row.run)(bench, size, ops);
        if ops > FIRST_OPS && value * ops as f64 >= target / 2.0 {
            return median_slice(bench, row, size, ops);
        }
        let wanted = (target / value) as usize;
        ops = wanted.min(ops * STEP_MAX).max(ops * 2);
    }
}

fn measure(row: &Row, name: &str) {
    let mut size = row.size.unwrap_or(0);
    if is_quick() && size >= QUICK_FROM_SIZE {
        size /= QUICK_SHRINK;
    }
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("no runtime");
    let bench = Bench {
        runtime,
        extras: RefCell::default(),
    };
    let value = if row.is_once {
        (row.run)(&bench, size, 0)
    } else {
        repeat(&bench, row, size)
    };
    println!(
        "{{\"name\":\"{name}\",\"system\":\"tokio\",\"unit\":\"{}\",\
         \"value\":{value:.3}{}}}",
        row.unit,
        bench.extras.borrow()
    );
    // a million tasks that wait for ever would be dropped one by one
    std::process::exit(0);
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for row in tasks::ROWS.iter().chain(sync::ROWS) {
        let name = match row.size {
            Some(size) => format!("{}/{size}", row.figure),
            None => row.figure.to_string(),
        };
        if wanted == "--rows" {
            println!("{name}");
        } else if wanted == name {
            measure(row, &name);
        }
    }
    if wanted != "--rows" {
        eprintln!("usage: bench_tokio ROW | --rows");
        std::process::exit(2);
    }
}
