// SPDX-License-Identifier: GPL-2.0-or-later
/* poll, ppoll, select, pselect6. The last three tell the caller how much time was left. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_time.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_restart.h"
#include "task/task_signal.h"
#include "vfs/vfs_calls.h"

/* A relative time as a deadline: 0 means "do not wait". */
static uint64_t deadline_in(uint64_t ns)
{
	uint64_t now = host_monotonic_ns();

	if (ns == 0)
		return 0;
	return ns >= NO_DEADLINE - now ? NO_DEADLINE : now + ns;
}

static uint64_t ns_of(int64_t sec, int64_t nsec)
{
	if ((uint64_t)sec >= NO_DEADLINE / NSEC_PER_SEC - 1)
		return NO_DEADLINE;
	return (uint64_t)sec * NSEC_PER_SEC + (uint64_t)nsec;
}

static int deadline_from_timespec(uint64_t addr, uint64_t *ret)
{
	struct abi_timespec ts;

	*ret = NO_DEADLINE;
	if (!addr)
		return 0;
	if (copy_from_user(&ts, UADDR(addr), sizeof(ts)) < 0)
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	*ret = deadline_in(ns_of(ts.sec, ts.nsec));
	return 0;
}

static uint64_t time_left(uint64_t deadline)
{
	uint64_t now = host_monotonic_ns();

	return deadline > now ? deadline - now : 0;
}

/* Write what was left back; a failure is not worth an error (the memory may be read-only). */
static void put_left(uint64_t addr, uint64_t deadline, bool timeval)
{
	uint64_t left = time_left(deadline);
	struct abi_timespec ts = { (int64_t)(left / NSEC_PER_SEC), (int64_t)(left % NSEC_PER_SEC) };

	if (!addr || deadline == NO_DEADLINE)
		return;
	if (timeval)
		ts.nsec /= 1000;
	(void)!copy_to_user(UADDR(addr), &ts, sizeof(ts));
}

static int mask_from_user(struct task *t, uint64_t addr, uint64_t size)
{
	uint64_t mask;

	if (!addr)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, UADDR(addr), sizeof(mask)) < 0)
		return -EFAULT;
	signal_set_temporary_mask(t, mask);
	return 0;
}

/* --- poll --------------------------------------------------------------------------------------- */

/* Worth a copy of its own: an answer that is not what the guest's memory held, or the first in a page (the page may be read-only). */
static bool answer_needed(const struct abi_pollfd *fds, const int16_t *before, uint32_t i,
			  uint64_t addr)
{
	uint64_t at = addr + i * sizeof(*fds);

	return fds[i].revents != before[i] || i == 0 || ((at - sizeof(*fds)) ^ at) & PAGE_MASK;
}

/* Only the answers go back: another thread may change the rest meanwhile. Few of them one by one, many in one host call. */
static int answers_put(const struct abi_pollfd *fds, const int16_t *before, uint32_t n,
		       uint64_t addr)
{
	uint64_t first = addr + offsetof(struct abi_pollfd, revents);
	uint32_t needed = 0;

	for (uint32_t i = 0; i < n; i++)
		needed += answer_needed(fds, before, i, addr);
	if (needed > 4)
		return copy_to_user_spread(UADDR(first), &fds->revents, sizeof(*fds),
					   sizeof(fds->revents), n);
	for (uint32_t i = 0; i < n; i++)
		if (answer_needed(fds, before, i, addr) &&
		    put_user(fds[i].revents, UADDR(first + i * sizeof(*fds))) < 0)
			return -EFAULT;
	return 0;
}

static int64_t do_poll(struct task *t, uint64_t addr, uint32_t n, uint64_t deadline)
{
	struct abi_pollfd *fds;
	int16_t *before;
	int64_t r;

	if (n > rlimit(t, RLIMIT_NOFILE))
		return -EINVAL;
	fds = kmalloc(n * (sizeof(*fds) + sizeof(*before)));
	if (!fds)
		return -ENOMEM;
	before = (int16_t *)(void *)(fds + n);
	r = n > 0 ? copy_from_user(fds, UADDR(addr), n * sizeof(*fds)) : 0;
	for (uint32_t i = 0; r == 0 && i < n; i++)
		before[i] = fds[i].revents;
	if (r == 0)
		r = poll_wait_for(fds, n, deadline);
	if (r >= 0 && answers_put(fds, before, n, addr) < 0)
		r = -EFAULT;
	kfree(fds);
	return r;
}

static int64_t poll_again(struct task *t, const struct restart_block *b)
{
	int64_t r = do_poll(t, b->args[0], (uint32_t)b->args[1], b->args[2]);

	return r == -ERESTARTNOHAND ? task_restart_with(t, b) : r;
}

SYSCALL_HANDLER(sys_poll)
{
	int timeout = (int)a[2];
	struct restart_block b = {
		.fn = poll_again,
		.args = { a[0], a[1],
			  timeout < 0 ? NO_DEADLINE
				      : deadline_in((uint64_t)timeout * NSEC_PER_MSEC) },
	};

	return poll_again(t, &b);
}

SYSCALL_HANDLER(sys_ppoll)
{
	uint64_t deadline;
	int64_t r = deadline_from_timespec(a[2], &deadline);

	if (r == 0)
		r = mask_from_user(t, a[3], a[4]);
	if (r < 0)
		return r;
	r = do_poll(t, a[0], (uint32_t)a[1], deadline);
	put_left(a[2], deadline, false);
	return r;
}

/* --- select ------------------------------------------------------------------------------------- */

static int64_t do_select(int n, const uint64_t sets[3], uint64_t deadline)
{
	size_t words, bytes;
	uint64_t *bits, *set[3];
	int64_t r = 0;

	if (n < 0)
		return -EINVAL;
	n = (int)MIN((unsigned int)n, FD_SETSIZE_MAX);
	words = ((size_t)n + 63) / 64;
	bytes = words * sizeof(uint64_t);
	bits = kzalloc(3 * bytes);
	if (!bits)
		return -ENOMEM;
	for (int i = 0; r == 0 && i < 3; i++) {
		set[i] = sets[i] ? bits + (size_t)i * words : NULL;
		if (set[i])
			r = copy_from_user(set[i], UADDR(sets[i]), bytes);
	}
	if (r == 0)
		r = select_wait_for((unsigned int)n, set[0], set[1], set[2], deadline);
	for (int i = 0; r >= 0 && i < 3; i++)
		if (set[i] && copy_to_user(UADDR(sets[i]), set[i], bytes) < 0)
			r = -EFAULT;
	kfree(bits);
	return r;
}

SYSCALL_HANDLER(sys_select)
{
	uint64_t deadline = NO_DEADLINE;
	struct abi_timeval tv;
	int64_t r;

	(void)t;
	if (a[4]) {
		if (copy_from_user(&tv, UADDR(a[4]), sizeof(tv)) < 0)
			return -EFAULT;
		if (tv.sec < 0 || tv.usec < 0)
			return -EINVAL;
		deadline = deadline_in(ns_of(tv.sec + tv.usec / 1000000, tv.usec % 1000000 * 1000));
	}
	r = do_select((int)a[0], &a[1], deadline);
	put_left(a[4], deadline, true);
	return r;
}

SYSCALL_HANDLER(sys_pselect6)
{
	uint64_t deadline, mask[2] = { 0, 0 };
	int64_t r = deadline_from_timespec(a[4], &deadline);

	if (r == 0 && a[5])
		r = copy_from_user(mask, UADDR(a[5]), sizeof(mask));
	if (r == 0)
		r = mask_from_user(t, mask[0], mask[1]);
	if (r < 0)
		return r;
	r = do_select((int)a[0], &a[1], deadline);
	put_left(a[4], deadline, false);
	return r;
}
