// SPDX-License-Identifier: GPL-2.0-or-later
/* Partition tables: the usual ones, damaged ones, and those that want to keep us busy. The fuzzer has the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/partition.h"

#define SECTORS 4096u
static uint8_t disk[SECTORS * 512];
static unsigned int reads;

static int read_disk(void *arg, uint64_t offset, void *buf, size_t len)
{
	(void)arg;
	assert_true(offset + len <= sizeof(disk));
	reads++;
	memcpy(buf, disk + offset, len);
	return 0;
}

static int parse(struct partition_entry *e)
{
	const struct partition_reader r = { .read = read_disk, .bytes = sizeof(disk) };

	reads = 0;
	return partition_parse(&r, e, 15);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static void entry(unsigned int lba, unsigned int slot, uint8_t type, uint32_t start, uint32_t n)
{
	uint8_t *s = disk + (size_t)lba * 512, *p = s + 446 + 16 * slot;

	s[510] = 0x55;
	s[511] = 0xaa;
	p[4] = type;
	put32(p + 8, start);
	put32(p + 12, n);
}

static int clear_disk(void **state)
{
	(void)state;
	memset(disk, 0, sizeof(disk));
	return 0;
}

static void none(void **state)
{
	struct partition_entry e[15];

	(void)state;
	assert_int_equal(parse(e), 0);
	/* A boot sector of FAT: the signature is there, the rest is code. */
	entry(0, 0, 0x6f, 0x20202020, 0x20202020);
	disk[446] = 0x74;
	assert_int_equal(parse(e), 0);
}

static void primary_and_logical(void **state)
{
	struct partition_entry e[15];

	(void)state;
	put32(disk + 440, 0xdeadbeef);
	entry(0, 0, 0x83, 64, 100);
	entry(0, 1, 0x05, 1000, 2000);
	entry(0, 2, 0x82, 4000, 1000); /* is cut off at the end of the disk */
	entry(0, 3, 0x83, 5000, 10);   /* lies outside */
	entry(1000, 0, 0x83, 8, 92);
	entry(1000, 1, 0x05, 100, 200); /* relative to the first record */
	entry(1100, 0, 0x83, 8, 50);
	assert_int_equal(parse(e), 5);
	assert_int_equal(e[0].number, 1);
	assert_int_equal(e[0].start, 64 * 512);
	assert_int_equal(e[0].len, 100 * 512);
	assert_string_equal(e[0].uuid, "deadbeef-01");
	assert_int_equal(e[1].number, 2);
	assert_int_equal(e[1].len, 1024);
	assert_int_equal(e[2].number, 3);
	assert_int_equal(e[2].len, 96 * 512);
	assert_int_equal(e[3].number, 5);
	assert_int_equal(e[3].start, 1008 * 512);
	assert_int_equal(e[4].number, 6);
	assert_int_equal(e[4].start, 1108 * 512);
	assert_string_equal(e[4].uuid, "deadbeef-06");
}

static void endless_chain(void **state)
{
	struct partition_entry e[15];

	(void)state;
	entry(0, 0, 0x0f, 100, 3000);
	/* Two records that lead to each other, with nothing in them. */
	entry(100, 1, 0x05, 10, 100);
	entry(110, 1, 0x05, 0, 100);
	disk[100 * 512 + 446 + 16 + 8] = 10;
	assert_int_equal(parse(e), 1);
	assert_true(reads < 100);
	/* And with one each: no more than there are numbers. */
	entry(100, 0, 0x83, 1, 5);
	entry(110, 0, 0x83, 1, 5);
	assert_true(parse(e) <= 15);
	assert_true(reads < 100);
}

static uint32_t crc(const uint8_t *p, size_t n)
{
	uint32_t c = ~0u;

	for (; n > 0; n--) {
		c ^= *p++;
		for (unsigned int i = 0; i < 8; i++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
	}
	return ~c;
}

static void gpt_header(unsigned int lba, unsigned int entries)
{
	uint8_t *h = disk + (size_t)lba * 512;

	memcpy(h, "EFI PART", 8);
	put32(h + 8, 0x10000);
	put32(h + 12, 92);
	put64(h + 24, lba);
	put64(h + 32, lba == 1 ? SECTORS - 1 : 1);
	put64(h + 40, 34);
	put64(h + 48, SECTORS - 34);
	put64(h + 72, entries);
	put32(h + 80, 128);
	put32(h + 84, 128);
	put32(h + 88, crc(disk + (size_t)entries * 512, 128 * 128));
	put32(h + 16, 0);
	put32(h + 16, crc(h, 92));
}

static void gpt_entry(unsigned int entries, unsigned int slot, uint64_t first, uint64_t last)
{
	uint8_t *p = disk + (size_t)entries * 512 + (size_t)slot * 128;

	memset(p, 0x11, 16);
	for (unsigned int i = 0; i < 16; i++)
		p[16 + i] = (uint8_t)i;
	put64(p + 32, first);
	put64(p + 40, last);
}

static void make_gpt(void)
{
	entry(0, 0, 0xee, 1, SECTORS - 1);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int entries = i == 0 ? 2 : SECTORS - 33;

		gpt_entry(entries, 0, 40, 99);
		gpt_entry(entries, 3, 200, 299);
		gpt_entry(entries, 5, 20, 30);		 /* in the table itself */
		gpt_entry(entries, 6, 300, SECTORS * 2); /* beyond the end */
		gpt_entry(entries, 7, 400, 399);	 /* ends before it begins */
		gpt_header(i == 0 ? 1 : SECTORS - 1, entries);
	}
}

static void gpt_is_right(void)
{
	struct partition_entry e[15];

	assert_int_equal(parse(e), 2);
	assert_int_equal(e[0].number, 1);
	assert_int_equal(e[0].start, 40 * 512);
	assert_int_equal(e[0].len, 60 * 512);
	assert_string_equal(e[0].uuid, "03020100-0504-0706-0809-0a0b0c0d0e0f");
	assert_int_equal(e[1].number, 4);
	assert_int_equal(e[1].start, 200 * 512);
}

static void gpt(void **state)
{
	struct partition_entry e[15];

	(void)state;
	make_gpt();
	gpt_is_right();
	/* The first header is damaged, then its entries: the backup has all of it. */
	disk[512 + 40] ^= 1;
	gpt_is_right();
	make_gpt();
	disk[2 * 512 + 33] ^= 1;
	gpt_is_right();
	disk[(SECTORS - 1) * 512 + 3] ^= 1;
	assert_int_equal(parse(e), 0);
	/* A right checksum over a wish for four thousand million entries. */
	make_gpt();
	memset(disk + (size_t)(SECTORS - 1) * 512, 0, 512);
	put32(disk + 512 + 80, 0xffffffff);
	put32(disk + 512 + 16, 0);
	put32(disk + 512 + 16, crc(disk + 512, 92));
	assert_int_equal(parse(e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(none, clear_disk),
		cmocka_unit_test_setup(primary_and_logical, clear_disk),
		cmocka_unit_test_setup(endless_chain, clear_disk),
		cmocka_unit_test_setup(gpt, clear_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
