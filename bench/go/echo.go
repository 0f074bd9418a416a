// SPDX-License-Identifier: MIT
//
// The echo server: a goroutine per connection.
package main

import (
	"fmt"
	"net"
	"syscall"
)

const bufferBytes = 1024

var echoRows = []string{"echo/64", "echo/1000", "echo/10000",
	"idle_conn/10000"}

func echo(c net.Conn) {
	var buffer [bufferBytes]byte

	defer c.Close()
	for {
		n, err := c.Read(buffer[:])
		if err != nil {
			return
		}
		if _, err = c.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func raiseFileLimit() {
	var r syscall.Rlimit

	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r)
	r.Cur = r.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r)
}

func serveEcho() {
	raiseFileLimit()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("PORT", listener.Addr().(*net.TCPAddr).Port)
	for {
		c, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go echo(c)
	}
}
