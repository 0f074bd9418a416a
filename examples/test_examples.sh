#!/bin/sh
# SPDX-License-Identifier: MIT
# test_examples.sh NAME PROGRAM - run an example and look at what it does.
# Servers get a free port and are stopped by their process id. Exits with 77,
# "skipped", where curl is missing and needed.
set -eu

name=$1
program=$2
dir=$(mktemp -d)
pid=

stop_server() {
	if [ -n "$pid" ]; then
		kill -TERM "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || status=$?
		pid=
	fi
}
trap 'stop_server; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "$name: $*" >&2
	for file in "$dir"/log "$dir"/errors; do
		[ ! -s "$file" ] || sed "s|^|  ${file##*/}: |" "$file" >&2
	done
	exit 1
}

need_curl() {
	command -v curl >/dev/null || {
		echo "$name: needs curl (Debian: apt-get install curl)"
		exit 77
	}
}

# start_server PATTERN ARGS... - sets pid, and port from what the server says.
start_server() {
	pattern=$1
	shift
	: >"$dir/log"
	"$program" "$@" >"$dir/log" 2>"$dir/errors" &
	pid=$!
	tries=0
	while port=$(sed -n "s|$pattern|\1|p" "$dir/log"); [ -z "$port" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "does not say its port"
		kill -0 "$pid" 2>/dev/null || fail "ended at once"
		sleep 0.1
	done
}

# same WHAT WANTED GOT
same() {
	[ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# status WANTED PATH CURL_ARGS...
status() {
	wanted=$1
	path=$2
	shift 2
	got=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is \
		--max-time 10 "$@" "http://127.0.0.1:$port$path") || :
	same "$path $*" "$wanted" "$got"
}

# raw TEXT [SECONDS] - what the server answers to these bytes, until it closes
# the connection, or until SECONDS have passed.
raw() {
	# shellcheck disable=SC2059 # the text has escapes
	printf "$1" | curl -s --max-time "${2:-5}" \
		"telnet://127.0.0.1:$port" | tr -d '\r'
}

test_hello() {
	# At 600 ms two sleeps end: only on the simulated clock is there one
	# order.
	EG_BACKEND=sim "$program" >"$dir/log" || fail "exit status $?"
	same output "1 * 200 ms 1 * 300 ms 2 * 200 ms 2 * 300 ms 3 * 200 ms" \
		"$(head -n 5 "$dir/log" | paste -sd ' ')"
	"$program" >"$dir/log" || fail "exit status $?"
	same output "1 * 200 ms 1 * 300 ms 2 * 200 ms" \
		"$(head -n 3 "$dir/log" | paste -sd ' ')"
	same lines 6 "$(wc -l <"$dir/log" | tr -d ' ')"
}

test_generator() {
	primes="2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71"
	[ "$("$program")" = "$primes" ] || fail "these are not the primes"
}

# What it prints, without the clock of a busy machine: its lines, joined by |.
prints() {
	same output "$1" "$(EG_BACKEND=sim "$program" | paste -sd '|')"
}

test_workers() {
	prints "100 jobs done by 8 workers"
}

# It finds the fault, and the seed that it says finds it again.
test_bank_test() {
	! "$program" >"$dir/log" || fail "found nothing"
	grep -q 'does not hold: bank.balance >= 0' "$dir/log" || fail text
	seed=$(sed -n 's/ repeats it$//; s/^EG_TEST_SEED=//p' "$dir/log")
	! EG_TEST_SEED=$seed "$program" >"$dir/again" ||
		fail "seed $seed does not repeat it"
	same repetition "$(sed 's/in run [0-9]*,/in run 1,/' "$dir/log")" \
		"$(cat "$dir/again")"
	"$program" fixed >"$dir/fixed" || fail "the fixed one fails"
	grep -q '^nothing found in 1000 runs; ' "$dir/fixed" || fail fixed
}

test_schedule() {
	prints "scheduled|called by the hub|called 10 ms later"
}

test_event() {
	prints "one got 42|another got 42|one was told: Input/output error|\
another was told: Input/output error|the late one got 42|\
the late one was told: Input/output error"
}

test_joinall() {
	prints "link: worker 2 failed: No such file or directory|ended with 9|\
ended with error -2|ended with 1|ended with 0"
}

test_first_answer() {
	same output "the answer, 42 too late, 0 given up, 0" \
		"$("$program" | paste -sd ' ')"
}

test_first_of() {
	prints "received 1|received 2|nothing came for 25 ms|received 3|\
the counter says three"
}

test_two_coroutines() {
	prints "ping 1|pong 2|ping 3|pong 4|ping 5|main 6"
}

test_leak() {
	same output "request 1: connections 1 and 2 \
request 2: connections 3 and 4 request 3: connections 5 and 6 \
request 2: timed out request 2: leaks database connection 4 \
6 opened, 6 closed" "$("$program" | paste -sd ' ')"
}

test_shared() {
	same output "the squares of 1 to 1000 are 333833500 in sum" \
		"$("$program")"
}

test_connections() {
	# How many are replaced depends on who comes when.
	same output "24 answers by 6 connections, 3 at a time, 0 left" \
		"$(EG_BACKEND=sim "$program")"
	"$program" >"$dir/log" || fail "exit status $?"
	grep -Eq '^24 answers by [0-9]+ connections, 3 at a time, 0 left$' \
		"$dir/log" || fail output
}

test_build() {
	"$program" >"$dir/log" || fail "exit status $?"
	same built "app: lib.o (5) main.o (1)" "$(head -n 1 "$dir/log")"
	same failed \
		"app: not built, because of lib.h: No such file or directory" \
		"$(tail -n 1 "$dir/log")"
	same lines 2 "$(wc -l <"$dir/log" | tr -d ' ')"
}

test_pingpong() {
	"$program" >"$dir/log" || fail "exit status $?"
	grep -Eq '^100000 rounds, [0-9]+ ns each$' "$dir/log" || fail output
}

test_callbacks() {
	"$program" >"$dir/log" || fail "exit status $?"
	same output "tick 1 tick 2 tick 3 the child ended by signal 15" \
		"$(paste -sd ' ' "$dir/log")"
}

test_ev_stdin() {
	printf 'one\n' | "$program" >"$dir/log" || fail "exit status $?"
	same input "input: one end of input" "$(paste -sd ' ' "$dir/log")"
	mkfifo "$dir/silent"
	# Open for writing too: it never ends.
	"$program" <>"$dir/silent" >"$dir/log" || fail "exit status $?"
	same silence "nothing comes" "$(cat "$dir/log")"
}

test_echo() {
	need_curl
	start_server 'echo: port \(.*\)'
	same echo "one two" "$(raw 'one\ntwo\n' 0.3 | paste -sd ' ')"
	# Two at once: the second is served while the first is open.
	raw 'first\n' 1 >"$dir/first" &
	first=$!
	sleep 0.1
	same second "second" "$(raw 'second\n' 0.3)"
	wait "$first"
	same first "first" "$(cat "$dir/first")"
}

make_site() {
	mkdir -p "$dir/site/sub/empty" "$dir/site/with space"
	echo '<h1>index</h1>' >"$dir/site/index.html"
	echo 'sub' >"$dir/site/sub/index.html"
	echo 'space' >"$dir/site/with space/a b.txt"
	: >"$dir/site/empty.css"
	head -c 3000000 /dev/urandom >"$dir/site/big.bin"
	ln -s ../sub/index.html "$dir/site/sub/inside"
	ln -s /etc/passwd "$dir/site/outside"
	ln -s .. "$dir/site/up"
	mkfifo "$dir/site/fifo"
	echo secret >"$dir/secret"
}

check_files() {
	for path in / /index.html /sub/ /sub/inside /empty.css /big.bin \
		"/with%20space/a%20b.txt"; do
		file=$(printf '%s' "$path" | sed 's|%20| |g; s|/$|/index.html|')
		curl -s -o "$dir/got" "http://127.0.0.1:$port$path" ||
			fail "curl of $path"
		cmp -s "$dir/got" "$dir/site$file" || fail "$path differs"
		status 200 "$path" -I
	done
	same "content type" "text/css; charset=utf-8" "$(curl -s -o /dev/null \
		-w '%{content_type}' "http://127.0.0.1:$port/empty.css")"
	same "content type" "application/octet-stream" "$(curl -s -o /dev/null \
		-w '%{content_type}' "http://127.0.0.1:$port/big.bin")"
}

check_statuses() {
	status 404 /none
	status 404 /sub
	status 404 /index.html/
	status 404 "/$(printf '%0300d' 0)"
	status 404 /sub/empty/
	status 403 /outside
	status 403 /up/secret
	status 403 /fifo
	status 403 /../secret
	status 403 /%2e%2e/secret
	status 403 /sub/../../secret
	status 400 /..%2fsecret
	status 400 /index.html%00
	status 400 / -H 'Host:'
	status 400 / -H 'Content-Length: 5'
	status 400 / -H 'Transfer-Encoding: chunked'
	status 405 / -X POST -d x
	status 405 / -X DELETE
	status 501 / -X BREW
	status 414 "/$(printf '%08200d' 0)"
	status 431 / -H "X: $(printf '%016384d' 0)"
	same Allow "Allow: GET, HEAD" "$(curl -sI -X DELETE \
		"http://127.0.0.1:$port/" | tr -d '\r' | grep '^Allow')"
}

check_connections() {
	two=$(raw "GET /sub/ HTTP/1.1\r\nHost: a\r\n\r\n\
GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	same pipelined "HTTP/1.1 200 OK sub HTTP/1.1 404 Not Found Not Found" \
		"$(echo "$two" | grep -E '^(HTTP|sub|Not)' | paste -sd ' ')"
	same "HEAD has no body" "Connection: close" \
		"$(raw 'HEAD / HTTP/1.0\r\n\r\n' | sed '/^$/d' | tail -n 1)"
	same "bare LF" "HTTP/1.1 400 Bad Request" \
		"$(raw 'GET / HTTP/1.1\n\n' | head -n 1)"
	same "version" "HTTP/1.1 505 HTTP Version Not Supported" \
		"$(raw 'GET / HTTP/2.0\r\n\r\n' | head -n 1)"
	same "cut off" "HTTP/1.1 408 Request Timeout" \
		"$(raw 'GET / HTTP/1.1\r\nHost' | head -n 1)"
	same "nothing said" "" "$(raw '')"
	same "connections kept" 0 "$(curl -s -o /dev/null -o /dev/null \
		-w '%{num_connects}\n' "http://127.0.0.1:$port/" \
		"http://127.0.0.1:$port/sub/" | tail -n 1)"
}

# complains STATUS TEXT ARGS...
complains() {
	wanted=$1 text=$2
	shift 2
	got=0
	"$program" "$@" 2>"$dir/complaint" || got=$?
	same "status of httpd $*" "$wanted" "$got"
	grep -qF -e "$text" "$dir/complaint" || fail "httpd $*: no '$text'"
}

check_complaints() {
	complains 1 "httpd: 127.0.0.1:$port is in use; choose another with -p" \
		-p "$port" "$dir"
	complains 1 "httpd: $dir/none: No such file or directory" "$dir/none"
	complains 1 "httpd: $dir/secret: Not a directory" "$dir/secret"
	complains 1 "is no address of this machine" -b 1.2.3 "$dir"
	complains 2 "httpd: which DIRECTORY" -p 0
	complains 2 "httpd: only one DIRECTORY" a b
	complains 2 "not '70000'" -p 70000 "$dir"
	complains 2 "httpd: see httpd --help" -x "$dir"
	"$program" --help | grep -q '^usage: httpd' || fail "--help"
}

# A connection that only waits does not hold up the end.
check_stop() {
	raw '' 5 >"$dir/idle" &
	idle=$!
	sleep 0.3
	status=0
	kill -TERM "$pid"
	tries=0
	while kill -0 "$pid" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 15 ] || fail "runs on after SIGTERM"
		sleep 0.1
	done
	stop_server
	same "status after SIGTERM" 0 "$status"
	grep -Eq '^httpd: [0-9]+ requests, 0 connections, .* fibers' \
		"$dir/log" || fail "no statistics at the end"
	[ ! -s "$dir/errors" ] || fail "said something"
	wait "$idle"
}

test_httpd() {
	need_curl
	make_site
	pattern='httpd: .* is at http://127.0.0.1:\([0-9]*\)/ .*'
	start_server "$pattern" -p 0 -t 1 "$dir/site"
	check_files
	check_statuses
	check_connections
	check_complaints
	stop_server
	start_server "$pattern" -p 0 "$dir/site"
	check_stop
}

case $name in
bank_test | \
build | callbacks | connections | \
	echo | ev_stdin | event | first_answer | first_of | generator | \
	hello | leak | httpd | joinall | pingpong | schedule | two_coroutines | \
	shared | workers)
	"test_$name"
	;;
*)
	fail "there is no such example"
	;;
esac
