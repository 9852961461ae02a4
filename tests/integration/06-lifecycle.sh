#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do pause, resume, wait, rename, set and delete do what they say, in the states in which they may, and are disks and images that are in
# use kept from others?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
umld_start

run ctl create gonzo --start
run ctl wait gonzo --state running --timeout 60s
run ctl pause gonzo
expect_eq "state after pause" paused "$(guest_state gonzo)"
run ctl wait gonzo --state paused --timeout 5s
expect_status 6 ctl wait gonzo --state running --timeout 1s
run ctl resume gonzo
expect_eq "state after resume" running "$(guest_state gonzo)"
guest_login gonzo
run ctl pause gonzo
! console_ready 3 || fail "a paused guest answers"
run ctl resume gonzo
console_ready 30 || fail "a resumed guest does not answer"
console_close
run ctl pause gonzo
run ctl stop gonzo --timeout 60s
expect_eq "end of a paused guest" poweroff "$(guest_field gonzo .end.reason)"
pass "pause, resume, stop while paused"

run ctl start gonzo
expect_status 4 ctl rename gonzo fozzie
expect_status 4 ctl delete gonzo
expect_status 4 ctl create gonzo
expect_status 4 ctl image delete mini
run ctl stop gonzo --timeout 60s
expect_status 4 ctl image delete mini
expect_match "who uses the image" gonzo "$OUTPUT"
pass "refuses what a running guest forbids"

run ctl rename gonzo fozzie
expect_status 3 ctl show gonzo
expect_eq "renamed guest" fozzie "$(guest_field fozzie .name)"
run ctl set fozzie --mem 96M --consoles 2
expect_eq "memory" $((96 * 1024 * 1024)) "$(guest_field fozzie .mem)"
umld_stop
umld_start
expect_eq "memory after a restart of umld" $((96 * 1024 * 1024)) "$(guest_field fozzie .mem)"
run ctl start fozzie
guest_login fozzie
expect_eq "host name of the renamed guest" fozzie "$(guest_run hostname)"
memory=$(guest_run "awk '/MemTotal/ { print \$2 }' /proc/meminfo")
{ [ "$memory" -gt 60000 ] && [ "$memory" -le 98304 ]; } || fail "guest sees $memory KiB with mem 96M"
console_close
run ctl stop fozzie --timeout 60s
pass "rename, set"

truncate -s 64M "$TEST/shared.img"
mke2fs -q -t ext4 -b 4096 "$TEST/shared.img" || fail "mke2fs"
chmod 0666 "$TEST/shared.img"
run ctl create first --disk "$TEST/shared.img" --start
run ctl create second --disk "$TEST/shared.img"
expect_status 4 ctl start second
expect_match "which disk" shared.img "$OUTPUT"
run ctl create reader --disk "$TEST/shared.img,ro"
expect_status 4 ctl start reader
guest_login first
guest_run 'mount /dev/ubdb /mnt && echo hello >/mnt/file && umount /mnt' >/dev/null
console_close
run ctl stop first --timeout 60s
run ctl start reader
run ctl create reader-2 --disk "$TEST/shared.img,ro" --start
guest_login reader-2
expect_eq "what the other wrote" hello "$(guest_run 'mount -t ext4 -o ro,noload /dev/ubdb /mnt && cat /mnt/file')"
console_close
expect_status 4 ctl start second
run ctl kill reader reader-2
pass "one writer, or many readers, of a disk"

run ctl create swapper --swap 32M --start
guest_login swapper
# umlk has the disk and does not swap yet.
wanted='[1-9]'
[ "$UMLD_KERNEL" != umlk ] || wanted='^0$'
expect_match "swap" "$wanted" "$(guest_run "awk '/SwapTotal/ { print \$2 }' /proc/meminfo")"
console_close
run ctl stop swapper --timeout 60s
pass "swap"

# Names and values that must not come through, each with the status for wrong usage and nothing left behind.
for bad in 'UPPER' '../up' 'a b' '-x-' '' "$(printf 'x%.0s' {1..40})"; do
	expect_status 2 ctl create -- "$bad"
done
expect_status 2 ctl create odd --mem nonsense
expect_status 2 ctl create odd --net carrier-pigeon
expect_status 2 ctl create odd --disk "/etc/pass,wd"
expect_status 3 ctl show odd
expect_status 3 ctl create odd --image no-such-image
expect_status 3 ctl show odd
pass "refuses bad names and values, whole"

run ctl delete fozzie first second reader reader-2 swapper
run ctl image delete mini
pass "an image goes when nobody needs it"
