// SPDX-License-Identifier: GPL-2.0-or-later
/* DHCP and DNS by the real dnsmasq and a real client: addresses, names, restarts, adoption, old leases. */
#include "network_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"

#define SERVER "10.155.0.1"

static struct bridge *bridge0(const struct fixture *f)
{
	assert_non_null(f->n->bridges);
	return f->n->bridges;
}

/* A guest's end of the bridge: a veth with the guest's MAC in another namespace. */
static struct peer guest_peer(const struct guest_net *net)
{
	struct peer p = peer_start();
	char mac[18];

	format_mac(net->mac, mac);
	assert_int_equal(sh("ip link add v%d type veth peer name eth0 netns %d && "
			    "ip link set v%d master %s up",
			    (int)p.pid, (int)p.pid, (int)p.pid, net->bridge),
			 0);
	assert_int_equal(peer_sh(&p, "ip link set eth0 address %s && ip link set eth0 up", mac), 0);
	return p;
}

/* A namespace's links go some time after its last process; the bridge's port has to be gone now. */
static void guest_peer_end(struct peer *p)
{
	assert_int_equal(sh("ip link delete v%d", (int)p->pid), 0);
	peer_end(p);
}

/* What DHCP gives: "address router dns domain hostname". */
static char *dhcp(const struct fixture *f, const struct peer *p)
{
	char script[512];
	static const char text[] =
		"#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
		"ip addr add $ip/$mask dev $interface\nip route add default via $router\n"
		"echo $ip $router $dns $domain $hostname\n";

	(void)snprintf(script, sizeof(script), "%s/udhcpc", f->paths.runtime);
	assert_int_equal(file_write_atomic(AT_FDCWD, script, text, sizeof(text) - 1, 0755), 0);
	return peer_output(
		p, "busybox udhcpc -i eth0 -n -q -f -t 5 -T 2 -O hostname -s %s 2>/dev/null",
		script);
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");

	fixture_up(f, "gonzo", &a);
	/* The first one is there at once: dnsmasq read it before it was ready. */
	assert_int_equal(dns_query(SERVER, "gonzo"), a.address);
	assert_int_equal(dns_query(SERVER, "gonzo.uml.internal"), a.address);
	assert_int_equal(dns_query(SERVER, "animal"), 0);
	fixture_up(f, "animal", &b);
	assert_int_equal(dns_query_until(SERVER, "animal", b.address), b.address);
	assert_int_equal(dns_query_until(SERVER, "animal.uml.internal", b.address), b.address);
	network_guest_down(f->n, "gonzo");
	assert_int_equal(dns_query_until(SERVER, "gonzo", 0), 0);
	assert_int_equal(dns_query(SERVER, "animal"), b.address);
}

static void test_unprivileged(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");

	fixture_up(f, "gonzo", &a);
	assert_int_equal(dns_query(SERVER, "gonzo"), a.address);
	assert_int_equal(sh("grep -q '^Uid:.0' /proc/%d/status", (int)bridge0(f)->dns.id.pid), 1);
}

/* Where a closed directory above would lock an unprivileged dnsmasq out, it runs as root. */
static void test_closed_runtime(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");

	assert_int_equal(sh("chmod 700 %s", f->paths.runtime), 0);
	fixture_up(f, "gonzo", &a);
	fixture_up(f, "animal", &b);
	assert_int_equal(dns_query_until(SERVER, "animal", b.address), b.address);
}

static void test_dhcp(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");
	struct peer pa, pb;
	cleanup_free char *got_a = NULL, *got_b = NULL;

	fixture_up(f, "gonzo", &a);
	fixture_up(f, "animal", &b);
	pa = guest_peer(&a);
	pb = guest_peer(&b);
	got_b = dhcp(f, &pb);
	got_a = dhcp(f, &pa);
	assert_string_equal(got_a, "10.155.0.2 10.155.0.1 10.155.0.1 uml.internal gonzo\n");
	assert_string_equal(got_b, "10.155.0.3 10.155.0.1 10.155.0.1 uml.internal animal\n");
	/* As a guest sees it: the other's name, and the other. */
	assert_int_equal(
		peer_sh(&pa,
			"busybox nslookup animal.uml.internal 10.155.0.1 | grep -q 10.155.0.3"),
		0);
	assert_int_equal(peer_sh(&pa, "busybox ping -c 1 -W 5 10.155.0.3"), 0);
	assert_int_equal(peer_sh(&pb, "busybox ping -c 1 -W 5 10.155.0.1"), 0);
	guest_peer_end(&pa);
	guest_peer_end(&pb);
}

/* A stranger on the bridge gets no address. */
static void test_dhcp_unknown(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0"), x = a;
	struct peer p;
	cleanup_free char *got = NULL;

	fixture_up(f, "gonzo", &a);
	x.mac[5] ^= 0x55;
	p = guest_peer(&x);
	got = dhcp(f, &p);
	assert_string_equal(got, "");
	guest_peer_end(&p);
}

/* The address goes to another guest while the old one's lease has not run out; and a guest gets another MAC. */
static void test_old_lease(void **state)
{
	struct fixture *f = *state;
	struct guest_net keep = fixture_define(f, "keeper", "tap=t9,bridge=umlbr0");
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0"), b;
	cleanup_free char *got_a = NULL, *got_b = NULL, *got_c = NULL;
	struct peer p;

	fixture_up(f, "keeper", &keep);
	fixture_up(f, "gonzo", &a);
	p = guest_peer(&a);
	got_a = dhcp(f, &p);
	assert_string_equal(got_a, "10.155.0.3 10.155.0.1 10.155.0.1 uml.internal gonzo\n");
	guest_peer_end(&p);
	network_guest_down(f->n, "gonzo");
	network_guest_release(f->n, "gonzo");
	b = a;
	b.mac[5] ^= 1;
	assert_int_equal(network_guest_define(f->n, "animal", &b, NULL), 0);
	fixture_up(f, "animal", &b);
	p = guest_peer(&b);
	got_b = dhcp(f, &p);
	assert_string_equal(got_b, "10.155.0.3 10.155.0.1 10.155.0.1 uml.internal animal\n");
	guest_peer_end(&p);
	assert_int_equal(dns_query_until(SERVER, "gonzo", 0), 0);
	b.mac[5] ^= 2;
	assert_int_equal(network_guest_define(f->n, "animal", &b, NULL), 0);
	fixture_up(f, "animal", &b);
	p = guest_peer(&b);
	got_c = dhcp(f, &p);
	assert_string_equal(got_c, got_b);
	guest_peer_end(&p);
}

struct other_pid {
	const struct fixture *f;
	pid_t old;
};

static bool is_restarted(void *arg)
{
	const struct other_pid *o = arg;
	const struct dns *dns = &bridge0(o->f)->dns;

	return dns->watch && dns->id.pid != o->old;
}

static void test_restart(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct other_pid o = { .f = f };

	fixture_up(f, "gonzo", &a);
	for (int i = 0; i < 3; i++) {
		o.old = bridge0(f)->dns.id.pid;
		assert_int_equal(kill(o.old, SIGKILL), 0);
		assert_true(fixture_spin(f, is_restarted, &o));
		assert_int_equal(dns_query(SERVER, "gonzo"), a.address);
		assert_int_equal(fixture_dnsmasq_count(), 1);
	}
	network_guest_down(f->n, "gonzo");
	assert_clean(f);
}

/* Killed and given up at once: the timer that would restart it goes with the bridge. */
static void test_dies_and_down(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct other_pid o = { .f = f };

	fixture_up(f, "gonzo", &a);
	o.old = bridge0(f)->dns.id.pid;
	assert_int_equal(kill(o.old, SIGKILL), 0);
	network_guest_down(f->n, "gonzo");
	(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_clean(f);
}

static void test_adopt(void **state)
{
	static const char *const guests[] = { "gonzo" };
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct other_pid o = { .f = f };
	pid_t pid;

	fixture_up(f, "gonzo", &a);
	pid = bridge0(f)->dns.id.pid;
	fixture_restart(f);
	assert_int_equal(dns_query(SERVER, "gonzo"), a.address); /* nobody watches, it serves */
	network_reconcile(f->n, guests, 1);
	assert_int_equal(bridge0(f)->dns.id.pid, pid);
	assert_int_equal(fixture_dnsmasq_count(), 1);
	/* The adopted one is watched as well. */
	o.old = pid;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(fixture_spin(f, is_restarted, &o));
	/* Other arguments: another process. */
	pid = bridge0(f)->dns.id.pid;
	(void)snprintf(f->configs[0].domain, sizeof(f->configs[0].domain), "other.internal");
	fixture_restart(f);
	network_reconcile(f->n, guests, 1);
	fixture_settle(f);
	assert_int_not_equal(bridge0(f)->dns.id.pid, pid);
	assert_int_equal(fixture_dnsmasq_count(), 1);
	assert_int_equal(dns_query_until(SERVER, "gonzo.other.internal", a.address), a.address);
}

/* umld was gone, dnsmasq died, its pid belongs to somebody else now: he is left alone. */
static void test_recycled_pid(void **state)
{
	static const char *const guests[] = { "gonzo" };
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	pid_t pid, innocent = fork();
	int status;

	if (innocent == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)pause();
		_exit(0);
	}
	fixture_up(f, "gonzo", &a);
	pid = bridge0(f)->dns.id.pid;
	fixture_restart(f);
	kill_and_wait(pid);
	assert_int_equal(sh("sed -i 's/\"pid\":%d,/\"pid\":%d,/' %s/network/dns-umlbr0.json",
			    (int)pid, (int)innocent, f->paths.runtime),
			 0);
	fixture_restart(f);
	assert_int_equal(bridge0(f)->dns.id.pid, innocent);
	network_reconcile(f->n, guests, 1);
	assert_int_not_equal(bridge0(f)->dns.id.pid, innocent);
	assert_int_equal(dns_query(SERVER, "gonzo"), a.address);
	network_guest_down(f->n, "gonzo");
	assert_int_equal(waitpid(innocent, &status, WNOHANG), 0);
	assert_int_equal(kill(innocent, SIGKILL), 0);
	assert_int_equal(waitpid(innocent, &status, 0), innocent);
	assert_clean(f);
}

/* A RUN that outlived a reboot: pids of another boot mean nothing. */
static void test_other_boot(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	pid_t pid;

	fixture_up(f, "gonzo", &a);
	pid = bridge0(f)->dns.id.pid;
	assert_int_equal(sh("sed -i 's/\"boot_id\":\"[0-9a-f]*/\"boot_id\":\"x/' "
			    "%s/network/dns-umlbr0.json",
			    f->paths.runtime),
			 0);
	fixture_restart(f);
	assert_int_equal(bridge0(f)->dns.id.pid, 0);
	kill_and_wait(pid);
}

static bool is_running(void *arg)
{
	const struct fixture *f = arg;

	return bridge0(f)->dns.watch;
}

/* A new umld finds dnsmasq dead and the port taken: it goes on trying while guests run. */
static void test_retry_after_reconcile(void **state)
{
	static const char *const guests[] = { "gonzo" };
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fixture_up(f, "gonzo", &a);
	kill_and_wait(bridge0(f)->dns.id.pid);
	fixture_restart(f);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	network_reconcile(f->n, guests, 1);
	assert_false(is_running(f));
	(void)close(fd);
	assert_true(fixture_spin(f, is_running, f));
	assert_int_equal(dns_query(SERVER, "gonzo"), a.address);
}

/* The port is taken: dnsmasq's own sentence reaches the user, and nothing is left. */
static void test_port_taken(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(53) };
	cleanup_error struct error err = ERROR_INIT;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_true(network_guest_up(f->n, "gonzo", &a, 65534, &err) < 0);
	assert_string_equal(err.reason, "dnsmasq-failed");
	assert_non_null(strstr(err.message, "10.155.0.1"));
	assert_clean(f);
	(void)close(fd);
	fixture_up(f, "gonzo", &a);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		test(test_names),
		test(test_unprivileged),
		test(test_closed_runtime),
		test(test_dhcp),
		test(test_dhcp_unknown),
		test(test_old_lease),
		test(test_restart),
		test(test_dies_and_down),
		test(test_adopt),
		test(test_recycled_pid),
		test(test_other_boot),
		test(test_port_taken),
		test(test_retry_after_reconcile),
	};

	fixture_isolate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
