// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/syscall, stack, personality and coredump_filter: what debuggers and crash reporters read and set. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/task.h"
#include "engine/engine.h"
#include "fs/procfs/procfs_inode.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "task/process.h"

typedef unsigned long long ull;

/* The system call that a sleeping thread is in, as strace and gdb's scripts read it. */
int proc_show_syscall(struct proc_text *x, const struct proc_target *p)
{
	const struct task *t = p->task;
	const struct abi_regs *r = t->thread ? &t->thread->regs : NULL;

	if (!r || (t->state != TASK_SLEEPING && t->state != TASK_STOPPED))
		text_add(x, "running\n");
	else if ((int64_t)r->orig_rax < 0)
		text_add(x, "-1 0x%llx 0x%llx\n", (ull)r->rsp, (ull)r->rip);
	else
		text_add(x, "%lld 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx\n",
			 (long long)r->orig_rax, (ull)r->rdi, (ull)r->rsi, (ull)r->rdx, (ull)r->r10,
			 (ull)r->r8, (ull)r->r9, (ull)r->rsp, (ull)r->rip);
	return 0;
}

/* Kernel stacks are not shown to the guest: the list is empty, as where Linux may not look either. */
int proc_show_stack(struct proc_text *x, const struct proc_target *p)
{
	(void)x;
	(void)p;
	return capable(CAP_SYS_ADMIN) ? 0 : -EACCES;
}

int proc_show_personality(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%08x\n", p->task->personality);
	return 0;
}

int proc_show_dump_filter(struct proc_text *x, const struct proc_target *p)
{
	if (p->task->mm)
		text_add(x, "%08x\n", p->task->mm->dump_filter);
	return 0;
}

ssize_t proc_write_dump_filter(const struct proc_target *p, const char *text, size_t len)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char digits[16];
	uint64_t v;
	size_t n;

	(void)str_copy(digits, text + (hex ? 2 : 0), sizeof(digits));
	n = strlen(digits);
	if (n > 0 && digits[n - 1] == '\n')
		digits[n - 1] = '\0';
	if (!str_to_u64(digits, hex ? 16 : 10, &v) || v > UINT32_MAX)
		return -EINVAL;
	if (!p->task->mm)
		return -ESRCH;
	p->task->mm->dump_filter = (uint32_t)v & 0x1ff;
	return (ssize_t)len;
}
