// SPDX-License-Identifier: MIT
//
// Goroutines and channels: yield, spawn, chan, memory and sleepers.
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

var taskRows = []row{
	{"yield", 2, runYield, "ns", false},
	{"yield", 1000, runYield, "ns", false},
	{"yield", 10000, runYield, "ns", false},
	{"spawn_join", 1, runSpawnJoin, "ns", false},
	{"spawn_join", 1000, runSpawnJoin, "ns", false},
	{"chan", 0, runChan, "ns", false},
	{"chan", 1, runChan, "ns", false},
	{"chan", 64, runChan, "ns", false},
	{"mem", 100000, runMem, "bytes", true},
	{"mem", 1000000, runMem, "bytes", true},
	{"sleepers", 1000000, runSleepers, "s", true},
}

func runYield(tasks, ops int) float64 {
	var all sync.WaitGroup
	var start time.Time
	each := ops/tasks + 1

	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			runtime.Gosched() // every goroutine has been started
			if start.IsZero() {
				start = time.Now()
			}
			for k := 0; k < each; k++ {
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	all.Wait()
	return perOp(start, each*tasks)
}

func runSpawnJoin(batch, ops int) float64 {
	batches := ops/batch + 1
	start := time.Now()

	for b := 0; b < batches; b++ {
		var all sync.WaitGroup

		all.Add(batch)
		for i := 0; i < batch; i++ {
			go func() { all.Done() }()
		}
		all.Wait()
	}
	return perOp(start, batches*batch)
}

func runChan(capacity, ops int) float64 {
	var all sync.WaitGroup
	c := make(chan int, capacity)
	start := time.Now()

	all.Add(2)
	go func() {
		for i := 0; i < ops; i++ {
			if <-c != i {
				panic("out of order")
			}
		}
		all.Done()
	}()
	go func() {
		for i := 0; i < ops; i++ {
			c <- i
		}
		all.Done()
	}()
	all.Wait()
	return perOp(start, ops)
}

func runMem(tasks, _ int) float64 {
	var all sync.WaitGroup
	never := make(chan int)
	resident := statusBytes("VmRSS:")
	pageTables := statusBytes("VmPTE:")

	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			all.Done()
			<-never
		}()
	}
	all.Wait()
	runtime.Gosched()
	extra("pte", (statusBytes("VmPTE:")-pageTables)/float64(tasks))
	return (statusBytes("VmRSS:") - resident) / float64(tasks)
}

func cpuSeconds() (cpu, peakMiB float64) {
	var r syscall.Rusage

	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9,
		float64(r.Maxrss) / 1024
}

func runSleepers(tasks, _ int) float64 {
	var all sync.WaitGroup
	start := time.Now()
	before, _ := cpuSeconds()

	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			time.Sleep(time.Second)
			all.Done()
		}()
	}
	all.Wait()
	extra("wall", time.Since(start).Seconds())
	cpu, peakMiB := cpuSeconds()
	extra("rss_mb", peakMiB)
	return cpu - before
}
