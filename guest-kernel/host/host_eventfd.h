/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event counters of the host, for hand-over between the kernel and stubs. */
#ifndef HOST_EVENTFD_H
#define HOST_EVENTFD_H

#include "lib/types.h"

/* A blocking counter at 0, O_CLOEXEC. A descriptor or -errno. */
int host_eventfd_create(void);
void host_eventfd_add(int fd, uint64_t n);
/* Wait until the counter is not 0, take it. Never 0 unless the descriptor is unusable. */
uint64_t host_eventfd_take(int fd);
/* The same without waiting: 0 if there is nothing. */
uint64_t host_eventfd_try(int fd);

/* A timer that is a descriptor: readable once after_ns have passed. -errno on failure. */
int host_timerfd_create(void);
void host_timerfd_arm(int fd, uint64_t after_ns);

#endif
