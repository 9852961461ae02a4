// SPDX-License-Identifier: GPL-2.0-or-later
/* splice, tee, vmsplice, sendfile. */
#include "abi/abi_errno.h"
#include "fs/anon/splice.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"

static int two_files(int a, int b, struct file **ret_a, struct file **ret_b)
{
	*ret_a = fd_get(a);
	if (!*ret_a)
		return -EBADF;
	*ret_b = fd_get(b);
	if (*ret_b)
		return 0;
	file_put(*ret_a);
	return -EBADF;
}

static int offset_from_user(uint64_t addr, uint64_t *ret)
{
	if (!addr)
		return 0;
	if (get_user(*ret, UADDR(addr)) < 0)
		return -EFAULT;
	return (int64_t)*ret < 0 ? -EINVAL : 0;
}

SYSCALL_HANDLER(sys_splice)
{
	uint64_t in_at = 0, out_at = 0;
	struct file *in, *out;
	ssize_t n;

	(void)t;
	if (a[4] == 0)
		return 0;
	if ((uint32_t)a[5] & ~SPLICE_F_ALL)
		return -EINVAL;
	n = two_files((int)a[0], (int)a[2], &in, &out);
	if (n < 0)
		return n;
	n = offset_from_user(a[1], &in_at);
	if (n == 0)
		n = offset_from_user(a[3], &out_at);
	if (n == 0)
		n = splice_files(in, a[1] ? &in_at : NULL, out, a[3] ? &out_at : NULL, a[4],
				 (uint32_t)a[5]);
	if (n >= 0 && ((a[1] && put_user(in_at, UADDR(a[1])) < 0) ||
		       (a[3] && put_user(out_at, UADDR(a[3])) < 0)))
		n = -EFAULT;
	file_put(in);
	file_put(out);
	return n;
}

SYSCALL_HANDLER(sys_tee)
{
	struct file *in, *out;
	ssize_t n;

	(void)t;
	if ((uint32_t)a[3] & ~SPLICE_F_ALL)
		return -EINVAL;
	if (a[2] == 0)
		return 0;
	n = two_files((int)a[0], (int)a[1], &in, &out);
	if (n < 0)
		return n;
	n = splice_tee(in, out, a[2], (uint32_t)a[3]);
	file_put(in);
	file_put(out);
	return n;
}

SYSCALL_HANDLER(sys_vmsplice)
{
	struct iov_iter it;
	struct file *f;
	ssize_t n;

	(void)t;
	if ((uint32_t)a[3] & ~SPLICE_F_ALL)
		return -EINVAL;
	f = fd_get((int)a[0]);
	if (!f)
		return -EBADF;
	n = a[2] > 1024 ? -EINVAL : iter_init_iovec(&it, UADDR(a[1]), (unsigned int)a[2]);
	if (n == 0) {
		n = it.left ? splice_user(f, &it, (uint32_t)a[3]) : 0;
		iter_done(&it);
	}
	file_put(f);
	return n;
}

SYSCALL_HANDLER(sys_sendfile)
{
	struct file *in, *out;
	uint64_t at = 0;
	ssize_t n;

	(void)t;
	n = offset_from_user(a[2], &at);
	if (n < 0)
		return n;
	n = two_files((int)a[0], (int)a[1], &out, &in);
	if (n < 0)
		return n;
	n = splice_sendfile(out, in, a[2] ? &at : NULL, a[3]);
	if (a[2] && put_user(at, UADDR(a[2])) < 0)
		n = -EFAULT;
	file_put(in);
	file_put(out);
	return n;
}
