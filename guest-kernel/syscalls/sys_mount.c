// SPDX-License-Identifier: GPL-2.0-or-later
/* mount, umount2, pivot_root. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"

/* A string that may be missing: *ret is NULL then. */
static int optional_string(uint64_t addr, char **ret)
{
	*ret = NULL;
	return addr ? path_name_from_user(UADDR(addr), true, ret) : 0;
}

/* mount's data: a page at most, and less where the memory ends. */
static int data_from_user(uint64_t addr, char **ret)
{
	char *buf;
	ssize_t n;

	*ret = NULL;
	if (!addr)
		return 0;
	buf = kzalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	n = copy_from_user_some(buf, UADDR(addr), PAGE_SIZE - 1);
	if (n < 0) {
		kfree(buf);
		return (int)n;
	}
	*ret = buf;
	return 0;
}

SYSCALL_HANDLER(sys_mount)
{
	char *source = NULL, *target = NULL, *type = NULL, *data = NULL;
	int r = optional_string(a[2], &type);

	(void)t;
	if (r == 0)
		r = optional_string(a[0], &source);
	if (r == 0)
		r = data_from_user(a[4], &data);
	if (r == 0)
		r = path_name_from_user(UADDR(a[1]), false, &target);
	if (r == 0)
		r = mount_do(source, target, type, (uint32_t)a[3], data);
	kfree(source);
	kfree(target);
	kfree(type);
	kfree(data);
	return r;
}

SYSCALL_HANDLER(sys_umount2)
{
	char *target;
	int r = path_name_from_user(UADDR(a[0]), false, &target);

	(void)t;
	if (r < 0)
		return r;
	r = mount_umount(target, (int)a[1]);
	kfree(target);
	return r;
}

SYSCALL_HANDLER(sys_pivot_root)
{
	char *new_root, *put_old;
	int r = path_name_from_user(UADDR(a[0]), false, &new_root);

	(void)t;
	if (r < 0)
		return r;
	r = path_name_from_user(UADDR(a[1]), false, &put_old);
	if (r == 0) {
		r = mount_pivot_root(new_root, put_old);
		kfree(put_old);
	}
	kfree(new_root);
	return r;
}
