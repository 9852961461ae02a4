/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prctl(PR_SET_SECCOMP). 0 or -errno. May sleep. */
#ifndef SYSCALLS_SYS_SECCOMP_H
#define SYSCALLS_SYS_SECCOMP_H

#include "lib/types.h"

struct task;

int64_t prctl_set_seccomp(struct task *t, uint64_t mode, uint64_t filter);

#endif
