#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a guest's kernel answer on its management console what umld and people ask of it: who it is, files of /proc, its devices, a disk that comes
# and goes while it runs, lines in its log, sysrq? And is what it cannot do refused with words?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
umld_start

run ctl create gonzo --mem 96M --start
guest_login gonzo

# mconsole COMMAND…: must succeed; its answer.
mconsole() {
	ctl mconsole gonzo "$@" || fail "mconsole $*: exit status $?"
}

expect_match "version" "^Linux gonzo $(guest_run 'uname -r')" "$(mconsole version)"
expect_match "help" 'version.*halt.*reboot.*config.*remove.*sysrq.*cad.*stop.*go.*log.*proc.*stack' "$(mconsole help | tr '\n' ' ')"
expect_eq "release over proc" "$(guest_run 'cat /proc/version')" "$(mconsole proc version | grep .)"
expect_match "memory over proc" 'MemTotal: +[0-9]+ kB' "$(mconsole proc meminfo)"
expect_match "load over proc" '^[0-9]+\.' "$(mconsole proc loadavg | grep .)"
# Whatever the guest has mounted there.
guest_run 'umount -l /proc' >/dev/null
expect_match "uptime without a /proc in the guest" '^[0-9]+\.' "$(mconsole proc uptime | grep .)"
guest_run 'mount -t proc proc /proc' >/dev/null
expect_status 1 ctl mconsole gonzo proc no-such-file
expect_status 1 ctl mconsole gonzo no-such-command
pass "says who it is, shows files of /proc"

mconsole log written-by-the-host >/dev/null
# Linux ends a line when the next one begins.
mconsole log next-line >/dev/null
expect_match "kernel log" 'written-by-the-host' "$(guest_run 'dmesg | tail -n 5')"
# Where the answer goes differs: to the asker or to the log.
mconsole sysrq m >"$TEST/out/sysrq"
guest_run 'dmesg | tail -n 40' >>"$TEST/out/sysrq"
grep -qi 'mem' "$TEST/out/sysrq" || fail "sysrq m shows no memory: $(cat "$TEST/out/sysrq")"
mconsole stack 1 >"$TEST/out/stack"
# Linux prints it on its console at a level that few see.
[ "$UMLD_KERNEL" != umlk ] || grep -q 'rip ' "$TEST/out/stack" || fail "no registers of init: $(cat "$TEST/out/stack")"
pass "logs, sysrq, stack"

truncate -s 16M "$TEST/extra.img"
mke2fs -q -t ext4 "$TEST/extra.img" || fail "mke2fs"
chmod 0666 "$TEST/extra.img"
expect_match "first disk" "disk.cow,.*disk.img" "$(mconsole config ubd0)"
mconsole config "ubd1=$TEST/extra.img" >/dev/null
expect_match "second disk" 'extra.img' "$(mconsole config ubd1)"
guest_run 'until [ -b /dev/ubdb ]; do sleep 0.1; done; mount /dev/ubdb /mnt && echo by-hand >/mnt/file' >/dev/null
expect_status 1 ctl mconsole gonzo remove ubd1
guest_run 'umount /mnt' >/dev/null
mconsole remove ubd1 >/dev/null
guest_run 'until [ ! -b /dev/ubdb ]; do sleep 0.1; done' >/dev/null
expect_eq "file on the disk that was taken away" by-hand "$(debugfs -R 'cat /file' "$TEST/extra.img" 2>/dev/null)"
expect_status 1 ctl mconsole gonzo remove ubd0
expect_status 1 ctl mconsole gonzo config "ubd1=$TEST/no-such-file"
pass "a disk comes and goes, one that is in use stays"

run ctl pause gonzo
mconsole version >/dev/null
run ctl resume gonzo
console_ready 30 || fail "a resumed guest does not answer"
mconsole sysrq s >/dev/null
mconsole cad >/dev/null
run ctl wait gonzo --state stopped --timeout 60s
expect_eq "end after ctrl-alt-del" poweroff "$(guest_field gonzo .end.reason)"
console_close
guest_disk_check gonzo mini
pass "answers while it is paused; ctrl-alt-del ends it through its init"
