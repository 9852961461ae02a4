// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made on the host, what is undone, and is everything of somebody else's left as it was? */
#include "network_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"

#define assert_link(name, pattern) \
	assert_int_equal(sh("ip -d link show %s | grep -q '%s'", name, pattern), 0)

static enum error_code up_fails(struct fixture *f, const char *guest, const struct guest_net *net,
				const char *reason)
{
	cleanup_error struct error err = ERROR_INIT;

	assert_true(network_guest_up(f->n, guest, net, 65534, &err) < 0);
	assert_string_equal(err.reason, reason);
	return err.code;
}

/* A tap alone: persistent, owned, marked, up; gone afterwards. */
static void test_tap(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t.0");

	fixture_up(f, "gonzo", &net);
	assert_link("t.0", "alias umld:" FIXTURE_INSTANCE);
	assert_link("t.0", "persist on");
	assert_link("t.0", "user 65534\\|user nobody");
	assert_link("t.0", "[<,]UP[,>]");
	assert_link("t.0", "link/ether fe:");
	fixture_up(f, "gonzo", &net);
	network_guest_down(f->n, "gonzo");
	assert_clean(f);
	network_guest_down(f->n, "gonzo");
}

/* Open the tap as somebody: 0 or the errno. */
static int open_tap_as(uid_t uid, const char *name)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
		int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

		(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
		if (fd < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
			_exit(255);
		_exit(ioctl(fd, TUNSETIFF, &ifr) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void test_tap_owner(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0");

	fixture_up(f, "gonzo", &net);
	assert_int_equal(open_tap_as(65534, "t0"), 0);
	assert_int_equal(open_tap_as(12345, "t0"), EPERM);
	/* Another owner from the next start on. */
	assert_int_equal(network_guest_up(f->n, "gonzo", &net, 12345, NULL), 0);
	assert_int_equal(open_tap_as(65534, "t0"), EPERM);
	assert_int_equal(open_tap_as(12345, "t0"), 0);
}

/* Do frames written into the tap reach the host's bridge address, and do answers come back? */
static void test_frames(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI, .ifr_name = "t0" };
	cleanup_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	uint8_t arp[42] = { 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
			    0,	 8,   6,   0,	1,   8,	  0, 6, 4, 0, 1 };
	uint8_t in[2048];
	uint32_t be = htonl(net.address), target = htonl(FIXTURE_BRIDGE);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	fixture_up(f, "gonzo", &net);
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	memcpy(arp + 6, net.mac, 6);
	memcpy(arp + 22, net.mac, 6);
	memcpy(arp + 28, &be, 4);
	memcpy(arp + 38, &target, 4);
	/* The bridge hears of the tap's carrier a moment after the open, and drops what comes before: ask again. */
	for (int tries = 0;; tries++) {
		assert_true(tries < 100);
		assert_int_equal(write(fd, arp, sizeof(arp)), sizeof(arp));
		if (poll(&pfd, 1, 100) == 1 && read(fd, in, sizeof(in)) >= 42 && in[12] == 8 &&
		    in[13] == 6 && in[21] == 2)
			break;
	}
	assert_memory_equal(in + 28, &target, 4);
	assert_memory_equal(in, net.mac, 6);
}

static void test_bridge_with_all(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");

	fixture_up(f, "gonzo", &a);
	fixture_up(f, "animal", &b);
	assert_link("umlbr0", "alias umld:" FIXTURE_INSTANCE);
	assert_link("t0", "master umlbr0");
	assert_link("t1", "master umlbr0");
	assert_int_equal(sh("ip addr show umlbr0 | grep -q 'inet 10.155.0.1/24 brd 10.155.0.255'"),
			 0);
	assert_int_equal(sh("nft list table inet umld_umlbr0 | grep -q masquerade"), 0);
	assert_int_equal(sh("grep -q 1 /proc/sys/net/ipv4/ip_forward"), 0);
	assert_int_equal(fixture_dnsmasq_count(), 1);
	network_guest_down(f->n, "gonzo");
	assert_link("t1", "master umlbr0");
	assert_int_equal(fixture_dnsmasq_count(), 1);
	network_guest_down(f->n, "animal");
	assert_clean(f);
}

/* What was asked not to be there is not. */
static void test_bare_bridge(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr1");

	fixture_up(f, "gonzo", &net);
	assert_int_equal(sh("ip addr show umlbr1 | grep -q 'inet 10.156.0.1/24'"), 0);
	assert_int_equal(sh("nft list tables | grep -q ."), 1);
	assert_int_equal(sh("grep -q 0 /proc/sys/net/ipv4/ip_forward"), 0);
	assert_int_equal(fixture_dnsmasq_count(), 0);
	network_guest_down(f->n, "gonzo");
	assert_clean(f);
}

/* Does a failure at any step leave nothing, and the next attempt work? */
static void test_undo(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	unsigned int failures = 0;

	for (unsigned int at = 1;; at++) {
		cleanup_error struct error err = ERROR_INIT;
		int r;

		step_count = 0;
		step_fail_at = at;
		r = network_guest_up(f->n, "gonzo", &net, 65534, &err);
		step_fail_at = 0;
		if (r == 0)
			break;
		assert_true(error_is_set(&err));
		assert_clean(f);
		failures++;
	}
	assert_true(failures >= 10);
	network_guest_down(f->n, "gonzo");
	assert_clean(f);
}

/* The failure of one guest leaves the others' bridge alone. */
static void test_undo_beside_another(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");
	int r;

	fixture_up(f, "gonzo", &a);
	for (unsigned int at = 1;; at++) {
		step_count = 0;
		step_fail_at = at;
		r = network_guest_up(f->n, "animal", &b, 65534, NULL);
		if (r == 0)
			break;
		assert_link("t0", "master umlbr0");
		assert_int_equal(fixture_dnsmasq_count(), 1);
		assert_int_equal(sh("nft list table inet umld_umlbr0"), 0);
		assert_int_not_equal(sh("ip link show t1"), 0);
	}
	step_fail_at = 0;
}

static void test_foreign_tap(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");

	assert_int_equal(
		sh("ip tuntap add t0 mode tap && ip link set t0 alias umld:ffffffffffffffff"), 0);
	assert_int_equal(up_fails(f, "gonzo", &net, "tap-exists"), ERROR_BUSY);
	network_guest_down(f->n, "gonzo");
	network_reconcile(f->n, NULL, 0);
	assert_link("t0", "alias umld:ffffffffffffffff");
	assert_int_not_equal(sh("ip link show umlbr0"), 0);
	assert_int_equal(sh("ip link delete t0"), 0);
	assert_clean(f);
}

/* Ours was removed and somebody made one of the same name: it is his. */
static void test_replaced_tap(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0");

	fixture_up(f, "gonzo", &net);
	assert_int_equal(sh("ip link delete t0 && ip tuntap add t0 mode tap"), 0);
	network_guest_down(f->n, "gonzo");
	assert_int_equal(sh("ip link delete t0"), 0);
	assert_clean(f);
}

static void test_foreign_bridge(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=br9");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");
	cleanup_free char *before = NULL, *during = NULL, *after = NULL;
	const char *show = "ip -d addr show br9; ip -d addr show umlbr0";
	const char *keep = "grep -o -e 'link/ether [^ ]*' -e 'inet.*' -e 'alias.*' -e ,UP";

	/* br9 takes its address from its ports: a tap must not give it a lower one. */
	assert_int_equal(sh("ip link add br9 type bridge && ip tuntap add p0 mode tap && "
			    "ip link set p0 master br9 && ip link set br9 up && "
			    "ip link add umlbr0 address 02:00:00:00:00:99 type bridge"),
			 0);
	before = sh_output("(%s) | %s", show, keep);
	fixture_up(f, "gonzo", &a);
	fixture_up(f, "animal", &b);
	during = sh_output("(%s) | %s", show, keep);
	assert_link("t0", "master br9");
	assert_link("t1", "master umlbr0");
	assert_string_equal(before, during);
	assert_int_equal(sh("nft list tables | grep -q ."), 1);
	network_guest_down(f->n, "gonzo");
	network_guest_down(f->n, "animal");
	network_reconcile(f->n, NULL, 0);
	after = sh_output("(%s) | %s", show, keep);
	assert_string_equal(before, after);
	assert_int_equal(sh("ip link delete br9; ip link delete umlbr0; ip link delete p0"), 0);
	assert_clean(f);
}

static void test_bad_bridges(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=br9");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=lo");

	assert_int_equal(up_fails(f, "gonzo", &a, "bridge-not-found"), ERROR_NOT_FOUND);
	assert_int_equal(up_fails(f, "animal", &b, "not-a-bridge"), ERROR_USAGE);
	assert_clean(f);
}

static void test_subnet_in_use(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");

	assert_int_equal(sh("ip link add d0 type bridge && ip addr add 10.155.0.77/16 dev d0"), 0);
	assert_int_equal(up_fails(f, "gonzo", &net, "subnet-in-use"), ERROR_BUSY);
	assert_int_equal(sh("ip link delete d0"), 0);
	assert_clean(f);
	fixture_up(f, "gonzo", &net);
}

static void test_foreign_tables(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	cleanup_free char *before = NULL, *after = NULL;

	assert_int_equal(sh("nft 'add table inet umld_umlbr0 { comment \"mine\"; }'"), 0);
	assert_int_equal(up_fails(f, "gonzo", &net, "table-exists"), ERROR_BUSY);
	assert_int_equal(sh("nft list table inet umld_umlbr0 | grep -q mine && "
			    "nft delete table inet umld_umlbr0"),
			 0);
	assert_clean(f);
	assert_int_equal(sh("nft 'add table inet other; add chain inet other c { type filter hook "
			    "forward priority 0; policy drop; }'"),
			 0);
	before = sh_output("nft list ruleset");
	fixture_up(f, "gonzo", &net);
	network_guest_down(f->n, "gonzo");
	after = sh_output("nft list ruleset");
	assert_string_equal(before, after);
	assert_int_equal(sh("nft delete table inet other"), 0);
	assert_clean(f);
}

static void test_forwarding_was_on(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");

	assert_int_equal(sh("echo 1 > /proc/sys/net/ipv4/ip_forward"), 0);
	fixture_up(f, "gonzo", &net);
	network_guest_down(f->n, "gonzo");
	assert_int_equal(sh("grep -q 1 /proc/sys/net/ipv4/ip_forward"), 0);
	assert_int_equal(sh("echo 0 > /proc/sys/net/ipv4/ip_forward"), 0);
	assert_clean(f);
}

/* Somebody put a port of his on our bridge: it stays until he takes it off. */
static void test_foreign_port(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");

	fixture_up(f, "gonzo", &net);
	assert_int_equal(sh("ip tuntap add d0 mode tap && ip link set d0 master umlbr0"), 0);
	network_guest_down(f->n, "gonzo");
	assert_link("d0", "master umlbr0");
	fixture_restart(f);
	network_reconcile(f->n, NULL, 0);
	assert_link("d0", "master umlbr0");
	assert_int_equal(sh("ip link delete d0"), 0);
	network_reconcile(f->n, NULL, 0);
	assert_clean(f);
}

/* Repair: what an administrator took away by mistake comes back with the next guest. */
static void test_repair(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b = fixture_define(f, "animal", "tap=t1,bridge=umlbr0");

	fixture_up(f, "gonzo", &a);
	assert_int_equal(sh("nft flush ruleset; ip addr flush dev umlbr0; ip link set umlbr0 down"),
			 0);
	fixture_up(f, "animal", &b);
	assert_int_equal(sh("nft list table inet umld_umlbr0"), 0);
	assert_int_equal(sh("ip addr show umlbr0 | grep -q 10.155.0.1/24"), 0);
	assert_link("umlbr0", "[<,]UP[,>]");
}

/* RUN was wiped: objects with our mark are taken over, not refused, and go in the end. */
static void test_wiped_runtime(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr1");

	fixture_up(f, "gonzo", &net);
	assert_int_equal(sh("rm -rf %s/network", f->paths.runtime), 0);
	fixture_restart(f);
	network_reconcile(f->n, NULL, 0);
	assert_link("t0", "master umlbr1");
	net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr1");
	fixture_up(f, "gonzo", &net);
	network_guest_down(f->n, "gonzo");
	assert_clean(f);
}

static void test_damaged_ledger(void **state)
{
	static const char *const damage[] = {
		"", "{", "[]", "{\"version\":2}", "{\"version\":1}", "{\"version\":1,\"tap\":5}"
	};
	struct fixture *f = *state;
	struct guest_net net = fixture_define(f, "gonzo", "tap=t0,bridge=umlbr1");
	char path[512];

	fixture_up(f, "gonzo", &net);
	for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
		static const char *const kinds[] = { "tap", "bridge", "dns", "nat" };

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			(void)snprintf(path, sizeof(path), "%s/network/%s-bad.json",
				       f->paths.runtime, kinds[k]);
			assert_int_equal(file_write_atomic(AT_FDCWD, path, damage[i],
							   strlen(damage[i]), 0600),
					 0);
		}
		fixture_restart(f);
		network_reconcile(f->n, (const char *const[]){ "gonzo" }, 1);
		assert_link("t0", "master umlbr1");
	}
	network_guest_down(f->n, "gonzo");
	assert_int_equal(sh("rm %s/network/*-bad.json", f->paths.runtime), 0);
	assert_clean(f);
}

static void test_many(void **state)
{
	struct fixture *f = *state;
	struct guest_net nets[50];
	char name[16];

	for (unsigned int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		nets[i] = fixture_define(f, name, "tap,bridge=umlbr0");
		fixture_up(f, name, &nets[i]);
	}
	for (unsigned int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		assert_int_equal(dns_query_until("10.155.0.1", name, nets[i].address),
				 nets[i].address);
	}
	for (unsigned int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		network_guest_down(f->n, name);
	}
	assert_clean(f);
}

static int teardown(void **state)
{
	/* What a failed test may have left must not fail the next ones. */
	(void)sh("for i in br9 p0 d0 umlbr0; do ip link delete $i; done");
	return fixture_teardown(state);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, fixture_setup, teardown)
	const struct CMUnitTest tests[] = {
		test(test_tap),
		test(test_tap_owner),
		test(test_frames),
		test(test_bridge_with_all),
		test(test_bare_bridge),
		test(test_undo),
		test(test_undo_beside_another),
		test(test_foreign_tap),
		test(test_replaced_tap),
		test(test_foreign_bridge),
		test(test_bad_bridges),
		test(test_subnet_in_use),
		test(test_foreign_tables),
		test(test_forwarding_was_on),
		test(test_foreign_port),
		test(test_repair),
		test(test_wiped_runtime),
		test(test_damaged_ledger),
		test(test_many),
	};

	fixture_isolate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
