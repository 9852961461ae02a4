/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks of the host in nanoseconds. [any] thread; no failure is possible. */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include "lib/types.h"

uint64_t
host_monotonic_ns(void); /* starts near 0 at guest boot inside the guest's time namespace */
uint64_t host_realtime_ns(void);
uint64_t host_boottime_ns(void);

/* Processor time that a host thread has used, by its tid in this PID namespace; 0 if it is gone. */
uint64_t host_thread_cpu_ns(int pid, int tid);

/* Fill buf with random bytes from the host's generator; never short, never fails. */
void host_random_bytes(void *buf, size_t len);

#endif
