// SPDX-License-Identifier: GPL-2.0-or-later
/* Extended attributes: by path, by link, by descriptor. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/sys_path.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

enum by { BY_PATH, BY_LINK, BY_FD };

static int find(enum by by, uint64_t what, struct path *ret)
{
	if (by == BY_FD)
		return path_from_fd((int)what, false, ret);
	return path_from_user(AT_FDCWD, what, by == BY_PATH ? LOOKUP_FOLLOW : 0, ret);
}

static int name_from_user(uint64_t addr, char name[XATTR_NAME_MAX + 1])
{
	ssize_t n = strncpy_from_user(name, UADDR(addr), XATTR_NAME_MAX + 1);

	if (n == 0 || n == -ENAMETOOLONG)
		return -ERANGE;
	return n < 0 ? (int)n : 0;
}

static int64_t do_get(enum by by, const uint64_t a[6])
{
	size_t len = MIN(a[3], (uint64_t)XATTR_SIZE_MAX);
	char name[XATTR_NAME_MAX + 1], *value;
	struct path p;
	ssize_t n = name_from_user(a[1], name);

	if (n == 0)
		n = find(by, a[0], &p);
	if (n < 0)
		return n;
	value = kmalloc(len);
	n = value ? vfs_getxattr(&p, name, value, len) : -ENOMEM;
	if (n > 0 && len > 0 && copy_to_user(UADDR(a[2]), value, (size_t)n) < 0)
		n = -EFAULT;
	kfree(value);
	path_put(&p);
	return n;
}

static int64_t do_set(enum by by, const uint64_t a[6])
{
	char name[XATTR_NAME_MAX + 1], *value;
	struct path p;
	int r;

	if (a[4] & ~(uint64_t)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	r = name_from_user(a[1], name);
	if (r < 0)
		return r;
	if (a[3] > XATTR_SIZE_MAX)
		return -E2BIG;
	value = kmalloc(a[3]);
	if (!value)
		return -ENOMEM;
	if (a[3] > 0)
		r = copy_from_user(value, UADDR(a[2]), a[3]);
	if (r == 0)
		r = find(by, a[0], &p);
	if (r == 0) {
		r = vfs_setxattr(&p, name, value, a[3], (int)a[4]);
		path_put(&p);
	}
	kfree(value);
	return r;
}

static int64_t do_list(enum by by, const uint64_t a[6])
{
	size_t len = MIN(a[2], (uint64_t)XATTR_LIST_MAX);
	struct path p;
	char *list;
	ssize_t n = find(by, a[0], &p);

	if (n < 0)
		return n;
	list = kmalloc(len);
	n = list ? vfs_listxattr(&p, list, len) : -ENOMEM;
	if (n > 0 && len > 0 && copy_to_user(UADDR(a[1]), list, (size_t)n) < 0)
		n = -EFAULT;
	kfree(list);
	path_put(&p);
	return n;
}

static int64_t do_remove(enum by by, const uint64_t a[6])
{
	char name[XATTR_NAME_MAX + 1];
	struct path p;
	int r = name_from_user(a[1], name);

	if (r == 0)
		r = find(by, a[0], &p);
	if (r < 0)
		return r;
	r = vfs_removexattr(&p, name);
	path_put(&p);
	return r;
}

#define XATTR_CALL(name, work, by)         \
	SYSCALL_HANDLER(sys_##name##xattr) \
	{                                  \
		(void)t;                   \
		return work(by, a);        \
	}

XATTR_CALL(set, do_set, BY_PATH)
XATTR_CALL(lset, do_set, BY_LINK)
XATTR_CALL(fset, do_set, BY_FD)
XATTR_CALL(get, do_get, BY_PATH)
XATTR_CALL(lget, do_get, BY_LINK)
XATTR_CALL(fget, do_get, BY_FD)
XATTR_CALL(list, do_list, BY_PATH)
XATTR_CALL(llist, do_list, BY_LINK)
XATTR_CALL(flist, do_list, BY_FD)
XATTR_CALL(remove, do_remove, BY_PATH)
XATTR_CALL(lremove, do_remove, BY_LINK)
XATTR_CALL(fremove, do_remove, BY_FD)
