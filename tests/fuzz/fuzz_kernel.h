/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_target.h for files that include the kernel's own headers of numbers, which the C library's define too: what they need of it, by hand. */
#ifndef TESTS_FUZZ_KERNEL_H
#define TESTS_FUZZ_KERNEL_H

#include "lib/string.h"

int printf(const char *fmt, ...) printf_like(1, 2);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);
char *strstr(const char *s, const char *what);
noreturn void abort(void);

#define MUST(condition)                                                              \
	do {                                                                         \
		if (!(condition)) {                                                  \
			(void)printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                     \
		}                                                                    \
	} while (0)

#endif
