#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does umld keep its size when guests come and go all day? ROUNDS (200) times a guest is created, started, stopped or killed, and
# deleted; at the end umld has as many descriptors as before and has not grown by more than a few MiB.
# shellcheck source=../integration/guest-test.sh
. "$(dirname "$0")/../integration/guest-test.sh"
test_begin "$@"
ROUNDS=${ROUNDS:-200}
UMLD_SEED=${UMLD_SEED:-$((16#$(date +%N | md5sum | cut -c1-4) % 32768))}
note "seed $UMLD_SEED, $ROUNDS rounds"
RANDOM=$UMLD_SEED
umld_start

descriptors() { find "/proc/$UMLD_PID/fd" -mindepth 1 | wc -l; }
resident_kib() { awk '/VmRSS/ { print $2 }' "/proc/$UMLD_PID/status"; }

one_life() {
	run ctl create "guest-$1" --start
	case $((RANDOM % 4)) in
	0) run ctl kill "guest-$1" ;;
	1) run ctl restart "guest-$1" --timeout 60s && run ctl stop "guest-$1" --timeout 60s ;;
	2) run ctl wait "guest-$1" --state running --timeout 60s && run ctl pause "guest-$1" && run ctl stop "guest-$1" --timeout 60s ;;
	3) run ctl stop "guest-$1" --timeout 60s ;;
	esac
	run ctl wait "guest-$1" --state stopped --timeout 60s
	run ctl delete "guest-$1"
}

# The first lives fill caches and pools.
for ((i = 1; i <= 10; i++)); do
	one_life "$i"
done
fds=$(descriptors)
kib=$(resident_kib)
for ((; i <= ROUNDS; i++)); do
	one_life "$i"
done
wait_until 10 test "$(descriptors)" -le "$fds" || fail "umld had $fds descriptors and now has $(descriptors)"
grown=$(($(resident_kib) - kib))
note "umld has grown by $grown KiB"
[ "$grown" -lt 8192 ] || fail "umld has grown by $grown KiB in $ROUNDS lives"
pass "$ROUNDS lives, nothing left"
