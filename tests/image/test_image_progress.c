// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the progress bar make of real and of hostile output?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/utf8.h"
#include "daemon/image/image_progress.h"

static bool feed(struct image_progress *p, const char *text)
{
	return image_progress_feed(p, text, strlen(text));
}

static void test_follows_a_build(void **state)
{
	struct image_progress p = { 0 };

	(void)state;
	assert_true(feed(&p, "I: running apt-get update...\n"));
	assert_int_equal(p.per_mille, 10);
	assert_string_equal(p.phase, "fetching the package lists");
	assert_true(feed(&p, "I: downloading packages with apt...\n"));
	assert_int_equal(p.per_mille, 100);
	assert_false(feed(&p, "0 upgraded, 4 newly installed, 0 to remove and 0 not upgraded.\n"));
	assert_true(feed(&p, "Get:1 http://deb.debian.org a\nGet:2 http://deb.debian.org b\n"));
	assert_int_equal(p.per_mille, 200);
	assert_true(feed(&p, "I: extracting archives...\nI: installing essential packages...\n"));
	assert_int_equal(p.per_mille, 350);
	assert_true(feed(&p, "I: installing remaining packages inside the chroot...\n"));
	feed(&p, "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.\n");
	feed(&p, "Get:1 x\nGet:2 y\nUnpacking x (1) ...\nUnpacking y (1) ...\n");
	assert_int_equal(p.per_mille, 700);
	feed(&p, "Setting up x (1) ...\nSetting up y (1) ...\n");
	assert_int_equal(p.per_mille, 800);
	/* More than was announced does not run past the step. */
	assert_false(feed(&p, "Setting up z (1) ...\nSetting up z (1) ...\n"));
	assert_int_equal(p.per_mille, 800);
	assert_true(feed(&p, "@umld 870 making the file system\n"));
	assert_int_equal(p.per_mille, 870);
	assert_string_equal(p.phase, "making the file system");
}

static void test_lines_in_pieces(void **state)
{
	struct image_progress p = { 0 };

	(void)state;
	assert_false(feed(&p, "@um"));
	assert_false(feed(&p, "ld 5"));
	assert_true(feed(&p, "0 copying\r\n"));
	assert_int_equal(p.per_mille, 50);
	assert_string_equal(p.phase, "copying");
}

static void test_never_goes_back(void **state)
{
	struct image_progress p = { 0 };

	(void)state;
	feed(&p, "@umld 900 late\n@umld 100 early\n");
	assert_int_equal(p.per_mille, 900);
	assert_string_equal(p.phase, "early");
	assert_false(feed(&p, "@umld 1001 x\n@umld -1 x\n@umld x\n@umld 99999999999999999999 x\n"));
	assert_int_equal(p.per_mille, 900);
}

static void test_tail_is_the_last_lines(void **state)
{
	struct image_progress p = { 0 };
	char tail[PROGRESS_LINE_MAX * PROGRESS_TAIL_LINES];

	(void)state;
	image_progress_tail(&p, tail, sizeof(tail));
	assert_string_equal(tail, "");
	feed(&p, "one\n\ntwo\n@umld 10 not in it\n");
	image_progress_tail(&p, tail, sizeof(tail));
	assert_string_equal(tail, "one\ntwo");
	feed(&p, "3\n4\n5\n6\n7\n8\n");
	image_progress_tail(&p, tail, sizeof(tail));
	assert_string_equal(tail, "3\n4\n5\n6\n7\n8");
}

static void test_hostile_bytes_are_made_printable(void **state)
{
	char line[3 * PROGRESS_LINE_MAX], tail[PROGRESS_LINE_MAX * PROGRESS_TAIL_LINES];
	struct image_progress p = { 0 };

	(void)state;
	feed(&p, "a\x1b[31mred\x07 \xff\xc3 \xc3\xa4\n");
	image_progress_tail(&p, tail, sizeof(tail));
	assert_string_equal(tail, "a [31mred  ?? \xc3\xa4");
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 20; i++) {
		assert_false(image_progress_feed(&p, line, sizeof(line)));
		assert_false(feed(&p, "\n"));
	}
	image_progress_tail(&p, tail, sizeof(tail));
	assert_true(strlen(tail) < sizeof(tail));
	assert_true(utf8_valid(tail, strlen(tail)));
}

static void test_absurd_counts(void **state)
{
	struct image_progress p = { 0 };

	(void)state;
	feed(&p, "I: downloading packages with apt...\n");
	feed(&p, "0 upgraded, 99999999999999999999999 newly installed, 0 to remove\n");
	feed(&p, "0 upgraded, 0 newly installed, 0 to remove\n");
	feed(&p, " newly installed\n0 newly installed\n");
	feed(&p, "Get:1 a\nGet:2 b\n");
	assert_int_equal(p.per_mille, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows_a_build),
		cmocka_unit_test(test_lines_in_pieces),
		cmocka_unit_test(test_never_goes_back),
		cmocka_unit_test(test_tail_is_the_last_lines),
		cmocka_unit_test(test_hostile_bytes_are_made_printable),
		cmocka_unit_test(test_absurd_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
