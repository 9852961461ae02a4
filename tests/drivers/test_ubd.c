// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ubd: does a COW disk hold what was written and nothing else, does the base stay untouched, does the bitmap reach the file with a flush and not
 * before, do pieces that are mapped lie where they are said to, and is everything refused that should be?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "block_fixture.h"
#include "drivers/ubd.h"
#include "engine/engine.h"

#define EROFS_CODE	30
#define EIO_CODE	5
#define EBUSY_CODE	16
#define ENODEV_CODE	19
#define EOPNOTSUPP_CODE 95
#define DISK_BYTES	(300u * 1024 + 512) /* ends in the middle of a page */
#define BITMAP_AT	8192u /* in a COW file: behind the header, at the next multiple of 4096 */
#define DATA_AT		12288u

static char base[128], cow[128], image[128];

static int begin_test(void **state)
{
	(void)state;
	(void)fixture_path(base, sizeof(base), "base.img");
	(void)fixture_path(cow, sizeof(cow), "disk.cow");
	(void)fixture_path(image, sizeof(image), "raw.img");
	(void)unlink(cow);
	fixture_file(base, DISK_BYTES, 7);
	return 0;
}

static struct block_device *cow_disk(void)
{
	char word[300];

	(void)snprintf(word, sizeof(word), "ubd0=%s,%s", cow, base);
	return fixture_disk(0, word);
}

static bool bit_in_file(unsigned int sector)
{
	size_t len;
	uint8_t *f = fixture_read(cow, &len);
	bool set = f[BITMAP_AT + sector / 8] >> (sector % 8) & 1;

	free(f);
	return set;
}

static void random_writes(void **state)
{
	struct block_device *d = cow_disk();
	size_t len;
	uint8_t *model = fixture_read(base, &len), *before = fixture_read(base, &len);
	uint8_t *buf = malloc(DISK_BYTES), *now;

	(void)state;
	srandom(11);
	assert_int_equal(d->bytes, DISK_BYTES);
	for (unsigned int i = 0; i < 3000; i++) {
		uint64_t sectors = DISK_BYTES / 512, at = (uint64_t)random() % sectors;
		uint64_t n = 1 + (uint64_t)random() % (i % 7 == 0 ? 100 : 9);
		unsigned int flags = 0;

		n = n > sectors - at ? sectors - at : n;
		switch (random() % 8) {
		case 0:
		case 1:
		case 2:
			for (size_t k = 0; k < n * 512; k++)
				buf[k] = (uint8_t)random();
			assert_int_equal(block_write(d, at * 512, buf, n * 512, &flags), 0);
			memcpy(model + at * 512, buf, n * 512);
			break;
		case 3:
			assert_int_equal(block_zero(d, at * 512, n * 512, &flags), 0);
			memset(model + at * 512, 0, n * 512);
			break;
		case 4:
			assert_int_equal(block_flush(d), 0);
			break;
		default:
			memset(buf, 0xee, n * 512);
			assert_int_equal(block_read(d, at * 512, buf, n * 512), 0);
			assert_memory_equal(buf, model + at * 512, n * 512);
		}
	}
	/* The same after it was taken away and opened again. */
	fixture_remove(0);
	d = cow_disk();
	assert_int_equal(block_read(d, 0, buf, DISK_BYTES), 0);
	assert_memory_equal(buf, model, DISK_BYTES);
	fixture_remove(0);
	now = fixture_read(base, &len);
	assert_memory_equal(now, before, DISK_BYTES);
	free(now);
	free(buf);
	free(before);
	free(model);
}

static void bitmap_waits_for_flush(void **state)
{
	struct block_device *d = cow_disk();
	uint8_t buf[4096] = { 1, 2, 3 };
	unsigned int flags = 0;

	(void)state;
	assert_int_equal(block_write(d, 8 * 4096, buf, sizeof(buf), &flags), 0);
	assert_int_equal(flags, BLOCK_MOVED);
	assert_false(bit_in_file(8 * 8));
	assert_int_equal(block_flush(d), 0);
	assert_true(bit_in_file(8 * 8));
	assert_true(bit_in_file(8 * 8 + 7));
	assert_false(bit_in_file(8 * 8 + 8));
	/* Written once more: nothing moves. */
	assert_int_equal(block_write(d, 8 * 4096, buf, sizeof(buf), &flags), 0);
	assert_int_equal(flags, 0);
	/* At the end of the kernel nobody can sleep. */
	assert_int_equal(block_write(d, 16 * 4096, buf, 512, &flags), 0);
	assert_false(bit_in_file(16 * 8));
	block_end();
	assert_true(bit_in_file(16 * 8));
	/* The whole page was copied up, so that it can be mapped. */
	assert_true(bit_in_file(16 * 8 + 7));
	fixture_remove(0);
}

static void maps(void **state)
{
	struct block_device *d = cow_disk();
	struct mapping_run run;
	uint8_t buf[512] = { 0 };
	unsigned int flags = 0;

	(void)state;
	assert_int_equal(block_map(d, 0, DISK_BYTES, false, &run, &flags), 0);
	assert_int_equal(run.engine_fd, ENGINE_FD_DISK_BASE + 2);
	assert_int_equal(run.host_offset, 0);
	assert_int_equal(run.len, 304u * 1024); /* the last page is not whole */
	assert_true(run.readonly);
	/* For writing: copied up first. */
	assert_int_equal(block_map(d, 4096, 4096, true, &run, &flags), 0);
	assert_int_equal(flags, BLOCK_MOVED);
	assert_int_equal(run.engine_fd, ENGINE_FD_DISK_BASE + 1);
	assert_int_equal(run.host_offset, DATA_AT + 4096);
	assert_int_equal(run.len, 4096);
	assert_false(run.readonly);
	/* Neighbours of one place come together, up to where the place changes. */
	assert_int_equal(block_write(d, 8192 + 512, buf, 512, &flags), 0);
	assert_int_equal(block_map(d, 4096, 65536, false, &run, &flags), 0);
	assert_int_equal(run.engine_fd, ENGINE_FD_DISK_BASE);
	assert_int_equal(run.len, 8192);
	assert_int_equal(block_map(d, 0, 65536, false, &run, &flags), 0);
	assert_int_equal(run.engine_fd, ENGINE_FD_DISK_BASE + 2);
	assert_int_equal(run.len, 4096);
	assert_int_equal(block_map(d, 100, 4096, false, &run, &flags), -EIO_CODE);
	assert_int_equal(block_map(d, 1u << 30, 4096, false, &run, &flags), -EIO_CODE);
	fixture_remove(0);
}

static void outside(void **state)
{
	struct block_device *d = cow_disk();
	uint8_t buf[1024];

	(void)state;
	assert_int_equal(block_read(d, DISK_BYTES - 512, buf, 1024), -EIO_CODE);
	assert_int_equal(block_write(d, DISK_BYTES, buf, 512, NULL), -EIO_CODE);
	assert_int_equal(block_read(d, UINT64_MAX - 511, buf, 512), -EIO_CODE);
	assert_int_equal(block_discard(d, 0, DISK_BYTES + 512), -EIO_CODE);
	fixture_remove(0);
}

/* Added while the kernel runs: all works but maps. */
static void plugged(void **state)
{
	char word[400], why[256] = "";
	struct mapping_run run;
	struct block_device *d;
	uint8_t buf[512] = { 42 }, back[512];

	(void)state;
	(void)snprintf(word, sizeof(word), "ubd5=%s,%s", cow, base);
	assert_true(ubd_plug(word, why, sizeof(why)) < 0); /* the COW file is not there */
	assert_string_equal(ubd_spec("ubd5"), "");
	(void)cow_disk();
	fixture_remove(0);
	(void)snprintf(word, sizeof(word), "ubd5s=%s", cow);
	assert_true(ubd_plug(word, why, sizeof(why)) < 0);
	(void)snprintf(word, sizeof(word), "ubd5=%s,%s", cow, base);
	if (ubd_plug(word, why, sizeof(why)) < 0)
		fail_msg("%s", why);
	assert_string_equal(ubd_spec("ubd5"), strchr(word, '=') + 1);
	assert_null(ubd_spec("ubd99"));
	assert_true(ubd_plug(word, why, sizeof(why)) < 0);
	assert_string_equal(why, "ubd5: Device is already configured");
	d = block_find_by_name("ubdf");
	assert_non_null(d);
	assert_int_equal(block_write(d, 512, buf, 512, NULL), 0);
	assert_int_equal(block_read(d, 512, back, 512), 0);
	assert_memory_equal(buf, back, 512);
	assert_int_equal(block_map(d, 0, 4096, false, &run, NULL), -EOPNOTSUPP_CODE);
	d->openers++;
	assert_int_equal(ubd_remove("ubd5", why, sizeof(why)), -EBUSY_CODE);
	assert_string_equal(why, "Device is currently open");
	d->openers--;
	fixture_remove(5);
	assert_int_equal(ubd_remove("ubd5", why, sizeof(why)), -ENODEV_CODE);
}

static void words(void **state)
{
	char word[400], why[256];
	struct utimbuf old = { 1000, 1000 };
	struct block_device *d;
	uint8_t buf[512] = { 0 };

	(void)state;
	(void)fixture_refused("ubd16=/x", why, sizeof(why));
	(void)fixture_refused("ubdz=/x", why, sizeof(why));
	(void)fixture_refused("ubd0x=/x", why, sizeof(why));
	(void)fixture_refused("ubd0=", why, sizeof(why));
	(void)fixture_refused("ubd0=/there/is/none", why, sizeof(why));
	assert_non_null(strstr(why, "no such file"));
	(void)fixture_refused("ubd0=/dev/null", why, sizeof(why));
	assert_non_null(strstr(why, "neither a file nor a block device"));
	(void)snprintf(word, sizeof(word), "ubd0d=%s,%s", cow, base);
	(void)fixture_refused(word, why, sizeof(why));
	/* An image where a COW file should be. */
	fixture_file(image, 65536, 3);
	(void)snprintf(word, sizeof(word), "ubd0=%s,%s", image, base);
	(void)fixture_refused(word, why, sizeof(why));
	assert_non_null(strstr(why, "not a COW file"));
	/* Locked by ourselves: exclusive against everything, shared if asked. */
	(void)snprintf(word, sizeof(word), "ubd1=%s,,NUMBER", image);
	d = fixture_disk(1, word);
	assert_string_equal(d->serial, "NUMBER");
	assert_string_equal(d->name, "ubdb");
	(void)snprintf(word, sizeof(word), "ubd2r=%s", image);
	(void)fixture_refused(word, why, sizeof(why));
	assert_non_null(strstr(why, "in use"));
	(void)snprintf(word, sizeof(word), "ubd2rc=%s", image);
	d = fixture_disk(2, word);
	assert_true(d->readonly);
	assert_int_equal(block_write(d, 0, buf, 512, NULL), -EROFS_CODE);
	fixture_remove(2);
	fixture_remove(1);
	/* The base must be the one that it was. */
	(void)cow_disk();
	fixture_remove(0);
	assert_int_equal(utime(base, &old), 0);
	(void)snprintf(word, sizeof(word), "ubd0=%s", cow);
	(void)fixture_refused(word, why, sizeof(why));
	assert_non_null(strstr(why, "has changed since"));
}

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(random_writes, begin_test),
		cmocka_unit_test_setup(bitmap_waits_for_flush, begin_test),
		cmocka_unit_test_setup(maps, begin_test),
		cmocka_unit_test_setup(outside, begin_test),
		cmocka_unit_test_setup(plugged, begin_test),
		cmocka_unit_test_setup(words, begin_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	fixture_run(all_tests);
}
