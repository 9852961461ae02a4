/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named trace channels, off by default, switched by trace= on the command line and by mconsole at run time. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "lib/types.h"

enum trace_channel {
	TRACE_STRACE,
	TRACE_SCHED,
	TRACE_FAULT,
	TRACE_VFS,
	TRACE_BLOCK,
	TRACE_NET,
	TRACE_TTY,
	TRACE_SIGNAL,
	TRACE_EXEC,
	TRACE_MAX,
};

extern uint32_t trace_mask;

static inline bool trace_on(enum trace_channel c)
{
	return (trace_mask & (1u << c)) != 0;
}

/* One line to the trace descriptor (the host's standard error unless set): time, channel, vCPU, task, function, text. */
void trace_write(enum trace_channel c, const char *function, const char *fmt, ...)
	printf_like(3, 4);

#define trace(channel, ...)                                          \
	do {                                                         \
		if (__builtin_expect(trace_on(channel), 0))          \
			trace_write(channel, __func__, __VA_ARGS__); \
	} while (0)

/* "strace,fault", "all", "none"; +x/-x change one. -EINVAL for an unknown name (nothing is changed). */
int trace_set(const char *list);
const char *trace_channel_name(enum trace_channel c);

#endif
