/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel timers and host descriptors, both served by the I/O thread. Callbacks run under the big lock on the I/O thread, in no task: they must
 * not sleep; they wake tasks or queues. All functions are called under the big lock.
 */
#ifndef CORE_KTIMER_H
#define CORE_KTIMER_H

#include "lib/types.h"

struct ktimer {
	uint64_t deadline_ns; /* monotonic */
	size_t heap_index;    /* SIZE_MAX when not armed */
	void (*fn)(struct ktimer *t);
};

void ktimer_init(struct ktimer *t, void (*fn)(struct ktimer *t));
/* Arm or re-arm. A deadline in the past fires soon. -ENOMEM. */
int ktimer_arm(struct ktimer *t, uint64_t deadline_ns);
bool ktimer_cancel(struct ktimer *t); /* true if it was armed */
bool ktimer_armed(const struct ktimer *t);

/* Watch a host descriptor. */
struct io_watch {
	int fd;
	void (*ready)(struct io_watch *w, uint32_t events); /* HOST_POLL_* */
	uint32_t events;
	bool added;
};

void io_watch_init(struct io_watch *w, int fd, void (*ready)(struct io_watch *w, uint32_t events));
int io_watch_set(struct io_watch *w, uint32_t events); /* HOST_POLL_*; 0: stop watching */

#endif
