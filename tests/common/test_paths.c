// SPDX-License-Identifier: GPL-2.0-or-later
/* Where are things, and is a directory that somebody else prepared below /tmp refused? */
#include "scratch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/paths.h"

static void clear_environment(void)
{
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("UMLD_SOCKET");
	setenv("HOME", "/home/me", 1);
}

static void test_system(void **state)
{
	struct paths p;

	(void)state;
	clear_environment();
	assert_int_equal(paths_default(false, &p, NULL), 0);
	assert_false(p.user_mode);
	assert_string_equal(p.config, "/etc/umld.conf");
	assert_string_equal(p.state, "/var/lib/umld");
	assert_string_equal(p.runtime, "/run/umld");
	assert_string_equal(p.socket, "/run/umld/umld.sock");
}

static void test_user(void **state)
{
	struct paths p;

	(void)state;
	clear_environment();
	setenv("XDG_RUNTIME_DIR", "/run/user/5", 1);
	assert_int_equal(paths_default(true, &p, NULL), 0);
	assert_true(p.user_mode);
	assert_string_equal(p.config, "/home/me/.config/umld/umld.conf");
	assert_string_equal(p.state, "/home/me/.local/state/umld");
	assert_string_equal(p.runtime, "/run/user/5/umld");
	assert_string_equal(p.socket, "/run/user/5/umld/umld.sock");
	setenv("XDG_CONFIG_HOME", "/c", 1);
	setenv("XDG_STATE_HOME", "relative", 1); /* counts as not set */
	assert_int_equal(paths_default(true, &p, NULL), 0);
	assert_string_equal(p.config, "/c/umld/umld.conf");
	assert_string_equal(p.state, "/home/me/.local/state/umld");
}

static void test_too_long(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct paths p = { .user_mode = false, .state = "keep" };
	char base[300];

	(void)state;
	clear_environment();
	memset(base, 'x', sizeof(base) - 1);
	base[0] = '/';
	base[sizeof(base) - 1] = '\0';
	setenv("XDG_RUNTIME_DIR", base, 1);
	assert_int_equal(paths_default(true, &p, &err), -ENAMETOOLONG);
	assert_true(error_is_set(&err));
	assert_string_equal(p.state, "keep");
	setenv("XDG_RUNTIME_DIR", "/run/user/5", 1);
	setenv("HOME", base, 1);
	assert_int_equal(paths_default(true, &p, &err), -ENAMETOOLONG);
	setenv("UMLD_SOCKET", base, 1);
	assert_int_equal(paths_client_socket(base, sizeof(base), &err), -ENAMETOOLONG);
	clear_environment();
}

/* Only if the place is free: it is the real one of the user who runs the test. */
static void test_fallback_below_tmp(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	char dir[64], text[PATHS_MAX];
	struct paths p;
	struct stat st;

	(void)state;
	clear_environment();
	(void)snprintf(dir, sizeof(dir), "/tmp/umld-%u", (unsigned int)geteuid());
	if (lstat(dir, &st) == 0) {
		print_message("%s is in use\n", dir);
		skip();
	}
	assert_int_equal(paths_default(true, &p, &err), 0);
	assert_string_equal(p.runtime, dir);
	assert_int_equal(lstat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(paths_default(true, &p, &err), 0);
	/* Others can enter it. */
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(paths_default(true, &p, &err), -EPERM);
	assert_string_equal(err.reason, "runtime-dir-not-private");
	assert_int_equal(rmdir(dir), 0);
	/* A link to somewhere. */
	assert_int_equal(symlink("/etc", dir), 0);
	assert_int_equal(paths_default(true, &p, &err), -EPERM);
	assert_int_equal(paths_client_socket(text, sizeof(text), &err), 0);
	assert_string_equal(text, "/run/umld/umld.sock");
	assert_int_equal(unlink(dir), 0);
	if (geteuid() == 0) {
		assert_int_equal(mkdir(dir, 0700), 0);
		assert_int_equal(chown(dir, 1, 1), 0);
		assert_int_equal(paths_default(true, &p, &err), -EPERM);
		assert_int_equal(rmdir(dir), 0);
	}
}

static void test_client_socket(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char buf[PATHS_MAX] = "keep";
	uid_t uid = geteuid();

	clear_environment();
	setenv("UMLD_SOCKET", "/x/y.sock", 1);
	assert_int_equal(paths_client_socket(buf, 5, NULL), -ENAMETOOLONG);
	assert_string_equal(buf, "keep");
	assert_int_equal(paths_client_socket(buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, "/x/y.sock");
	setenv("UMLD_SOCKET", "", 1);
	setenv("XDG_RUNTIME_DIR", *state, 1);
	assert_int_equal(paths_client_socket(buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, "/run/umld/umld.sock");
	/* Now the user's own exists. */
	assert_int_equal(dir_make(scratch_path(state, "umld"), 0700), 0);
	assert_int_equal(path_join(addr.sun_path, sizeof(addr.sun_path), *state, "umld/umld.sock"),
			 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(paths_client_socket(buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, uid == 0 ? "/run/umld/umld.sock" : addr.sun_path);
	if (uid == 0) {
		assert_int_equal(chmod(*state, 0755), 0);
		assert_int_equal(chmod(scratch_path(state, "umld"), 0755), 0);
		assert_int_equal(seteuid(1), 0);
		assert_int_equal(paths_client_socket(buf, sizeof(buf), NULL), 0);
		assert_int_equal(seteuid(0), 0);
		assert_string_equal(buf, addr.sun_path);
	}
	clear_environment();
}

static void test_check_runtime(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	char path[200];

	(void)state;
	assert_int_equal(paths_check_runtime("/run/umld", &err), 0);
	assert_int_equal(paths_check_runtime("/run/user/1000/umld", &err), 0);
	/* The longest socket below it must fit into sun_path with its NUL. */
	for (size_t len = 1; len < 100; len++) {
		char name[33];
		bool fits;

		memset(path, '/', len);
		path[len] = '\0';
		memset(name, 'n', 32);
		name[32] = '\0';
		fits = len + strlen("/uml//") + 64 + strlen("/mconsole") + 1 <=
		       sizeof(((struct sockaddr_un *)0)->sun_path);
		assert_int_equal(paths_check_runtime(path, &err), fits ? 0 : -ENAMETOOLONG);
	}
	assert_non_null(err.hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system),	  cmocka_unit_test(test_user),
		cmocka_unit_test(test_too_long),  cmocka_unit_test(test_fallback_below_tmp),
		SCRATCH_TEST(test_client_socket), cmocka_unit_test(test_check_runtime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
