// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moving data through pipes without the guest's buffers. Pages are copied, not passed on: files live in the host's page cache or the arena, which
 * pipes do not share. As in Linux a pipe's lock is held while the other side is read or written.
 */
#include "fs/anon/splice.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "fs/anon/pipe.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_calls.h"

#define LEN_MAX	      0x7ffff000ull
#define SENDFILE_STEP 65536u

static bool nonblock(const struct file *f, uint32_t flags)
{
	return (flags & SPLICE_F_NONBLOCK) || (f->flags & O_NONBLOCK);
}

static ssize_t read_at(struct file *f, void *buf, size_t len, uint64_t *off)
{
	struct iov_iter it;

	iter_init_kernel(&it, buf, len);
	return off ? file_read(f, &it, off) : file_read_next(f, &it);
}

static ssize_t write_at(struct file *f, const void *buf, size_t len, uint64_t *off)
{
	struct iov_iter it;

	/* A write only reads from it. */
	iter_init_kernel(&it, (void *)(uintptr_t)buf, len);
	return off ? file_write(f, &it, off) : file_write_next(f, &it);
}

/* --- pipe to file ------------------------------------------------------------------------------- */

static ssize_t drain(struct pipe *p, struct file *out, uint64_t *off, uint64_t len, bool nowait)
{
	ssize_t done = 0, n = 0;

	while (len > 0) {
		struct pipe_slot *s;
		uint32_t want;

		n = pipe_wait_data(p, nowait || done > 0);
		if (n <= 0)
			break;
		s = pipe_slot(p, p->tail);
		want = (uint32_t)MIN((uint64_t)s->len, len);
		n = write_at(out, s->page + s->offset, want, off);
		if (n <= 0)
			break;
		pipe_consume(p, (uint32_t)n);
		pipe_wake_writers(p);
		done += n;
		len -= (uint64_t)n;
	}
	return done > 0 ? done : n;
}

/* --- file to pipe ------------------------------------------------------------------------------- */

/* One read of what there is room for; more only if it came in full. */
static ssize_t fill(struct pipe *p, struct file *in, uint64_t *off, uint64_t len, bool nowait)
{
	ssize_t done = 0, n = pipe_wait_space(p, nowait);

	while (n >= 0 && len > 0 && !pipe_full(p)) {
		size_t want = MIN(len, PAGE_SIZE);
		char *page;

		n = pipe_page_get(p, &page);
		if (n < 0)
			break;
		n = read_at(in, page, want, off);
		if (n <= 0) {
			pipe_page_put(p, page);
			break;
		}
		pipe_push(p, page, (uint32_t)n, false);
		done += n;
		len -= (uint64_t)n;
		/* A short read of a socket or a terminal: the next could block. */
		if ((size_t)n < want || !S_ISREG(in->inode->mode))
			break;
	}
	if (done > 0)
		pipe_wake_readers(p);
	else if (n == -EPIPE)
		send_sigpipe();
	return done > 0 ? done : n;
}

/* --- pipe to pipe ------------------------------------------------------------------------------- */

static void lock_two(struct pipe *a, struct pipe *b)
{
	struct pipe *first = a < b ? a : b;

	sleep_lock_take(&first->lock);
	sleep_lock_take(first == a ? &b->lock : &a->lock);
}

static void unlock_two(struct pipe *a, struct pipe *b)
{
	sleep_lock_release(&a->lock);
	sleep_lock_release(&b->lock);
}

/* Wait outside both locks until there is something in one and room in the other. 0 or 1 as pipe_wait_data. */
static ssize_t wait_both(struct pipe *in, struct pipe *out, bool nowait)
{
	ssize_t r;

	sleep_lock_take(&in->lock);
	r = pipe_wait_data(in, nowait);
	sleep_lock_release(&in->lock);
	if (r <= 0)
		return r;
	sleep_lock_take(&out->lock);
	r = pipe_wait_space(out, nowait);
	sleep_lock_release(&out->lock);
	if (r == -EPIPE)
		send_sigpipe();
	return r < 0 ? r : 1;
}

/* Copy slots; keep: tee. Under both locks. */
static ssize_t copy_slots(struct pipe *in, struct pipe *out, uint64_t len, bool keep)
{
	unsigned int i = in->tail;
	ssize_t done = 0;

	while (len > 0 && i != in->head && !pipe_full(out)) {
		struct pipe_slot *s = pipe_slot(in, i);
		uint32_t n = (uint32_t)MIN((uint64_t)s->len, len);
		char *page;

		if (pipe_page_get(out, &page) < 0)
			return done > 0 ? done : -ENOMEM;
		memcpy(page, s->page + s->offset, n);
		pipe_push(out, page, n, s->packet && n == s->len);
		if (keep) {
			i++;
		} else {
			pipe_consume(in, n);
			i = in->tail;
		}
		done += n;
		len -= n;
	}
	return done;
}

static ssize_t pipe_to_pipe(struct pipe *in, struct pipe *out, uint64_t len, bool nowait, bool keep)
{
	ssize_t n;

	if (in == out)
		return -EINVAL;
	for (;;) {
		n = wait_both(in, out, nowait);
		if (n <= 0)
			return n;
		lock_two(in, out);
		n = out->readers == 0 ? -EPIPE : copy_slots(in, out, len, keep);
		unlock_two(in, out);
		if (n == -EPIPE)
			send_sigpipe();
		if (n != 0)
			break;
	}
	if (n > 0) {
		pipe_wake_readers(out);
		if (!keep)
			pipe_wake_writers(in);
	}
	return n;
}

/* --- the calls ---------------------------------------------------------------------------------- */

static ssize_t splice_in(struct file *in, uint64_t *off_in, struct pipe *p, uint64_t len,
			 bool nowait)
{
	ssize_t n;

	sleep_lock_take(&p->lock);
	n = fill(p, in, off_in, len, nowait);
	sleep_lock_release(&p->lock);
	return n;
}

static ssize_t splice_out(struct pipe *p, struct file *out, uint64_t *off_out, uint64_t len,
			  bool nowait)
{
	ssize_t n;

	sleep_lock_take(&p->lock);
	n = drain(p, out, off_out, len, nowait);
	sleep_lock_release(&p->lock);
	return n;
}

ssize_t splice_files(struct file *in, uint64_t *off_in, struct file *out, uint64_t *off_out,
		     uint64_t len, uint32_t flags)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);

	if (!in->can_read || !out->can_write)
		return -EBADF;
	if ((from && off_in) || (to && off_out))
		return -ESPIPE;
	if (!from && in->inode && S_ISDIR(in->inode->mode))
		return -EINVAL;
	len = MIN(len, LEN_MAX);
	if (from && to)
		return pipe_to_pipe(from, to, len, nonblock(in, flags) || nonblock(out, flags),
				    false);
	if (from) {
		if (off_out && out->ops->no_seek)
			return -EINVAL;
		if (out->flags & O_APPEND)
			return -EINVAL;
		return splice_out(from, out, off_out, len, nonblock(in, flags));
	}
	if (to) {
		if (off_in && in->ops->no_seek)
			return -EINVAL;
		return splice_in(in, off_in, to, len, nonblock(out, flags));
	}
	return -EINVAL;
}

ssize_t splice_tee(struct file *in, struct file *out, uint64_t len, uint32_t flags)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);

	if (!in->can_read || !out->can_write)
		return -EBADF;
	if (!from || !to)
		return -EINVAL;
	return pipe_to_pipe(from, to, MIN(len, LEN_MAX),
			    nonblock(in, flags) || nonblock(out, flags), true);
}

/* vmsplice: into a pipe that is open for writing, or else out of it. Pages are copied at once, so SPLICE_F_GIFT means nothing. */
ssize_t splice_user(struct file *pipe, struct iov_iter *user, uint32_t flags)
{
	uint64_t pos = 0;

	if (!pipe_of(pipe))
		return -EBADF;
	if (flags & SPLICE_F_NONBLOCK) {
		/* A look before: this descriptor's flags are others' too. */
		uint32_t ready = file_poll(pipe, NULL);

		if (pipe->can_write ? pipe_full(pipe_of(pipe)) && pipe_of(pipe)->readers > 0
				    : ready == 0)
			return -EAGAIN;
	}
	return pipe->can_write ? file_write(pipe, user, &pos) : file_read(pipe, user, &pos);
}

/* In steps: read, write all of it or as much as goes; the position moves by what was written. */
ssize_t splice_sendfile(struct file *out, struct file *in, uint64_t *off_in, uint64_t len)
{
	uint64_t pos = off_in ? *off_in : in->pos;
	ssize_t done = 0, n = 0;
	char *buf;

	if (!in->can_read || !out->can_write)
		return -EBADF;
	if (S_ISDIR(in->inode->mode))
		return -EINVAL;
	if (in->ops->no_seek)
		return off_in ? -ESPIPE : -EINVAL;
	if (out->flags & O_APPEND)
		return -EINVAL;
	buf = kmalloc(SENDFILE_STEP);
	if (!buf)
		return -ENOMEM;
	len = MIN(len, LEN_MAX);
	while (len > 0) {
		uint64_t at = pos;
		ssize_t sent;

		n = read_at(in, buf, MIN(len, SENDFILE_STEP), &at);
		if (n <= 0)
			break;
		sent = write_at(out, buf, (size_t)n, NULL);
		if (sent > 0) {
			done += sent;
			pos += (uint64_t)sent;
			len -= (uint64_t)sent;
		}
		if (sent < n) {
			n = sent;
			break;
		}
	}
	kfree(buf);
	if (off_in)
		*off_in = pos;
	else
		in->pos = pos;
	return done > 0 ? done : n;
}
