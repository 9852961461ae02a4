// SPDX-License-Identifier: GPL-2.0-or-later
/* Is a swap disk what mkswap(8) makes, byte for byte, and is an existing one left alone? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/file.h"
#include "daemon/core/swap_file.h"

#define MKSWAP "/sbin/mkswap"

static void test_like_mkswap(void **state)
{
	static const uint64_t sizes[] = { 40960, 1 << 20, 3 << 20 };
	const char *uuid_text = "01020304-0506-4708-890a-0b0c0d0e0f10";
	static const uint8_t uuid[16] = { 1,	2,    3,    4,	5,  6,	0x47, 8,
					  0x89, 0x0a, 0x0b, 12, 13, 14, 15,   16 };
	uint8_t ours[SWAP_HEADER_BYTES];
	char path[] = "/tmp/test-swap-XXXXXX", command[256];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	if (access(MKSWAP, X_OK) < 0) {
		(void)unlink(path);
		(void)close(fd);
		print_message("no %s to compare with\n", MKSWAP);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t theirs[SWAP_HEADER_BYTES];

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(ftruncate(fd, (off_t)sizes[i]), 0);
		(void)snprintf(command, sizeof(command),
			       MKSWAP " -q -p 4096 -L umld-swap -U %s %s 2>/dev/null", uuid_text,
			       path);
		assert_int_equal(system(command), 0);
		assert_int_equal(pread(fd, theirs, sizeof(theirs), 0), sizeof(theirs));
		swap_header_make(sizes[i], uuid, ours);
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
	(void)unlink(path);
	(void)close(fd);
}

static void test_ensure(void **state)
{
	char dir[] = "/tmp/test-swap-XXXXXX", path[64];
	cleanup_error struct error err = ERROR_INIT;
	struct stat first, second;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/swap.img", dir);
	assert_int_equal(swap_file_ensure(path, 1 << 20, getuid(), getgid(), &err), 0);
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(first.st_size, 1 << 20);
	assert_int_equal(first.st_mode & 07777, 0600);
	assert_int_equal(swap_file_ensure(path, 1 << 20, getuid(), getgid(), &err), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(swap_file_ensure(path, 2 << 20, getuid(), getgid(), &err), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(second.st_size, 2 << 20);
	assert_int_equal(dir_remove_all(AT_FDCWD, dir), 0);
	assert_true(swap_file_ensure(path, 1 << 20, getuid(), getgid(), &err) < 0);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_mkswap),
		cmocka_unit_test(test_ensure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
