# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Part "threads": a crowd of POSIX threads that wait at once, plain and under
# `evergreen run`. Plain ones meet a limit: which, is said.

# limits - lines "MOST THREADS|what sets it"; none that is not set.
limits() {
	# The kernel keeps 300 numbers for itself.
	echo "$(($(cat /proc/sys/kernel/pid_max) - 300))|kernel.pid_max is" \
		"$(cat /proc/sys/kernel/pid_max), for the whole system"
	echo "$(cat /proc/sys/kernel/threads-max)|kernel.threads-max, for the" \
		"whole system"
	maps=$(cat /proc/sys/vm/max_map_count)
	echo "$((maps / 2))|vm.max_map_count is $maps, and a thread's stack" \
		"with its guard takes two"
	if [ "$(id -u)" -ne 0 ] && [ "$(ulimit -u)" != unlimited ]; then
		echo "$(ulimit -u)|the limit of processes (ulimit -u)"
	fi
	group=$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null)
	while [ -n "$group" ] && [ "$group" != / ] && [ "$group" != . ]; do
		most=$(cat "/sys/fs/cgroup$group/pids.max" 2>/dev/null) || most=
		case $most in
		'' | max) ;;
		*) echo "$most|pids.max of the control group $group" ;;
		esac
		group=$(dirname "$group")
	done
}

# Looks at $server while it runs, for two minutes at most.
watch_crowd() {
	tries=0
	while kill -0 "$server" 2>/dev/null; do
		max_threads=$(max "$max_threads" "$(threads_of "$server")")
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || stop "$server"
		sleep 0.1
	done
}

# run_crowd WAY COUNT - sets $made and leaves the line in $dir/log. Fails if
# there is none after two minutes.
run_crowd() {
	: >"$dir/log"
	max_threads=0
	if [ "$1" = plain ]; then
		# Looking takes processes, which plain threads may leave no
		# room for.
		launch plain timeout 120 "$many_threads" "$2" >"$dir/log" &
		server=$!
	else
		launch "$1" "$many_threads" "$2" >"$dir/log" &
		server=$!
		watch_crowd
	fi
	wait "$server" || :
	server=
	made=$(sed -n 's/^made \([0-9]*\) .*/\1/p' "$dir/log")
	[ -n "$made" ]
}

# say_crowd WAY
say_crowd() {
	awk -v way="$(name_of "$1")" -v threads="$max_threads" \
		-v stack="$kernel_stack_kib" \
		-v is_run="$([ "$1" != run ] || echo 1)" '
	{
		kernel = is_run ? threads * stack : $2 * stack
		printf "  %s: %d threads made, parked, woken and joined in" \
			" %s s, %.1f KiB each", way, $2, $4, \
			$2 ? ($6 + $8 + kernel) / $2 : 0
		if (is_run)
			printf ", on %d OS thread%s", threads, \
				threads == 1 ? "" : "s"
		printf "\n"
	}' "$dir/log"
}

# explain_limit - why plain threads stopped at $made.
explain_limit() {
	say "  plain: the next one fails (\"$(sed 's/.* left [0-9]* //' \
		"$dir/log")\"). The lowest limit here:"
	limits | sort -n | head -n 1 |
		awk -F'|' '{ printf "    %d: %s\n", $1, $2 }'
}

part_threads() {
	say ""
	say "$crowd threads that wait on one condition variable" \
		"(examples/demo/many_threads.c)"
	for way in $(ways); do
		say "  $(name_of "$way") ..."
		if ! run_crowd "$way" "$crowd"; then
			differs "$(name_of "$way"): the crowd says nothing"
			continue
		fi
		say_crowd "$way"
		[ "$made" -ge "$crowd" ] || [ "$way" != plain ] || explain_limit
		[ "$made" -ge "$crowd" ] || [ "$way" = plain ] ||
			differs "evergreen run: only $made threads"
		grep -q ' left 0 ' "$dir/log" ||
			differs "$(name_of "$way"): not all threads ended"
	done
}
