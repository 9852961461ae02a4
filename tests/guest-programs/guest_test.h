/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the guest programs: report, compare, and fail with both values. */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* End with status 1 and a line that says what was expected, unless cond holds. */
#define CHECK(cond)                                                                           \
	do {                                                                                  \
		if (!(cond)) {                                                                \
			printf("FAILED %s:%d: %s (errno %d %s)\n", __FILE__, __LINE__, #cond, \
			       errno, strerror(errno));                                       \
			fflush(stdout);                                                       \
			_exit(1);                                                             \
		}                                                                             \
	} while (0)

#define CHECK_EQ(a, b)                                                                          \
	do {                                                                                    \
		long long a_ = (long long)(a), b_ = (long long)(b);                             \
		if (a_ != b_) {                                                                 \
			printf("FAILED %s:%d: %s is %lld, not %lld (%s), errno %d\n", __FILE__, \
			       __LINE__, #a, a_, b_, #b, errno);                                \
			fflush(stdout);                                                         \
			_exit(1);                                                               \
		}                                                                               \
	} while (0)

/* Print "label: 0" or "label: -1 ENOENT" for a call that sets errno. */
static inline void report(const char *label, long result)
{
	if (result < 0)
		printf("%s: -1 %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %ld\n", label, result);
}

#endif
