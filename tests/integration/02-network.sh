#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do guests on the bridge reach the host, each other and names, and is everything that umld made for them gone when the last one has
# stopped, while what it did not make is untouched?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
test_needs_network
command -v dnsmasq >/dev/null || skip "no dnsmasq (apt install dnsmasq-base)"
# Something of somebody else's, that must stay as it is.
ip link add foreign type bridge
umld_start

run ctl create alice --net "tap,bridge=$BRIDGE"
run ctl create bob --net "tap,bridge=$BRIDGE"
expect_eq "no link is made before a start" "foreign" "$(links_left | tr '\n' ' ' | sed 's/ $//')"
run ctl start alice bob
bob_address=$(guest_field bob .net.address)
expect_match "bob's address" '^10\.155\.0\.[0-9]+$' "$bob_address"
ip -4 -o addr show dev "$BRIDGE" | grep -q "$HOST_ADDRESS/" || fail "$BRIDGE has no address"

mkdir "$TEST/www"
head -c 4000000 /dev/urandom >"$TEST/www/file"
busybox httpd -f -p "$HOST_ADDRESS:8080" -h "$TEST/www" &
http=$!

guest_login bob
console_run 40 'until ip -4 addr show eth0 | grep -q inet; do sleep 1; done' >/dev/null || fail "bob has no address"
expect_match "bob's own idea of his address" "$bob_address" "$(guest_run 'ip -4 addr show eth0')"
console_close

guest_login alice
console_run 40 'until ip -4 addr show eth0 | grep -q inet; do sleep 1; done' >/dev/null || fail "alice has no address"
guest_run "ping -c 2 -W 5 $HOST_ADDRESS" >/dev/null
pass "reaches the host"
guest_run "wget -q -O /tmp/file http://$HOST_ADDRESS:8080/file" >/dev/null
expect_eq "downloaded file" "$(sha256sum <"$TEST/www/file" | cut -c1-64)" "$(guest_run 'sha256sum </tmp/file' | cut -c1-64)"
pass "downloads over HTTP"
guest_run "ping -c 2 -W 5 $bob_address" >/dev/null
guest_run "ping -c 2 -W 5 bob" >/dev/null
expect_match "bob's name" "$bob_address" "$(guest_run 'nslookup bob')"
expect_match "bob's full name" "$bob_address" "$(guest_run 'nslookup bob.uml.internal')"
! console_run 30 'nslookup nobody-of-that-name.uml.internal' >/dev/null || fail "a name that is nobody's resolves"
pass "reaches the other guest by address and by name"

umld_kill
guest_run "ping -c 2 -W 5 bob" >/dev/null
guest_run "nslookup bob" >/dev/null
umld_start
guest_run "ping -c 2 -W 5 bob" >/dev/null
guest_run "nslookup bob" >/dev/null
pass "keeps network and names while umld is killed and started again"
console_close

run ctl stop bob --timeout 60s
guest_login alice
! console_run 30 "ping -c 1 -W 2 $bob_address" >/dev/null || fail "a stopped guest answers"
console_close
run ctl stop alice --timeout 60s
kill "$http"
wait "$http" 2>/dev/null
expect_eq "links after the last stop" foreign "$(links_left | tr '\n' ' ' | sed 's/ $//')"
expect_eq "tables after the last stop" "" "$(nft list tables)"
wait_until 5 sh -c '! pgrep dnsmasq' || fail "dnsmasq is still there"
ip link del foreign
pass "leaves nothing behind, and what is not its own alone"

# A tap of that name that somebody else made is not taken.
ip tuntap add dev precious mode tap
run ctl create carol --net tap=precious
expect_status 4 ctl start carol
ip link show precious >/dev/null 2>&1 || fail "a foreign tap is gone"
run ctl delete carol
ip link show precious >/dev/null 2>&1 || fail "a foreign tap is gone"
ip link del precious
pass "refuses a tap that is not its own"
