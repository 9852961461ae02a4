#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Consoles: do many viewers see the same, a late one what came before, and does one that never reads hold up nobody? Does the log
# rotate and keep the end?
# shellcheck disable=SC2016 # words for the guest's shell
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
umld_start
run ctl create gonzo --consoles 2 --start

viewers=()
mkfifo "$TEST/never"
exec {never}<>"$TEST/never"
for i in {1..10}; do
	# Their standard input stays open and silent: the end of it would be a wish to leave.
	ctl console gonzo <"$TEST/never" >"$TEST/out/viewer-$i" 2>&1 &
	viewers+=($!)
done
guest_login gonzo
guest_run 'echo everybody-$((40 + 2))' >/dev/null
for i in {1..10}; do
	wait_until 10 grep -q everybody-42 "$TEST/out/viewer-$i" || fail "viewer $i does not see the console"
done
pass "ten viewers and a typist on one console"

ctl console gonzo <"$TEST/never" >"$TEST/out/late" 2>&1 &
viewers+=($!)
wait_until 10 grep -q everybody-42 "$TEST/out/late" || fail "a late viewer does not see what came before"
grep -q 'Linux version\|login:' "$TEST/out/late" || fail "a late viewer does not see the boot"
pass "a late viewer sees what came before"

# One viewer stops reading while more passes by than any buffer of its holds.
kill -STOP "${viewers[0]}"
guest_run '(sleep 3; i=0; while [ $i -lt 12000 ]; do
echo "line $i ....................................................................................................."
i=$((i + 1)); done; echo the-end-$((40 + 2))) &' >/dev/null
console_close
wait_until 60 grep -q the-end-42 "$TEST/out/viewer-2" || fail "a viewer is held up by one that does not read"
kill -CONT "${viewers[0]}"
wait_until 60 grep -q the-end-42 "$TEST/out/viewer-1" || fail "the viewer that slept does not catch up"
pass "a viewer that never reads holds up nobody"

dir=$(guest_dir gonzo)
[ -s "$dir/console-0.log.1" ] || fail "the log did not rotate"
[ "$(stat -c %s "$dir/console-0.log.1")" -le $((1048576 + 65536)) ] || fail "the old log is larger than it may be"
[ "$(stat -c %s "$dir/console-0.log")" -le $((1048576 + 65536)) ] || fail "the log is larger than it may be"
ctl log gonzo >"$TEST/out/log" || fail "umlctl log"
grep -q the-end-42 "$TEST/out/log" || fail "the log lacks its end"
expect_eq "lines of the log in order" "" "$(tr -d '\r' <"$TEST/out/log" |
	awk '/^line [0-9]+ \./ { if (seen && $2 != last + 1) print last, $2; last = $2; seen = 1 }' | head -n 1)"
pass "the log rotates and loses nothing"

kill "${viewers[@]}" 2>/dev/null
wait "${viewers[@]}" 2>/dev/null

# A viewer learns how the guest ended.
ctl console gonzo <"$TEST/never" >"$TEST/out/end" 2>&1 &
viewer=$!
run ctl kill gonzo
wait "$viewer"
grep -qi kill "$TEST/out/end" || fail "the viewer is not told how the guest ended: $(tail -n 3 "$TEST/out/end")"
expect_status 4 ctl console gonzo
pass "viewers are told how the guest ended"
exec {never}>&-
