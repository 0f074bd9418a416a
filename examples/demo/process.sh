# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What Linux says of a process, as numbers; read by demo.sh. Each prints 0 for
# a process that has ended.

# shellcheck disable=SC2034 # of an OS thread, on the CPUs there is a port for
kernel_stack_kib=16

# status_field PID NAME
status_field() {
	awk -v name="$2:" '$1 == name { n = $2 } END { print n + 0 }' \
		"/proc/$1/status" 2>/dev/null || echo 0
}

# In KiB.
rss_kib() {
	status_field "$1" VmRSS
}

threads_of() {
	status_field "$1" Threads
}

# The CPU time of all its threads in us, the kernel's work for it included.
# schedstat counts it in ns; stat, where that is missing, in ticks of 10 ms.
cpu_us() {
	if [ -r "/proc/$1/schedstat" ]; then
		cat /proc/"$1"/task/*/schedstat |
			awk '{ ns += $1 } END { printf "%.0f\n", ns / 1000 }'
	else
		awk -v hz="$(getconf CLK_TCK)" '{
			sub(/.*\) /, "")
			printf "%.0f\n", ($12 + $13) * 1000000 / hz
		}' "/proc/$1/stat"
	fi
}

# max A B - the larger; nothing counts as 0.
max() {
	if [ "${1:-0}" -gt "${2:-0}" ]; then
		echo "${1:-0}"
	else
		echo "${2:-0}"
	fi
}
