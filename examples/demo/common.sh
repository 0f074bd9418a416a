# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the parts of the demo share: words, processes to stop, limits, CPUs.
# Read by demo.sh, which sets $dir; starts no program of its own.

server=''
client=''
differences=0

say() {
	printf '%s\n' "$*"
}

die() {
	echo "demo: $*" >&2
	exit 1
}

differs() {
	say "  DIFFERS: $*"
	differences=$((differences + 1))
}

# stop PID - ends it, if there is one, and waits; hard after 5 s.
stop() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || :
	tries=0
	while kill -0 "$1" 2>/dev/null && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	kill -9 "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# await_line REGEXP - until $server has printed such a line. Fails if it ends,
# or says nothing for 10 s.
await_line() {
	tries=0
	until grep -q "$1" "$dir/log"; do
		tries=$((tries + 1))
		kill -0 "$server" 2>/dev/null || return 1
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

stop_server() {
	stop "$server"
	server=
	[ ! -s "$dir/errors" ] || sed 's/^/  server: /' "$dir/errors"
}

look_for_tools() {
	missing=
	for tool in curl wrk python3 awk timeout; do
		command -v $tool >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || die "needs$missing, which is not installed." \
		"On Debian and Ubuntu: apt-get install curl wrk python3" \
		"mawk coreutils"
	for program; do
		[ -x "$program" ] || die "$program is not built; run: make"
	done
}

# A connection is a descriptor, on both sides.
raise_file_limit() {
	files=$(ulimit -H -n)
	[ "$files" != unlimited ] || files=1048576
	ulimit -S -n "$files" 2>/dev/null || files=$(ulimit -S -n)
}

# fit_files WANTED - sets $many to WANTED connections, or to those there can be.
fit_files() {
	many=$1
	# A server may keep an eighth of its descriptors for files.
	[ "$files" -lt $((many + many / 7 + 50)) ] || return 0
	many=$((files - files / 8 - 50))
	[ "$many" -gt 0 ] || die "the limit of open files, $files, is too low"
	say "The limit of open files is $files (ulimit -H -n), too low for" \
		"$1 connections: there will be $many."
	say "Root can raise it: ulimit -n 20000"
}

# The load on one CPU, the server on another: neither measures the other.
choose_cpus() {
	on_server=''
	on_client=''
	if command -v taskset >/dev/null && taskset -c 0 true 2>/dev/null &&
		taskset -c 1 true 2>/dev/null; then
		on_client="taskset -c 0"
		on_server="taskset -c 1"
	else
		say "CPU 0 and 1 are not both to be had, or taskset is" \
			"missing: load and server share."
	fi
}
