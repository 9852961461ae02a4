// SPDX-License-Identifier: GPL-2.0-or-later
/* Iterators over kernel or guest memory, for read and write handlers. */
#include "abi/abi_errno.h"
#include "core/panic.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"

#define RW_MAX	0x7ffff000ull /* Linux's bound on one read or write */
#define IOV_MAX 1024u

void iter_init_kernel(struct iov_iter *it, void *buf, size_t len)
{
	*it = (struct iov_iter){ .n_segments = 1, .left = len };
	it->one = (struct iov_segment){ (uint64_t)(uintptr_t)buf, len };
	it->segments = &it->one;
}

int iter_init_user(struct iov_iter *it, uaddr_t buf, size_t len)
{
	len = MIN(len, RW_MAX);
	if (buf.a > ENGINE_USER_MAX - len)
		return -EFAULT;
	*it = (struct iov_iter){ .is_user = true, .n_segments = 1, .left = len };
	it->one = (struct iov_segment){ buf.a, len };
	it->segments = &it->one;
	return 0;
}

int iter_init_iovec(struct iov_iter *it, uaddr_t iov, unsigned int n)
{
	uint64_t left = 0;

	*it = (struct iov_iter){ .is_user = true };
	it->segments = &it->one;
	if (n > IOV_MAX)
		return -EINVAL;
	if (n == 0)
		return 0;
	it->segments = kmalloc(n * sizeof(struct iov_segment));
	if (!it->segments)
		return -ENOMEM;
	if (copy_from_user(it->segments, iov, n * sizeof(struct iov_segment)) < 0) {
		iter_done(it);
		return -EFAULT;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct iov_segment *s = &it->segments[i];

		if ((int64_t)s->len < 0) {
			iter_done(it);
			return -EINVAL;
		}
		s->len = MIN(s->len, RW_MAX - left);
		if (s->base > ENGINE_USER_MAX || s->len > ENGINE_USER_MAX - s->base) {
			iter_done(it);
			return -EFAULT;
		}
		left += s->len;
	}
	it->n_segments = n;
	it->left = left;
	return 0;
}

void iter_done(struct iov_iter *it)
{
	if (it->segments != &it->one)
		kfree(it->segments);
	it->segments = &it->one;
	it->n_segments = 0;
	it->left = 0;
}

/* The piece at the front; the iterator is not at its end. */
static struct iov_segment iter_piece(struct iov_iter *it, size_t len)
{
	struct iov_segment *s = &it->segments[it->i];

	while (it->offset == s->len) {
		it->offset = 0;
		s = &it->segments[++it->i];
		ASSERT(it->i < it->n_segments);
	}
	len = MIN(len, s->len - it->offset);
	return (struct iov_segment){ s->base + it->offset, len };
}

void iter_advance(struct iov_iter *it, size_t len)
{
	ASSERT(len <= it->left);
	while (len > 0) {
		struct iov_segment p = iter_piece(it, len);

		it->offset += p.len;
		it->left -= p.len;
		len -= p.len;
	}
}

enum iter_work { ITER_TO, ITER_FROM, ITER_ZERO };

static ssize_t piece_copy(struct iov_iter *it, struct iov_segment p, char *buf, enum iter_work work)
{
	void *kernel = (void *)(uintptr_t)p.base;

	if (!it->is_user) {
		if (work == ITER_TO)
			memcpy(kernel, buf, p.len);
		else if (work == ITER_FROM)
			memcpy(buf, kernel, p.len);
		else
			memset(kernel, 0, p.len);
		return (ssize_t)p.len;
	}
	if (work == ITER_TO)
		return copy_to_user_some(UADDR(p.base), buf, p.len);
	if (work == ITER_FROM)
		return copy_from_user_some(buf, UADDR(p.base), p.len);
	return clear_user(UADDR(p.base), p.len) < 0 ? -EFAULT : (ssize_t)p.len;
}

static ssize_t iter_copy(struct iov_iter *it, char *buf, size_t len, enum iter_work work)
{
	size_t done = 0;

	len = MIN(len, it->left);
	while (done < len) {
		struct iov_segment p = iter_piece(it, len - done);
		ssize_t n = piece_copy(it, p, buf ? buf + done : NULL, work);

		if (n > 0) {
			iter_advance(it, (size_t)n);
			done += (size_t)n;
		}
		if (n < (ssize_t)p.len)
			break;
	}
	return done > 0 || len == 0 ? (ssize_t)done : -EFAULT;
}

ssize_t iter_copy_to(struct iov_iter *it, const void *from, size_t len)
{
	return iter_copy(it, (char *)(uintptr_t)from, len, ITER_TO);
}

ssize_t iter_copy_from(struct iov_iter *it, void *to, size_t len)
{
	return iter_copy(it, to, len, ITER_FROM);
}

ssize_t iter_zero(struct iov_iter *it, size_t len)
{
	return iter_copy(it, NULL, len, ITER_ZERO);
}

size_t iter_copy_view(struct iov_iter *it, const void *view, size_t len)
{
	const char *from = view;
	size_t done = 0;

	len = MIN(len, it->left);
	while (it->is_user && done < len) {
		struct iov_segment p = iter_piece(it, len - done);
		size_t n = copy_view_to_user(UADDR(p.base), from + done, p.len);

		iter_advance(it, n);
		done += n;
		if (n < p.len)
			break;
	}
	return done;
}
