// SPDX-License-Identifier: MIT
// Threads, channels, locks, sockets and panics of the standard library.
use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

thread_local!(static MINE: Cell<usize> = Cell::new(0));

fn channels() -> usize {
    let (sender, receiver) = mpsc::sync_channel(4);
    for i in 0..50 {
        let sender = sender.clone();
        thread::spawn(move || {
            for k in 0..100 {
                sender.send(i * k).unwrap();
            }
        });
    }
    drop(sender);
    receiver.iter().sum()
}

fn locks() -> usize {
    let state = Arc::new((Mutex::new(0usize), Condvar::new()));
    let shared = Arc::new(RwLock::new(0usize));
    let barrier = Arc::new(Barrier::new(10));
    let threads: Vec<_> = (0..10)
        .map(|i| {
            let (state, shared) = (state.clone(), shared.clone());
            let barrier = barrier.clone();
            thread::spawn(move || {
                MINE.with(|m| m.set(i));
                barrier.wait();
                for k in (i..300).step_by(10) {
                    let (lock, changed) = &*state;
                    let guard = lock.lock().unwrap();
                    let mut turn =
                        changed.wait_while(guard, |t| *t != k).unwrap();
                    *turn += 1;
                    changed.notify_all();
                    *shared.write().unwrap() += 1;
                }
                MINE.with(|m| m.get()) == i && *shared.read().unwrap() > 0
            })
        })
        .collect();
    let good: usize =
        threads.into_iter().map(|t| t.join().unwrap() as usize).sum();
    let writes = *shared.read().unwrap();
    good + writes
}

fn sockets() -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let reader = BufReader::new(stream.try_clone().unwrap());
                for line in reader.lines() {
                    writeln!(stream, "echo {}", line.unwrap()).unwrap();
                }
            });
        }
    });
    let good = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for i in 0..50 {
            let good = good.clone();
            scope.spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(Duration::new(30, 0))).unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                for k in 0..20 {
                    let mut line = String::new();
                    writeln!(stream, "{} {}", i, k).unwrap();
                    reader.read_line(&mut line).unwrap();
                    if line == format!("echo {} {}\n", i, k) {
                        good.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    good.load(Ordering::Relaxed)
}

fn panics() -> usize {
    let poisoned = Arc::new(Mutex::new(0));
    let threads: Vec<_> = (0..5)
        .map(|i| {
            let poisoned = poisoned.clone();
            thread::spawn(move || {
                let _guard = poisoned.lock();
                panic!("panic {}", i);
            })
        })
        .collect();
    let caught: usize =
        threads.into_iter().map(|t| t.join().is_err() as usize).sum();
    caught * 10 + poisoned.is_poisoned() as usize
}

fn timeouts() -> bool {
    let (_sender, receiver) = mpsc::channel::<()>();
    let begin = Instant::now();
    let short = Duration::from_millis(50);
    let empty = receiver.recv_timeout(short).is_err();
    thread::park_timeout(short);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(short)).unwrap();
    let late = BufReader::new(stream).read_line(&mut String::new());
    empty && late.is_err() && begin.elapsed() >= 3 * short
}

fn main() {
    println!("channels {}", channels());
    println!("locks {}", locks());
    println!("sockets {}", sockets());
    println!("panics {}", panics());
    println!("timeouts {}", timeouts());
}
