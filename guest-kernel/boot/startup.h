/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing the kernel up. */
#ifndef BOOT_STARTUP_H
#define BOOT_STARTUP_H

#include "boot/cmdline.h"

/*
 * Run the list of stages. lacks: what the launcher could not have, or NULL. 0: the first process is runnable, call sched_run. Negative: one
 * sentence in ret_why.
 */
int startup(const struct boot_options *o, const char *lacks, char *ret_why, size_t len);

#endif
