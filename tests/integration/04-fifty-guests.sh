#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Can fifty guests be defined and started by a shell loop, listed, and stopped? How long the list takes is reported, not judged.
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
GUESTS=${GUESTS:-50}
umld_start

start=$SECONDS
for ((i = 1; i <= GUESTS; i++)); do
	ctl -q create "guest-$i" --mem 64M --start >/dev/null || fail "guest-$i"
done
note "$GUESTS guests created and started in $((SECONDS - start)) s"
for ((i = 1; i <= GUESTS; i++)); do
	run ctl wait "guest-$i" --state running --timeout 120s
	expect_eq "guest-$i" running "$(guest_state "guest-$i")"
done
expect_eq "guests in the list" "$GUESTS" "$(guest_names | wc -l)"
pass "$GUESTS guests run at the same time"

before=$EPOCHREALTIME
for _ in 1 2 3 4 5 6 7 8 9 10; do
	ctl list >/dev/null
done
awk -v a="$before" -v b="$EPOCHREALTIME" 'BEGIN { printf "   umlctl list: %.1f ms\n", (b - a) * 100 }'
note "umld: $(grep VmRSS "/proc/$UMLD_PID/status" | tr -s '\t ' ' ')"

guest_login "guest-$GUESTS" 240
expect_eq "host name" "guest-$GUESTS" "$(guest_run hostname)"
console_close
pass "the last one takes a login"

mapfile -t names < <(guest_names)
run ctl kill "${names[@]}"
for name in "${names[@]}"; do
	run ctl wait "$name" --state stopped --timeout 60s
done
run ctl delete "${names[@]}"
expect_eq "guests after deleting all" "" "$(guest_names)"
pass "all of them killed and deleted"
