// SPDX-License-Identifier: GPL-2.0-or-later
/* The miniature kernel's system calls. */
#include <asm/prctl.h>
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include "tests/engine/mini_task.h"

static int64_t sys_brk(struct mini_task *t, uint64_t want)
{
	struct mini_mm *mm = t->mm;
	uint64_t from = ALIGN_UP(mm->brk, 4096), to = ALIGN_UP(want, 4096);

	if (want < mm->brk_start)
		return (int64_t)mm->brk;
	if (to > from && mini_map(mm->space, from, to - from, PROT_READ | PROT_WRITE) < 0)
		return (int64_t)mm->brk;
	mm->brk = want;
	return (int64_t)want;
}

static int64_t sys_mmap(struct mini_task *t, const uint64_t *a)
{
	uint64_t addr = a[0], len = ALIGN_UP(a[1], 4096);

	if (!(a[3] & MAP_ANONYMOUS))
		return -ENODEV;
	if (!(a[3] & MAP_FIXED)) {
		addr = t->mm->mmap_next;
		t->mm->mmap_next += len + 4096;
	}
	return mini_order(t->mm->space, ENGINE_ORDER_MMAP, addr, len, a[2],
			  (a[3] & (MAP_SHARED | MAP_PRIVATE | MAP_NORESERVE)) | MAP_ANONYMOUS |
				  MAP_FIXED,
			  (uint64_t)-1, 0);
}

static int64_t sys_mremap(struct mini_task *t, const uint64_t *a)
{
	uint64_t to = t->mm->mmap_next;

	t->mm->mmap_next += ALIGN_UP(a[2], 4096) + 4096;
	return mini_order(t->mm->space, ENGINE_ORDER_MREMAP, a[0], a[1], a[2],
			  MREMAP_MAYMOVE | MREMAP_FIXED, to, 0);
}

static int64_t sys_write(struct mini_task *t, uint64_t fd, uint64_t buf, uint64_t len)
{
	size_t room = sizeof(mini_out->output) - 1 - mini_out->output_len;
	ssize_t n;

	if (fd != 1 && fd != 2)
		return -EBADF;
	len = MIN(len, room);
	if (len == 0)
		return 0;
	n = engine->space_read(t->mm->space, UADDR(buf), mini_out->output + mini_out->output_len,
			       len);
	if (n > 0)
		mini_out->output_len += (size_t)n;
	return n;
}

static int64_t sys_writev(struct mini_task *t, const uint64_t *a)
{
	struct iovec v[16];
	int64_t sum = 0, r;

	if (a[2] > ARRAY_SIZE(v) ||
	    engine->space_read(t->mm->space, UADDR(a[1]), v, a[2] * sizeof(v[0])) !=
		    (ssize_t)(a[2] * sizeof(v[0])))
		return -EFAULT;
	for (unsigned int i = 0; i < a[2]; i++) {
		r = sys_write(t, a[0], (uint64_t)(uintptr_t)v[i].iov_base, v[i].iov_len);
		if (r < 0)
			return r;
		sum += r;
	}
	return sum;
}

static struct mini_mm *mm_fork(struct mini_mm *from)
{
	struct mini_mm *mm = calloc(1, sizeof(*mm));

	*mm = *from;
	mm->refs = 1;
	if (engine->space_fork(from->space, mm, &mm->space) < 0) {
		free(mm);
		return NULL;
	}
	mini_out->forks++;
	return mm;
}

static int64_t sys_clone(struct mini_task *t, uint64_t flags, uint64_t stack, uint64_t ptid,
			 uint64_t ctid, uint64_t tls)
{
	struct mini_task *c = mini_task_new();
	struct abi_regs regs = t->thread->regs;
	uint32_t tid;
	int r;

	if (!c)
		return -EAGAIN;
	if (flags & CLONE_VM) {
		c->mm = t->mm;
		c->mm->refs++;
	} else {
		c->mm = mm_fork(t->mm);
		if (!c->mm)
			return -ENOMEM;
	}
	regs.rax = 0;
	if (stack)
		regs.rsp = stack;
	if (flags & CLONE_SETTLS)
		regs.fs_base = tls;
	r = engine->thread_create(c->mm->space, &regs, t->thread, &c->thread);
	if (r < 0) {
		mini_mm_put(c->mm);
		return r;
	}
	c->tgid = flags & CLONE_THREAD ? t->tgid : c->tid;
	c->parent = flags & CLONE_THREAD ? t->parent : t->tgid;
	c->clear_tid = flags & CLONE_CHILD_CLEARTID ? ctid : 0;
	c->state = MINI_READY;
	tid = (uint32_t)c->tid;
	if (flags & CLONE_THREAD)
		mini_out->threads++;
	if (flags & CLONE_PARENT_SETTID)
		(void)engine->space_write(t->mm->space, UADDR(ptid), &tid, 4);
	if (flags & CLONE_CHILD_SETTID)
		(void)engine->space_write(c->mm->space, UADDR(ctid), &tid, 4);
	if (flags & CLONE_VFORK) {
		c->vforked = true;
		t->state = MINI_VFORK;
		t->futex = (uint64_t)c->tid;
	}
	return c->tid;
}

static int64_t sys_clone3(struct mini_task *t, uint64_t at, uint64_t len)
{
	uint64_t a[11] = { 0 };

	if (len > sizeof(a) || engine->space_read(t->mm->space, UADDR(at), a, len) != (ssize_t)len)
		return -EFAULT;
	return sys_clone(t, a[0], a[5] ? a[5] + a[6] : 0, a[3], a[2], a[7]);
}

static void vfork_done(struct mini_task *c)
{
	for (unsigned int i = 0; i < MINI_TASKS; i++)
		if (mini_tasks[i].state == MINI_VFORK && mini_tasks[i].futex == (uint64_t)c->tid)
			mini_tasks[i].state = MINI_READY;
	c->vforked = false;
}

static int futex_wake(struct mini_mm *mm, uint64_t addr, int n)
{
	int woken = 0;

	for (unsigned int i = 0; i < MINI_TASKS && woken < n; i++) {
		struct mini_task *t = &mini_tasks[i];

		if (t->state == MINI_FUTEX && t->mm == mm && t->futex == addr) {
			t->thread->regs.rax = 0;
			t->state = MINI_READY;
			woken++;
		}
	}
	return woken;
}

static int64_t sys_futex(struct mini_task *t, const uint64_t *a)
{
	uint32_t word;

	switch (a[1] & 0x7f) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		if (engine->space_read(t->mm->space, UADDR(a[0]), &word, 4) != 4)
			return -EFAULT;
		if (word != (uint32_t)a[2])
			return -EAGAIN;
		t->futex = a[0];
		t->state = MINI_FUTEX;
		return 0;
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		return futex_wake(t->mm, a[0], (int)a[2]);
	default:
		return -ENOSYS;
	}
}

/* Give up what the task has of its space; wake who waits for that. */
static void task_leave_mm(struct mini_task *t)
{
	uint32_t zero = 0;

	if (t->clear_tid) {
		(void)engine->space_write(t->mm->space, UADDR(t->clear_tid), &zero, 4);
		(void)futex_wake(t->mm, t->clear_tid, 1);
	}
	t->clear_tid = 0;
	engine->thread_destroy(t->thread);
	t->thread = NULL;
	mini_mm_put(t->mm);
	t->mm = NULL;
}

static void task_end(struct mini_task *t, int status)
{
	bool last = true;

	task_leave_mm(t);
	if (t->vforked)
		vfork_done(t);
	t->state = MINI_FREE;
	for (unsigned int i = 0; i < MINI_TASKS; i++)
		if (mini_tasks[i].state != MINI_FREE && mini_tasks[i].state != MINI_ZOMBIE &&
		    mini_tasks[i].tgid == t->tgid)
			last = false;
	if (!last)
		return;
	t->state = MINI_ZOMBIE;
	t->status = status;
	for (unsigned int i = 0; i < MINI_TASKS; i++)
		if (mini_tasks[i].state == MINI_WAIT && mini_tasks[i].tgid == t->parent)
			mini_tasks[i].state = MINI_READY; /* repeats the call */
}

void mini_exit(struct mini_task *t, int status, bool group)
{
	int tgid = t->tgid;

	if (group)
		for (unsigned int i = 0; i < MINI_TASKS; i++)
			if (&mini_tasks[i] != t && mini_tasks[i].state != MINI_FREE &&
			    mini_tasks[i].state != MINI_ZOMBIE && mini_tasks[i].tgid == tgid)
				task_end(&mini_tasks[i], status);
	task_end(t, status);
}

static int64_t sys_wait4(struct mini_task *t, const uint64_t *a)
{
	bool any = false;
	int status;

	for (unsigned int i = 0; i < MINI_TASKS; i++) {
		struct mini_task *c = &mini_tasks[i];

		if (c->state == MINI_FREE || c->parent != t->tgid || c->tgid == t->tgid)
			continue;
		if ((int)a[0] > 0 && c->tgid != (int)a[0])
			continue;
		any = true;
		if (c->state != MINI_ZOMBIE)
			continue;
		status = c->status > 128 ? c->status - 128 : c->status << 8;
		if (a[1])
			(void)engine->space_write(t->mm->space, UADDR(a[1]), &status, 4);
		c->state = MINI_FREE;
		return c->tgid;
	}
	if (!any)
		return -ECHILD;
	if (a[2] & 1)
		return 0;
	t->state = MINI_WAIT;
	t->thread->regs.rip -= 2;
	return SYS_wait4;
}

static int read_string(struct mini_task *t, uint64_t at, char *to, size_t len)
{
	ssize_t n = engine->space_read(t->mm->space, UADDR(at), to, len - 1);

	if (n <= 0)
		return -EFAULT;
	to[n] = '\0';
	return 0;
}

static int64_t sys_execve(struct mini_task *t, const uint64_t *a)
{
	static char args[16][256];
	const char *argv[17] = { NULL };
	char file[256];
	struct abi_regs regs;
	struct engine_thread *thread;
	struct mini_mm *mm;
	uint64_t at;
	int r = read_string(t, a[0], file, sizeof(file));

	for (unsigned int i = 0; r == 0 && i < 16; i++) {
		if (engine->space_read(t->mm->space, UADDR(a[1] + 8 * i), &at, 8) != 8)
			return -EFAULT;
		if (at == 0)
			break;
		r = read_string(t, at, args[i], sizeof(args[i]));
		argv[i] = args[i];
	}
	if (r == 0)
		r = mini_load(file, argv, &mm, &regs);
	if (r < 0)
		return r;
	r = engine->thread_create(mm->space, &regs, NULL, &thread);
	if (r < 0) {
		mini_mm_put(mm);
		return r;
	}
	t->clear_tid = 0;
	task_leave_mm(t);
	if (t->vforked)
		vfork_done(t);
	t->mm = mm;
	t->thread = thread;
	t->state = MINI_READY;
	return 0;
}

static int64_t sys_copy_out(struct mini_task *t, uint64_t to, const void *data, size_t len)
{
	return engine->space_write(t->mm->space, UADDR(to), data, len) == (ssize_t)len ? 0
										       : -EFAULT;
}

static int64_t sys_arch_prctl(struct mini_task *t, const uint64_t *a)
{
	if (a[0] == ARCH_SET_FS)
		t->thread->regs.fs_base = a[1];
	else if (a[0] == ARCH_SET_GS)
		t->thread->regs.gs_base = a[1];
	else
		return -EINVAL;
	return 0;
}

static int64_t sys_misc(struct mini_task *t, uint64_t nr, const uint64_t *a)
{
	struct utsname u = { .sysname = "Linux", .release = "6.1.0", .machine = "x86_64" };
	struct timespec ts;

	switch (nr) {
	case SYS_getpid:
		return t->tgid;
	case SYS_gettid:
		return t->tid;
	case SYS_getppid:
		return t->parent;
	case SYS_uname:
		return sys_copy_out(t, a[0], &u, sizeof(u));
	case SYS_clock_gettime:
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		return sys_copy_out(t, a[1], &ts, sizeof(ts));
	case SYS_set_tid_address:
		t->clear_tid = a[0];
		return t->tid;
	case SYS_sched_yield:
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_sigaltstack:
	case SYS_set_robust_list:
	case SYS_getuid:
	case SYS_geteuid:
	case SYS_getgid:
	case SYS_getegid:
	case SYS_close:
		return 0;
	case SYS_getrandom:
		return (int64_t)a[1];
	case SYS_read:
		return 0;
	case SYS_ioctl:
		return -ENOTTY;
	case SYS_open:
	case SYS_openat:
	case SYS_stat:
	case SYS_newfstatat:
	case SYS_readlink:
	case SYS_getcwd:
		return -ENOENT;
	default:
		return -ENOSYS;
	}
}

static int64_t syscall_do(struct mini_task *t, uint64_t nr, const uint64_t *a)
{
	switch (nr) {
	case SYS_write:
		return sys_write(t, a[0], a[1], a[2]);
	case SYS_writev:
		return sys_writev(t, a);
	case SYS_brk:
		return sys_brk(t, a[0]);
	case SYS_mmap:
		return sys_mmap(t, a);
	case SYS_mremap:
		return sys_mremap(t, a);
	case SYS_munmap:
		return mini_order(t->mm->space, ENGINE_ORDER_MUNMAP, a[0], a[1], 0, 0, 0, 0);
	case SYS_mprotect:
		return mini_order(t->mm->space, ENGINE_ORDER_MPROTECT, a[0], a[1], a[2], 0, 0, 0);
	case SYS_madvise:
		return mini_order(t->mm->space, ENGINE_ORDER_MADVISE, a[0], a[1], a[2], 0, 0, 0);
	case SYS_arch_prctl:
		return sys_arch_prctl(t, a);
	case SYS_fork:
		return sys_clone(t, 17, 0, 0, 0, 0);
	case SYS_vfork:
		return sys_clone(t, CLONE_VFORK | CLONE_VM | 17, 0, 0, 0, 0);
	case SYS_clone:
		return sys_clone(t, a[0], a[1], a[2], a[3], a[4]);
	case SYS_clone3:
		return sys_clone3(t, a[0], a[1]);
	case SYS_futex:
		return sys_futex(t, a);
	case SYS_wait4:
		return sys_wait4(t, a);
	default:
		return sys_misc(t, nr, a);
	}
}

void mini_syscall(struct mini_task *t)
{
	struct abi_regs *regs = &t->thread->regs;
	uint64_t a[6] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9 };
	uint64_t nr = regs->orig_rax;
	int64_t r;

	mini_out->syscalls++;
	if (nr == SYS_exit || nr == SYS_exit_group) {
		mini_exit(t, (int)(a[0] & 0xff), nr == SYS_exit_group);
		return;
	}
	if (nr == SYS_execve) {
		r = sys_execve(t, a);
		if (r < 0)
			t->thread->regs.rax = (uint64_t)r;
		return;
	}
	r = syscall_do(t, nr, a);
	t->thread->regs.rax = (uint64_t)r;
}
