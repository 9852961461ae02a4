# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every integration test is made of. A test is a bash script that sources this file and calls test_begin first; that runs it again
# inside PID, mount and network namespaces of its own, so that whatever is left at its end (a process, a link, a lock) is
# known to be a leak and goes away with the namespaces even if the test is killed. Each test starts its own umld on its own directories.
#
# Environment: UMLD_BUILD  build directory with the programs (default build/release)
#              UMLD_SEED   seed of tests that use chance; printed when chosen
#              UMLD_KEEP   keep the test's directory and print where it is
#              UMLD_KERNEL which guest kernel: umlk (default, as umld's) or linux.uml. Tests whose guests need what a kernel lacks skip
#                          themselves with the reason (test_needs_network, test_needs_systemd)
# Exit status: 0 passed, 77 skipped, anything else failed.

set -uo pipefail
export LC_ALL=C.UTF-8

TESTS=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
REPO=$(readlink -f "$TESTS/../..")
export UMLD_BUILD=${UMLD_BUILD:-$REPO/build/release}
UMLD=$UMLD_BUILD/daemon/core/umld
UMLCTL=$UMLD_BUILD/cli/umlctl
MINI=$UMLD_BUILD/daemon/mini/mini.img
UMLD_MODE=--system
export UMLD_KERNEL=${UMLD_KERNEL:-umlk}
# Where umld looks for programs, behind its own directory.
export PATH=$UMLD_BUILD/guest-kernel/boot:$PATH
# How its processes are called (linux.uml runs as "linux").
case $UMLD_KERNEL in
linux.uml) KERNEL_NAME=linux ;;
*) KERNEL_NAME=$UMLD_KERNEL ;;
esac
UMLD_AS=() # prefix that umld and umlctl run under, e.g. (setpriv --reuid=…)
UMLD_PID=
# shellcheck disable=SC2034 # used by tests
BRIDGE=umlbr0
# shellcheck disable=SC2034
HOST_ADDRESS=10.155.0.1

# shellcheck source=../../.ci/console.sh
. "$REPO/.ci/console.sh"

# --- saying what happens ------------------------------------------------------------------------

note() { printf '   %s\n' "$*"; }
pass() { printf 'ok %s\n' "$*"; }
skip() {
	printf 'SKIP: %s\n' "$*"
	exit 77
}
fail() {
	printf 'FAILED at line %s: %s\n' "${BASH_LINENO[0]}" "$*" >&2
	exit 1
}

# expect_eq WHAT WANTED GOT
expect_eq() {
	[ "$2" = "$3" ] || {
		printf 'FAILED at line %s: %s: wanted "%s", got "%s"\n' "${BASH_LINENO[0]}" "$1" "$2" "$3" >&2
		exit 1
	}
}

# expect_match WHAT REGEX GOT
expect_match() {
	[[ $3 =~ $2 ]] || {
		printf 'FAILED at line %s: %s: wanted a match of /%s/, got "%s"\n' "${BASH_LINENO[0]}" "$1" "$2" "$3" >&2
		exit 1
	}
}

# expect_status STATUS COMMAND…: the output is in $OUTPUT.
expect_status() {
	local wanted=$1 got
	shift
	OUTPUT=$("$@" 2>&1)
	got=$?
	[ "$got" -eq "$wanted" ] || {
		printf 'FAILED at line %s: %s: wanted exit status %s, got %s: %s\n' "${BASH_LINENO[0]}" "$*" "$wanted" \
			"$got" "$OUTPUT" >&2
		exit 1
	}
}

# run COMMAND…: must succeed; output shown only if it does not.
run() {
	local output
	output=$("$@" 2>&1) || {
		printf 'FAILED at line %s: %s: exit status %s: %s\n' "${BASH_LINENO[0]}" "$*" $? "$output" >&2
		exit 1
	}
}

# wait_until SECONDS COMMAND…: for conditions outside umld, which nothing announces.
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
}

# --- beginning and end --------------------------------------------------------------------------

# test_begin "$@"
test_begin() {
	[ "$(id -u)" -eq 0 ] || skip "integration tests make namespaces and need root"
	{ [ -x "$UMLD" ] && [ -x "$UMLCTL" ]; } || fail "no programs in $UMLD_BUILD (./check build)"
	command -v "$UMLD_KERNEL" >/dev/null || skip "no $UMLD_KERNEL$([ "$UMLD_KERNEL" != linux.uml ] || echo " (apt install user-mode-linux)")"
	if [ "${UMLD_TEST_INSIDE:-}" != yes ]; then
		UMLD_TEST_INSIDE=yes exec unshare --fork --kill-child --pid --mount --net --ipc --mount-proc \
			--propagation private -- "$BASH" "$0" "$@"
	fi
	mount -t tmpfs -o size=80% tmpfs /dev/shm
	tun_node_make
	ip link set lo up

	# Short, because socket paths are; open to the user that guests run as.
	TEST=$(mktemp -d /var/tmp/umlt-XXXXXX)
	chmod 0755 "$TEST"
	STATE=$TEST/state
	RUN=$TEST/run
	export UMLD_SOCKET=$RUN/umld.sock
	mkdir "$TEST/out"
	trap test_end EXIT
	trap 'exit 1' INT TERM HUP
	test_config ''
}

# After test_begin, in tests whose guests have a network.
test_needs_network() {
	kernel_has_network || skip "$UMLD_KERNEL has no network yet"
}

# As umld asks it.
kernel_has_network() { "$UMLD_KERNEL" --help 2>&1 | grep -E 'eth0=|eth\[0-9\]\+=|vec\[0-9\]' >/dev/null; }

test_needs_systemd() {
	[ "$UMLD_KERNEL" != umlk ] || skip "umlk cannot run systemd yet: it has no control groups"
}

# udev opens /dev/net/tun to everybody; hosts without udev do not, so the test has a node of its own.
tun_node_make() {
	[ -e /dev/net/tun ] || return 0
	mount -t tmpfs tmpfs /dev/net
	mknod -m 0666 /dev/net/tun c 10 200
}

# test_config [LINES]: write umld.conf with more lines in [umld].
test_config() {
	cat >"$TEST/umld.conf" <<-END
	[umld]
	mini_image = $MINI
	default_kernel = $UMLD_KERNEL
	$1
	END
}

# The test's own body has ended: on success everything must be gone that it made.
test_end() {
	local status=$?
	trap - EXIT
	# A reader that has gone (| head) must not keep us from cleaning up.
	trap '' PIPE
	console_close
	if [ $status -eq 0 ]; then
		(test_leak_check) || status=1
	fi
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then
		test_dump
	fi
	if [ -n "${UMLD_KEEP:-}" ]; then
		note "kept: $TEST"
	else
		[ -z "${TEST:-}" ] || rm -rf --one-file-system "$TEST"
	fi
	exit $status
}

test_dump() {
	local file
	{
		for file in "$TEST/umld.log" "$STATE"/guests/*/monitor.log; do
			[ -s "$file" ] || continue
			echo "--- ${file#"$TEST"/}"
			tail -n 30 "$file"
		done
		echo "--- processes"
		ps -e -o pid,ppid,stat,args --width 110 | tail -n 30
		if [ -n "$CONSOLE_TEXT" ]; then
			echo "--- console"
			tail -n 25 <<<"$CONSOLE_TEXT"
		fi
	} >&2
}

# Delete what is defined, stop umld, then look for what should not be there any more.
test_leak_check() {
	local name left
	if umld_answers; then
		for name in $(guest_names); do
			run ctl delete --force "$name"
		done
		# umld removes large files beside its other work, and what a stop leaves of them at its next start.
		wait_until 10 nothing_unfinished || fail "umld does not finish $(find "$STATE/tmp" -mindepth 1)"
		umld_stop
	fi
	wait_until 10 no_processes_left || fail "processes are left: $(tr "\n" " " <"$TEST/out/left")"
	left=$(files_left)
	[ -z "$left" ] || fail "files are left: $left"
	left=$(links_left)
	[ -z "$left" ] || fail "network links are left: $left"
	left=$(nft list tables 2>/dev/null)
	[ -z "$left" ] || fail "nftables tables are left: $left"
	left=$(find "$STATE/guests" -mindepth 1 2>/dev/null)
	[ -z "$left" ] || fail "guests' files are left: $left"
}

# Everything in this PID namespace but the test's shell, the subshell that asks, and ps.
processes_left() {
	local self=$BASHPID
	ps -e -o pid=,stat=,comm= >"$TEST/out/ps"
	awk -v self="$self" '$1 != 1 && $1 != self && $2 !~ /^Z/ && $3 != "ps" { print $1 ":" $3 }' "$TEST/out/ps"
}

no_processes_left() {
	processes_left >"$TEST/out/left"
	[ ! -s "$TEST/out/left" ]
}

nothing_unfinished() { [ -z "$(find "$STATE/tmp" -mindepth 1)" ]; }

# Files that may not exist while no guest runs and no umld either.
files_left() {
	find "$STATE/tmp" "$RUN/monitors" "$RUN/uml" -mindepth 1 2>/dev/null
	find "$RUN/network" -name '*.json' 2>/dev/null
	find "$STATE" "$RUN" -name '*.tmp-*' 2>/dev/null
	find /dev/shm -mindepth 1 2>/dev/null
}

links_left() { ip -o link show | awk -F': ' '$2 != "lo" { print $2 }'; }

# --- umld ---------------------------------------------------------------------------------------

ctl() { ${UMLD_AS[@]+"${UMLD_AS[@]}"} "$UMLCTL" "$@"; }
ctl_json() { ctl -o json "$@"; }
umld_answers() { ctl rpc system.hello >/dev/null 2>&1; }

# As a service manager would: in the background, in a session of its own.
umld_start() {
	${UMLD_AS[@]+"${UMLD_AS[@]}"} setsid "$UMLD" "$UMLD_MODE" --config "$TEST/umld.conf" --state-dir "$STATE" \
		--runtime-dir "$RUN" >>"$TEST/umld.log" 2>&1 </dev/null &
	UMLD_PID=$!
	wait_until 20 umld_answers || fail "umld does not answer: $(tail -n 3 "$TEST/umld.log")"
}

umld_stop() {
	kill -TERM "$UMLD_PID" 2>/dev/null
	# Not wait: a subshell has no children of this shell's.
	wait_until 20 umld_gone || fail "umld does not end on SIGTERM"
}

umld_gone() { ! kill -0 "$UMLD_PID"; }

umld_kill() {
	kill -KILL "$UMLD_PID" 2>/dev/null
	wait "$UMLD_PID" 2>/dev/null
	return 0
}

# --- guests -------------------------------------------------------------------------------------

guest_names() { ctl -q list; }
# guest_field NAME JQ-FILTER
guest_field() { ctl_json show "$1" | jq -r "$2"; }
guest_state() { guest_field "$1" .state; }
guest_dir() { printf '%s/guests/%s' "$STATE" "$1"; }
monitor_pid() { pgrep -f "umld-monitor .*--guest $1( |\$)" | head -n 1; }

# Is the lock on a guest's lock file held? That is what says whether the guest exists.
guest_lock_held() {
	local inode
	inode=$(stat -c %i "$(guest_dir "$1")/lock" 2>/dev/null) || return 1
	grep -qE "OFDLCK.*:$inode " /proc/locks
}

# All programs that run out of a kernel's file, in this namespace.
kernel_processes() { pgrep -c "$KERNEL_NAME" || true; }

# The guest's disk as one file: the COW file merged with its image.
guest_disk_merge() {
	local name=$1 image=$2 out=$3
	run uml_moo -b "$STATE/images/$image/disk.img" "$(guest_dir "$name")/disk.cow" "$out"
}

# guest_disk_check NAME IMAGE: the file system is clean.
guest_disk_check() {
	local output
	guest_disk_merge "$1" "$2" "$TEST/out/merged.img"
	output=$(e2fsck -fn "$TEST/out/merged.img" 2>&1) || fail "e2fsck of $1: $output"
	[[ $output != *"recovering journal"* ]] || fail "e2fsck of $1: the journal was not empty: $output"
}

# guest_login NAME [SECONDS]: attach and log in.
guest_login() {
	console_open "$1"
	console_login "${2:-90}" || fail "$1: no login on the console"
	# The kernel's messages would come between what commands print.
	console_run 20 'dmesg -n 1' >/dev/null || fail "$1: no dmesg"
}

# guest_run NAME COMMAND: on the console that guest_login opened; must succeed.
guest_run() {
	console_run "${GUEST_RUN_SECONDS:-30}" "$1" || fail "in the guest: $1: exit status $?"
}
