# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The two ways to start an unmodified program: plain, and under `evergreen run`.
# Read by demo.sh; the programs are the business of the other parts.

# Sets $refusal to why `evergreen run` is left out, or to nothing. To refuse
# (exit status 125) is an answer; anything else that goes wrong is not.
look_for_refusal() {
	refusal='' status=0
	timeout 20 "$evergreen" run -- /bin/true >"$dir/log" 2>"$dir/errors" ||
		status=$?
	if [ $status -eq 125 ]; then
		refusal=$(tail -n 1 "$dir/errors")
		say "evergreen run refuses to work here: $refusal"
		say "So programs are shown plain only."
	elif [ $status -ne 0 ]; then
		refusal="exit status $status: $(tail -n 1 "$dir/errors")"
		differs "evergreen run -- /bin/true: $refusal"
	fi
}

# ways - those that are to be had.
ways() {
	echo plain
	[ -n "$refusal" ] || echo run
}

# name_of WAY
name_of() {
	if [ "$1" = run ]; then
		echo "evergreen run"
	else
		echo plain
	fi
}

# launch WAY PROGRAM ARGS... - becomes the program, on the server's CPU.
launch() {
	if [ "$1" = run ]; then
		shift
		set -- "$evergreen" run -- "$@"
	else
		shift
	fi
	# shellcheck disable=SC2086 # a word a word
	exec $on_server "$@"
}
