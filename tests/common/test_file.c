// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole files: is a replacement all or nothing, and is reading bounded and picky about what it
 * opens?
 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/file_tmp.h"

static unsigned int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;
	const struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void assert_contents(const char *path, const char *text)
{
	cleanup_free char *data = NULL;
	size_t len = 0;

	assert_int_equal(file_read_all(AT_FDCWD, path, 1 << 20, &data, &len), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(data, text);
}

static void test_write_atomic(void **state)
{
	const char *path = scratch_path(state, "f");
	mode_t old = umask(077);
	struct stat st;

	assert_int_equal(file_write_atomic(AT_FDCWD, path, "one", 3, 0644), 0);
	assert_contents(path, "one");
	assert_int_equal(file_write_atomic(AT_FDCWD, path, "second", 6, 0600), 0);
	assert_contents(path, "second");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_write_atomic(AT_FDCWD, path, "", 0, 0644), 0);
	assert_contents(path, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(count_entries(*state), 1);
	(void)umask(old);
}

static void test_write_atomic_relative(void **state)
{
	cleanup_close int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(file_write_atomic(dir, "f", "x", 1, 0600), 0);
	assert_contents(scratch_path(state, "f"), "x");
}

static void test_write_atomic_failure_leaves_nothing(void **state)
{
	const char *dir = scratch_path(state, "d");
	char name[300];

	/* The rename fails: a directory is in the way. */
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(file_write_atomic(AT_FDCWD, dir, "x", 1, 0600), -EISDIR);
	assert_int_equal(count_entries(*state), 1);
	assert_int_equal(file_write_atomic(AT_FDCWD, scratch_path(state, "no/f"), "x", 1, 0600),
			 -ENOENT);
	memset(name, 'n', 250);
	name[250] = '\0';
	assert_int_equal(file_write_atomic(AT_FDCWD, scratch_path(state, name), "x", 1, 0600),
			 -ENAMETOOLONG);
	assert_int_equal(count_entries(*state), 1);
}

static void test_write_atomic_replaces_link(void **state)
{
	const char *target = scratch_path(state, "target");
	const char *link = scratch_path(state, "link");
	struct stat st;

	scratch_write(target, "keep");
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(file_write_atomic(AT_FDCWD, link, "new", 3, 0600), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_contents(target, "keep");
}

static void test_stale_tmp(void **state)
{
	cleanup_close int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int busy = -1;
	char tmp[PATH_MAX];

	scratch_write(scratch_path(state, "end.json.tmp-0123456789abcdef"), "half");
	scratch_write(scratch_path(state, "end.json"), "whole");
	scratch_write(scratch_path(state, "notes.tmp-0123456789abcdeX"), "not ours");
	scratch_write(scratch_path(state, ".tmp-0123456789abcdef"), "no name in front");
	assert_int_equal(mkdir(scratch_path(state, "d.tmp-0123456789abcdef"), 0700), 0);
	/* A live writer's file stays. */
	busy = file_tmp_create(dir, "run.json", 0600, tmp);
	assert_true(busy >= 0);
	assert_int_equal(file_remove_stale_tmp(dir), 1);
	assert_int_equal(faccessat(dir, tmp, F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "end.json", F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "end.json.tmp-0123456789abcdef", F_OK, 0), -1);
	/* Once its writer is gone it goes too. */
	(void)close(TAKE_FD(busy));
	assert_int_equal(file_remove_stale_tmp(dir), 1);
	assert_int_equal(faccessat(dir, tmp, F_OK, 0), -1);
	assert_int_equal(file_remove_stale_tmp(dir), 0);
	assert_int_equal(file_remove_stale_tmp(-1), -EBADF);
}

/* Write 'a' many times, 'b' many times, ... until killed. */
static void write_for_ever(const char *path)
{
	static char text[20000];

	for (unsigned int i = 0;; i++) {
		memset(text, 'a' + (int)(i % 26), sizeof(text));
		if (file_write_atomic(AT_FDCWD, path, text, sizeof(text) - i % 100, 0600) < 0)
			_exit(1);
	}
}

static void assert_one_letter(const char *path)
{
	cleanup_free char *data = NULL;
	size_t len;

	assert_int_equal(file_read_all(AT_FDCWD, path, 20000, &data, &len), 0);
	assert_true(len > 19900);
	for (size_t i = 1; i < len; i++)
		assert_int_equal(data[i], data[0]);
}

/* Whatever moment a writer is killed at: the file is whole, and the clean-up takes the rest. */
static void test_killed_writers(void **state)
{
	const char *path = scratch_path(state, "state.json");
	cleanup_close int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(file_write_atomic(AT_FDCWD, path, "", 0, 0600), 0);
	for (unsigned int round = 0; round < 40; round++) {
		struct stat before, st;
		int status;
		pid_t pid;

		assert_int_equal(stat(path, &before), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_for_ever(path);
		/* Its first file is there: from now on every reader finds a whole one. */
		do {
			assert_int_equal(stat(path, &st), 0);
		} while (st.st_ino == before.st_ino);
		for (unsigned int i = 0; i <= round; i++)
			assert_one_letter(path);
		assert_true(file_remove_stale_tmp(dir) >= 0); /* does not disturb the writer */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_one_letter(path);
	}
	assert_true(file_remove_stale_tmp(dir) >= 0);
	assert_int_equal(count_entries(*state), 1);
}

static void test_read_all_bounds(void **state)
{
	const char *path = scratch_path(state, "f");
	char *data = (char *)1;
	size_t len = 42;

	scratch_write(path, "12345");
	assert_int_equal(file_read_all(AT_FDCWD, path, 4, &data, &len), -EFBIG);
	assert_ptr_equal(data, (char *)1);
	assert_int_equal(len, 42);
	assert_int_equal(file_read_all(AT_FDCWD, path, 5, &data, &len), 0);
	assert_int_equal(len, 5);
	assert_string_equal(data, "12345");
	free(data);
	assert_int_equal(file_read_all(AT_FDCWD, path, SIZE_MAX, &data, &len), 0);
	free(data);
}

static void test_read_all_kinds(void **state)
{
	const char *fifo = scratch_path(state, "fifo");
	const char *link = scratch_path(state, "link");
	char *data = NULL;
	size_t len;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(file_read_all(AT_FDCWD, fifo, 9, &data, &len), -EINVAL);
	assert_int_equal(file_read_all(AT_FDCWD, link, 1 << 20, &data, &len), -ELOOP);
	assert_int_equal(file_read_all(AT_FDCWD, *state, 9, &data, &len), -EISDIR);
	assert_int_equal(file_read_all(AT_FDCWD, scratch_path(state, "no"), 9, &data, &len),
			 -ENOENT);
	assert_null(data);
}

static void test_read_pipe_of_many_pieces(void **state)
{
	enum { BYTES = 50000 };
	cleanup_free char *data = NULL;
	cleanup_close int in = -1;
	cleanup_close int out = -1;
	size_t len;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	in = fds[0];
	out = fds[1];
	for (int i = 0; i < BYTES; i++)
		assert_int_equal(fd_write_all(out, &"0123456789"[i % 10], 1), 0);
	(void)close(TAKE_FD(out));
	assert_int_equal(fd_read_all(in, BYTES, &data, &len), 0);
	assert_int_equal(len, BYTES);
	for (int i = 0; i < BYTES; i++)
		assert_int_equal(data[i], '0' + i % 10);
	assert_int_equal(data[BYTES], '\0');
}

static void test_path_join(void **state)
{
	char buf[8] = "keep";

	(void)state;
	assert_int_equal(path_join(buf, sizeof(buf), "/run", "abc"), -ENAMETOOLONG);
	assert_string_equal(buf, "keep");
	assert_int_equal(path_join(buf, sizeof(buf), "/run", "ab"), 0);
	assert_string_equal(buf, "/run/ab");
	assert_int_equal(path_join(buf, sizeof(buf), "/", "ab"), 0);
	assert_string_equal(buf, "/ab");
	assert_int_equal(path_join(buf, sizeof(buf), buf, "c"), 0);
	assert_string_equal(buf, "/ab/c");
}

static void test_path_split(void **state)
{
	char parent[PATH_MAX], name[NAME_MAX + 1];

	(void)state;
	assert_int_equal(path_split("/a/b//", parent, name), 0);
	assert_string_equal(parent, "/a/");
	assert_string_equal(name, "b");
	assert_int_equal(path_split("b", parent, name), 0);
	assert_string_equal(parent, ".");
	assert_int_equal(path_split("/b", parent, name), 0);
	assert_string_equal(parent, "/");
	assert_int_equal(path_split("", parent, name), -EINVAL);
	assert_int_equal(path_split("/", parent, name), -EINVAL);
	assert_int_equal(path_split("/a/..", parent, name), -EINVAL);
	assert_int_equal(path_split("a/.", parent, name), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_write_atomic),
		SCRATCH_TEST(test_write_atomic_relative),
		SCRATCH_TEST(test_write_atomic_failure_leaves_nothing),
		SCRATCH_TEST(test_write_atomic_replaces_link),
		SCRATCH_TEST(test_stale_tmp),
		SCRATCH_TEST(test_killed_writers),
		SCRATCH_TEST(test_read_all_bounds),
		SCRATCH_TEST(test_read_all_kinds),
		cmocka_unit_test(test_read_pipe_of_many_pieces),
		cmocka_unit_test(test_path_join),
		cmocka_unit_test(test_path_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
