// SPDX-License-Identifier: MIT
//
// The rows on Go, with one P: goroutines on one processor, as a hub is.
// This file chooses and repeats a row, as bench.c does for C.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

const (
	firstOps      = 1000
	stepMax       = 100
	slices        = 25
	quickShrink   = 100
	quickFromSize = 100000
)

type row struct {
	figure string
	size   int
	// does about ops operations and returns the value of one
	run    func(size, ops int) float64
	unit   string
	isOnce bool
}

var extras string

func extra(key string, value float64) {
	extras += fmt.Sprintf(",%q:%.6g", key, value)
}

func isQuick() bool {
	return os.Getenv("BENCH_QUICK") != ""
}

func perOp(start time.Time, ops int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(ops)
}

// The number of kB after key in /proc/self/status, in bytes.
func statusBytes(key string) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), key) {
			var kb float64
			fmt.Sscan(s.Text()[len(key):], &kb)
			return kb * 1024
		}
	}
	return 0
}

// Repeats a row with more operations until it took long enough to trust.
// The first try only warms up.
func repeat(r row, size int) float64 {
	target := 3e8
	if isQuick() {
		target = 2e7
	}
	for ops := firstOps; ; {
		value := r.run(size, ops)
		if ops > firstOps && value*float64(ops) >= target/2 {
			return medianSlice(r, size, ops)
		}
		wanted := int(target / value)
		if wanted > ops*stepMax {
			wanted = ops * stepMax
		}
		if wanted < ops*2 {
			wanted = ops * 2
		}
		ops = wanted
	}
}

// As median_slice() in bench.c.
func medianSlice(r row, size int, ops int) float64 {
	values := make([]float64, slices)
	for i := range values {
		values[i] = r.run(size, ops/slices+1)
	}
	sort.Float64s(values)
	return values[slices/2]
}

func measure(r row, name string) {
	var value float64

	size := r.size
	if isQuick() && size >= quickFromSize {
		size /= quickShrink
	}
	if r.isOnce {
		value = r.run(size, 0)
	} else {
		value = repeat(r, size)
	}
	fmt.Printf("{\"name\":%q,\"system\":\"go\",\"unit\":%q,"+
		"\"value\":%.6g%s}\n", name, r.unit, value, extras)
}

func main() {
	runtime.GOMAXPROCS(1)
	rows := append(append(taskRows, syncRows...), timerRows...)
	wanted := ""
	if len(os.Args) == 2 {
		wanted = os.Args[1]
	}
	if wanted == "serve-echo" {
		serveEcho()
		return
	}
	for _, r := range rows {
		name := r.figure
		if r.size != noSize {
			name = fmt.Sprintf("%s/%d", r.figure, r.size)
		}
		if wanted == "--rows" {
			fmt.Println(name)
		} else if wanted == name {
			measure(r, name)
			return
		}
	}
	if wanted == "--rows" {
		fmt.Println(strings.Join(echoRows, "\n"))
		return
	}
	fmt.Fprintf(os.Stderr, "usage: %s ROW | --rows | serve-echo\n",
		os.Args[0])
	os.Exit(2)
}
