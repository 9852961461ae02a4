#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does everything but taps work for an ordinary user, without root and without anybody's help?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
uid=54321
! getent passwd $uid >/dev/null || skip "uid $uid is taken on this machine"
home=$TEST/home
install -d -m 0700 -o $uid -g $uid "$home" "$TEST/r" "$home/tmp"
UMLD_AS=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups --no-new-privs
	env -u XDG_STATE_HOME -u XDG_CONFIG_HOME "HOME=$home" "XDG_RUNTIME_DIR=$TEST/r" "TMPDIR=$home/tmp")
chmod 1777 /dev/shm

# With the directories that a user gets who says nothing.
unset UMLD_SOCKET
STATE=$home/.local/state/umld
RUN=$TEST/r/umld
"${UMLD_AS[@]}" mkdir -p "$home/.config/umld"
"${UMLD_AS[@]}" tee "$home/.config/umld/umld.conf" <"$TEST/umld.conf" >/dev/null
umld_start() {
	"${UMLD_AS[@]}" setsid "$UMLD" --user >>"$TEST/umld.log" 2>&1 </dev/null &
	UMLD_PID=$!
	wait_until 20 umld_answers || fail "umld does not answer: $(tail -n 3 "$TEST/umld.log")"
}
umld_start
[ "$(stat -c %u "$STATE")" -eq $uid ] || fail "the state directory is not the user's"

run ctl create gonzo
run ctl start gonzo
# console_open has no prefix of its own: root may use the user's socket.
export UMLD_SOCKET=$RUN/umld.sock
guest_login gonzo
expect_eq "host name" gonzo "$(guest_run hostname)"
expect_eq "the guest's processes" "$uid" "$(ps -o uid= -C "linux.uml,$KERNEL_NAME" | sort -u | tr -d ' ')"
pass "create, start, console"

umld_kill
umld_start
console_ready 20 || fail "the console does not survive a restart of umld"
console_close
expect_eq "state after a restart of umld" running "$(guest_state gonzo)"
pass "guest and console outlive umld"

expect_status 5 ctl create bridged --net tap,bridge=umlbr0
expect_status 3 ctl show bridged
pass "taps are refused with the right reason"

run ctl stop gonzo --timeout 60s
expect_eq "end reason" poweroff "$(guest_field gonzo .end.reason)"
guest_disk_check gonzo mini
pass "stops through its init, the file system is clean"

# Somebody else has no business here.
expect_status 5 setpriv --reuid=54322 --regid=54322 --clear-groups env "HOME=$home" "UMLD_SOCKET=$RUN/umld.sock" "$UMLCTL" list
pass "nobody else reaches the socket"
