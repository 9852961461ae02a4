/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of common/: cmocka with what it needs, and a directory of the test's own.
 * SCRATCH_TEST(f) runs f with the directory's path in *state and removes it afterwards.
 */
#ifndef TESTS_COMMON_SCRATCH_H
#define TESTS_COMMON_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"

static inline int scratch_make(void **state)
{
	char *path = strdup("/tmp/umld-test-XXXXXX");

	if (!path || !mkdtemp(path))
		return -1;
	*state = path;
	return 0;
}

static inline int scratch_remove(void **state)
{
	int r = dir_remove_all(AT_FDCWD, *state);

	free(*state);
	return r;
}

/* The path of name in the scratch directory; valid until the fourth next call. */
static inline const char *scratch_path(void **state, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	assert_int_equal(path_join(path, PATH_MAX, *state, name), 0);
	return path;
}

static inline void scratch_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(close(fd), 0);
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

#endif
