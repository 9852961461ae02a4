// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes, eventfd, timerfd, signalfd, inotify, pidfds. splice and its relatives are in sys_splice.c. */
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_signal.h"
#include "abi/abi_time.h"
#include "fs/anon/anon.h"
#include "fs/anon/pidfd.h"
#include "fs/anon/pipe.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"

static int64_t do_pipe(uint64_t addr, uint32_t flags)
{
	struct file *ends[2];
	int32_t fds[2];
	int r;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	r = pipe_create(flags, ends);
	if (r < 0)
		return r;
	fds[0] = fd_install(ends[0], 0, (flags & O_CLOEXEC) != 0);
	if (fds[0] < 0) {
		r = fds[0];
		goto out_files;
	}
	fds[1] = fd_install(ends[1], 0, (flags & O_CLOEXEC) != 0);
	if (fds[1] < 0) {
		(void)fd_close(fds[0]);
		file_put(ends[1]);
		return fds[1];
	}
	if (copy_to_user(UADDR(addr), fds, sizeof(fds)) == 0)
		return 0;
	(void)fd_close(fds[0]);
	(void)fd_close(fds[1]);
	return -EFAULT;
out_files:
	file_put(ends[0]);
	file_put(ends[1]);
	return r;
}

SYSCALL_HANDLER(sys_pipe)
{
	(void)t;
	return do_pipe(a[0], 0);
}

SYSCALL_HANDLER(sys_pipe2)
{
	(void)t;
	return do_pipe(a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_eventfd)
{
	(void)t;
	return eventfd_create((uint32_t)a[0], 0);
}

SYSCALL_HANDLER(sys_eventfd2)
{
	(void)t;
	return eventfd_create((uint32_t)a[0], (uint32_t)a[1]);
}

/* --- timerfd ------------------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_timerfd_create)
{
	(void)t;
	return ktimerfd_create((int)a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_timerfd_settime)
{
	struct abi_itimerspec value, old;
	int r;

	(void)t;
	if (copy_from_user(&value, UADDR(a[2]), sizeof(value)) < 0)
		return -EFAULT;
	r = ktimerfd_settime((int)a[0], (uint32_t)a[1], &value, &old);
	if (r == 0 && a[3] && copy_to_user(UADDR(a[3]), &old, sizeof(old)) < 0)
		r = -EFAULT;
	return r;
}

SYSCALL_HANDLER(sys_timerfd_gettime)
{
	struct abi_itimerspec value;
	int r = ktimerfd_gettime((int)a[0], &value);

	(void)t;
	return r < 0 ? r : copy_to_user(UADDR(a[1]), &value, sizeof(value));
}

/* --- signalfd ----------------------------------------------------------------------------------- */

static int64_t do_signalfd(int fd, uint64_t addr, uint64_t size, uint32_t flags)
{
	uint64_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, UADDR(addr)) < 0)
		return -EFAULT;
	return signalfd_set(fd, mask, flags);
}

SYSCALL_HANDLER(sys_signalfd)
{
	(void)t;
	return do_signalfd((int)a[0], a[1], a[2], 0);
}

SYSCALL_HANDLER(sys_signalfd4)
{
	(void)t;
	return do_signalfd((int)a[0], a[1], a[2], (uint32_t)a[3]);
}

/* --- inotify ------------------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_inotify_init)
{
	(void)t;
	(void)a;
	return inotify_create(0);
}

SYSCALL_HANDLER(sys_inotify_init1)
{
	(void)t;
	return inotify_create((uint32_t)a[0]);
}

SYSCALL_HANDLER(sys_inotify_add_watch)
{
	char *name;
	int r = inotify_watch_check((int)a[0], (uint32_t)a[2]);

	(void)t;
	if (r == 0)
		r = path_name_from_user(UADDR(a[1]), false, &name);
	if (r < 0)
		return r;
	r = inotify_watch((int)a[0], name, (uint32_t)a[2]);
	kfree(name);
	return r;
}

SYSCALL_HANDLER(sys_inotify_rm_watch)
{
	(void)t;
	return inotify_unwatch((int)a[0], (int)a[1]);
}

/* --- pidfd -------------------------------------------------------------------------------------- */

SYSCALL_HANDLER(sys_pidfd_open)
{
	(void)t;
	return kpidfd_open((int)a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_pidfd_getfd)
{
	(void)t;
	return a[2] ? -EINVAL : kpidfd_getfd((int)a[0], (int)a[1]);
}

SYSCALL_HANDLER(sys_pidfd_send_signal)
{
	struct abi_siginfo info;

	(void)t;
	if ((uint32_t)a[3])
		return -EINVAL;
	if (!a[2])
		return kpidfd_send_signal((int)a[0], (int)a[1], NULL);
	if (copy_from_user(&info, UADDR(a[2]), sizeof(info)) < 0)
		return -EFAULT;
	if (info.signo != (int)a[1])
		return -EINVAL;
	return kpidfd_send_signal((int)a[0], (int)a[1], &info);
}
