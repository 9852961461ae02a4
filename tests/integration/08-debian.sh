#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is a Debian image that umld builds a system that works: systemd comes up, root logs in on the console, network and names work, it stops
# through its init within 30 seconds, and its file system is clean? This is what `./quickstart debian` promises.
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_needs_systemd
# The image is built where packages can be fetched, before the network goes away; it is kept for the next run.
cache=$UMLD_BUILD/test-images
if [ "${UMLD_TEST_INSIDE:-}" != yes ] && [ "$(id -u)" -eq 0 ] && [ -x "$UMLD" ]; then
	command -v mmdebstrap >/dev/null || skip "no mmdebstrap"
	mkdir -p "$cache"
	if [ ! -s "$cache/bookworm.img" ]; then
		TEST=$(mktemp -d /var/tmp/umlt-XXXXXX)
		chmod 0755 "$TEST"
		trap 'umld_stop; rm -rf --one-file-system "$TEST"' EXIT
		STATE=$TEST/state
		RUN=$TEST/run
		export UMLD_SOCKET=$RUN/umld.sock
		mkdir "$TEST/out"
		test_config ''
		umld_start
		built=$SECONDS
		ctl -o json events >"$TEST/out/events" 2>&1 &
		events=$!
		run ctl image build bookworm --suite bookworm --size 2G --include file
		# It moved in steps, not from nothing to all.
		steps=$(grep -c '"progress"' "$TEST/out/events")
		[ "$steps" -gt 20 ] || fail "only $steps steps of progress were told"
		kill "$events"
		note "image built in $((SECONDS - built)) s"
		cp --sparse=always "$STATE/images/bookworm/disk.img" "$cache/bookworm.img.new"
		umld_stop
		expect_eq "unfinished files after the build" "" "$(find "$STATE/tmp" -mindepth 1)"
		mv "$cache/bookworm.img.new" "$cache/bookworm.img"
		rm -rf --one-file-system "$TEST"
		trap - EXIT
		pass "builds an image"
	fi
fi
test_begin "$@"
test_needs_network
umld_start
e2fsck -fn "$cache/bookworm.img" >"$TEST/out/e2fsck" 2>&1 || fail "e2fsck of the image: $(cat "$TEST/out/e2fsck")"
image() { debugfs -R "$1" "$cache/bookworm.img" 2>/dev/null; }
expect_eq "machine id of the image, which clones would share" "" "$(image 'cat /etc/machine-id')"
expect_eq "random seed of the image" "" "$(image 'stat /var/lib/systemd/random-seed')"
expect_match "rights of passwd" 'Mode: +04755' "$(image 'stat /usr/bin/passwd')"
expect_match "the package asked for" 'Inode' "$(image 'stat /usr/bin/file')"
pass "the image is clean and has nothing that clones would share"
run ctl image import bookworm "$cache/bookworm.img"
run ctl create debian --image bookworm --mem 512M --swap 8M --net "tap,bridge=$BRIDGE"
run ctl start debian
booted=$SECONDS
guest_login debian 240
note "login after $((SECONDS - booted)) s"
pass "boots, root logs in on the console"

expect_eq "host name" debian "$(guest_run hostname | tr -d '[:space:]')"
expect_match "systemd's opinion" 'running' \
	"$(GUEST_RUN_SECONDS=120 guest_run 'systemctl is-system-running --wait; systemctl --failed --plain --no-legend')"
expect_eq "swap disks in use" 1 "$(guest_run 'grep -c ubdb /proc/swaps')"
expect_eq "length of the guest's own machine id" 33 "$(guest_run 'wc -c </etc/machine-id')"
pass "systemd is running, no unit has failed, swap is in use"
guest_run 'until ip -4 -o addr show scope global | grep -q inet; do sleep 1; done' >/dev/null
expect_match "address" "$(guest_field debian .net.address)" "$(guest_run 'ip -4 -o addr show scope global')"
guest_run "ping -c 2 -W 5 $HOST_ADDRESS" >/dev/null
expect_match "own name over DNS" "$(guest_field debian .net.address)" "$(guest_run 'getent ahostsv4 debian.uml.internal')"
pass "network and names"
console_close

stopped=$SECONDS
run ctl stop debian --timeout 30s
note "stopped after $((SECONDS - stopped)) s"
expect_eq "end reason" poweroff "$(guest_field debian .end.reason)"
guest_disk_check debian bookworm
pass "stops through its init, the file system is clean"
