// SPDX-License-Identifier: GPL-2.0-or-later
/* seccomp, and its older doors in prctl. */
#include "abi/abi_errno.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/sys_seccomp.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_seccomp.h"

#define CAP_SYS_ADMIN 21

static int64_t set_filter(struct task *t, uint32_t flags, uint64_t addr)
{
	struct abi_bpf_program p;
	struct abi_bpf_insn *insns;
	size_t bytes;

	if (flags & ~(SECCOMP_FLAG_TSYNC | SECCOMP_FLAG_LOG | SECCOMP_FLAG_SPEC_ALLOW |
		      SECCOMP_FLAG_TSYNC_ESRCH))
		return -EINVAL;
	if (copy_from_user(&p, UADDR(addr), sizeof(p)) < 0)
		return -EFAULT;
	if (p.len == 0 || p.len > BPF_INSNS_MAX)
		return -EINVAL;
	/* A filter may mislead a program that has more rights than its caller. */
	if (!t->cred->no_new_privs && !capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (p.insns == 0)
		return -EINVAL;
	bytes = p.len * sizeof(*insns);
	insns = kmalloc(bytes);
	if (!insns)
		return -ENOMEM;
	if (copy_from_user(insns, UADDR(p.insns), bytes) < 0) {
		kfree(insns);
		return -EFAULT;
	}
	return seccomp_add(t, insns, p.len, flags);
}

static int64_t action_available(uint64_t addr)
{
	uint32_t action;

	if (get_user(action, UADDR(addr)) < 0)
		return -EFAULT;
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

SYSCALL_HANDLER(sys_seccomp)
{
	uint32_t flags = (uint32_t)a[1];

	switch ((uint32_t)a[0]) {
	case SECCOMP_SET_MODE_STRICT:
		return flags || a[2] ? -EINVAL : seccomp_strict(t);
	case SECCOMP_SET_MODE_FILTER:
		return set_filter(t, flags, a[2]);
	case SECCOMP_GET_ACTION_AVAIL:
		return flags ? -EINVAL : action_available(a[2]);
	default: /* SECCOMP_GET_NOTIF_SIZES too: there is no user notification */
		return -EINVAL;
	}
}

int64_t prctl_set_seccomp(struct task *t, uint64_t mode, uint64_t filter)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		return seccomp_strict(t);
	case SECCOMP_MODE_FILTER:
		return set_filter(t, 0, filter);
	default:
		return -EINVAL;
	}
}
