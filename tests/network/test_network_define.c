// SPDX-License-Identifier: GPL-2.0-or-later
/* Are names and addresses chosen well, kept, unique and given back? Needs no rights. */
#include "network_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"

#define define(f, guest, text) fixture_define(f, guest, text)

static enum error_code define_fails(struct fixture *f, const char *guest, const char *text,
				    const char *reason)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest_net net, before;
	enum error_code code;

	assert_int_equal(guest_net_parse(text, &net, &err), 0);
	before = net;
	assert_true(network_guest_define(f->n, guest, &net, &err) < 0);
	assert_memory_equal(&net, &before, sizeof(net));
	assert_string_equal(err.reason, reason);
	assert_non_null(err.message);
	code = err.code;
	return code;
}

static void test_chosen(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = define(f, "gonzo", "tap,bridge=umlbr0");
	struct guest_net b = define(f, "animal", "tap,bridge=umlbr0");
	struct guest_net c = define(f, "kermit", "tap,bridge=elsewhere");
	struct guest_net d = define(f, "piggy", "tap,bridge=umlbr1");

	assert_string_equal(a.tap, "tap-gonzo");
	assert_int_equal(a.mac[0], 2);
	assert_memory_not_equal(a.mac, b.mac, 6);
	assert_int_equal(a.address, FIXTURE_BRIDGE + 1);
	assert_int_equal(b.address, FIXTURE_BRIDGE + 2);
	assert_int_equal(c.address, 0);
	assert_int_equal(d.address, 0); /* no DHCP there: nobody would hand it out */
}

/* Long names that begin alike must not end up with one tap. */
static void test_long_names(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = define(f, "a-very-long-name-of-a-guest-1", "tap");
	struct guest_net b = define(f, "a-very-long-name-of-a-guest-2", "tap");

	assert_true(ifname_valid(a.tap) && ifname_valid(b.tap));
	assert_string_not_equal(a.tap, b.tap);
}

/* The chosen name may be taken already by somebody who asked for it. */
static void test_name_taken(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = define(f, "animal", "tap=tap-gonzo");
	struct guest_net b = define(f, "gonzo", "tap");

	assert_string_equal(a.tap, "tap-gonzo");
	assert_string_not_equal(b.tap, "tap-gonzo");
}

static void test_conflicts(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = define(f, "gonzo", "tap=t0,bridge=umlbr0,mac=02:00:00:00:00:01");
	struct guest_net other = net;
	cleanup_error struct error err = ERROR_INIT;

	assert_int_equal(define_fails(f, "animal", "tap=t0", "tap-in-use"), ERROR_BUSY);
	assert_int_equal(define_fails(f, "animal", "tap,mac=02:00:00:00:00:01", "mac-in-use"),
			 ERROR_BUSY);
	assert_int_equal(define_fails(f, "animal", "tap=umlbr0", "invalid-net"), ERROR_USAGE);
	(void)snprintf(other.tap, sizeof(other.tap), "t1");
	other.mac[5] = 2;
	assert_int_equal(network_guest_define(f->n, "animal", &other, &err), -EBUSY);
	assert_string_equal(err.reason, "address-in-use");
	/* A refused change leaves what there was. */
	(void)define(f, "kermit", "tap=t1");
	assert_int_equal(define_fails(f, "gonzo", "tap=t1", "tap-in-use"), ERROR_BUSY);
	assert_int_equal(define_fails(f, "animal", "tap=t0", "tap-in-use"), ERROR_BUSY);
}

/* A change keeps what was not mentioned; defining again what was defined changes nothing. */
static void test_redefine(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = define(f, "gonzo", "tap,bridge=umlbr0"), b = a;
	struct guest_net c;

	assert_int_equal(network_guest_define(f->n, "gonzo", &b, NULL), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	c = define(f, "gonzo", "tap,bridge=umlbr0,mac=02:00:00:00:00:09");
	assert_string_equal(c.tap, a.tap);
	assert_int_equal(c.address, a.address);
	assert_int_equal(c.mac[5], 9);
	c = define(f, "gonzo", "tap,bridge=umlbr1");
	assert_int_equal(c.address, 0);
	c = define(f, "gonzo", "none");
	assert_int_equal(c.mode, GUEST_NET_NONE);
	c = define(f, "animal", "tap=tap-gonzo,bridge=umlbr0");
	assert_int_equal(c.address, a.address);
}

static void test_release(void **state)
{
	struct fixture *f = *state;
	struct guest_net a = define(f, "gonzo", "tap=t0,bridge=umlbr0");
	struct guest_net b;

	network_guest_release(f->n, "nobody-of-that-name");
	network_guest_release(f->n, "gonzo");
	b = define(f, "animal", "tap=t0,bridge=umlbr0");
	assert_int_equal(a.address, b.address);
}

/* The subnet was changed in umld.conf: an address of the old one is replaced. */
static void test_subnet_changed(void **state)
{
	struct fixture *f = *state;
	struct guest_net net = { .mode = GUEST_NET_TAP,
				 .bridge = "umlbr0",
				 .address = 0x0a0a0a0au };

	assert_int_equal(network_guest_define(f->n, "gonzo", &net, NULL), 0);
	assert_int_equal(net.address, FIXTURE_BRIDGE + 1);
	/* The bridge's own, and the subnet's ends, are no addresses of guests either. */
	for (size_t i = 0; i < 3; i++) {
		net.address = (FIXTURE_BRIDGE & ~255u) + (const uint8_t[]){ 0, 1, 255 }[i];
		assert_int_equal(network_guest_define(f->n, "gonzo", &net, NULL), 0);
		assert_int_equal(net.address, FIXTURE_BRIDGE + 1);
	}
}

static void test_exhausted(void **state)
{
	struct fixture *f = *state;
	char name[16];

	f->configs[0].prefix_len = 29;
	for (unsigned int i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		(void)define(f, name, "tap,bridge=umlbr0");
	}
	assert_int_equal(define_fails(f, "g5", "tap,bridge=umlbr0", "no-free-address"), ERROR_BUSY);
	network_guest_release(f->n, "g3");
	assert_int_equal(define(f, "g5", "tap,bridge=umlbr0").address, FIXTURE_BRIDGE + 4);
}

/* A deleted guest's lease lives on in dnsmasq: its address is not the first one to take. */
static void test_leased_address(void **state)
{
	static const char leases[] =
		"1893456000 02:00:00:00:00:07 10.155.0.2 ghost 01:02\ngarbage\n\n1 2 3 4 5\n";
	struct fixture *f = *state;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/network/umlbr0", f->paths.runtime);
	assert_int_equal(dir_make(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/network/umlbr0/leases", f->paths.runtime);
	assert_int_equal(file_write_atomic(AT_FDCWD, path, leases, sizeof(leases) - 1, 0644), 0);
	assert_int_equal(define(f, "gonzo", "tap,bridge=umlbr0").address, FIXTURE_BRIDGE + 2);
}

static void test_user_mode(void **state)
{
	struct fixture *f = *state;
	struct paths paths = f->paths;
	struct guest_net net = { .mode = GUEST_NET_NONE };
	cleanup_error struct error err = ERROR_INIT;
	struct network *n;

	paths.user_mode = true;
	(void)snprintf(paths.runtime, sizeof(paths.runtime), "/nonexistent");
	assert_int_equal(network_new(&f->loop, &paths, FIXTURE_INSTANCE, NULL, 0, &n, NULL), 0);
	assert_int_equal(network_guest_define(n, "gonzo", &net, NULL), 0);
	assert_int_equal(network_guest_up(n, "gonzo", &net, 0, NULL), 0);
	network_guest_down(n, "gonzo");
	network_reconcile(n, NULL, 0);
	net.mode = GUEST_NET_TAP;
	assert_int_equal(network_guest_define(n, "gonzo", &net, &err), -EPERM);
	assert_int_equal(err.code, ERROR_NOT_PERMITTED);
	assert_non_null(err.hint);
	network_free(n);
}

static void config_fails(struct fixture *f, struct bridge_config c)
{
	struct bridge_config two[2] = { c, f->configs[1] };
	cleanup_error struct error err = ERROR_INIT;
	struct network *n = NULL;

	assert_int_equal(network_new(&f->loop, &f->paths, FIXTURE_INSTANCE, two, 2, &n, &err),
			 -EINVAL);
	assert_string_equal(err.reason, "invalid-bridge");
	assert_null(n);
}

static void test_bad_config(void **state)
{
	static const char *const names[] = { "", "a b", "a\"b", "..", "all", "default", "a;b" };
	static const char *const domains[] = { "",     ".", "a..b", "a.",  ".a",  "-a",	 "a-",
					       "a-.b", "A", "a b",  "a,b", "a/b", "a\nb" };
	struct fixture *f = *state;
	struct bridge_config c;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		c = f->configs[0];
		(void)snprintf(c.name, sizeof(c.name), "%s", names[i]);
		config_fails(f, c);
	}
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++) {
		c = f->configs[0];
		(void)snprintf(c.domain, sizeof(c.domain), "%s", domains[i]);
		config_fails(f, c);
	}
	c = f->configs[0];
	c.prefix_len = 31;
	config_fails(f, c);
	c.prefix_len = 0;
	config_fails(f, c);
	c.prefix_len = 24;
	c.address = FIXTURE_BRIDGE - 1;
	config_fails(f, c);
	c = f->configs[0];
	c.address = 0x0a9c0005u;
	config_fails(f, c); /* the subnet of umlbr1 */
	c = f->configs[0];
	(void)snprintf(c.name, sizeof(c.name), "umlbr1");
	config_fails(f, c);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		test(test_chosen),	   test(test_long_names), test(test_name_taken),
		test(test_conflicts),	   test(test_redefine),	  test(test_release),
		test(test_subnet_changed), test(test_exhausted),  test(test_leased_address),
		test(test_user_mode),	   test(test_bad_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
