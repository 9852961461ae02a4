// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a sparse copy have the same bytes, and holes where the original has them? */
#include "scratch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define IMAGE_BYTES (8 * 1024 * 1024)

static int make_sparse(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, IMAGE_BYTES + 123), 0);
	assert_int_equal(pwrite(fd, "start", 5, 0), 5);
	assert_int_equal(pwrite(fd, "middle", 6, 3 * 1024 * 1024 + 77), 6);
	assert_int_equal(pwrite(fd, "end", 3, IMAGE_BYTES + 120), 3);
	return fd;
}

static void assert_same(int a, int b)
{
	struct stat sa, sb;
	void *ma, *mb;

	assert_int_equal(fstat(a, &sa), 0);
	assert_int_equal(fstat(b, &sb), 0);
	assert_int_equal(sa.st_size, sb.st_size);
	ma = mmap(NULL, (size_t)sa.st_size, PROT_READ, MAP_SHARED, a, 0);
	mb = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_SHARED, b, 0);
	assert_true(ma != MAP_FAILED && mb != MAP_FAILED);
	assert_memory_equal(ma, mb, (size_t)sa.st_size);
	munmap(ma, (size_t)sa.st_size);
	munmap(mb, (size_t)sb.st_size);
}

static void copy_and_check(int from, int to)
{
	struct stat st;

	assert_int_equal(pwrite(to, "old contents", 12, IMAGE_BYTES * 2), 12);
	assert_int_equal(file_copy_sparse(from, to), 0);
	/* Before the comparison: reading a hole of a memfd through a mapping fills it. */
	assert_int_equal(fstat(to, &st), 0);
	assert_true(st.st_blocks * 512 < IMAGE_BYTES / 4);
	assert_same(from, to);
}

static void test_same_file_system(void **state)
{
	cleanup_close int from = make_sparse(scratch_path(state, "a"));
	cleanup_close int to = open(scratch_path(state, "b"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	copy_and_check(from, to);
}

/* copy_file_range refuses this pair: the hand-made copy must do it. */
static void test_other_file_system(void **state)
{
	cleanup_close int from = make_sparse(scratch_path(state, "a"));
	cleanup_close int to = memfd_create("copy", MFD_CLOEXEC);

	copy_and_check(from, to);
}

static void test_all_hole_and_empty(void **state)
{
	cleanup_close int from = open(scratch_path(state, "a"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cleanup_close int to = open(scratch_path(state, "b"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	assert_int_equal(write(to, "old", 3), 3);
	assert_int_equal(file_copy_sparse(from, to), 0);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(ftruncate(from, 1 << 20), 0);
	assert_int_equal(file_copy_sparse(from, to), 0);
	assert_same(from, to);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(st.st_blocks, 0);
}

static void test_bad_descriptors(void **state)
{
	cleanup_close int ro = -1;

	scratch_write(scratch_path(state, "a"), "x");
	ro = open(scratch_path(state, "a"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(file_copy_sparse(ro, -1), -EBADF);
	assert_true(file_copy_sparse(ro, ro) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_same_file_system),
		SCRATCH_TEST(test_other_file_system),
		SCRATCH_TEST(test_all_hole_and_empty),
		SCRATCH_TEST(test_bad_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
