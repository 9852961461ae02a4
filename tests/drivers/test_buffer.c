// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The buffer cache: is what it gives always the newest, does what is dirty reach the disk by a sync and by nothing else, and does it let go of what nobody
 * uses and of nothing else?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block_fixture.h"

#define BYTES	   (1u << 20)
#define EIO_CODE   5
#define EBUSY_CODE 16

static char image[128];
static struct block_device *disk;

static int begin_test(void **state)
{
	char word[200];

	(void)state;
	(void)fixture_path(image, sizeof(image), "raw.img");
	fixture_file(image, BYTES, 5);
	(void)snprintf(word, sizeof(word), "ubd0=%s", image);
	disk = fixture_disk(0, word);
	return 0;
}

static int end_test(void **state)
{
	(void)state;
	fixture_remove(0);
	return 0;
}

static uint8_t byte_on_disk(uint64_t at)
{
	size_t len;
	uint8_t *f = fixture_read(image, &len), v = f[at];

	free(f);
	return v;
}

static void dirty_and_sync(void **state)
{
	struct buffer *a, *b;
	uint8_t was = byte_on_disk(4096 * 3);

	(void)state;
	assert_int_equal(buffer_read(disk, 3, &a), 0);
	assert_int_equal(a->data[0], was);
	a->data[0] = (uint8_t)~was;
	buffer_mark_dirty(a);
	/* The same object for the next who asks. */
	assert_int_equal(buffer_read(disk, 3, &b), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 2);
	buffer_put(b);
	buffer_put(a);
	assert_int_equal(byte_on_disk(4096 * 3), was);
	/* Dirty ones stay, however hard memory is looked for. */
	(void)buffer_shrink(SIZE_MAX / 2);
	a = buffer_find(disk, 3);
	assert_non_null(a);
	buffer_put(a);
	assert_int_equal(buffer_sync(disk), 0);
	assert_false(a->dirty);
	assert_int_equal(byte_on_disk(4096 * 3), (uint8_t)~was);
	(void)buffer_shrink(SIZE_MAX / 2);
	assert_null(buffer_find(disk, 3));
}

static void pinned_stay(void **state)
{
	struct buffer *held, *journalled;

	(void)state;
	assert_int_equal(buffer_read(disk, 1, &held), 0);
	assert_int_equal(buffer_read(disk, 2, &journalled), 0);
	journalled->journal = disk;
	buffer_put(journalled);
	for (unsigned int i = 10; i < 40; i++) {
		struct buffer *b;

		assert_int_equal(buffer_read(disk, i, &b), 0);
		buffer_put(b);
	}
	assert_int_equal(buffer_shrink(SIZE_MAX / 2), 30 * 4096);
	assert_ptr_equal(buffer_find(disk, 2), journalled);
	buffer_put(journalled);
	assert_int_equal(buffer_set_size(disk, 1024), -EBUSY_CODE);
	journalled->journal = NULL;
	assert_int_equal(buffer_set_size(disk, 1024), -EBUSY_CODE);
	buffer_put(held);
	assert_int_equal(buffer_set_size(disk, 1000), -22);
	assert_int_equal(buffer_set_size(disk, 1024), 0);
	assert_int_equal(buffer_read(disk, BYTES / 1024 - 1, &held), 0);
	assert_int_equal(held->size, 1024);
	buffer_put(held);
	assert_int_equal(buffer_read(disk, BYTES / 1024, &held), -EIO_CODE);
	assert_null(held);
	assert_int_equal(buffer_set_size(disk, 4096), 0);
}

static void new_and_forget(void **state)
{
	uint8_t was = byte_on_disk(4096 * 9 + 7);
	struct buffer *b;

	(void)state;
	assert_int_equal(buffer_new(disk, 9, &b), 0);
	assert_true(b->uptodate);
	assert_int_equal(b->data[7], 0);
	buffer_mark_dirty(b);
	buffer_put(b);
	buffer_forget(disk, 9);
	assert_int_equal(buffer_sync(disk), 0);
	assert_int_equal(byte_on_disk(4096 * 9 + 7), was);
	assert_int_equal(buffer_read(disk, 9, &b), 0);
	assert_int_equal(b->data[7], was);
	buffer_put(b);
}

/* Byte ranges see what is in memory and change it; a model says what must come out. */
static void ranges(void **state)
{
	size_t len;
	uint8_t *model = fixture_read(image, &len), *buf = malloc(BYTES), *now;

	(void)state;
	srandom(3);
	for (unsigned int i = 0; i < 4000; i++) {
		uint64_t at = (uint64_t)random() % BYTES, n = 1 + (uint64_t)random() % 20000;
		struct buffer *b;

		n = n > BYTES - at ? BYTES - at : n;
		switch (random() % 5) {
		case 0:
			assert_int_equal(buffer_read(disk, at / 4096, &b), 0);
			assert_memory_equal(b->data, model + at / 4096 * 4096, 4096);
			b->data[at % 4096] ^= 0x55;
			model[at] ^= 0x55;
			buffer_mark_dirty(b);
			buffer_put(b);
			break;
		case 1:
			for (uint64_t k = 0; k < n; k++)
				buf[k] = (uint8_t)random();
			assert_int_equal(buffer_write_range(disk, at, buf, n), 0);
			memcpy(model + at, buf, n);
			break;
		case 2:
			(void)buffer_shrink((size_t)random() % 100000);
			break;
		default:
			assert_int_equal(buffer_read_range(disk, at, buf, n), 0);
			assert_memory_equal(buf, model + at, n);
		}
	}
	assert_int_equal(buffer_read_range(disk, BYTES - 10, buf, 11), -EIO_CODE);
	assert_int_equal(buffer_write_range(disk, BYTES, buf, 1), -EIO_CODE);
	assert_int_equal(buffer_sync(disk), 0);
	now = fixture_read(image, &len);
	assert_memory_equal(now, model, BYTES);
	free(now);
	free(buf);
	free(model);
}

static void holders(void **state)
{
	int a = 0, b = 0;

	(void)state;
	assert_int_equal(block_claim(disk, &a), 0);
	assert_int_equal(block_claim(disk, &a), 0);
	assert_int_equal(block_claim(disk, &b), -EBUSY_CODE);
	block_release(disk, &b);
	assert_int_equal(block_claim(disk, &b), -EBUSY_CODE);
	/* A partition of a disk that somebody has, and the other way round. */
	assert_int_equal(block_part_add(disk, 1, 65536, 65536), 0);
	struct block_device *p = block_find_by_name("/dev/ubda1");

	assert_non_null(p);
	assert_int_equal(p->rdev, disk->rdev + 1);
	assert_int_equal(block_claim(p, &b), -EBUSY_CODE);
	block_release(disk, &a);
	assert_int_equal(block_claim(p, &b), 0);
	assert_int_equal(block_claim(disk, &a), -EBUSY_CODE);
	assert_int_equal(block_part_remove(disk, 1), -EBUSY_CODE);
	assert_int_equal(block_part_add(disk, 2, 65536 + 512, 512), -EBUSY_CODE);
	assert_int_equal(block_part_add(disk, 2, BYTES - 512, 1024), -22);
	block_release(p, &b);
	assert_int_equal(block_part_remove(disk, 1), 0);
	assert_null(block_find_by_name("ubda1"));
	assert_ptr_equal(block_find_by_name("98:0"), disk);
	assert_ptr_equal(block_find_by_name("6200"), disk);
	assert_null(block_find_by_name("98:1"));
	assert_null(block_find_by_name("UUID="));
}

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dirty_and_sync, begin_test, end_test),
		cmocka_unit_test_setup_teardown(pinned_stay, begin_test, end_test),
		cmocka_unit_test_setup_teardown(new_and_forget, begin_test, end_test),
		cmocka_unit_test_setup_teardown(ranges, begin_test, end_test),
		cmocka_unit_test_setup_teardown(holders, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	fixture_run(all_tests);
}
