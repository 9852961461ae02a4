// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory calls: mmap and its relatives, brk, locking. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "engine/engine.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define PROT_ALL  (PROT_READ | PROT_WRITE | PROT_EXEC)
#define VEC_CHUNK 512u

/* RLIMIT_AS; huge lengths are for mm_map to refuse. */
static bool space_exceeded(const struct task *t, uint64_t len)
{
	uint64_t limit = rlimit(t, RLIMIT_AS);

	return limit != RLIM_INFINITY && (t->mm->total_pages << PAGE_SHIFT) + len > limit;
}

/* RLIMIT_DATA: private writable memory but for the stack. */
static bool data_exceeded(const struct task *t, uint64_t len)
{
	uint64_t limit = rlimit(t, RLIMIT_DATA), pages = t->mm->data_pages;

	pages -= MIN(pages, t->mm->stack_pages);
	return limit != RLIM_INFINITY && (pages << PAGE_SHIFT) + len > limit;
}

static bool lock_exceeded(const struct task *t, uint64_t bytes)
{
	uint64_t limit = rlimit(t, RLIMIT_MEMLOCK);

	return limit != RLIM_INFINITY && !capable(CAP_IPC_LOCK) &&
	       (t->mm->locked_pages << PAGE_SHIFT) + bytes > limit;
}

static void populate(struct mm *mm, uint64_t addr, uint64_t len, uint32_t prot)
{
	uint64_t end = addr + ALIGN_UP(len, PAGE_SIZE);
	int signo, code;

	/* Best effort, as in Linux: what cannot be had faults later. */
	for (; addr < end; addr += PAGE_SIZE)
		if (mm_fault(mm, addr, prot & PROT_WRITE ? ENGINE_WRITE : ENGINE_READ, &signo,
			     &code) < 0)
			return;
}

SYSCALL_HANDLER(sys_mmap)
{
	uint64_t len = a[1];
	uint32_t prot = (uint32_t)a[2], flags = (uint32_t)a[3], type = flags & MAP_TYPE;
	struct mm *mm = t->mm;
	struct file *f;
	int64_t r;

	if (a[5] & ~PAGE_MASK)
		return -EINVAL;
	if ((flags & MAP_LOCKED) && lock_exceeded(t, len))
		return -EAGAIN;
	if (space_exceeded(t, len))
		return -ENOMEM;
	if (type == MAP_PRIVATE && (prot & PROT_WRITE) && data_exceeded(t, len))
		return -ENOMEM;
	if (flags & MAP_ANONYMOUS) {
		if (type != MAP_SHARED && type != MAP_PRIVATE)
			return -EINVAL;
		r = mm_map(mm, a[0], len, prot, flags, NULL, 0, PROT_ALL, 0);
	} else {
		f = fd_get((int)a[4]);
		if (!f)
			return -EBADF;
		r = len == 0 ? -EINVAL : vfs_mmap(f, a[0], len, prot, flags, a[5]);
		file_put(f);
	}
	if (r > 0 && (flags & (MAP_POPULATE | MAP_LOCKED)) && !(flags & MAP_NONBLOCK))
		populate(mm, (uint64_t)r, len, prot);
	return r;
}

SYSCALL_HANDLER(sys_munmap)
{
	return mm_unmap(t->mm, a[0], a[1]);
}

SYSCALL_HANDLER(sys_mprotect)
{
	return mm_protect(t->mm, a[0], a[1], (uint32_t)a[2]);
}

SYSCALL_HANDLER(sys_mremap)
{
	if (a[2] > a[1] && space_exceeded(t, a[2] - a[1]))
		return -ENOMEM;
	if (a[2] > a[1] && data_exceeded(t, a[2] - a[1])) {
		struct vma *v = mm_find(t->mm, a[0]);

		if (v && (v->flags & VMA_ACCOUNT) && !(v->flags & VMA_STACK))
			return -ENOMEM;
	}
	return mm_remap(t->mm, a[0], a[1], a[2], (uint32_t)a[3], a[4]);
}

SYSCALL_HANDLER(sys_brk)
{
	if (a[0] > t->mm->brk &&
	    (space_exceeded(t, a[0] - t->mm->brk) || data_exceeded(t, a[0] - t->mm->brk)))
		return (int64_t)t->mm->brk;
	return (int64_t)mm_brk(t->mm, a[0], rlimit(t, RLIMIT_DATA));
}

SYSCALL_HANDLER(sys_madvise)
{
	return mm_advise(t->mm, a[0], a[1], (int)a[2]);
}

SYSCALL_HANDLER(sys_msync)
{
	return mm_sync(t->mm, a[0], a[1], (int)a[2]);
}

SYSCALL_HANDLER(sys_mincore)
{
	uint64_t pages = ALIGN_UP(a[1], PAGE_SIZE) >> PAGE_SHIFT;
	uint8_t vec[VEC_CHUNK];

	if (a[0] & ~PAGE_MASK)
		return -EINVAL;
	if (a[1] > ENGINE_USER_MAX || a[0] > ENGINE_USER_MAX - a[1])
		return -ENOMEM;
	for (uint64_t i = 0; i < pages; i += VEC_CHUNK) {
		uint64_t n = MIN(pages - i, VEC_CHUNK);
		int r = mm_incore(t->mm, a[0] + i * PAGE_SIZE, n, vec);

		if (r < 0)
			return r;
		if (copy_to_user(UADDR(a[2] + i), vec, n) < 0)
			return -EFAULT;
	}
	return 0;
}

static int64_t do_mlock(const struct task *t, uint64_t addr, uint64_t len)
{
	if (rlimit(t, RLIMIT_MEMLOCK) == 0 && !capable(CAP_IPC_LOCK))
		return -EPERM;
	if (lock_exceeded(t, len))
		return -ENOMEM;
	return mm_lock(t->mm, addr, len, true);
}

SYSCALL_HANDLER(sys_mlock)
{
	return do_mlock(t, a[0], a[1]);
}

SYSCALL_HANDLER(sys_mlock2)
{
	return a[2] & ~1ull ? -EINVAL : do_mlock(t, a[0], a[1]);
}

SYSCALL_HANDLER(sys_munlock)
{
	return mm_lock(t->mm, a[0], a[1], false);
}

static int64_t lock_all(struct mm *mm, bool on)
{
	struct vma *v;

	for (v = mm_find_next(mm, 0); v; v = mm_find_next(mm, v->end)) {
		int r = mm_lock(mm, v->start, v->end - v->start, on);

		if (r < 0)
			return r;
	}
	return 0;
}

SYSCALL_HANDLER(sys_mlockall)
{
	enum { CURRENT = 1, FUTURE = 2, ON_FAULT = 4 };

	if (a[0] == 0 || (a[0] & ~7ull) || a[0] == ON_FAULT)
		return -EINVAL;
	if (rlimit(t, RLIMIT_MEMLOCK) == 0 && !capable(CAP_IPC_LOCK))
		return -EPERM;
	if (!(a[0] & CURRENT))
		return 0;
	if (lock_exceeded(t, (t->mm->total_pages - t->mm->locked_pages) << PAGE_SHIFT))
		return -ENOMEM;
	return lock_all(t->mm, true);
}

SYSCALL_HANDLER(sys_munlockall)
{
	(void)a;
	return lock_all(t->mm, false);
}
