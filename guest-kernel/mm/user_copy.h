/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only door to guest memory. All work on the current task's address space unless they take an mm; they check the range, call mm_fault where
 * a page is not there yet, and drop the big lock around the host call: nothing read before may be believed after. May sleep.
 * A bad pointer is -EFAULT. Copy a structure once, check the copy, use the copy.
 */
#ifndef MM_USER_COPY_H
#define MM_USER_COPY_H

#include "lib/types.h"

struct mm;

int must_check copy_from_user(void *to, uaddr_t from, size_t len); /* 0 or -EFAULT */
int must_check copy_to_user(uaddr_t to, const void *from, size_t len);

/* n parts of size bytes that lie stride bytes apart on both sides; what is between them is left alone. 0 or -EFAULT. */
int must_check copy_to_user_spread(uaddr_t to, const void *from, size_t stride, size_t size,
				   size_t n);

/* Bytes copied from the start (for read and write, which may end short), or -EFAULT if none. */
ssize_t must_check copy_from_user_some(void *to, uaddr_t from, size_t len);
ssize_t must_check copy_to_user_some(uaddr_t to, const void *from, size_t len);

/*
 * From memory that the host maps and nobody may dereference (block_view). The big lock stays held, so that what is looked at cannot become somebody else's meanwhile.
 * Bytes copied, 0 if this way does not work. Never sleeps.
 */
size_t copy_view_to_user(uaddr_t to, const void *view, size_t len);

/* A NUL-terminated string of at most size - 1 bytes. Its length, -EFAULT, or -ENAMETOOLONG (buf is then unspecified). */
ssize_t must_check strncpy_from_user(char *buf, uaddr_t from, size_t size);

int must_check clear_user(uaddr_t to, size_t len);

/* The same on another address space (ptrace, /proc/PID/mem, core dumps, exec's new stack). force: over protections, as a debugger writes. */
ssize_t must_check mm_read(struct mm *mm, uint64_t from, void *to, size_t len);
/* Over protections, as a debugger reads: what the guest itself may not read (PROT_NONE) too. */
ssize_t must_check mm_read_forced(struct mm *mm, uint64_t from, void *to, size_t len);
ssize_t must_check mm_write(struct mm *mm, uint64_t to, const void *from, size_t len, bool force);

/* get_user(int_var, uaddr): one scalar. */
#define get_user(var, from) copy_from_user(&(var), (from), sizeof(var))
#define put_user(var, to)                                            \
	({                                                           \
		__typeof__(var) put_value_ = (var);                  \
		copy_to_user((to), &put_value_, sizeof(put_value_)); \
	})

/* Atomic on a 32-bit word of guest memory, also against running guest threads. 0, -EFAULT, -EINVAL (unaligned). */
int must_check cmpxchg_user(uaddr_t addr, uint32_t expect, uint32_t desired, uint32_t *ret_old);

/*
 * Memory of the kernel or of the guest, as read and write handlers see it. Segments of a user iterator were range-checked by
 * iter_init_user. pos of the file is not in here.
 */
struct iov_segment {
	uint64_t base, len;
};

struct iov_iter {
	bool is_user;
	struct iov_segment *segments; /* owned by whoever made the iterator */
	unsigned int n_segments, i;
	uint64_t offset; /* inside segments[i] */
	uint64_t left;	 /* bytes in all */
	struct iov_segment one;
};

void iter_init_kernel(struct iov_iter *it, void *buf, size_t len);
int must_check
iter_init_user(struct iov_iter *it, uaddr_t buf,
	       size_t len); /* -EFAULT outside the user range; len is cut at 0x7ffff000 */
/* readv's array: copied in and checked; free with iter_done. -EINVAL, -EFAULT, -ENOMEM. */
int must_check iter_init_iovec(struct iov_iter *it, uaddr_t iov, unsigned int n);
void iter_done(struct iov_iter *it);

/* Copy and advance. Bytes copied (short at a bad page), -EFAULT if none. May sleep if is_user. */
ssize_t must_check iter_copy_to(struct iov_iter *it, const void *from, size_t len);
ssize_t must_check iter_copy_from(struct iov_iter *it, void *to, size_t len);
ssize_t must_check iter_zero(struct iov_iter *it, size_t len);
/* copy_view_to_user, and advance. */
size_t iter_copy_view(struct iov_iter *it, const void *view, size_t len);
void iter_advance(struct iov_iter *it, size_t len);

#endif
