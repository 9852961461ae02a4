/* SPDX-License-Identifier: GPL-2.0-or-later */
/* splice(2), tee(2), vmsplice(2), sendfile(2) on open files. All may sleep and return bytes or -errno. */
#ifndef FS_ANON_SPLICE_H
#define FS_ANON_SPLICE_H

#include "abi/abi_epoll.h"
#include "vfs/vfs.h"

/* off: NULL for the file's own position (pipes must have NULL: -ESPIPE). */
ssize_t splice_files(struct file *in, uint64_t *off_in, struct file *out, uint64_t *off_out,
		     uint64_t len, uint32_t flags);
ssize_t splice_tee(struct file *in, struct file *out, uint64_t len, uint32_t flags);
ssize_t splice_user(struct file *pipe, struct iov_iter *user, uint32_t flags);
ssize_t splice_sendfile(struct file *out, struct file *in, uint64_t *off_in, uint64_t len);

#endif
