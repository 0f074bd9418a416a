// SPDX-License-Identifier: MIT
//
// Timers with a callback: fill, start and stop, reset. Go reads its clock in
// each call; there is no cheaper way.
package main

import (
	"math/rand"
	"time"
)

const (
	delayMin = time.Second
	delayMax = time.Minute
)

var timerRows = []row{
	{"timer_fill", 100000, runTimerFill, "ns", true},
	{"timer_start_stop", 100000, runTimerStartStop, "ns", false},
	{"timer_reset_random", 100000, runTimerResetRandom, "ns", false},
	{"timer_reset_idle", 100000, runTimerResetIdle, "ns", false},
	{"timer_fill", 1000000, runTimerFill, "ns", true},
	{"timer_start_stop", 1000000, runTimerStartStop, "ns", false},
	{"timer_reset_random", 1000000, runTimerResetRandom, "ns", false},
	{"timer_reset_idle", 1000000, runTimerResetIdle, "ns", false},
}

var timers []*time.Timer
var random = rand.New(rand.NewSource(1))

func nothing() {}

func randomDelay() time.Duration {
	return delayMin + time.Duration(random.Int63n(int64(delayMax-delayMin)))
}

// Starts count timers, once in the life of the program.
func fill(count int, isRandom bool) float64 {
	if timers != nil {
		return 0
	}
	timers = make([]*time.Timer, count)
	start := time.Now()
	for i := range timers {
		delay := delayMax
		if isRandom {
			delay = randomDelay()
		}
		timers[i] = time.AfterFunc(delay, nothing)
	}
	return perOp(start, count)
}

func runTimerFill(count, _ int) float64 {
	return fill(count, true)
}

func runTimerStartStop(count, ops int) float64 {
	fill(count, true)
	one := time.AfterFunc(delayMax, nothing)
	start := time.Now()
	for i := 0; i < ops; i++ {
		one.Reset(randomDelay())
		one.Stop()
	}
	return perOp(start, ops)
}

func runTimerResetRandom(count, ops int) float64 {
	fill(count, true)
	start := time.Now()
	for i := 0; i < ops; i++ {
		timers[random.Intn(count)].Reset(randomDelay())
	}
	return perOp(start, ops)
}

func runTimerResetIdle(count, ops int) float64 {
	fill(count, false)
	start := time.Now()
	for i, next := 0, 0; i < ops; i++ {
		timers[next].Reset(delayMax)
		if next++; next == count {
			next = 0
		}
	}
	return perOp(start, ops)
}
