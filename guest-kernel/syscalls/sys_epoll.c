// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll. */
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "abi/abi_time.h"
#include "fs/anon/anon.h"
#include "fs/anon/epoll.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/task_signal.h"

SYSCALL_HANDLER(sys_epoll_create)
{
	(void)t;
	return (int32_t)a[0] <= 0 ? -EINVAL : kepoll_create(0);
}

SYSCALL_HANDLER(sys_epoll_create1)
{
	(void)t;
	return kepoll_create((uint32_t)a[0]);
}

SYSCALL_HANDLER(sys_epoll_ctl)
{
	struct abi_epoll_event e = { 0 };

	(void)t;
	if ((int)a[1] != EPOLL_CTL_DEL && copy_from_user(&e, UADDR(a[3]), sizeof(e)) < 0)
		return -EFAULT;
	return epoll_control((int)a[0], (int)a[1], (int)a[2], e.events, e.data);
}

static uint64_t deadline_ms(int ms)
{
	if (ms < 0)
		return NO_DEADLINE;
	return ms == 0 ? 0 : host_monotonic_ns() + (uint64_t)ms * NSEC_PER_MSEC;
}

/* The mask of epoll_pwait; NULL: none. It goes back at the return to user space. */
static int temporary_mask(struct task *t, uint64_t addr, uint64_t size)
{
	uint64_t mask;

	if (!addr)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, UADDR(addr)) < 0)
		return -EFAULT;
	signal_set_temporary_mask(t, mask & ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP)));
	return 0;
}

SYSCALL_HANDLER(sys_epoll_wait)
{
	(void)t;
	return kepoll_wait((int)a[0], UADDR(a[1]), (int)a[2], deadline_ms((int)a[3]));
}

SYSCALL_HANDLER(sys_epoll_pwait)
{
	int r = temporary_mask(t, a[4], a[5]);

	return r < 0 ? r : kepoll_wait((int)a[0], UADDR(a[1]), (int)a[2], deadline_ms((int)a[3]));
}

SYSCALL_HANDLER(sys_epoll_pwait2)
{
	uint64_t deadline = NO_DEADLINE;
	struct abi_timespec ts;
	int r;

	if (a[3]) {
		if (copy_from_user(&ts, UADDR(a[3]), sizeof(ts)) < 0)
			return -EFAULT;
		if (timespec_to_ns(&ts, &deadline) < 0)
			return -EINVAL;
		if (deadline)
			deadline += host_monotonic_ns();
	}
	r = temporary_mask(t, a[4], a[5]);
	return r < 0 ? r : kepoll_wait((int)a[0], UADDR(a[1]), (int)a[2], deadline);
}
