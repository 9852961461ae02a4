// SPDX-License-Identifier: GPL-2.0-or-later
/* copy_file_range: between two regular files by way of a buffer of the kernel's. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define CHUNK 65536u

/* *len becomes what the file has: an end beyond its own does not overlap anything, and nothing to copy is no read (the access time stays). */
static int check(const struct file *in, const struct file *out, uint64_t in_pos, uint64_t out_pos,
		 uint64_t *len)
{
	if (!in->can_read || !out->can_write || (out->flags & O_APPEND))
		return -EBADF;
	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (in_pos + *len < in_pos || out_pos + *len < out_pos)
		return -EOVERFLOW;
	*len = in_pos < in->inode->size ? MIN(*len, in->inode->size - in_pos) : 0;
	if (in->inode == out->inode && in_pos < out_pos + *len && out_pos < in_pos + *len)
		return -EINVAL;
	return 0;
}

static int64_t copy(struct file *in, uint64_t *in_pos, struct file *out, uint64_t *out_pos,
		    uint64_t len)
{
	char *buf = kmalloc(CHUNK);
	int64_t done = 0, n = 0;

	if (!buf)
		return -ENOMEM;
	while ((uint64_t)done < len) {
		uint64_t at = *in_pos;
		struct iov_iter it;

		iter_init_kernel(&it, buf, MIN(len - (uint64_t)done, CHUNK));
		n = file_read(in, &it, &at);
		if (n <= 0)
			break;
		iter_init_kernel(&it, buf, (size_t)n);
		n = file_write(out, &it, out_pos);
		if (n <= 0)
			break;
		*in_pos += (uint64_t)n;
		done += n;
	}
	kfree(buf);
	return done > 0 ? done : n;
}

static int64_t run(struct file *in, uint64_t in_addr, struct file *out, uint64_t out_addr,
		   uint64_t len)
{
	uint64_t in_pos = in->pos, out_pos = out->pos;
	int64_t n;
	int r;

	if (in_addr && get_user(in_pos, UADDR(in_addr)) < 0)
		return -EFAULT;
	if (out_addr && get_user(out_pos, UADDR(out_addr)) < 0)
		return -EFAULT;
	if ((int64_t)in_pos < 0 || (int64_t)out_pos < 0)
		return -EINVAL;
	len = MIN(len, 0x7ffff000u);
	r = check(in, out, in_pos, out_pos, &len);
	if (r < 0 || len == 0)
		return r;
	n = copy(in, &in_pos, out, &out_pos, len);
	if (n < 0)
		return n;
	if (!in_addr)
		in->pos = in_pos;
	if (!out_addr)
		out->pos = out_pos;
	if ((in_addr && put_user(in_pos, UADDR(in_addr)) < 0) ||
	    (out_addr && put_user(out_pos, UADDR(out_addr)) < 0))
		return -EFAULT;
	return n;
}

SYSCALL_HANDLER(sys_copy_file_range)
{
	struct file *in = fd_get((int)a[0]), *out = fd_get((int)a[2]);
	int64_t n = -EBADF;

	(void)t;
	if (in && out)
		n = a[5] ? -EINVAL : run(in, a[1], out, a[3], a[4]);
	file_put(in);
	file_put(out);
	return n;
}
