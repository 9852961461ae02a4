/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What most calls that take a path begin with. */
#ifndef SYSCALLS_SYS_PATH_H
#define SYSCALLS_SYS_PATH_H

#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "vfs/vfs.h"

/* The user's name looked up; lookup: LOOKUP_*, with LOOKUP_EMPTY an empty name is dirfd itself. A reference in *ret. */
static inline int path_from_user(int dirfd, uint64_t name, unsigned int lookup, struct path *ret)
{
	char *text;
	int r = path_name_from_user(UADDR(name), (lookup & LOOKUP_EMPTY) != 0, &text);

	if (r < 0)
		return r;
	r = path_lookup(dirfd, text, lookup, ret);
	kfree(text);
	return r;
}

/* AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH as lookup flags. */
static inline unsigned int lookup_from_at(uint64_t flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* A path of an open file, of whatever kind; a reference. */
static inline int path_from_fd(int fd, bool allow_path_only, struct path *ret)
{
	struct file *f = allow_path_only ? fd_get_raw(fd) : fd_get(fd);

	if (!f)
		return -EBADF;
	*ret = f->path;
	path_get(ret);
	file_put(f);
	return 0;
}

#endif
