/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seccomp of the guest's own: strict mode and filters. No user notification. All under the big lock. */
#ifndef TASK_TASK_SECCOMP_H
#define TASK_TASK_SECCOMP_H

#include "abi/abi_seccomp.h"
#include "lib/types.h"

struct task;

void seccomp_init(void);

/* 0 or -EINVAL. */
int seccomp_strict(struct task *t);
/*
 * Add a filter in front of those that t has. insns is taken over, also on failure. 0; the number of a thread that cannot follow (SECCOMP_FLAG_TSYNC); or
 * -EINVAL, -ENOMEM, -ESRCH. The caller has looked at no_new_privs.
 */
int64_t seccomp_add(struct task *t, struct abi_bpf_insn *insns, unsigned int len, uint32_t flags);

/*
 * Before a system call: true: make it. Otherwise regs.rax is set, or a signal is on its way. May sleep (a tracer is asked).
 */
bool seccomp_allows(struct task *t, bool compat);

int seccomp_mode(const struct task *t);
unsigned int seccomp_count(const struct task *t); /* filters */

#endif
