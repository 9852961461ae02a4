#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is nothing lost, forgotten or left behind when umld is killed at any moment while guests are created, started, stopped and
# deleted? ROUNDS (10; 100 in the soak run) times: a script works, umld is killed at a random moment and started again, and every guest
# must be in a true state. A console that is attached all the time must not notice.
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
ROUNDS=${ROUNDS:-10}
UMLD_SEED=${UMLD_SEED:-$$$(date +%N)}
UMLD_SEED=$((10#$UMLD_SEED % 32768))
note "seed $UMLD_SEED, $ROUNDS rounds"
RANDOM=$UMLD_SEED

net=none
kernel_has_network && command -v dnsmasq >/dev/null && net="tap,bridge=$BRIDGE"
names=(g0 g1 g2 g3)

# One client that changes guests at random until it is told to stop; refusals and lost connections are its daily bread.
worker() {
	local name
	RANDOM=$1
	while [ ! -e "$TEST/out/quiet" ]; do
		name=${names[RANDOM % ${#names[@]}]}
		case $((RANDOM % 9)) in
		0 | 1) ctl create "$name" --net "$net" ;;
		2 | 3) ctl start "$name" ;;
		4) ctl stop "$name" --timeout 5s ;;
		5) ctl kill "$name" ;;
		6) ctl delete --force "$name" ;;
		7) ctl create "$name" --mem 64M --swap 16M --start ;;
		8) ctl set "$name" --mem $((64 + RANDOM % 64))M ;;
		esac
		sleep 0.0$((RANDOM % 10))
	done >/dev/null 2>&1
}

# Wait until every guest is somewhere that it can stay.
settle() {
	local name
	for name in $(guest_names); do
		ctl wait "$name" --state settled --timeout 120s >/dev/null || fail "$name does not settle: $(guest_state "$name")"
	done
}

# Compare what umld says with what is there: lock, monitor, kernel, tap, files.
truth_check() {
	local name state listed monitors taps wanted_taps=0 alive=0
	listed=$(ctl_json list | jq -r '(.guests? // .)[] | .name + " " + .state')
	while read -r name state; do
		[ -n "$name" ] || continue
		if [ "$state" = stopped ]; then
			! guest_lock_held "$name" || fail "$name is stopped but its lock is held"
			[ -z "$(monitor_pid "$name")" ] || fail "$name is stopped but has a monitor"
		else
			alive=$((alive + 1))
			guest_lock_held "$name" || fail "$name is $state but nobody holds its lock"
			[ -n "$(monitor_pid "$name")" ] || fail "$name is $state but has no monitor"
			[ "$(guest_field "$name" .net.mode)" != tap ] || wanted_taps=$((wanted_taps + 1))
			kill -0 "$(guest_field "$name" .pid)" || fail "$name is $state but its process is not there"
		fi
		jq -e . "$(guest_dir "$name")/guest.json" >/dev/null || fail "$name: guest.json is damaged"
	done <<<"$listed"
	expect_eq "directories and guests" "$(cut -d' ' -f1 <<<"$listed" | sort | tr '\n' ' ')" \
		"$(find "$STATE/guests" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')"
	monitors=$(pgrep -cf '^[^ ]*umld-monitor ' || true)
	# The guest's init below the monitor is a fork of it and has its command line.
	{ [ "$monitors" -ge "$alive" ] && [ "$monitors" -le $((2 * alive)) ]; } ||
		fail "$alive guests are up but there are $monitors monitor processes"
	[ "$alive" -gt 0 ] || ! pgrep "$KERNEL_NAME" >/dev/null || fail "no guest is up but kernels run"
	taps=$(ip -o link show type tun | wc -l)
	expect_eq "taps and guests on the bridge" "$wanted_taps" "$taps"
	expect_eq "unfinished files" "" "$(find "$STATE/tmp" -mindepth 1; find "$STATE" "$RUN" -name '*.tmp-*')"
	expect_eq "monitor sockets" "$alive" "$(find "$RUN/monitors" -name '*.sock' | wc -l)"
}

umld_start
run ctl create anchor --start
guest_login anchor

for ((round = 1; round <= ROUNDS; round++)); do
	rm -f "$TEST/out/quiet"
	worker $RANDOM &
	workers=($!)
	worker $RANDOM &
	workers+=($!)
	delay=$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))
	sleep "$delay"
	umld_kill
	if [ $((RANDOM % 2)) -eq 0 ]; then
		# Guests may end while nobody is there to see it.
		pkill -KILL -f "umld-monitor .*--guest ${names[RANDOM % ${#names[@]}]}( |\$)"
	fi
	touch "$TEST/out/quiet"
	wait "${workers[@]}"
	umld_start
	settle
	truth_check
	console_ready 30 || fail "round $round: the attached console does not answer"
	note "round $round: killed after $delay s: $(ctl_json list | jq -r '[(.guests? // .)[].state] | group_by(.) | map("\(length) \(.[0])") | join(", ")')"
done
console_close
pass "$ROUNDS kills of umld, every guest in a true state after each"
