// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipes: reading, writing, readiness. Their birth, fifos, sizes and their end are in pipe_open.c.
 *
 * A write of up to PIPE_BUF bytes goes into one slot and is therefore never mixed with others. The last slot is filled up only by the
 * odd part of a write (its length modulo a page), as in Linux.
 */
#include "fs/anon/pipe.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/pipe_internal.h"
#include "host/host_memory.h"

#define READ_EVENTS  (POLLIN | POLLRDNORM)
#define WRITE_EVENTS (POLLOUT | POLLWRNORM)

int pipe_page_get(struct pipe *p, char **ret_page)
{
	if (p->spare) {
		*ret_page = p->spare;
		p->spare = NULL;
		return 0;
	}
	if (!anon_charge(PAGE_SIZE))
		return -ENOMEM;
	*ret_page = kmalloc(PAGE_SIZE);
	if (*ret_page)
		return 0;
	anon_uncharge(PAGE_SIZE);
	return -ENOMEM;
}

void pipe_page_put(struct pipe *p, char *page)
{
	if (!p->spare) {
		p->spare = page;
		return;
	}
	kfree(page);
	anon_uncharge(PAGE_SIZE);
}

void pipe_push(struct pipe *p, char *page, uint32_t len, bool packet)
{
	ASSERT(!pipe_full(p) && len > 0 && len <= PAGE_SIZE);
	*pipe_slot(p, p->head++) = (struct pipe_slot){ page, 0, len, packet };
}

void pipe_consume(struct pipe *p, uint32_t len)
{
	struct pipe_slot *s = pipe_slot(p, p->tail);

	ASSERT(!pipe_empty(p) && len <= s->len);
	s->offset += len;
	s->len -= len;
	if (s->packet)
		s->len = 0;
	if (s->len > 0)
		return;
	pipe_page_put(p, s->page);
	s->page = NULL;
	p->tail++;
}

void pipe_wake_readers(struct pipe *p)
{
	(void)wait_queue_wake_n_events(&p->read_wait, 1, READ_EVENTS);
}

void pipe_wake_writers(struct pipe *p)
{
	(void)wait_queue_wake_n_events(&p->write_wait, 1, WRITE_EVENTS);
}

/* Both drop the pipe's lock while they sleep. A wake that a signal made useless here is passed on. */
static int pipe_sleep_for_data(struct pipe *p)
{
	int r = 0;

	sleep_lock_release(&p->lock);
	while (pipe_empty(p) && p->writers > 0) {
		r = wait_queue_sleep(&p->read_wait, NO_DEADLINE,
				     WAIT_INTERRUPTIBLE | WAIT_EXCLUSIVE);
		if (r < 0)
			break;
	}
	if (r < 0 && !pipe_empty(p))
		pipe_wake_readers(p);
	sleep_lock_take(&p->lock);
	return r;
}

static int pipe_sleep_for_space(struct pipe *p)
{
	int r = 0;

	sleep_lock_release(&p->lock);
	while (pipe_full(p) && p->readers > 0) {
		r = wait_queue_sleep(&p->write_wait, NO_DEADLINE,
				     WAIT_INTERRUPTIBLE | WAIT_EXCLUSIVE);
		if (r < 0)
			break;
	}
	if (r < 0 && !pipe_full(p))
		pipe_wake_writers(p);
	sleep_lock_take(&p->lock);
	return r;
}

int pipe_wait_data(struct pipe *p, bool nonblock)
{
	while (pipe_empty(p)) {
		int r;

		if (p->writers == 0)
			return 0;
		if (nonblock)
			return -EAGAIN;
		r = pipe_sleep_for_data(p);
		if (r < 0)
			return r;
	}
	return 1;
}

int pipe_wait_space(struct pipe *p, bool nonblock)
{
	for (;;) {
		int r;

		if (p->readers == 0)
			return -EPIPE;
		if (!pipe_full(p))
			return 0;
		if (nonblock)
			return -EAGAIN;
		r = pipe_sleep_for_space(p);
		if (r < 0)
			return r;
	}
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Empty as many slots as are there. Bytes, or -EFAULT if none. */
static ssize_t read_slots(struct pipe *p, struct iov_iter *to)
{
	ssize_t done = 0;

	while (!pipe_empty(p) && to->left > 0) {
		struct pipe_slot *s = pipe_slot(p, p->tail);
		uint32_t want = (uint32_t)MIN((uint64_t)s->len, to->left);
		bool packet = s->packet;
		/* The pipe's lock keeps the slot while the copy drops the big one. */
		ssize_t n = iter_copy_to(to, s->page + s->offset, want);

		if (n < (ssize_t)want)
			return done > 0 ? done : -EFAULT;
		done += n;
		pipe_consume(p, want);
		if (packet)
			break;
	}
	return done;
}

static ssize_t pipe_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct pipe *p = f->private;
	bool was_full;
	ssize_t n;

	(void)pos;
	if (to->left == 0)
		return 0;
	sleep_lock_take(&p->lock);
	n = pipe_wait_data(p, (f->flags & O_NONBLOCK) != 0);
	was_full = pipe_full(p);
	if (n > 0)
		n = read_slots(p, to);
	sleep_lock_release(&p->lock);
	if (was_full && !pipe_full(p))
		pipe_wake_writers(p);
	/* More data: it belongs to the next reader, whose wake we may have had. */
	if (!pipe_empty(p))
		pipe_wake_readers(p);
	if (n > 0)
		inode_times_now(f->inode, ATTR_ATIME);
	return n;
}

/* --- writing ------------------------------------------------------------------------------------ */

static bool may_merge(struct pipe *p, uint64_t odd)
{
	struct pipe_slot *last = pipe_slot(p, p->head - 1);

	return odd > 0 && !pipe_empty(p) && !last->packet &&
	       last->offset + last->len + odd <= PAGE_SIZE;
}

/* The odd part behind what the last slot holds. Bytes or -EFAULT. */
static ssize_t write_merge(struct pipe *p, struct iov_iter *from, uint64_t odd)
{
	struct pipe_slot *last = pipe_slot(p, p->head - 1);
	ssize_t n = iter_copy_from(from, last->page + last->offset + last->len, odd);

	if (n < (ssize_t)odd)
		return -EFAULT;
	last->len += (uint32_t)n;
	return n;
}

static ssize_t write_slot(struct pipe *p, struct iov_iter *from, bool packet)
{
	size_t want = MIN(from->left, PAGE_SIZE);
	char *page;
	ssize_t n = pipe_page_get(p, &page);

	if (n < 0)
		return n;
	n = iter_copy_from(from, page, want);
	if (n < (ssize_t)want) {
		pipe_page_put(p, page);
		return -EFAULT;
	}
	pipe_push(p, page, (uint32_t)n, packet);
	return n;
}

static ssize_t write_locked(struct pipe *p, struct file *f, struct iov_iter *from)
{
	uint64_t odd = from->left & (PAGE_SIZE - 1);
	bool packet = (f->flags & O_DIRECT) != 0, announce = pipe_empty(p) || p->polled;
	ssize_t done = 0, n = 0;

	if (p->readers == 0)
		return -EPIPE;
	if (!packet && may_merge(p, odd)) {
		n = write_merge(p, from, odd);
		if (n < 0)
			return n;
		done = n;
	}
	while (from->left > 0) {
		if (pipe_full(p) && announce) {
			pipe_wake_readers(p);
			announce = false;
		}
		n = pipe_wait_space(p, (f->flags & O_NONBLOCK) != 0);
		if (n < 0)
			break;
		announce |= pipe_empty(p) || p->polled;
		n = write_slot(p, from, packet);
		if (n < 0)
			break;
		done += n;
	}
	if (announce && done > 0)
		pipe_wake_readers(p);
	if (n == -EPIPE)
		send_sigpipe();
	return done > 0 ? done : n;
}

static ssize_t pipe_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct pipe *p = f->private;
	ssize_t n;

	(void)pos;
	if (from->left == 0)
		return 0;
	sleep_lock_take(&p->lock);
	n = p->readers == 0 ? -EPIPE : 0;
	if (n < 0)
		send_sigpipe();
	else
		n = write_locked(p, f, from);
	sleep_lock_release(&p->lock);
	if (!pipe_full(p))
		pipe_wake_writers(p);
	if (n > 0)
		inode_times_now(f->inode, ATTR_MTIME | ATTR_CTIME);
	return n;
}

/* --- readiness ---------------------------------------------------------------------------------- */

/* file->pos of a fifo's reader: how often the fifo had been opened for writing when it came without waiting; no hang-up before that. */
static uint32_t pipe_poll(struct file *f, struct poll_table *table)
{
	struct pipe *p = f->private;
	uint32_t events = 0;

	p->polled = true;
	if (f->can_read) {
		poll_wait(table, &p->read_wait);
		if (!pipe_empty(p))
			events |= READ_EVENTS;
		if (p->writers == 0 && f->pos != p->write_opens)
			events |= POLLHUP;
	}
	if (f->can_write) {
		poll_wait(table, &p->write_wait);
		if (!pipe_full(p))
			events |= WRITE_EVENTS;
		if (p->readers == 0)
			events |= POLLERR;
	}
	return events;
}

static int64_t pipe_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct pipe *p = f->private;
	int32_t n = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	for (unsigned int i = p->tail; i != p->head; i++)
		n += (int32_t)pipe_slot(p, i)->len;
	return put_user(n, UADDR(arg));
}

const struct file_ops pipe_file_ops = {
	.open = pipe_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.fcntl = pipe_fcntl,
	.no_seek = true,
	.no_pos = true,
};
