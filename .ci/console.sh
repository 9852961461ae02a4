# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A guest's console as a conversation, for scripts: `umlctl console` as a coprocess, text sent and awaited. Sourced by
# quickstart and the integration tests; needs $UMLCTL and $UMLD_SOCKET. One console at a time for each shell.
#
#	console_open GUEST		attach
#	console_start COMMAND...	or: whatever speaks for a guest on its standard input and output
#	console_expect SECONDS REGEX	wait until the output since the last match matches (bash ERE); 1 on time-out
#	console_send TEXT		type a line
#	console_login SECONDS		log in as root and wait until a shell answers
#	console_run SECONDS COMMAND	run in the guest's shell; prints its output, returns its exit status (124: no answer)
#	console_close			detach
#
# CONSOLE_SEEN holds all output since the last match, CONSOLE_TEXT everything since console_open.

CONSOLE_PROC=
CONSOLE_SEEN=
CONSOLE_TEXT=

console_open() { console_start "$UMLCTL" console "$@"; }

console_start() {
	console_close
	CONSOLE_SEEN=
	CONSOLE_TEXT=
	coproc CONSOLE { exec "$@" 2>&1; }
	CONSOLE_PROC=$!
	# Copies, because bash closes its own when the process ends and unread output would be lost.
	exec {CONSOLE_IN}>&"${CONSOLE[1]}" {CONSOLE_OUT}<&"${CONSOLE[0]}"
	eval "exec ${CONSOLE[1]}>&- ${CONSOLE[0]}<&-"
}

console_close() {
	[ -n "$CONSOLE_PROC" ] || return 0
	kill "$CONSOLE_PROC" 2>/dev/null || true
	exec {CONSOLE_IN}>&- {CONSOLE_OUT}<&-
	wait "$CONSOLE_PROC" 2>/dev/null || true
	CONSOLE_PROC=
	return 0
}

# Take what is there, waiting at most until the second given; 1 when nothing came or the stream ended.
console_take() {
	local char chunk=''
	local IFS=

	read -r -N 1 -t "$1" -u "$CONSOLE_OUT" char || return 1
	chunk=$char
	# -t 0.01 collects what is already on its way; a partial read leaves its bytes in char.
	while read -r -N 512 -t 0.02 -u "$CONSOLE_OUT" char; do
		chunk+=$char
	done
	chunk+=$char
	chunk=${chunk//$'\r'/}
	# What a guest prints has no bound, what is kept of it has.
	[ ${#CONSOLE_SEEN} -lt 65536 ] || CONSOLE_SEEN=${CONSOLE_SEEN: -32768}
	[ ${#CONSOLE_TEXT} -lt 262144 ] || CONSOLE_TEXT=${CONSOLE_TEXT: -131072}
	CONSOLE_SEEN+=$chunk
	CONSOLE_TEXT+=$chunk
}

console_expect() {
	local deadline=$((SECONDS + $1)) regex=$2

	until [[ $CONSOLE_SEEN =~ $regex ]]; do
		[ $SECONDS -lt $deadline ] || return 1
		console_take $((deadline - SECONDS)) || {
			kill -0 "$CONSOLE_PROC" 2>/dev/null || return 1
		}
	done
	CONSOLE_MATCH=("${BASH_REMATCH[@]}")
	CONSOLE_SEEN=${CONSOLE_SEEN#*"${BASH_REMATCH[0]}"}
}

console_send() {
	printf '%s\r' "$1" >&"$CONSOLE_IN"
}

# The shell's answer is told from the echo of the question by arithmetic that only a shell does. The number is taken from the clock, so
# that it is a new one in subshells too.
console_ready() {
	local serial=1${EPOCHREALTIME: -6}

	console_send "echo ready-\$(($serial + 1))"
	console_expect "$1" "ready-$((serial + 1))"
}

# Looks at how the output ends rather than for a word, since a late joiner sees old prompts in the scrollback; and presses return when
# nothing comes for a while, since a kernel message may have broken the prompt. A shell that is logged in already will do.
console_login() {
	local deadline=$((SECONDS + $1)) escapes=$'(\e\\[[0-9;?]*[a-zA-Z])*$' quiet=0

	while [ $SECONDS -lt $deadline ]; do
		if console_take 1; then
			quiet=0
			continue
		fi
		kill -0 "$CONSOLE_PROC" 2>/dev/null || return 1
		if [[ $CONSOLE_SEEN =~ login:\ $escapes ]]; then
			CONSOLE_SEEN=
			console_send root
		elif [[ $CONSOLE_SEEN =~ [#\$]\ $escapes ]]; then
			! console_ready 5 || return 0
		elif [ $((++quiet)) -ge 3 ]; then
			quiet=0
			console_send ''
		fi
	done
	return 1
}

console_run() {
	local seconds=$1 serial=1${EPOCHREALTIME: -6} begin end body

	begin="begin-$((serial + 1))"
	end="end-$((serial + 1))"
	console_send "echo begin-\$(($serial + 1)); { $2
}; echo end-\$(($serial + 1)):\$?:"
	console_expect "$seconds" "$begin"$'\n' || return 124
	console_expect "$seconds" "$end:([0-9]+):" || return 124
	body=${CONSOLE_TEXT##*"$begin"$'\n'}
	body=${body%%"$end:"*}
	printf '%s' "$body"
	return "${CONSOLE_MATCH[1]}"
}
