# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Pictures for the terminal. Read by demo.sh; measures nothing.

chart_width=40

# chart TITLE <LINES - bars for lines LABEL|WAY|NUMBER, to one scale; those of
# evergreen run are green, where there is colour.
chart() {
	green='' plain=''
	if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] &&
		[ -z "${NO_COLOR:-}" ]; then
		green=$(printf '\033[32m')
		plain=$(printf '\033[0m')
	fi
	awk -F'|' -v title="$1" -v width=$chart_width -v green="$green" \
		-v plain="$plain" '
	{ label[NR] = $1; way[NR] = $2; value[NR] = $3 }
	$3 > most { most = $3 }
	END {
		print title
		for (i = 1; i <= NR; i++) {
			n = most ? int(value[i] / most * width + 0.5) : 0
			bar = ""
			while (length(bar) < n)
				bar = bar (way[i] == "plain" ? "-" : "#")
			printf "  %-9s%-15s%s%s%s %s\n", \
				label[i] == label[i - 1] ? "" : label[i], \
				way[i], way[i] == "plain" ? "" : green, bar, \
				way[i] == "plain" ? "" : plain, value[i]
		}
	}'
}
