// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and closing files; memfd. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "fs/tmpfs/tmpfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/sys_path.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define OPEN_FLAGS                                                                             \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |  \
	 O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | \
	 O_PATH | O_TMPFILE)

static int64_t do_open(int dirfd, uint64_t name, uint32_t flags, uint32_t mode, unsigned int lookup)
{
	struct file *f;
	char *text;
	int r, fd;

	r = path_name_from_user(UADDR(name), false, &text);
	if (r < 0)
		return r;
	/* Before anything is created. */
	r = fd_room();
	if (r == 0)
		r = file_open(dirfd, text, flags, mode, lookup, &f);
	kfree(text);
	if (r < 0)
		return r;
	fd = fd_install(f, 0, (flags & O_CLOEXEC) != 0);
	if (fd < 0)
		file_put(f);
	return fd;
}

SYSCALL_HANDLER(sys_open)
{
	(void)t;
	return do_open(AT_FDCWD, a[0], (uint32_t)a[1] & OPEN_FLAGS, (uint32_t)a[2] & 07777, 0);
}

SYSCALL_HANDLER(sys_openat)
{
	(void)t;
	return do_open((int)a[0], a[1], (uint32_t)a[2] & OPEN_FLAGS, (uint32_t)a[3] & 07777, 0);
}

SYSCALL_HANDLER(sys_creat)
{
	(void)t;
	return do_open(AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, (uint32_t)a[1] & 07777, 0);
}

/* A structure that may be longer than we know: what is beyond must be zero. */
static int how_from_user(uint64_t addr, uint64_t size, struct abi_open_how *how)
{
	char rest[256];

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_user(how, UADDR(addr), sizeof(*how)) < 0)
		return -EFAULT;
	for (uint64_t at = sizeof(*how); at < size;) {
		size_t n = MIN(size - at, sizeof(rest));

		if (copy_from_user(rest, UADDR(addr + at), n) < 0)
			return -EFAULT;
		for (size_t i = 0; i < n; i++)
			if (rest[i])
				return -E2BIG;
		at += n;
	}
	return 0;
}

/* Unlike open, openat2 refuses what it does not know. */
static int how_check(const struct abi_open_how *how)
{
	const uint64_t resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
				 RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;
	bool makes = (how->flags & O_CREAT) || (how->flags & O_TMPFILE) == O_TMPFILE;

	if ((how->flags & ~(uint64_t)OPEN_FLAGS) || (how->resolve & ~resolve))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (makes ? (how->mode & ~07777ull) != 0 : how->mode != 0)
		return -EINVAL;
	if ((how->flags & O_PATH) &&
	    (how->flags & ~(uint64_t)(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)))
		return -EINVAL;
	if (how->resolve & RESOLVE_CACHED)
		return -EAGAIN; /* always allowed: the caller tries again without */
	return 0;
}

SYSCALL_HANDLER(sys_openat2)
{
	struct abi_open_how how;
	unsigned int lookup = 0;
	int r = how_from_user(a[2], a[3], &how);

	(void)t;
	if (r == 0)
		r = how_check(&how);
	if (r < 0)
		return r;
	lookup |= how.resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0;
	lookup |= how.resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0;
	lookup |= how.resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0;
	lookup |= how.resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0;
	lookup |= how.resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0;
	return do_open((int)a[0], a[1], (uint32_t)how.flags, (uint32_t)how.mode, lookup);
}

SYSCALL_HANDLER(sys_close)
{
	(void)t;
	return fd_close((int)a[0]);
}

SYSCALL_HANDLER(sys_close_range)
{
	(void)t;
	return fd_close_range((unsigned int)a[0], (unsigned int)a[1], (unsigned int)a[2]);
}

SYSCALL_HANDLER(sys_memfd_create)
{
	const uint32_t known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
	uint32_t flags = (uint32_t)a[1];
	struct file *f;
	char name[251];
	ssize_t n;
	int r, fd;

	(void)t;
	if ((flags & ~known) || ((flags & MFD_EXEC) && (flags & MFD_NOEXEC_SEAL)))
		return -EINVAL;
	n = strncpy_from_user(name, UADDR(a[0]), sizeof(name) - 1);
	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	r = memfd_open(name, flags, &f);
	if (r < 0)
		return r;
	fd = fd_install(f, 0, (flags & MFD_CLOEXEC) != 0);
	if (fd < 0)
		file_put(f);
	return fd;
}

/* File handles are for network file servers; no file system here makes them. */
SYSCALL_HANDLER(sys_name_to_handle_at)
{
	(void)t;
	(void)a;
	return -EOPNOTSUPP;
}
