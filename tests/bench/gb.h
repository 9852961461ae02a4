/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of gb share. */
#ifndef BENCH_GB_H
#define BENCH_GB_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static inline void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(3);
}

#define CHECK(e)                  \
	do {                      \
		if ((e) < 0)      \
			fail(#e); \
	} while (0)

/* gb_fs.c: the file system benchmarks below dir. The exit status. */
int file_bench(const char *dir);

#endif
