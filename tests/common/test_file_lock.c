// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do locks prove that their holder lives, across processes, and without asking disturbing anybody?
 */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static void test_take_and_ask(void **state)
{
	const char *path = scratch_path(state, "lock");
	cleanup_close int fd = -1;

	assert_int_equal(lock_is_held(AT_FDCWD, path), 0);
	assert_int_equal(access(path, F_OK), -1); /* asking makes no file */
	fd = lock_take(AT_FDCWD, path);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(lock_is_held(AT_FDCWD, path), 1);
	assert_int_equal(lock_take(AT_FDCWD, path), -EAGAIN);
	/* Asking and failing to take have not dropped it, as closing a POSIX lock's file would. */
	assert_int_equal(lock_is_held(AT_FDCWD, path), 1);
	(void)close(TAKE_FD(fd));
	assert_int_equal(lock_is_held(AT_FDCWD, path), 0);
}

static void test_lock_dies_with_its_process(void **state)
{
	const char *path = scratch_path(state, "lock");
	int ready[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (lock_take(AT_FDCWD, path) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	assert_int_equal(lock_is_held(AT_FDCWD, path), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(lock_is_held(AT_FDCWD, path), 0);
}

static void test_lock_of_removed_file_is_no_obstacle(void **state)
{
	const char *path = scratch_path(state, "lock");
	cleanup_close int old = lock_take(AT_FDCWD, path);
	cleanup_close int new = -1;

	assert_true(old >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(lock_is_held(AT_FDCWD, path), 0);
	new = lock_take(AT_FDCWD, path);
	assert_true(new >= 0);
}

static void test_lock_refuses_links_and_missing_folders(void **state)
{
	const char *link = scratch_path(state, "link");

	assert_int_equal(symlink("elsewhere", link), 0);
	assert_int_equal(lock_take(AT_FDCWD, link), -ELOOP);
	assert_int_equal(lock_is_held(AT_FDCWD, link), -ELOOP);
	assert_int_equal(lock_take(AT_FDCWD, scratch_path(state, "no/lock")), -ENOENT);
	assert_int_equal(access(scratch_path(state, "elsewhere"), F_OK), -1);
}

static void test_disk_locks(void **state)
{
	const char *path = scratch_path(state, "disk");
	cleanup_close int a = -1, b = -1, c = -1;

	scratch_write(path, "x");
	a = open(path, O_RDONLY | O_CLOEXEC);
	b = open(path, O_RDONLY | O_CLOEXEC);
	c = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(disk_lock(a, false), 0);
	assert_int_equal(disk_lock(b, false), 0);
	assert_int_equal(disk_lock(c, true), -EWOULDBLOCK);
	(void)close(TAKE_FD(a));
	(void)close(TAKE_FD(b));
	assert_int_equal(disk_lock(c, true), 0);
	a = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(disk_lock(a, false), -EWOULDBLOCK);
	/* The guest kernel's own lock does not collide with it. */
	assert_int_equal(lock_is_held(AT_FDCWD, path), 0);
	b = lock_take(AT_FDCWD, path);
	assert_true(b >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_take_and_ask),
		SCRATCH_TEST(test_lock_dies_with_its_process),
		SCRATCH_TEST(test_lock_of_removed_file_is_no_obstacle),
		SCRATCH_TEST(test_lock_refuses_links_and_missing_folders),
		SCRATCH_TEST(test_disk_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
