// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the fuzzer changes inputs of fuzz_image.c: by whole records, with values that mean something to a file system. A run takes milliseconds, so each should count; one
 * in eight changes is left to libFuzzer's own.
 */
#include "fuzz_target.h"

#define RECORDS_MAX 64u

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

static uint64_t state;

static uint32_t below(uint32_t n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((state >> 33) % n);
}

/* As fuzz_image.c reads them; never more than what is left. */
static size_t record_len(const uint8_t *p, size_t left)
{
	static const uint8_t lens[] = { 6, 7, 9, 6, 6, 6, 7, 7, 6, 6 };
	size_t n = 3;

	if (p[0] < 0xc0) {
		n = lens[p[0] % 10];
		if (p[0] % 10 == 5)
			n += left > 5 ? p[5] % 64 : 0;
	}
	return n < left ? n : left;
}

static uint32_t some_value(void)
{
	switch (below(5)) {
	case 0:
		return below(16);
	case 1:
		return below(4096);
	case 2:
		return 1u << below(32);
	case 3:
		return 0u - below(16);
	default:
		return below(0x7fffffff);
	}
}

static uint16_t some_offset(void)
{
	switch (below(4)) {
	case 0:
		return (uint16_t)(below(16) * 4);
	case 1:
		return (uint16_t)below(160);
	case 2: /* from the end: areas have sizes that are powers of two */
		return (uint16_t)(0u - 1 - below(64));
	default:
		return (uint16_t)below(4096);
	}
}

static size_t make_record(uint8_t *p)
{
	uint32_t value = some_value();
	uint16_t area = (uint16_t)below(2000), offset = some_offset();

	if (below(4) == 0) {
		static const uint8_t whats[] = { 0,  1,	 2,  3,	 4,  5,	 6,  10, 11,
						 12, 13, 14, 20, 21, 22, 23, 24, 25,
						 26, 27, 28, 29, 40, 41, 42, 43, 44 };

		p[0] = (uint8_t)(0xc0 | whats[below(sizeof(whats))]);
		p[1] = (uint8_t)below(24);
		p[2] = (uint8_t)below(256);
		return 3;
	}
	p[0] = (uint8_t)(below(19) * 10 + below(10));
	memcpy(p + 1, &area, 2);
	memcpy(p + 3, &offset, 2);
	memcpy(p + 5, &value, 4);
	if (p[0] % 10 == 5) {
		p[5] = (uint8_t)(1 + below(16));
		for (uint8_t i = 0; i < p[5]; i++)
			p[6 + i] = (uint8_t)below(256);
	}
	return record_len(p, 80);
}

static size_t splice(uint8_t *data, size_t size, size_t max, size_t at, size_t old,
		     const uint8_t *record, size_t len)
{
	if (size - old + len > max)
		return size;
	memmove(data + at + len, data + at + old, size - at - old);
	memcpy(data + at, record, len);
	return size - old + len;
}

static size_t change_one(uint8_t *data, size_t size, size_t max)
{
	size_t places[RECORDS_MAX + 1], at = 2, place, old, len = 0;
	unsigned int n = 0, what = below(8);
	uint8_t record[96] = { 0 };

	for (; at < size && n < RECORDS_MAX; at += record_len(data + at, size - at))
		places[n++] = at;
	if (what == 0) {
		data[below(2)] = (uint8_t)below(256);
		return size;
	}
	places[n] = at < size ? at : size;
	place = places[below(n + 1)];
	old = place < size ? record_len(data + place, size - place) : 0;
	if (what > 1) /* 1: one goes */
		len = make_record(record);
	return splice(data, size, max, place, what < 4 ? old : 0, record, len);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	if (max < 8 || below(8) == 0)
		return LLVMFuzzerMutate(data, size, max);
	while (size < 2)
		data[size++] = (uint8_t)below(256);
	for (unsigned int i = below(4) + 1; i > 0; i--)
		size = change_one(data, size, max);
	return size;
}
