// SPDX-License-Identifier: GPL-2.0-or-later
/* Three namespaces: a guest, the host (this one), and a network outside that has no route back to the guest. */
#include "network_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void enter(const struct peer *p)
{
	char path[64];
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)alarm(20);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		_exit(10);
}

/* Accept one connection outside; 0 if it comes from 192.0.2.1 and a port above 1023. */
static __attribute__((noreturn)) void serve(const struct peer *outside, int ready)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(8080) };
	socklen_t len = sizeof(sin);
	int fd;

	enter(outside);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || listen(fd, 1) < 0 ||
	    write(ready, "r", 1) != 1 || accept(fd, (struct sockaddr *)&sin, &len) < 0)
		_exit(11);
	if (ntohl(sin.sin_addr.s_addr) != 0xc0000201)
		_exit(12);
	_exit(ntohs(sin.sin_port) < 1024 ? 13 : 0);
}

/* Connect from inside, from port 700. */
static __attribute__((noreturn)) void call(const struct peer *guest)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(700) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(8080),
				  .sin_addr.s_addr = htonl(0xc0000202) };
	int fd;

	enter(guest);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		_exit(20);
	_exit(0);
}

static void assert_exits_0(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* TCP, with a source port of root's that must not stay one. */
static void test_tcp_source(void **state)
{
	struct fixture *f = *state;
	struct scene s;
	pid_t server, client;
	int ready[2];
	char c;

	scene_start(f, &s);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	server = fork();
	if (server == 0)
		serve(&s.outside, ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	client = fork();
	if (client == 0)
		call(&s.guest);
	assert_exits_0(client);
	assert_exits_0(server);
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
