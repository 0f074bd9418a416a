#!/bin/bash
# SPDX-License-Identifier: MIT
# demo.sh [BUILD] - what `make demo` shows: unmodified threaded servers, plain
# and under `evergreen run`; more threads than plain ones can be; and a server
# written for evergreen's own API.
#
#   DEMO_PARTS              which of them: "servers threads httpd"
#   DEMO_SECONDS            length of each load (3)
#   DEMO_CONNECTIONS        to each threaded server (1000)
#   DEMO_THREADS            in the crowd (100000)
#   DEMO_HTTPD_CONNECTIONS  of httpd's load and of its idle phase (5000)
#   DEMO_PORT               of the servers (0: a free one)
#
# Exits with 1 if an answer differs from what it must be.
set -eu
export LC_ALL=C # of sorting, and of numbers

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
parts=${DEMO_PARTS:-servers threads httpd}
# shellcheck disable=SC2034 # the parts read these
{
	seconds=${DEMO_SECONDS:-3}
	connections=${DEMO_CONNECTIONS:-1000}
	crowd=${DEMO_THREADS:-100000}
	httpd_connections=${DEMO_HTTPD_CONNECTIONS:-5000}
	wanted_port=${DEMO_PORT:-0}
	evergreen=$build/src/cli/evergreen
	httpd=$build/examples/httpd
	load=$build/examples/load
	threads_server=$build/examples/threads_server
	many_threads=$build/examples/many_threads
}
dir=$(mktemp -d)

# shellcheck source=examples/demo/common.sh
. "$root/examples/demo/common.sh"
# shellcheck source=examples/demo/process.sh
. "$root/examples/demo/process.sh"
# shellcheck source=examples/demo/chart.sh
. "$root/examples/demo/chart.sh"
# shellcheck source=examples/demo/launch.sh
. "$root/examples/demo/launch.sh"
# shellcheck source=examples/demo/servers.sh
. "$root/examples/demo/servers.sh"
# shellcheck source=examples/demo/threads.sh
. "$root/examples/demo/threads.sh"
# shellcheck source=examples/demo/httpd.sh
. "$root/examples/demo/httpd.sh"

trap 'stop "$client"; stop "$server"; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

for part in $parts; do
	case $part in
	servers | threads | httpd) ;;
	*) die "DEMO_PARTS: there is no part '$part'" ;;
	esac
done
look_for_tools "$evergreen" "$httpd" "$load" "$threads_server" "$many_threads"
raise_file_limit
choose_cpus
for part in $parts; do
	[ "$part" = httpd ] || {
		look_for_refusal
		break
	}
done
for part in $parts; do
	"part_$part"
done
if [ "$differences" -ne 0 ]; then
	say ""
	say "$differences things DIFFER from what they must be (above)."
	exit 1
fi
