// SPDX-License-Identifier: GPL-2.0-or-later
/* Does mkdir -p make what it says, and does rm -r stay inside its tree? */
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_make(void **state)
{
	const char *path = scratch_path(state, "a/b//c/");
	mode_t old = umask(077);
	struct stat st;

	assert_int_equal(dir_make(path, 0755), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(scratch_path(state, "a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	/* What exists keeps its mode. */
	assert_int_equal(dir_make(scratch_path(state, "a"), 0700), 0);
	assert_int_equal(stat(scratch_path(state, "a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(dir_make("/", 0700), 0);
	assert_int_equal(dir_make("", 0700), -ENOENT);
	(void)umask(old);
}

static void test_make_over_other_things(void **state)
{
	scratch_write(scratch_path(state, "f"), "");
	assert_int_equal(symlink(".", scratch_path(state, "link")), 0);
	assert_int_equal(dir_make(scratch_path(state, "f"), 0700), -ENOTDIR);
	assert_int_equal(dir_make(scratch_path(state, "f/g"), 0700), -ENOTDIR);
	/* A link on the way is the administrator's; as the last component it is not a directory. */
	assert_int_equal(dir_make(scratch_path(state, "link"), 0700), -ENOTDIR);
	assert_int_equal(dir_make(scratch_path(state, "link/x"), 0700), 0);
}

static void test_sync(void **state)
{
	assert_int_equal(dir_sync(AT_FDCWD, *state), 0);
	assert_int_equal(dir_sync(AT_FDCWD, scratch_path(state, "no")), -ENOENT);
	scratch_write(scratch_path(state, "f"), "");
	assert_int_equal(dir_sync(AT_FDCWD, scratch_path(state, "f")), -ENOTDIR);
}

static void test_remove_keeps_what_links_name(void **state)
{
	const char *tree;

	assert_int_equal(dir_make(scratch_path(state, "tree/x/y"), 0700), 0);
	assert_int_equal(dir_make(scratch_path(state, "other"), 0700), 0);
	scratch_write(scratch_path(state, "other/keep"), "x");
	scratch_write(scratch_path(state, "tree/x/f"), "x");
	assert_int_equal(symlink("../../other", scratch_path(state, "tree/x/link")), 0);
	assert_int_equal(symlink("nowhere", scratch_path(state, "tree/dangling")), 0);
	tree = scratch_path(state, "tree");
	assert_int_equal(dir_remove_all(AT_FDCWD, tree), 0);
	assert_int_equal(access(tree, F_OK), -1);
	assert_int_equal(access(scratch_path(state, "other/keep"), F_OK), 0);
	/* Gone already, and plain files. */
	assert_int_equal(dir_remove_all(AT_FDCWD, tree), 0);
	assert_int_equal(dir_remove_all(AT_FDCWD, scratch_path(state, "no/such")), 0);
	assert_int_equal(dir_remove_all(AT_FDCWD, scratch_path(state, "other/keep")), 0);
	assert_int_equal(access(scratch_path(state, "other/keep"), F_OK), -1);
}

static void test_remove_link_itself(void **state)
{
	const char *link = scratch_path(state, "link");

	assert_int_equal(dir_make(scratch_path(state, "d"), 0700), 0);
	assert_int_equal(symlink("d", link), 0);
	assert_int_equal(dir_remove_all(AT_FDCWD, link), 0);
	assert_int_equal(access(scratch_path(state, "d"), F_OK), 0);
}

static void test_remove_refuses_names(void **state)
{
	(void)state;
	assert_int_equal(dir_remove_all(AT_FDCWD, "/"), -EINVAL);
	assert_int_equal(dir_remove_all(AT_FDCWD, ""), -EINVAL);
	assert_int_equal(dir_remove_all(AT_FDCWD, "."), -EINVAL);
	assert_int_equal(dir_remove_all(AT_FDCWD, "/tmp/.."), -EINVAL);
}

static void make_chain(void **state, unsigned int depth)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s", scratch_path(state, "chain"));

	for (unsigned int i = 1; i < depth; i++)
		len += snprintf(path + len, sizeof(path) - (size_t)len, "/d");
	assert_int_equal(dir_make(path, 0700), 0);
}

static void test_remove_depth(void **state)
{
	const char *chain = scratch_path(state, "chain");
	char deeper[PATH_MAX];

	make_chain(state, 64);
	assert_int_equal(dir_remove_all(AT_FDCWD, chain), 0);
	make_chain(state, 65);
	chain = scratch_path(state, "chain");
	assert_int_equal(dir_remove_all(AT_FDCWD, chain), -ELOOP);
	assert_int_equal(access(chain, F_OK), 0);
	(void)snprintf(deeper, sizeof(deeper), "%s/d/d", chain);
	assert_int_equal(dir_remove_all(AT_FDCWD, deeper), 0);
}

static void test_remove_many(void **state)
{
	char name[32];

	assert_int_equal(mkdir(scratch_path(state, "d"), 0700), 0);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "d/%d", i);
		scratch_write(scratch_path(state, name), "");
	}
	assert_int_equal(dir_remove_all(AT_FDCWD, scratch_path(state, "d")), 0);
	assert_int_equal(access(scratch_path(state, "d"), F_OK), -1);
}

/* In a child with a mount namespace of its own: 0 if the mounted file survived. */
static int remove_around_mount(const char *tree, const char *mounted, const char *outside)
{
	char kept[PATH_MAX];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	if (mount(outside, mounted, NULL, MS_BIND, NULL) < 0)
		return 77;
	if (dir_remove_all(AT_FDCWD, tree) != -EXDEV)
		return 1;
	(void)snprintf(kept, sizeof(kept), "%s/keep", outside);
	return access(kept, F_OK) == 0 ? 0 : 2;
}

static void test_remove_does_not_cross_mounts(void **state)
{
	const char *outside = scratch_path(state, "outside");
	const char *tree = scratch_path(state, "tree");
	const char *mounted = scratch_path(state, "tree/m");
	int status;
	pid_t pid;

	assert_int_equal(dir_make(mounted, 0700), 0);
	assert_int_equal(dir_make(outside, 0700), 0);
	scratch_write(scratch_path(state, "outside/keep"), "x");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(remove_around_mount(tree, mounted, outside));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("no mount namespace here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_make),
		SCRATCH_TEST(test_make_over_other_things),
		SCRATCH_TEST(test_sync),
		SCRATCH_TEST(test_remove_keeps_what_links_name),
		SCRATCH_TEST(test_remove_link_itself),
		SCRATCH_TEST(test_remove_refuses_names),
		SCRATCH_TEST(test_remove_depth),
		SCRATCH_TEST(test_remove_many),
		SCRATCH_TEST(test_remove_does_not_cross_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
