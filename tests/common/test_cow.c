// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Are our COW files what uml_mkcow makes, byte for byte, and does every bad header stop at the
 * door?
 */
#include "scratch.h"

#include <errno.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/cow.h"

extern char **environ;

#define BACKING_MTIME 1000000000

static void make_backing(const char *path, off_t size)
{
	struct timespec times[2] = { { .tv_sec = BACKING_MTIME }, { .tv_sec = BACKING_MTIME } };
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, times), 0);
}

/* Exit status, or -1 if the program is not there. */
static int run_mkcow(const char *cow, const char *backing)
{
	char *argv[] = { (char[]){ "uml_mkcow" }, strdup(cow), strdup(backing), NULL };
	int status = -1;
	pid_t pid;

	if (posix_spawnp(&pid, "uml_mkcow", NULL, NULL, argv, environ) == 0)
		assert_int_equal(waitpid(pid, &status, 0), pid);
	free(argv[1]);
	free(argv[2]);
	if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
		return -1;
	return status;
}

static void test_same_as_uml_mkcow(void **state)
{
	static const off_t sizes[] = {
		512, 4096, 1000, 1 << 20, 3 * 1024 * 1024, (1 << 20) + 1, 64 * 1024 * 1024 + 512
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		cleanup_free char *a = NULL, *b = NULL;
		const char *ours = scratch_path(state, "ours");
		const char *theirs = scratch_path(state, "theirs");
		const char *backing = scratch_path(state, "base.img");
		size_t a_len, b_len;
		int status;

		make_backing(backing, sizes[i]);
		status = run_mkcow(theirs, backing);
		if (status == -1) {
			print_message("uml_mkcow is not installed (package uml-utilities)\n");
			skip();
		}
		assert_int_equal(status, 0);
		assert_int_equal(
			cow_create(ours, backing, (unsigned int)-1, (unsigned int)-1, NULL), 0);
		assert_int_equal(file_read_all(AT_FDCWD, ours, 1 << 28, &a, &a_len), 0);
		assert_int_equal(file_read_all(AT_FDCWD, theirs, 1 << 28, &b, &b_len), 0);
		assert_int_equal(a_len, b_len);
		assert_memory_equal(a, b, a_len);
		assert_int_equal(unlink(ours), 0);
		assert_int_equal(unlink(theirs), 0);
	}
}

static void test_create(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	const char *cow = scratch_path(state, "disk.cow");
	const char *backing = scratch_path(state, "base.img");
	cleanup_close int fd = -1;
	struct cow_header h;
	struct stat st;

	make_backing(backing, 3 * 1024 * 1024);
	assert_int_equal(cow_create(cow, backing, geteuid(), getegid(), &err), 0);
	fd = open(cow, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 3158016); /* what uml_mkcow makes of 3 MiB */
	assert_true(st.st_blocks * 512 < 65536);
	assert_int_equal(cow_header_read(fd, &h, &err), 0);
	assert_int_equal(h.version, 3);
	assert_false(h.is_broken_v3);
	assert_int_equal(h.mtime, BACKING_MTIME);
	assert_int_equal(h.size_bytes, 3 * 1024 * 1024);
	assert_int_equal(h.bitmap_offset, 8192);
	assert_int_equal(h.bitmap_bytes, 768);
	assert_int_equal(h.data_offset, 12288);
	assert_string_equal(h.backing, backing);
	assert_int_equal(cow_check_backing(&h, backing, &err), 0);
	/* It does not replace anything. */
	assert_int_equal(cow_create(cow, backing, (unsigned int)-1, (unsigned int)-1, &err),
			 -EEXIST);
	assert_int_equal(err.code, ERROR_BUSY);
}

static void test_create_leaves_nothing_behind(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	const char *backing = scratch_path(state, "base.img");
	cleanup_close int dir = -1;

	assert_int_equal(cow_create(scratch_path(state, "c"), scratch_path(state, "no"), -1u, -1u,
				    &err),
			 -ENOENT);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	make_backing(backing, 0);
	assert_true(cow_create(scratch_path(state, "c"), backing, -1u, -1u, &err) < 0);
	make_backing(backing, 4096);
	assert_int_equal(mkdir(scratch_path(state, "c"), 0700), 0);
	assert_true(cow_create(scratch_path(state, "c"), backing, -1u, -1u, &err) < 0);
	assert_int_equal(rmdir(scratch_path(state, "c")), 0);
	assert_true(cow_create(scratch_path(state, "c"), *state, -1u, -1u, &err) < 0);
	dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_remove_stale_tmp(dir), 0);
	assert_int_equal(access(scratch_path(state, "c"), F_OK), -1);
}

static void test_backing_changed(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	const char *backing = scratch_path(state, "base.img");
	struct cow_header h;

	make_backing(backing, 8192);
	assert_int_equal(cow_header_make(backing, 8192, BACKING_MTIME, &h), 0);
	assert_int_equal(cow_check_backing(&h, backing, &err), 0);
	h.mtime++;
	assert_int_equal(cow_check_backing(&h, backing, &err), -ESTALE);
	assert_non_null(strstr(err.message, "1000000000"));
	assert_non_null(strstr(err.message, "1000000001"));
	h.mtime--;
	h.size_bytes++;
	assert_int_equal(cow_check_backing(&h, backing, &err), -ESTALE);
	assert_int_equal(unlink(backing), 0);
	assert_int_equal(cow_check_backing(&h, backing, &err), -ENOENT);
}

static void test_make_refuses(void **state)
{
	struct cow_header h = { .version = 77 };
	char path[4098];

	(void)state;
	assert_int_equal(cow_header_make("", 512, 0, &h), -EINVAL);
	assert_int_equal(cow_header_make("a/b", 512, 0, &h), -EINVAL);
	assert_int_equal(cow_header_make("/a", 0, 0, &h), -EINVAL);
	assert_int_equal(cow_header_make("/a", UINT64_MAX, 0, &h), -EFBIG);
	memset(path, '/', sizeof(path));
	path[4096] = '\0';
	assert_int_equal(cow_header_make(path, 512, 0, &h), -ENAMETOOLONG);
	assert_int_equal(h.version, 77);
	path[4095] = '\0';
	assert_int_equal(cow_header_make(path, 512, 0, &h), 0);
	assert_string_equal(h.backing, path);
}

/*
 * --- headers written by hand, at the offsets that the format's description gives
 * ------------------
 */

struct image {
	unsigned char bytes[4136];
	size_t len;
};

static void put_u32(struct image *im, size_t at, uint32_t v, bool little)
{
	for (size_t i = 0; i < 4; i++)
		im->bytes[at + i] = (unsigned char)(v >> (little ? 8 * i : 24 - 8 * i));
}

static void put_u64(struct image *im, size_t at, uint64_t v, bool little)
{
	put_u32(im, at + (little ? 4 : 0), (uint32_t)(v >> 32), little);
	put_u32(im, at + (little ? 0 : 4), (uint32_t)v, little);
}

static struct image make_v1(bool little)
{
	struct image im = { .len = 280 };

	put_u32(&im, 0, COW_MAGIC, little);
	put_u32(&im, 4, 1, little);
	memcpy(im.bytes + 8, "/base/v1", 9);
	put_u32(&im, 264, 12345, little);
	put_u64(&im, 268, 5 * 1024 * 1024, little);
	put_u32(&im, 276, 512, little);
	return im;
}

static struct image make_v2(void)
{
	struct image im = { .len = 4120 };

	put_u32(&im, 0, COW_MAGIC, false);
	put_u32(&im, 4, 2, false);
	memcpy(im.bytes + 8, "/base/v2", 9);
	put_u32(&im, 4104, 12345, false);
	put_u64(&im, 4108, 5 * 1024 * 1024, false);
	put_u32(&im, 4116, 512, false);
	return im;
}

static struct image make_v3(void)
{
	struct image im = { .len = 4128 };

	put_u32(&im, 0, COW_MAGIC, false);
	put_u32(&im, 4, 3, false);
	put_u32(&im, 8, 12345, false);
	put_u64(&im, 12, 5 * 1024 * 1024, false);
	put_u32(&im, 20, 512, false);
	put_u32(&im, 24, 4096, false);
	memcpy(im.bytes + 32, "/base/v3", 9);
	return im;
}

static struct image make_broken(void)
{
	struct image im = { .len = 4136 };

	put_u32(&im, 0, COW_MAGIC, false);
	put_u32(&im, 4, 3, false);
	put_u32(&im, 8, 12345, false);
	put_u64(&im, 16, 5 * 1024 * 1024, false);
	put_u32(&im, 24, 512, false);
	put_u32(&im, 28, 4096, false);
	memcpy(im.bytes + 36, "/base/b3", 9);
	return im;
}

static void assert_layout(struct image im, unsigned int version, bool broken, const char *path,
			  uint64_t bitmap_offset, uint64_t bitmap_bytes, uint64_t data_offset)
{
	cleanup_error struct error err = ERROR_INIT;
	struct cow_header h;

	if (cow_header_parse(im.bytes, im.len, 1 << 30, &h, &err) != 0)
		fail_msg("%s: %s", path, err.message);
	assert_int_equal(h.version, version);
	assert_int_equal(h.is_broken_v3, broken);
	assert_int_equal(h.mtime, 12345);
	assert_int_equal(h.size_bytes, 5 * 1024 * 1024);
	assert_int_equal(h.sector_bytes, 512);
	assert_string_equal(h.backing, path);
	assert_int_equal(h.bitmap_offset, bitmap_offset);
	assert_int_equal(h.bitmap_bytes, bitmap_bytes);
	assert_int_equal(h.data_offset, data_offset);
	/* The file ends just before, or at, the data. */
	assert_int_equal(cow_header_parse(im.bytes, im.len, data_offset, &h, NULL), 0);
	assert_int_equal(cow_header_parse(im.bytes, im.len, data_offset - 1, &h, NULL), -EBADMSG);
	for (size_t len = 4; len < im.len; len++)
		assert_int_equal(cow_header_parse(im.bytes, len, 1 << 30, &h, NULL), -EBADMSG);
	for (size_t len = 0; len < 4; len++)
		assert_int_equal(cow_header_parse(im.bytes, len, 1 << 30, &h, NULL), -ENOMSG);
}

static void test_all_layouts(void **state)
{
	(void)state;
	assert_layout(make_v1(true), 1, false, "/base/v1", 280, 1280, 2048);
	assert_layout(make_v1(false), 1, false, "/base/v1", 280, 1280, 2048);
	assert_layout(make_v2(), 2, false, "/base/v2", 4120, 1280, 5632);
	assert_layout(make_v3(), 3, false, "/base/v3", 8192, 1280, 12288);
	assert_layout(make_broken(), 3, true, "/base/b3", 8192, 1280, 12288);
}

static void test_old_bitmap_is_rounded_down(void **state)
{
	struct image im = make_v2();
	struct cow_header h;

	(void)state;
	put_u64(&im, 4108, 512 * 9, false);
	assert_int_equal(cow_header_parse(im.bytes, im.len, 1 << 20, &h, NULL), 0);
	assert_int_equal(h.bitmap_bytes, 1);
	im = make_v3();
	put_u64(&im, 12, 512 * 8 + 1, false);
	assert_int_equal(cow_header_parse(im.bytes, im.len, 1 << 20, &h, NULL), 0);
	assert_int_equal(h.bitmap_bytes, 2);
}

static void test_encode_reads_back(void **state)
{
	unsigned char bytes[COW_HEADER_BYTES];
	struct cow_header h, back;

	(void)state;
	assert_int_equal(cow_header_make("/base", 0x123456789a00ull, 0xfedcba98u, &h), 0);
	cow_header_encode(&h, bytes);
	assert_int_equal(cow_header_parse(bytes, sizeof(bytes), UINT64_C(1) << 59, &back, NULL), 0);
	assert_memory_equal(&h, &back, sizeof(h));
}

static void test_no_cow_file(void **state)
{
	static const unsigned char zero[4136];
	struct cow_header h = { .version = 77 };

	(void)state;
	assert_int_equal(cow_header_parse(zero, sizeof(zero), 1 << 20, &h, NULL), -ENOMSG);
	assert_int_equal(cow_header_parse("", 0, 0, &h, NULL), -ENOMSG);
	assert_int_equal(h.version, 77);
}

static void assert_bad(struct image im, const char *what)
{
	cleanup_error struct error err = ERROR_INIT;
	struct cow_header h = { .version = 77 };

	if (cow_header_parse(im.bytes, im.len, 1 << 30, &h, &err) != -EBADMSG)
		fail_msg("accepted: %s", what);
	assert_int_equal(h.version, 77);
	assert_true(error_is_set(&err));
	if (!strstr(err.message, what))
		fail_msg("%s, not: %s", err.message, what);
}

static void test_bad_fields(void **state)
{
	static const uint32_t aligns[] = { 0, 1, 256, 513, 4097, 0x80000000u, 0xffffffffu };
	static const uint32_t sectors[] = { 0, 1, 511, 1024, 4096, 0xffffffffu };
	static const uint64_t sizes[] = { 0, UINT64_MAX, INT64_MAX, UINT64_C(1) << 61 };
	static const uint32_t versions[] = { 0, 4, 0xffffffffu };
	struct image im;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(aligns); i++) {
		im = make_v3();
		put_u32(&im, 24, aligns[i], false);
		assert_bad(im, "alignment");
	}
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		im = make_v3();
		put_u32(&im, 20, sectors[i], false);
		assert_bad(im, "sector size");
		im = make_v1(true);
		put_u32(&im, 276, sectors[i], true);
		assert_bad(im, "sector size");
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		im = make_broken();
		put_u64(&im, 16, sizes[i], false);
		assert_bad(im, "size");
	}
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		im = make_v3();
		put_u32(&im, 4, versions[i], false);
		assert_bad(im, "version");
	}
	/* More bitmap than file. */
	im = make_v3();
	put_u64(&im, 12, UINT64_C(1) << 55, false);
	assert_bad(im, "ends inside the bitmap");
	im = make_v3();
	put_u32(&im, 28, 1, false);
	assert_bad(im, "format");
	/* Little-endian magic on a big-endian layout. */
	im = make_v2();
	put_u32(&im, 0, COW_MAGIC, true);
	put_u32(&im, 4, 2, true);
	assert_bad(im, "version");
}

static void test_bad_paths(void **state)
{
	struct image im = make_v3();

	(void)state;
	memset(im.bytes + 32, '/', 4096);
	assert_bad(im, "no end");
	im = make_v1(true);
	memset(im.bytes + 8, '/', 256);
	assert_bad(im, "no end");
	im = make_v2();
	im.bytes[8] = '\0';
	assert_bad(im, "empty");
	im = make_broken();
	im.bytes[36] = '\0';
	assert_bad(im, "empty");
}

static void test_read_of_short_and_odd_files(void **state)
{
	const char *path = scratch_path(state, "f");
	cleanup_close int fd = -1, dir = -1;
	struct cow_header h;

	scratch_write(path, "OOOM");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(cow_header_read(fd, &h, NULL), -EBADMSG);
	scratch_write(path, "x");
	assert_int_equal(cow_header_read(fd, &h, NULL), -ENOMSG);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	dir = open(*state, O_RDONLY | O_CLOEXEC);
	assert_int_equal(cow_header_read(dir, &h, NULL), -EISDIR);
	assert_int_equal(cow_header_read(-1, &h, NULL), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_same_as_uml_mkcow),
		SCRATCH_TEST(test_create),
		SCRATCH_TEST(test_create_leaves_nothing_behind),
		SCRATCH_TEST(test_backing_changed),
		cmocka_unit_test(test_make_refuses),
		cmocka_unit_test(test_all_layouts),
		cmocka_unit_test(test_old_bitmap_is_rounded_down),
		cmocka_unit_test(test_encode_reads_back),
		cmocka_unit_test(test_no_cow_file),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_bad_paths),
		SCRATCH_TEST(test_read_of_short_and_odd_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
