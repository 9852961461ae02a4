// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the end of a run taken from the right file, and an unfinished run ended once and for all? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/file.h"
#include "daemon/core/guest_end.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/umld.h"

static struct umld umld;
static char dir[64];

static struct guest *setup_guest(void)
{
	char path[128];

	(void)snprintf(dir, sizeof(dir), "/tmp/test-end-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(umld.paths.state, sizeof(umld.paths.state), "%s", dir);
	(void)snprintf(umld.paths.runtime, sizeof(umld.paths.runtime), "%s/run", dir);
	(void)snprintf(umld.boot_id, sizeof(umld.boot_id), "boot-now");
	(void)snprintf(path, sizeof(path), "%s/guests", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/guests/g", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	return guest_new(&umld, "g");
}

static void teardown_guest(struct guest *g)
{
	guest_free(g);
	assert_int_equal(dir_remove_all(AT_FDCWD, dir), 0);
}

static void put(const char *file, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/guests/g/%s", dir, file);
	assert_int_equal(file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static bool there(const char *file)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/guests/g/%s", dir, file);
	return access(path, F_OK) == 0;
}

#define END(id, reason)                                          \
	"{\"version\":1,\"run_id\":\"" id "\",\"end\":\"" reason \
	"\",\"message\":\"m\",\"status\":0,"                     \
	"\"signal\":0,\"time\":\"t\",\"restarts\":0,\"console_tail\":\"x\"}"
#define RUN(id, boot) "{\"version\":1,\"run_id\":\"" id "\",\"boot_id\":\"" boot "\"}"
#define ID1	      "1111111111111111"
#define ID2	      "2222222222222222"

static void test_never_ran(void **state)
{
	struct guest *g = setup_guest();

	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
	assert_false(g->end.known);
	teardown_guest(g);
}

static void test_matching_end(void **state)
{
	struct guest *g = setup_guest();

	put("run.json", RUN(ID1, "boot-now"));
	put("end.json", END(ID1, "poweroff"));
	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
	assert_true(g->end.known);
	assert_int_equal(g->end.reason, GUEST_END_POWEROFF);
	assert_true(there("run.json"));
	teardown_guest(g);
}

/* umld died before it could tell the monitor to restart; then the run ended. */
static void test_next_run_that_never_was(void **state)
{
	struct guest *g = setup_guest();

	put("run.json", RUN(ID1, "boot-now"));
	put("next-run.json", RUN(ID2, "boot-now"));
	put("end.json", END(ID1, "poweroff"));
	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
	assert_int_equal(g->end.reason, GUEST_END_POWEROFF);
	assert_false(there("next-run.json"));
	teardown_guest(g);
}

/* A monitor that was killed leaves its socket and the kernel's directory. */
static void test_runtime_files_of_a_killed_monitor(void **state)
{
	struct guest *g = setup_guest();
	char path[160], other[160];

	(void)snprintf(path, sizeof(path), "%s/run/uml/g/g", dir);
	assert_int_equal(dir_make(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/run/monitors", dir);
	assert_int_equal(dir_make(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/run/monitors/g.sock", dir);
	assert_int_equal(mknod(path, S_IFSOCK | 0600, 0), 0);
	(void)snprintf(other, sizeof(other), "%s/run/monitors/gg.sock", dir);
	assert_int_equal(mknod(other, S_IFSOCK | 0600, 0), 0);
	put("run.json", RUN(ID1, "boot-now"));
	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(other, F_OK), 0);
	(void)snprintf(path, sizeof(path), "%s/run/uml/g", dir);
	assert_int_equal(access(path, F_OK), -1);
	teardown_guest(g);
}

static void test_unfinished_run(void **state)
{
	static const struct {
		const char *run, *word;
	} rows[] = {
		{ RUN(ID2, "boot-now"), "monitor" },
		{ RUN(ID2, "boot-before"), "host went down" },
		{ "{garbage", "host went down" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct guest *g = setup_guest();

		put("run.json", rows[i].run);
		put("end.json", END(ID1, "poweroff"));
		assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
		assert_int_equal(g->end.reason, GUEST_END_KILLED);
		assert_non_null(strstr(g->end.message, rows[i].word));
		/* A monitor that comes late finds no run; and the next look finds the same end. */
		assert_false(there("run.json"));
		assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
		assert_int_equal(g->end.reason, GUEST_END_KILLED);
		assert_non_null(strstr(g->end.message, rows[i].word));
		teardown_guest(g);
	}
}

static void test_given_end(void **state)
{
	struct guest *g = setup_guest();

	put("run.json", RUN(ID1, "boot-now"));
	assert_int_equal(guest_store_settle(g, GUEST_END_FAILED, "no kernel"), 0);
	assert_int_equal(g->end.reason, GUEST_END_FAILED);
	assert_string_equal(g->end.message, "no kernel");
	teardown_guest(g);
}

static void test_held_lock(void **state)
{
	struct guest *g = setup_guest();
	char path[128];
	int fd;

	put("run.json", RUN(ID1, "boot-now"));
	(void)snprintf(path, sizeof(path), "%s/guests/g/lock", dir);
	fd = lock_take(AT_FDCWD, path);
	assert_true(fd >= 0);
	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 1);
	assert_true(there("run.json"));
	assert_false(there("end.json"));
	assert_int_equal(close(fd), 0);
	assert_int_equal(guest_store_settle(g, GUEST_END_KILLED, NULL), 0);
	assert_true(there("end.json"));
	teardown_guest(g);
}

static void test_bad_end_files(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"version\":1}",
		END(ID1, "bored"),
		"{\"version\":1,\"run_id\":\"1\",\"end\":\"panic\",\"message\":5,\"time\":\"t\"}",
	};
	struct guest_last_end e = { 0 };
	char id[ID_HEX_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(guest_end_parse(bad[i], strlen(bad[i]), &e, id, NULL) < 0);
		assert_false(e.known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_ran),
		cmocka_unit_test(test_matching_end),
		cmocka_unit_test(test_unfinished_run),
		cmocka_unit_test(test_given_end),
		cmocka_unit_test(test_held_lock),
		cmocka_unit_test(test_bad_end_files),
		cmocka_unit_test(test_next_run_that_never_was),
		cmocka_unit_test(test_runtime_files_of_a_killed_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
