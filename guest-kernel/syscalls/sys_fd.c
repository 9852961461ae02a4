// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors: dup, fcntl, ioctl, flock. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

static int64_t dup_from(struct file *f, int min, bool cloexec)
{
	int fd;

	file_get(f);
	fd = fd_install(f, min, cloexec);
	if (fd < 0)
		file_put(f);
	return fd;
}

SYSCALL_HANDLER(sys_dup)
{
	struct file *f = fd_get_raw((int)a[0]);
	int64_t r;

	(void)t;
	if (!f)
		return -EBADF;
	r = dup_from(f, 0, false);
	file_put(f);
	return r;
}

static int64_t do_dup(int from, int to, bool cloexec)
{
	struct file *f = fd_get_raw(from);
	int r;

	if (!f)
		return -EBADF;
	r = fd_replace(f, to, cloexec);
	if (r < 0)
		file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_dup2)
{
	struct file *f;

	(void)t;
	if (a[0] != a[1])
		return do_dup((int)a[0], (int)a[1], false);
	f = fd_get_raw((int)a[0]);
	file_put(f);
	return f ? (int64_t)(int)a[0] : -EBADF;
}

SYSCALL_HANDLER(sys_dup3)
{
	(void)t;
	if ((a[2] & ~(uint64_t)O_CLOEXEC) || (int)a[0] == (int)a[1])
		return -EINVAL;
	return do_dup((int)a[0], (int)a[1], (a[2] & O_CLOEXEC) != 0);
}

/* --- fcntl -------------------------------------------------------------------------------------- */

static int64_t fcntl_dup(struct task *t, struct file *f, uint64_t min, bool cloexec)
{
	if (min >= rlimit(t, RLIMIT_NOFILE) || min > INT_MAX)
		return -EINVAL;
	return dup_from(f, (int)min, cloexec);
}

static int64_t fcntl_setfl(struct task *t, struct file *f, uint32_t flags)
{
	const uint32_t settable = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;

	if ((flags & O_NOATIME) && !(f->flags & O_NOATIME) && t->cred->fsuid != f->inode->uid &&
	    !capable(CAP_FOWNER))
		return -EPERM;
	f->flags = (f->flags & ~settable) | (flags & settable);
	return 0;
}

static int64_t fcntl_lock(struct file *f, int cmd, uint64_t addr)
{
	bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
	struct abi_flock l;
	int r;

	if (copy_from_user(&l, UADDR(addr), sizeof(l)) < 0)
		return -EFAULT;
	if (cmd != F_GETLK && cmd != F_OFD_GETLK)
		return lock_set(f, &l, ofd, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
	r = lock_get(f, &l, ofd);
	return r < 0 ? r : copy_to_user(UADDR(addr), &l, sizeof(l));
}

static int64_t fcntl_owner(struct file *f, int cmd, uint64_t arg)
{
	struct abi_f_owner_ex o;

	switch (cmd) {
	case F_SETOWN:
		f->owner_pid = (int)arg;
		return 0;
	case F_GETOWN:
		return f->owner_pid;
	case F_SETSIG:
		if (arg > 64)
			return -EINVAL;
		f->owner_signo = (int)arg;
		return 0;
	case F_GETSIG:
		return f->owner_signo;
	case F_SETOWN_EX:
		if (copy_from_user(&o, UADDR(arg), sizeof(o)) < 0)
			return -EFAULT;
		if (o.type < F_OWNER_TID || o.type > F_OWNER_PGRP)
			return -EINVAL;
		f->owner_pid = o.type == F_OWNER_PGRP ? -o.pid : o.pid;
		return 0;
	default:
		o.type = f->owner_pid < 0 ? F_OWNER_PGRP : F_OWNER_PID;
		o.pid = f->owner_pid < 0 ? -f->owner_pid : f->owner_pid;
		return copy_to_user(UADDR(arg), &o, sizeof(o));
	}
}

static int64_t fcntl_other(struct file *f, int cmd, uint64_t arg)
{
	if (f->ops->fcntl)
		return f->ops->fcntl(f, cmd, arg);
	return cmd == F_SETPIPE_SZ || cmd == F_GETPIPE_SZ ? -EBADF : -EINVAL;
}

static int64_t do_fcntl(struct task *t, struct file *f, int fd, int cmd, uint64_t arg)
{
	switch (cmd) {
	case F_DUPFD:
		return fcntl_dup(t, f, arg, false);
	case F_DUPFD_CLOEXEC:
		return fcntl_dup(t, f, arg, true);
	case F_GETFD:
		return fd_is_cloexec(t, fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		return fd_set_cloexec(fd, (arg & FD_CLOEXEC) != 0);
	case F_GETFL:
		return f->flags;
	default:
		break;
	}
	if (f->flags & O_PATH)
		return -EBADF;
	switch (cmd) {
	case F_SETFL:
		return fcntl_setfl(t, f, (uint32_t)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_lock(f, cmd, arg);
	case F_SETOWN:
	case F_GETOWN:
	case F_SETSIG:
	case F_GETSIG:
	case F_SETOWN_EX:
	case F_GETOWN_EX:
		return fcntl_owner(f, cmd, arg);
	case F_GETLEASE:
		return F_UNLCK;
	default:
		return fcntl_other(f, cmd, arg);
	}
}

SYSCALL_HANDLER(sys_fcntl)
{
	struct file *f = fd_get_raw((int)a[0]);
	int64_t r;

	if (!f)
		return -EBADF;
	r = do_fcntl(t, f, (int)a[0], (int)a[1], a[2]);
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_flock)
{
	struct file *f = fd_get((int)a[0]);
	int64_t r;

	(void)t;
	if (!f)
		return -EBADF;
	r = lock_flock(f, (int)a[1]);
	file_put(f);
	return r;
}

/* --- ioctl -------------------------------------------------------------------------------------- */

static int64_t ioctl_flag(struct file *f, uint32_t flag, uint64_t addr)
{
	int32_t on;

	if (get_user(on, UADDR(addr)) < 0)
		return -EFAULT;
	f->flags = on ? f->flags | flag : f->flags & ~flag;
	return 0;
}

static int64_t do_ioctl(struct file *f, int fd, unsigned int cmd, uint64_t arg)
{
	switch (cmd) {
	case FIOCLEX:
		return fd_set_cloexec(fd, true);
	case FIONCLEX:
		return fd_set_cloexec(fd, false);
	case FIONBIO:
		return ioctl_flag(f, O_NONBLOCK, arg);
	case FIOASYNC:
		return ioctl_flag(f, O_ASYNC, arg);
	case FIGETBSZ:
		if (!S_ISREG(f->inode->mode) && !S_ISDIR(f->inode->mode))
			break;
		return put_user((int32_t)f->inode->blksize, UADDR(arg));
	case FIOQSIZE:
		if (!S_ISREG(f->inode->mode) && !S_ISDIR(f->inode->mode) &&
		    !S_ISLNK(f->inode->mode))
			return -ENOTTY;
		return put_user((int64_t)f->inode->size, UADDR(arg));
	case FIONREAD:
		if (!S_ISREG(f->inode->mode))
			break;
		return put_user((int32_t)(f->inode->size - f->pos), UADDR(arg));
	default:
		break;
	}
	return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

SYSCALL_HANDLER(sys_ioctl)
{
	struct file *f = fd_get((int)a[0]);
	int64_t r;

	(void)t;
	if (!f)
		return -EBADF;
	r = do_ioctl(f, (int)a[0], (unsigned int)a[1], a[2]);
	file_put(f);
	return r;
}
