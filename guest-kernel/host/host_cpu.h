/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processor offers, as the host's own auxiliary vector says it. No failure is possible. */
#ifndef HOST_CPU_H
#define HOST_CPU_H

#include "lib/types.h"

uint64_t host_hwcap(void);
uint64_t host_hwcap2(void);
uint64_t host_min_signal_stack(void); /* AT_MINSIGSTKSZ; 2048 where the host does not say */

/* /proc/cpuinfo's text for one processor into buf (cut if too small); returns its length. */
size_t host_cpuinfo(char *buf, size_t len);

/* Processors that are on line, whether this process may use them or not; asked once. */
unsigned int host_cpus_online(void);

/* Threads that run or want to on the whole host, the calling one included; UINT_MAX if the host does not say. Some microseconds. */
unsigned int host_running(void);

/* How often the host has taken the processor from the calling thread. */
uint64_t host_thread_preempted(void);

#endif
