// SPDX-License-Identifier: MIT
//
// Objects that nobody else wants at the moment, and queues. A semaphore and a
// queue are buffered channels; an event is a channel that is closed, so that a
// clear makes a new one.
package main

import (
	"sync"
	"time"
)

const (
	noSize        = -1
	queueCapacity = 64
)

var syncRows = []row{
	{"mutex", noSize, runMutex, "ns", false},
	{"rwlock", noSize, runRWLock, "ns", false},
	{"event", noSize, runEvent, "ns", false},
	{"sem", noSize, runSem, "ns", false},
	{"queue", noSize, runQueue, "ns", false},
	{"queue_handover", noSize, runQueueHandover, "ns", false},
}

var mutex sync.Mutex
var rwlock sync.RWMutex
var event = make(chan struct{})
var sem = make(chan struct{}, 1)
var queue = make(chan int, queueCapacity)

func runMutex(_, ops int) float64 {
	start := time.Now()
	for i := 0; i < ops; i++ {
		mutex.Lock()
		mutex.Unlock()
	}
	return perOp(start, ops)
}

func runRWLock(_, ops int) float64 {
	start := time.Now()
	for i := 0; i < ops; i++ {
		rwlock.RLock()
		rwlock.RUnlock()
	}
	return perOp(start, ops)
}

func runEvent(_, ops int) float64 {
	start := time.Now()
	for i := 0; i < ops; i++ {
		close(event)
		<-event
		event = make(chan struct{})
	}
	return perOp(start, ops)
}

func runSem(_, ops int) float64 {
	start := time.Now()
	for i := 0; i < ops; i++ {
		sem <- struct{}{}
		<-sem
	}
	return perOp(start, ops)
}

func runQueue(_, ops int) float64 {
	start := time.Now()
	for i := 0; i < ops; i++ {
		queue <- i
		if <-queue != i {
			panic("another value")
		}
	}
	return perOp(start, ops)
}

func runQueueHandover(_, ops int) float64 {
	return runChan(1, ops)
}
