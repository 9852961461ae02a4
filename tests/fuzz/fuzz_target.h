/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every fuzz target uses. MUST ends the run: a property that shall hold for every input did
 * not. Inputs are copied into memory of exactly their size, so that reading one byte too far is
 * seen.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                       \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                              \
		}                                                                             \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline void *exact_copy(const void *data, size_t len)
{
	void *copy = malloc(len ? len : 1);

	MUST(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

#endif
