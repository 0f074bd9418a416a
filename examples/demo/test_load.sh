#!/bin/bash
# SPDX-License-Identifier: MIT
# test_load.sh LOAD SERVER SCRIPT - the demo's load finds the answers of the
# two servers right, and those of a server that lies wrong.
set -eu

load=$1 compiled=$2 script=$3
dir=$(mktemp -d)
server=''

end_server() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$server" ] || wait "$server" 2>/dev/null || :
	server=''
}
trap 'end_server; rm -rf "$dir"' EXIT

fail() {
	echo "test_load: $*" >&2
	cat "$dir/errors" "$dir/load" >&2
	exit 1
}

# start PROGRAM ARGS...
start() {
	: >"$dir/load"
	: >"$dir/log" # not what the one before has said
	"$@" >"$dir/log" 2>"$dir/errors" &
	server=$!
	tries=0
	until grep -q '^PORT ' "$dir/log"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "$*: does not start"
		sleep 0.1
	done
	port=$(awk '{ print $2 }' "$dir/log")
}

# loaded - whether the load is content.
loaded() {
	timeout 30 "$load" "$port" 10 1 "$server" >"$dir/load"
}

right='^requests [1-9][0-9]* ns [1-9].* threads 11 .* failed 0 wrong 0$'
for name in "$compiled" "$script"; do
	case $name in
	*.py) start python3 "$name" ;;
	*) start "$name" ;;
	esac
	loaded || fail "$name: exit status $?"
	grep -Eq "$right" "$dir/load" || fail "$name: an odd line"
	end_server
done

# What was asked for, backwards.
sed 's/, words\[1\]))$/, words[1][::-1]))/' "$script" >"$dir/liar.py"
! cmp -s "$script" "$dir/liar.py" || fail "there is no liar"
start python3 "$dir/liar.py"
! loaded || fail "a liar is believed"
grep -Eq ' failed 0 wrong [1-9][0-9]*$' "$dir/load" || fail "an odd line"
end_server
! timeout 30 "$load" "$port" 3 1 $$ >"$dir/load" || fail "no server is no error"
