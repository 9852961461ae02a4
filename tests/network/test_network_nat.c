// SPDX-License-Identifier: GPL-2.0-or-later
/* Three namespaces: a guest, the host (this one), and a network outside that has no route back to the guest. */
#include "network_fixture.h"

#include <fcntl.h>

#include "common/file.h"

struct scene {
	struct peer guest, outside;
	struct guest_net net;
};

static void scene_start(struct fixture *f, struct scene *s)
{
	char mac[18];

	s->net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	fixture_up(f, "gonzo", &s->net);
	s->guest = peer_start();
	s->outside = peer_start();
	format_mac(s->net.mac, mac);
	assert_int_equal(sh("ip link add g0 type veth peer name eth0 netns %d && "
			    "ip link set g0 master umlbr0 up && "
			    "ip link add up0 type veth peer name eth0 netns %d && "
			    "ip addr add 192.0.2.1/24 dev up0 && ip link set up0 up",
			    (int)s->guest.pid, (int)s->outside.pid),
			 0);
	assert_int_equal(
		peer_sh(&s->guest,
			"ip link set eth0 address %s up && ip addr add 10.155.0.2/24 dev eth0 && "
			"ip route add default via 10.155.0.1",
			mac),
		0);
	assert_int_equal(peer_sh(&s->outside,
				 "ip addr add 192.0.2.2/24 dev eth0 && ip link set eth0 up"),
			 0);
}

static void scene_end(struct scene *s)
{
	peer_end(&s->guest);
	peer_end(&s->outside);
}

static void test_out(void **state)
{
	struct fixture *f = *state;
	struct scene s;

	scene_start(f, &s);
	/* Answers can only come to 192.0.2.1: outside has no other route. */
	assert_int_equal(peer_sh(&s.guest, "busybox ping -c 1 -W 5 192.0.2.2"), 0);
	scene_end(&s);
}

/* TCP, with a source port of root's that must not stay one. */
static void test_tcp_source(void **state)
{
	struct fixture *f = *state;
	struct scene s;
	cleanup_free char *seen = NULL;
	char file[512];

	scene_start(f, &s);
	(void)snprintf(file, sizeof(file), "%s/seen", f->paths.runtime);
	assert_int_equal(
		peer_sh(&s.outside,
			"busybox nc -l -p 8080 -s 192.0.2.2 -e sh -c \"cat /proc/net/tcp > %s; echo hello\" "
			">/dev/null 2>&1 &",
			file),
		0);
	assert_int_equal(peer_sh(&s.outside,
				 "for i in $(seq 100); do grep -q :1F90 /proc/net/tcp && exit 0; "
				 "busybox usleep 20000; done; exit 1"),
			 0);
	assert_int_equal(peer_sh(&s.guest,
				 "echo x | busybox nc -w 5 -p 700 192.0.2.2 8080 | grep -q hello"),
			 0);
	/* remote address 192.0.2.1 = 010200C0, state 01, a port above 1023 */
	seen = sh_output("awk '$2 ~ /:1F90$/ && $4 == \"01\" { print $3 }' %s", file);
	assert_int_equal(strncmp(seen, "010200C0:", 9), 0);
	assert_true(strtoul(seen + 9, NULL, 16) >= 1024);
	scene_end(&s);
}

static void test_not_in(void **state)
{
	struct fixture *f = *state;
	struct scene s;

	scene_start(f, &s);
	assert_int_equal(peer_sh(&s.outside, "ip route add 10.155.0.0/24 via 192.0.2.1"), 0);
	assert_int_not_equal(peer_sh(&s.outside, "busybox ping -c 1 -W 1 10.155.0.2"), 0);
	/* The host itself reaches its guests. */
	assert_int_equal(sh("busybox ping -c 1 -W 5 10.155.0.2"), 0);
	/* What the administrator redirects gets in. */
	assert_int_equal(
		sh("nft 'add table ip mine; add chain ip mine pre { type nat hook prerouting priority "
		   "dstnat; }; add rule ip mine pre ip daddr 192.0.2.1 icmp type echo-request dnat to "
		   "10.155.0.2'"),
		0);
	assert_int_equal(peer_sh(&s.outside, "busybox ping -c 1 -W 5 192.0.2.1"), 0);
	assert_int_equal(sh("nft delete table ip mine"), 0);
	scene_end(&s);
}

/* A guest that sends from an address of somebody else is not forwarded. */
static void test_spoof(void **state)
{
	struct fixture *f = *state;
	struct scene s;

	scene_start(f, &s);
	assert_int_equal(peer_sh(&s.outside, "ip route add 203.0.113.0/24 via 192.0.2.1"), 0);
	assert_int_equal(sh("ip route add 203.0.113.0/24 dev umlbr0"), 0);
	assert_int_equal(peer_sh(&s.guest, "ip addr add 203.0.113.5/32 dev eth0"), 0);
	assert_int_not_equal(peer_sh(&s.guest, "busybox ping -c 1 -W 1 -I 203.0.113.5 192.0.2.2"),
			     0);
	/* It is our rule that stops it: without the table the same ping goes through. */
	assert_int_equal(sh("nft delete table inet umld_umlbr0"), 0);
	assert_int_equal(peer_sh(&s.guest, "busybox ping -c 1 -W 5 -I 203.0.113.5 192.0.2.2"), 0);
	scene_end(&s);
}

/* Nothing is left when the guest goes, with connections tracked and an uplink there. */
static void test_down_closes(void **state)
{
	struct fixture *f = *state;
	struct scene s;

	scene_start(f, &s);
	assert_int_equal(sh("ip link delete g0"), 0);
	network_guest_down(f->n, "gonzo");
	assert_int_equal(sh("ip link delete up0"), 0);
	assert_clean(f);
	scene_end(&s);
}

static int setup(void **state)
{
	return fixture_setup(state);
}

static int teardown(void **state)
{
	(void)sh("ip link delete g0; ip link delete up0");
	return fixture_teardown(state);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(test_out),	  test(test_tcp_source),  test(test_not_in),
		test(test_spoof), test(test_down_closes),
	};

	fixture_isolate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
