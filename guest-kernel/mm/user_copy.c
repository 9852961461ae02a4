// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between the kernel and guest memory. The engine copies as far as the host's protections allow; where it stops, mm_fault says
 * whether the page is only lazy (then again) or bad. The big lock is dropped around the engine's copy.
 */
#include "mm/user_copy.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/task.h"
#include "engine/engine.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_orders.h"

/* A page that the kernel believes to be mapped but the host refuses this often in a row is bad after all. */
#define COPY_TRIES 4

static bool user_range(uint64_t addr, uint64_t len)
{
	return len <= ENGINE_USER_MAX && addr <= ENGINE_USER_MAX - len;
}

static ssize_t copy_once(struct mm *mm, uint64_t addr, char *buf, size_t len, bool to_user)
{
	struct engine_space *space = mm->space;
	ssize_t n;

	if (mm->dead)
		return -ESRCH;
	mm_get(mm); /* another thread of the guest may end the space while the lock is gone */
	big_lock_drop();
	n = to_user ? engine->space_write(space, UADDR(addr), buf, len)
		    : engine->space_read(space, UADDR(addr), buf, len);
	big_lock_retake();
	mm_put(mm);
	return n;
}

/* Bytes copied, or -EFAULT if none. */
static ssize_t copy_some(struct mm *mm, uint64_t addr, void *buf, size_t len, bool to_user)
{
	size_t done = 0;
	int tries = 0;

	ASSERT_LOCKED();
	if (!mm || !user_range(addr, len))
		return -EFAULT;
	while (done < len) {
		ssize_t n = copy_once(mm, addr + done, (char *)buf + done, len - done, to_user);
		int signo, code;

		if (n > 0) {
			done += (size_t)n;
			tries = 0;
			continue;
		}
		if (n == -ESRCH || ++tries > COPY_TRIES ||
		    mm_fault(mm, addr + done, to_user ? ENGINE_WRITE : ENGINE_READ, &signo, &code) <
			    0)
			break;
	}
	return done > 0 || len == 0 ? (ssize_t)done : -EFAULT;
}

int copy_from_user(void *to, uaddr_t from, size_t len)
{
	return copy_some(current_task()->mm, from.a, to, len, false) == (ssize_t)len ? 0 : -EFAULT;
}

int copy_to_user(uaddr_t to, const void *from, size_t len)
{
	/* The copy only reads from `from`. */
	return copy_some(current_task()->mm, to.a, (void *)(uintptr_t)from, len, true) ==
			       (ssize_t)len
		       ? 0
		       : -EFAULT;
}

static ssize_t spread_once(struct mm *mm, uint64_t to, const char *from, size_t stride, size_t size,
			   size_t n)
{
	ssize_t r;

	if (!mm || mm->dead || stride == 0 || n > ENGINE_USER_MAX / stride ||
	    !user_range(to, n * stride))
		return 0;
	mm_get(mm);
	big_lock_drop();
	r = engine->space_write_spread(mm->space, UADDR(to), from, stride, size, n);
	big_lock_retake();
	mm_put(mm);
	return r > 0 ? r : 0;
}

int copy_to_user_spread(uaddr_t to, const void *from, size_t stride, size_t size, size_t n)
{
	const char *at = from;
	size_t done;

	ASSERT_LOCKED();
	done = n > 1 ? (size_t)spread_once(current_task()->mm, to.a, at, stride, size, n) / size
		     : 0;
	/* What the host has refused: parts in pages that are not there yet, or bad ones. */
	for (; done < n; done++)
		if (copy_to_user(UADDR(to.a + done * stride), at + done * stride, size) < 0)
			return -EFAULT;
	return 0;
}

ssize_t copy_from_user_some(void *to, uaddr_t from, size_t len)
{
	return copy_some(current_task()->mm, from.a, to, len, false);
}

ssize_t copy_to_user_some(uaddr_t to, const void *from, size_t len)
{
	return copy_some(current_task()->mm, to.a, (void *)(uintptr_t)from, len, true);
}

size_t copy_view_to_user(uaddr_t to, const void *view, size_t len)
{
	struct mm *mm = current_task()->mm;
	ssize_t n;

	ASSERT_LOCKED();
	if (!mm || mm->dead || !user_range(to.a, len))
		return 0;
	n = engine->space_write(mm->space, to, view, len);
	return n > 0 ? (size_t)n : 0;
}

ssize_t strncpy_from_user(char *buf, uaddr_t from, size_t size)
{
	size_t done = 0;

	/* Never across a page that the string may not reach. */
	while (done < size) {
		uint64_t addr = from.a + done;
		size_t chunk = MIN(size - done, MIN((size_t)256, PAGE_SIZE - (addr & ~PAGE_MASK)));
		ssize_t n = copy_some(current_task()->mm, addr, buf + done, chunk, false);
		const char *end;

		if (n < 0)
			return n;
		end = memchr(buf + done, 0, (size_t)n);
		if (end)
			return end - buf;
		done += (size_t)n;
	}
	return -ENAMETOOLONG;
}

int clear_user(uaddr_t to, size_t len)
{
	static const char zeros[4096];

	while (len > 0) {
		size_t n = MIN(len, sizeof(zeros));

		if (copy_to_user(to, zeros, n) < 0)
			return -EFAULT;
		to.a += n;
		len -= n;
	}
	return 0;
}

/* The vDSO lies outside of what the guest may change, but it and its debuggers may look at it. */
static bool in_vdso(uint64_t addr, size_t len)
{
	uint64_t vdso = engine->vdso_address ? engine->vdso_address() : 0;

	return vdso != 0 && addr >= vdso && len <= PAGE_SIZE && addr - vdso <= PAGE_SIZE - len;
}

ssize_t mm_read(struct mm *mm, uint64_t from, void *to, size_t len)
{
	if (in_vdso(from, len) && mm)
		return copy_once(mm, from, to, len, false);
	return copy_some(mm, from, to, len, false);
}

/*
 * A debugger's access to a page that the guest itself may not read or write so: open the page, copy, close it again. The big lock stays
 * held, so that nobody changes the area meanwhile; the page is there already or is anonymous, so the host has nothing to fetch.
 */
static ssize_t force_copy(struct mm *mm, uint64_t addr, void *buf, size_t len, bool to_user)
{
	uint64_t page = addr & PAGE_MASK;
	struct order_batch b;
	struct vma *v;
	uint32_t prot;
	ssize_t n;

	/* A shared page that may not be written stays as it is: others see it too. */
	v = mm_find(mm, addr);
	if (!v || (to_user && (v->flags & VMA_SHARED)))
		return -EFAULT;
	if (mm_fault_forced(mm, addr) < 0)
		return -EFAULT;
	v = mm_find(mm, addr); /* the fault may have slept */
	if (!v || (to_user && (v->flags & VMA_SHARED)) || mm->dead)
		return -EFAULT;
	prot = v->prot;
	if (to_user)
		v->flags |= VMA_WRITTEN;
	orders_begin(&b, mm);
	order_protect(&b, page, PAGE_SIZE, prot | (to_user ? 3 : 1));
	if (orders_end(&b) < 0)
		return -EFAULT;
	len = MIN(len, page + PAGE_SIZE - addr);
	n = to_user ? engine->space_write(mm->space, UADDR(addr), buf, len)
		    : engine->space_read(mm->space, UADDR(addr), buf, len);
	orders_begin(&b, mm);
	order_protect(&b, page, PAGE_SIZE, prot);
	(void)orders_end(&b);
	return n;
}

static ssize_t copy_forced(struct mm *mm, uint64_t addr, void *buf, size_t len, bool to_user,
			   bool force)
{
	size_t done = 0;

	while (done < len) {
		char *p = (char *)buf + done;
		ssize_t n = copy_some(mm, addr + done, p, len - done, to_user);

		if (n < 0 && force && mm && !mm->dead && user_range(addr, len))
			n = force_copy(mm, addr + done, p, len - done, to_user);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done > 0 || len == 0 ? (ssize_t)done : -EFAULT;
}

ssize_t mm_read_forced(struct mm *mm, uint64_t from, void *to, size_t len)
{
	if (in_vdso(from, len) && mm)
		return copy_once(mm, from, to, len, false);
	return copy_forced(mm, from, to, len, false, true);
}

ssize_t mm_write(struct mm *mm, uint64_t to, const void *from, size_t len, bool force)
{
	if (mm->plan)
		return user_range(to, len) ? plan_write(mm, to, from, len) : -EFAULT;
	return copy_forced(mm, to, (void *)(uintptr_t)from, len, true, force);
}

int cmpxchg_user(uaddr_t addr, uint32_t expect, uint32_t desired, uint32_t *ret_old)
{
	struct mm *mm = current_task()->mm;
	int r = -EFAULT;

	if (addr.a & 3)
		return -EINVAL;
	if (!user_range(addr.a, 4))
		return -EFAULT;
	for (int tries = 0; tries <= COPY_TRIES; tries++) {
		int signo, code;

		mm_get(mm);
		big_lock_drop();
		r = engine->cmpxchg32(mm->space, addr, expect, desired, ret_old);
		big_lock_retake();
		mm_put(mm);
		if (r != -EFAULT || mm_fault(mm, addr.a, ENGINE_WRITE, &signo, &code) < 0)
			break;
	}
	return r == -ESRCH ? -EFAULT : r;
}
