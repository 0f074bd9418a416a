# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Part "httpd": examples/httpd, written for evergreen's own API, serves this
# project's documents. First every byte is checked, then load, then idleness.

# Copies, because the server lets no symbolic link lead out of its directory.
make_site() {
	site=$dir/site
	mkdir -p "$site"
	for document in README.md docs; do
		[ ! -e "$root/$document" ] ||
			cp -RL "$root/$document" "$site/"
	done
	(cd "$site" && find . -type f | sed 's|^\./||' | sort) >"$dir/files"
	[ -s "$dir/files" ] || die "found no README.md and nothing in docs/"
	page=$(head -n 1 "$dir/files") # README.md, if there is one
	ln -s /etc/passwd "$site/outside"
	echo "not to be had" >"$dir/secret"
}

start_httpd() {
	: >"$dir/log"
	# shellcheck disable=SC2086 # a word a word
	$on_server "$httpd" -s -t 60 -p "$wanted_port" "$site" \
		>"$dir/log" 2>"$dir/errors" &
	server=$!
	if ! await_line " is at "; then
		sed 's/ with -p$/ with DEMO_PORT/' "$dir/errors" >&2
		die "httpd does not start"
	fi
	url=$(sed -n 's|.* is at \(http://[^ ]*\)/ .*|\1|p' "$dir/log")
	backend=$(sed -n '1s/.*(\(.*\))$/\1/p' "$dir/log")
	port=${url##*:}
	rss_before=$(rss_kib "$server")
}

check_documents() {
	mkdir "$dir/got"
	while read -r file; do
		printf 'url = "%s/%s"\noutput = "%s/got/%s"\n' \
			"$url" "$file" "$dir" "$file"
	done <"$dir/files" >"$dir/urls"
	# One connection for all of them: curl keeps it.
	curl -s --create-dirs --config "$dir/urls" ||
		differs "curl exits with $?"
	while read -r file; do
		(cd "$root" && sha256sum "$file")
	done <"$dir/files" >"$dir/sums"
	(cd "$dir/got" &&
		sha256sum --quiet -c "$dir/sums" >"$dir/bad" 2>/dev/null) ||
		while read -r line; do
			differs "$line"
		done <"$dir/bad"
	say "  $(wc -l <"$dir/files") documents," \
		"$(find "$dir/got" -type f -exec cat {} + | wc -c) bytes:" \
		"sha256 as on disk"
}

# status WANTED WHAT PATH CURL_ARGS... - the answer has to have this status.
status() {
	wanted=$1 what=$2 path=$3
	shift 3
	got=$(curl -s -o "$dir/body" -w '%{http_code}' --path-as-is \
		--max-time 10 "$@" "$url$path") || :
	if [ "$got" = "$wanted" ]; then
		statuses=$((statuses + 1))
	else
		differs "$what: wanted $wanted, got $got"
	fi
	! grep -q -e '^root:' -e 'not to be had' "$dir/body" 2>/dev/null ||
		differs "$what: gave what is outside of the directory"
}

check_statuses() {
	statuses=0
	status 400 "no Host" / -H 'Host:'
	status 400 "a body where there is none" / -H 'Content-Length: 5'
	status 400 "a body in chunks" / -H 'Transfer-Encoding: chunked'
	status 404 "no such file" /none
	status 405 "POST" / -X POST -d x
	status 414 "a path of 9,000 bytes" "/$(printf '%09000d' 0)"
	status 431 "headers of 17,000 bytes" / -H "X: $(printf '%017000d' 0)"
	status 403 "escape: /../secret" /../secret
	status 403 "escape: /docs/../../secret" /docs/../../secret
	status 403 "escape: /%2e%2e/secret" /%2e%2e/secret
	status 400 "escape: /..%2fsecret" /..%2fsecret
	status 400 "escape: /../secret%00.md" /../secret%00.md
	status 403 "escape: a symbolic link to /etc/passwd" /outside
	say "  $statuses error statuses: as they must be"
}

# Adds a row to the table from what was sampled while the load ran.
row() {
	awk -v name="$1" -v rate="$2" -v requests="$3" -v cpu_us="$4" \
		-v rss="$5" -v before="$rss_before" -v connections="$6" \
		-v threads="$7" -v fibers="$8" 'BEGIN {
		printf "%s|%s|%s|%.1f|%s|%d|%d\n", name, \
			rate == "" ? "-" : sprintf("%.0f", rate), \
			requests ? sprintf("%.1f", cpu_us / requests) : "-", \
			rss / 1024, connections ? \
			sprintf("%.1f", (rss - before) / connections) : "-", \
			threads, fibers
	}' >>"$dir/table"
}

# Looks at the server while $client runs: the most there was of each.
watch() {
	max_threads=0 max_rss=0 max_connections=0 max_fibers=0
	while kill -0 "$client" 2>/dev/null; do
		max_threads=$(max "$max_threads" "$(threads_of "$server")")
		max_rss=$(max "$max_rss" "$(rss_kib "$server")")
		max_connections=$(max "$max_connections" "$(now connections)")
		max_fibers=$(max "$max_fibers" "$(now fibers)")
		sleep 0.5
	done
}

# now WHAT - what the server's last line of statistics says of it.
now() {
	sed -n "s/.* \([0-9]*\) $1.*/\1/p" "$dir/log" | tail -n 1
}

load_httpd() {
	say "  $many connections for $seconds s (wrk) ..."
	# shellcheck disable=SC2086 # a word a word
	$on_client wrk -t 1 -c "$many" -d 1 --timeout 10 \
		"$url/$page" >/dev/null
	cpu=$(cpu_us "$server")
	# shellcheck disable=SC2086
	$on_client wrk -t 1 -c "$many" -d "$seconds" --timeout 10 \
		--latency "$url/$page" >"$dir/wrk" 2>&1 &
	client=$!
	watch
	wait "$client" || die "wrk failed: $(cat "$dir/wrk")"
	client=
	cpu=$(($(cpu_us "$server") - cpu))
	requests=$(awk '/ requests in / { print $1 }' "$dir/wrk")
	rate=$(awk '/^Requests\/sec/ { print $2 }' "$dir/wrk")
	grep -E 'Socket errors|Non-2xx' "$dir/wrk" | while read -r line; do
		say "  wrk: $line"
	done
	! grep -q 'Non-2xx' "$dir/wrk" || differs "not all answers were 200"
	row "$many" "$rate" "$requests" "$cpu" "$max_rss" \
		"$max_connections" "$max_threads" "$max_fibers"
}

idle() {
	say "  $many connections that do nothing for $seconds s ..."
	# shellcheck disable=SC2086
	$on_client "$load" "$port" "$many" hold "/$page" >"$dir/hold" &
	client=$!
	tries=0
	until [ -s "$dir/hold" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || die "could not open $many connections"
		sleep 0.1
	done
	# shellcheck disable=SC2034 # the words between
	read -r word held word failed <"$dir/hold"
	[ "$failed" -eq 0 ] || say "  $failed could not be opened"
	sleep 1.1 # the next line of statistics
	cpu=$(cpu_us "$server")
	sleep "$seconds"
	idle_cpu=$((($(cpu_us "$server") - cpu) / seconds))
	row "$held idle" "" 0 0 "$(rss_kib "$server")" "$held" \
		"$(threads_of "$server")" "$(now fibers)"
	stop "$client"
	client=
}

print_table() {
	say ""
	awk -F'|' 'BEGIN {
		f = "  %12s %11s %12s %9s %15s %11s %7s\n"
		printf f, "connections", "requests/s", "CPU us each", \
			"RSS MiB", "KiB/connection", "OS threads", "fibers"
	}
	{ printf f, $1, $2, $3, $4, $5, $6, $7 }' "$dir/table"
	say ""
	say "CPU us each: the server's CPU time, the kernel's share of it" \
		"included, per request."
	say "KiB/connection: what the server's RSS has grown by since its" \
		"start ($rss_before KiB), per"
	say "  connection. The kernel's socket buffers are not part of it."
	say "Idle, the server took $idle_cpu us of CPU time a second."
}

part_httpd() {
	fit_files "$httpd_connections"
	: >"$dir/table"
	make_site
	start_httpd
	say ""
	say "A server written for evergreen: examples/httpd at $url/ ($backend)"
	check_documents
	check_statuses
	stop_server
	start_httpd # anew: what checking took is not the load's
	load_httpd
	idle
	stop_server
	print_table
}
