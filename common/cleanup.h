/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope-bound clean-up for the daemon, the command line and common code.
 *
 *	cleanup_close int fd = open(...);	closed when the scope ends
 *	cleanup_free char *s = strdup(...);	freed when the scope ends
 *	return TAKE_FD(fd);			hands the value out, disarms the clean-up
 *
 * The guest kernel does not use this file; it unwinds with forward gotos.
 */
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_p(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_fclose_p(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#define cleanup_free   __attribute__((cleanup(cleanup_free_p)))
#define cleanup_close  __attribute__((cleanup(cleanup_close_p)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclose_p)))

#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define must_check	       __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
