#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a guest on the embedded image boot, take a login on its console, keep what was written, and leave a clean file system
# when it is stopped through its init?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
umld_start

run ctl create gonzo
expect_eq "state of a new guest" stopped "$(guest_state gonzo)"
run ctl start gonzo
run ctl wait gonzo --state running --timeout 60s
expect_eq "state after start" running "$(guest_state gonzo)"
guest_lock_held gonzo || fail "a running guest's lock is not held"
guest_login gonzo
pass "boots and logs in"

expect_eq "host name" gonzo "$(guest_run hostname)"
expect_match "root file system" 'ext4' "$(guest_run 'grep " / " /proc/mounts | tail -n 1')"
# The shell quotes nothing of what it prints, so the words need no protection on their way.
guest_run 'echo written-before-stop >/root/kept && sync' >/dev/null
console_close

run ctl stop gonzo --timeout 60s
expect_eq "state after stop" stopped "$(guest_state gonzo)"
expect_eq "end reason" poweroff "$(guest_field gonzo .end.reason)"
! guest_lock_held gonzo || fail "a stopped guest's lock is held"
wait_until 5 test -z "$(monitor_pid gonzo)" || fail "the monitor is still there"
guest_disk_check gonzo mini
expect_eq "file on the merged disk" written-before-stop "$(debugfs -R 'cat /root/kept' "$TEST/out/merged.img" 2>/dev/null)"
pass "stops through its init, the file system is clean"

run ctl start gonzo
guest_login gonzo
expect_eq "file after the second boot" written-before-stop "$(guest_run 'cat /root/kept')"
console_close
pass "keeps its files over a stop and start"

cmp -s "$MINI" "$STATE/images/mini/disk.img" || fail "the base image changed"
run ctl restart gonzo --timeout 60s
run ctl wait gonzo --state running --timeout 60s
guest_login gonzo
console_close
run ctl stop gonzo --timeout 60s
run ctl delete gonzo
expect_status 3 ctl show gonzo
[ ! -e "$(guest_dir gonzo)" ] || fail "a deleted guest's directory is still there"
pass "restarts, is deleted with all its files"
