// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umld killed at every step of up, down and reconcile: does the next umld finish what running guests need and remove the
 * rest, whatever the moment was? A forked child plays the umld that dies; the test itself is the next one.
 */
#include "network_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

static const char *const gonzo[] = { "gonzo" };

static struct guest_net define(struct fixture *f)
{
	return fixture_define(f, "gonzo", "tap=t0,bridge=umlbr0");
}

/*
 * Run act in a child that dies at the given step. Returns false when act came to its end (where the child dies as
 * well: nothing is torn down).
 */
static bool dies_at(struct fixture *f, unsigned int at, void (*act)(struct fixture *f))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		assert_int_equal(uv_loop_fork(&f->loop), 0);
		fixture_restart(f);
		step_count = 0;
		step_crash_at = at;
		act(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		assert_int_equal(WEXITSTATUS(status), STEP_CRASH_STATUS);
	fixture_restart(f);
	return WEXITSTATUS(status) != 0;
}

static void act_up(struct fixture *f)
{
	struct guest_net net = define(f);

	fixture_up(f, "gonzo", &net);
}

static void act_down(struct fixture *f)
{
	network_guest_down(f->n, "gonzo");
}

static void act_reconcile_none(struct fixture *f)
{
	network_reconcile(f->n, NULL, 0);
}

static void act_reconcile_gonzo(struct fixture *f)
{
	network_reconcile(f->n, gonzo, 1);
}

static void assert_complete(struct fixture *f)
{
	assert_int_equal(sh("ip link show t0 | grep -q 'master umlbr0'"), 0);
	assert_int_equal(sh("ip link show umlbr0 | grep -q umld:" FIXTURE_INSTANCE), 0);
	assert_int_equal(sh("ip addr show umlbr0 | grep -q 10.155.0.1/24"), 0);
	assert_int_equal(sh("nft list table inet umld_umlbr0"), 0);
	fixture_settle(f);
	assert_int_equal(fixture_dnsmasq_count(), 1);
	assert_int_equal(dns_query_until("10.155.0.1", "gonzo", FIXTURE_BRIDGE + 1),
			 FIXTURE_BRIDGE + 1);
}

/* Up dies, the guest does not run: all of it goes. */
static void test_up_then_gone(void **state)
{
	struct fixture *f = *state;
	unsigned int at = 0;
	bool died;

	do {
		died = dies_at(f, ++at, act_up);
		network_reconcile(f->n, NULL, 0);
		assert_clean(f);
	} while (died);
	assert_true(at > 10);
}

/* Up dies and is done again by the next umld without a reconcile that knows the guest. */
static void test_up_then_up(void **state)
{
	struct fixture *f = *state;
	unsigned int at = 0;
	bool died;

	do {
		died = dies_at(f, ++at, act_up);
		act_up(f);
		assert_complete(f);
		network_guest_down(f->n, "gonzo");
		assert_clean(f);
	} while (died);
}

/* The guest runs all the same: reconcile completes what is there, if the tap was entered at all. */
static void test_up_then_completed(void **state)
{
	struct fixture *f = *state;
	unsigned int at = 0;
	bool died;

	do {
		died = dies_at(f, ++at, act_up);
		network_reconcile(f->n, gonzo, 1);
		assert_complete(f);
		network_guest_down(f->n, "gonzo");
		assert_clean(f);
	} while (died);
}

static void test_down_dies(void **state)
{
	struct fixture *f = *state;
	unsigned int at = 0;
	bool died;

	do {
		act_up(f);
		died = dies_at(f, ++at, act_down);
		network_reconcile(f->n, NULL, 0);
		assert_clean(f);
	} while (died);
	assert_true(at > 4);
}

/* The reconcile itself dies, again and again at later steps, on its way to nothing or to everything. */
static void test_reconcile_dies(void **state)
{
	struct fixture *f = *state;
	unsigned int at = 0;
	bool died;

	do {
		(void)dies_at(f, 6, act_up);
		died = dies_at(f, ++at, act_reconcile_none);
		network_reconcile(f->n, NULL, 0);
		assert_clean(f);
	} while (died);
	at = 0;
	do {
		(void)dies_at(f, 6, act_up);
		died = dies_at(f, ++at, act_reconcile_gonzo);
		network_reconcile(f->n, gonzo, 1);
		assert_complete(f);
		network_guest_down(f->n, "gonzo");
		assert_clean(f);
	} while (died);
	assert_true(at > 4);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		test(test_up_then_gone), test(test_up_then_up),	    test(test_up_then_completed),
		test(test_down_dies),	 test(test_reconcile_dies),
	};

	fixture_isolate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
