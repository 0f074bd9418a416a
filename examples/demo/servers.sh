# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Part "servers": a server in C and one in Python, a thread per connection,
# neither changed nor built for evergreen, plain and under `evergreen run`.

# start_server_as WAY PROGRAM ARGS... - fails if it does not start.
start_server_as() {
	: >"$dir/log"
	launch "$@" >"$dir/log" 2>"$dir/errors" &
	server=$!
	await_line '^PORT [0-9]' || return 1
	port=$(awk '/^PORT/ { print $2 }' "$dir/log")
}

# word NAME LINE - the word after NAME.
word() {
	printf '%s\n' "$2" | awk -v name="$1" '{
		for (i = 1; i < NF; i++)
			if ($i == name)
				print $(i + 1)
	}'
}

# add_server_row LABEL WAY - from the line that the load has printed.
add_server_row() {
	line=$(cat "$dir/load")
	awk -v label="$1" -v way="$(name_of "$2")" \
		-v requests="$(word requests "$line")" \
		-v ns="$(word ns "$line")" -v cpu="$(word cpu_us "$line")" \
		-v threads="$(word threads "$line")" \
		-v rss="$(word rss_kib "$line")" \
		-v pte="$(word pte_kib "$line")" -v stack=$kernel_stack_kib '
	BEGIN {
		printf "%s|%s|%.0f|%.1f|%d|%.1f\n", label, way, \
			requests / (ns / 1e9), \
			requests ? cpu / requests : 0, threads, \
			(rss + pte + threads * stack) / 1024
	}' >>"$dir/servers"
}

# measure_server LABEL WAY PROGRAM ARGS...
measure_server() {
	label=$1 way=$2
	shift 2
	say "  $label, $(name_of "$way"): $many connections for $seconds s ..."
	if ! start_server_as "$way" "$@" "$wanted_port"; then
		differs "$label, $(name_of "$way"): the server does not start"
		stop_server
		return 0
	fi
	# shellcheck disable=SC2086 # a word a word
	$on_client timeout $((seconds + 45)) "$load" "$port" "$many" \
		"$seconds" "$server" >"$dir/load" 2>&1 &
	client=$!
	status=0
	wait "$client" || status=$?
	client=
	if [ $status -ne 0 ]; then
		differs "$label, $(name_of "$way"): load ends with $status:" \
			"$(tail -n 1 "$dir/load")"
	fi
	! grep -q '^requests ' "$dir/load" || add_server_row "$label" "$way"
	stop_server
}

print_servers() {
	say ""
	awk -F'|' 'BEGIN {
		f = "  %-9s%-15s%12s%13s%12s%13s\n"
		printf f, "", "", "requests/s", "CPU us each", "OS threads", \
			"memory MiB"
	}
	{ printf f, $1, $2, $3, $4, $5, $6 }' "$dir/servers"
	say ""
	cut -d'|' -f1,2,3 "$dir/servers" | chart "requests/s"
	cut -d'|' -f1,2,6 "$dir/servers" | chart "memory, MiB"
	say ""
	say "CPU us each: user and system time of the server per request."
	[ "$differences" -ne 0 ] || say "All answers were right."
	say "memory: RSS, page tables, and $kernel_stack_kib KiB of kernel" \
		"stack for each OS thread."
}

part_servers() {
	fit_files "$connections"
	: >"$dir/servers"
	say ""
	say "A thread for each connection, unmodified: plain, and under" \
		"evergreen run"
	say "  C: examples/demo/threads_server.c; Python:" \
		"socketserver.ThreadingTCPServer"
	for way in $(ways); do
		measure_server C "$way" "$threads_server"
	done
	for way in $(ways); do
		measure_server Python "$way" /usr/bin/python3 \
			"$root/examples/demo/threading_server.py"
	done
	[ ! -s "$dir/servers" ] || print_servers
}
