// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is taken for an image, what for an archive, and which superblocks are refused?
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/file.h"
#include "daemon/image/worker.h"

static int file_with(const void *data, size_t len)
{
	int fd = memfd_create("source", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, len), 0);
	return fd;
}

static void check_detect(const void *data, size_t len, int expect, enum source_kind kind,
			 const char *option)
{
	cleanup_close int fd = file_with(data, len);
	enum source_kind got = SOURCE_KIND_MAX;
	const char *got_option = "untouched";

	assert_int_equal(source_detect(fd, &got, &got_option), expect);
	if (expect < 0) {
		assert_int_equal(got, SOURCE_KIND_MAX);
		return;
	}
	assert_int_equal(got, kind);
	if (kind == SOURCE_TAR && option)
		assert_string_equal(got_option, option);
	else if (kind == SOURCE_TAR)
		assert_null(got_option);
}

static void tar_header(unsigned char h[512])
{
	unsigned int sum = 0;

	memset(h, 0, 512);
	h[0] = 'f';
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	(void)snprintf((char *)h + 148, 8, "%06o", sum);
}

static void test_detect(void **state)
{
	unsigned char h[512];

	(void)state;
	check_detect("", 0, -EBADMSG, 0, NULL);
	check_detect("\x1f\x8b\x08", 3, 0, SOURCE_TAR, "--gzip");
	check_detect("\x1f", 1, -EBADMSG, 0, NULL);
	check_detect("\xfd"
		     "7zXZ\0",
		     6, 0, SOURCE_TAR, "--xz");
	check_detect("\x28\xb5\x2f\xfd", 4, 0, SOURCE_TAR, "--zstd");
	check_detect("#!/bin/sh\n", 10, -EBADMSG, 0, NULL);
	tar_header(h);
	check_detect(h, 512, 0, SOURCE_TAR, NULL);
	check_detect(h, 511, -EBADMSG, 0, NULL);
	h[0] ^= 1;
	check_detect(h, 512, -EBADMSG, 0, NULL);
	/* All blank: no checksum at all. */
	memset(h, ' ', sizeof(h));
	check_detect(h, 512, -EBADMSG, 0, NULL);
}

static void test_detect_special_files(void **state)
{
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_close int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum source_kind kind = SOURCE_KIND_MAX;
	const char *option;

	(void)state;
	assert_int_equal(source_detect(null, &kind, &option), -EBADMSG);
	assert_int_equal(source_detect(dir, &kind, &option), 0);
	assert_int_equal(kind, SOURCE_DIR);
	assert_int_equal(source_detect(-1, &kind, &option), -EBADF);
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/* A superblock of 64 blocks of 4 KiB, in a file of just that size. */
static void super_block(unsigned char img[2048])
{
	unsigned char *sb = img + 1024;

	memset(img, 0, 2048);
	put32(sb, 16);
	put32(sb + 4, 64);
	put32(sb + 24, 2);
	put32(sb + 32, 32768);
	put32(sb + 40, 16);
	sb[56] = 0x53;
	sb[57] = 0xef;
	put32(sb + 76, 1);
}

static int check_super(const unsigned char img[2048], size_t len, off_t size, uint64_t *ret_bytes)
{
	cleanup_close int fd = file_with(img, len);
	const char *why = NULL;
	int r;

	assert_int_equal(ftruncate(fd, size), 0);
	r = ext_check(fd, ret_bytes, &why);
	if (r < 0)
		assert_non_null(why);
	return r;
}

static void test_superblock(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} damages[] = {
		{ 0, 0 },  { 4, 0 },  { 24, 7 }, { 24, 0xffffffff },
		{ 32, 0 }, { 40, 0 }, { 56, 0 }, { 76, 2 },
	};
	unsigned char img[2048];
	uint64_t bytes = 77;

	(void)state;
	super_block(img);
	assert_int_equal(check_super(img, 2048, 64 * 4096, &bytes), 0);
	assert_int_equal(bytes, 64 * 4096);
	bytes = 77;
	/* One byte too short. */
	assert_int_equal(check_super(img, 2048, 64 * 4096 - 1, &bytes), -EBADMSG);
	assert_int_equal(check_super(img, 2047, 2047, &bytes), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		super_block(img);
		put32(img + 1024 + damages[i].at, damages[i].value);
		assert_int_equal(check_super(img, 2048, 64 * 4096, &bytes), -EBADMSG);
	}
	/* Blocks times their size beyond 64 bits. */
	super_block(img);
	put32(img + 1024 + 96, 0x80);
	put32(img + 1024 + 0x150, 0xffffffff);
	assert_int_equal(check_super(img, 2048, 64 * 4096, &bytes), -EBADMSG);
	assert_int_equal(bytes, 77);
}

static void test_measure(void **state)
{
	char dir[] = "/tmp/umld-measure-XXXXXX", path[64];
	uint64_t bytes, inodes;
	cleanup_close int fd = -1;
	char block[8192];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	memset(block, 'x', sizeof(block));
	assert_int_equal(fd_write_all(fd, block, sizeof(block)), 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(tree_measure(dir, &bytes, &inodes), 0);
	assert_int_equal(inodes, 2);
	assert_true(bytes >= sizeof(block));
	assert_int_equal(dir_remove_all(AT_FDCWD, dir), 0);
	assert_true(tree_measure(dir, &bytes, &inodes) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_detect_special_files),
		cmocka_unit_test(test_superblock),
		cmocka_unit_test(test_measure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
