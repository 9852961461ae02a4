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

#endif
