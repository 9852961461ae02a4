#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does umld.service work under a real systemd, hardened as it is: started by its socket, guests under their own user, with a tap if the kernel
# has a network; and do guests not notice when the service is restarted, stopped or killed? systemd runs in a container made by
# systemd-nspawn, whose own filter of system calls knows nothing of what guest kernels need beyond what a service gets from a host's systemd.
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
cache=$UMLD_BUILD/test-images
packages=systemd,systemd-sysv,dbus,libuv1,libjson-c5,libnl-3-200,libnl-route-3-200,libnftables1,libsystemd0
packages+=,e2fsprogs,dnsmasq-base,iproute2,procps,user-mode-linux
if [ "${UMLD_TEST_INSIDE:-}" != yes ] && [ "$(id -u)" -eq 0 ]; then
	command -v systemd-nspawn >/dev/null || skip "no systemd-nspawn (apt install systemd-container)"
	command -v mmdebstrap >/dev/null || skip "no mmdebstrap"
	[ -e /dev/net/tun ] || skip "no /dev/net/tun"
	mkdir -p "$cache"
	if [ ! -s "$cache/systemd.tar" ]; then
		run mmdebstrap --quiet --format=tar --variant=minbase --include="$packages" bookworm "$cache/systemd.tar.new"
		mv "$cache/systemd.tar.new" "$cache/systemd.tar"
	fi
fi
test_begin "$@"

# nspawn makes cgroups below the one that it is in and leaves them; so give it one that can be removed.
cgroups=()
for hierarchy in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
	[ -e "$hierarchy/cgroup.procs" ] || continue
	mkdir "$hierarchy/${TEST##*/}" && echo $$ >"$hierarchy/${TEST##*/}/cgroup.procs" && cgroups+=("$hierarchy")
done
container_stop() {
	local hierarchy
	[ -z "${leader:-}" ] || kill -KILL "$leader" 2>/dev/null
	[ -z "${nspawn:-}" ] || wait "$nspawn" 2>/dev/null
	wait_until 10 no_processes_left
	for hierarchy in "${cgroups[@]}"; do
		echo $$ >"$hierarchy/cgroup.procs"
		find "$hierarchy/${TEST##*/}" -depth -type d -exec rmdir {} +
	done
}
trap 'status=$?; container_stop; (exit $status); test_end' EXIT

# nspawn keeps its own state in /run; this namespace's is nobody else's business.
mount -t tmpfs tmpfs /run
container=$TEST/root
mkdir "$container"
tar -C "$container" -xf "$cache/systemd.tar" || fail "cannot unpack the container"
DESTDIR=$container run cmake --install "$UMLD_BUILD"
# Not a first boot, at which systemd would enable all units.
tr -d - </proc/sys/kernel/random/uuid >"$container/etc/machine-id"
echo container >"$container/etc/hostname"

systemd-nspawn --quiet --register=no --system-call-filter=pidfd_getfd --keep-unit --private-network --capability=CAP_NET_ADMIN --bind=/dev/net/tun \
	--machine=umldtest -D "$container" --boot >"$TEST/umld.log" 2>&1 </dev/null &
nspawn=$!
leader_find() {
	leader=$(pgrep -P "$nspawn" | head -n 1)
	[ -n "$leader" ]
}
wait_until 20 leader_find || skip "systemd-nspawn cannot boot here: $(tail -n 1 "$TEST/umld.log")"

# in_container COMMAND…
in_container() {
	nsenter --target "$leader" --all env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}
wait_until 60 in_container systemctl is-system-running || skip "systemd does not come up in a container here"

printf '#!/bin/bash\nexec nsenter --target %s --all env -i PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 umlctl "$@"\n' "$leader" \
	>"$TEST/umlctl"
chmod 0755 "$TEST/umlctl"
UMLCTL=$TEST/umlctl
main_pid() { in_container systemctl show -P MainPID umld.service; }
guest_pid() { guest_field gonzo .pid; }

# nspawn is gone, and all in it must be.
test_leak_check() {
	wait_until 10 no_processes_left || fail "processes are left: $(tr '\n' ' ' <"$TEST/out/left")"
}

run in_container systemd-analyze verify --man=no umld.service umld.socket
run in_container getent passwd umld-guest
run in_container getent group umld
pass "units, user and group are installed"

run in_container systemctl enable --now umld.socket
expect_eq "service before the first client" inactive "$(in_container systemctl is-active umld.service)"
run ctl list
expect_eq "service after the first client" active "$(in_container systemctl is-active umld.service)"
expect_eq "socket" 666 "$(in_container stat -c %a /run/umld/umld.sock)"
pass "the socket starts the service"

net=none
! kernel_has_network || net="tap,bridge=$BRIDGE"
run ctl create gonzo --kernel "$UMLD_KERNEL" --net "$net" --start
expect_eq "user of the kernel" umld-guest "$(in_container ps -o user:20= -C "$UMLD_KERNEL,$KERNEL_NAME" | sort -u | tr -d ' ')"
guest_login gonzo
if [ "$net" = none ]; then
	note "without a network: $UMLD_KERNEL has none yet"
else
	console_run 40 'until ip -4 addr show eth0 | grep -q inet; do sleep 1; done' >/dev/null || fail "no address"
	guest_run "ping -c 1 -W 5 $HOST_ADDRESS" >/dev/null
fi
pass "a guest boots under the hardened service, with a tap if its kernel has a network"

before=$(guest_pid)
service=$(main_pid)
run in_container systemctl restart umld.service
[ "$(main_pid)" != "$service" ] || fail "the service did not restart"
expect_eq "guest after a restart of the service" "running $before" "$(guest_state gonzo) $(guest_pid)"
console_ready 20 || fail "the console does not survive a restart of the service"
pass "a restart of the service leaves guest and console alone"

run in_container systemctl stop umld.socket umld.service
console_ready 20 || fail "the console does not survive a stop of the service"
in_container kill -0 "$before" || fail "the guest ended with the service"
run in_container systemctl start umld.socket
expect_eq "guest after stop and start" "running $before" "$(guest_state gonzo) $(guest_pid)"
pass "a stop of the service too"

service=$(main_pid)
run in_container kill -KILL "$service"
came_back() {
	local pid
	pid=$(main_pid)
	[ "$pid" != 0 ] && [ "$pid" != "$service" ] && umld_answers
}
wait_until 20 came_back || fail "systemd did not start umld again"
expect_eq "guest after a kill" "running $before" "$(guest_state gonzo) $(guest_pid)"
console_close
pass "systemd starts a killed umld again"

run ctl stop gonzo --timeout 60s
expect_eq "end reason" poweroff "$(guest_field gonzo .end.reason)"
run ctl delete gonzo
expect_eq "links in the container" "" "$(in_container ip -o link show | grep -vE ' (lo|host0)[:@]')"
pass "stop and delete"
