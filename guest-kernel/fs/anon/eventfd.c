// SPDX-License-Identifier: GPL-2.0-or-later
/* eventfd(2): a 64-bit counter to add to and to take from. */
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	uint64_t count;
	bool semaphore;
	unsigned int id; /* shown in fdinfo */
	struct wait_queue queue;
};

static void eventfd_release(struct file *f)
{
	struct eventfd *e = f->private;

	if (!e)
		return;
	wait_queue_release(&e->queue);
	kfree(e);
}

/* Announces what has become possible; readers and writers share the queue, so every change wakes one of each that waits. */
static void eventfd_changed(struct eventfd *e, uint32_t events)
{
	(void)wait_queue_wake_events(&e->queue, events);
}

static ssize_t eventfd_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct eventfd *e = f->private;
	uint64_t v;

	(void)pos;
	if (to->left < sizeof(v))
		return -EINVAL;
	while (e->count == 0) {
		int r;

		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = wait_queue_sleep(&e->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
	v = e->semaphore ? 1 : e->count;
	e->count -= v;
	eventfd_changed(e, POLLOUT | POLLWRNORM);
	return iter_copy_to(to, &v, sizeof(v)) == (ssize_t)sizeof(v) ? (ssize_t)sizeof(v) : -EFAULT;
}

static ssize_t eventfd_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct eventfd *e = f->private;
	uint64_t v;

	(void)pos;
	if (from->left < sizeof(v))
		return -EINVAL;
	if (iter_copy_from(from, &v, sizeof(v)) != (ssize_t)sizeof(v))
		return -EFAULT;
	if (v == UINT64_MAX)
		return -EINVAL;
	while (COUNT_MAX - e->count < v) {
		int r;

		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = wait_queue_sleep(&e->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
	e->count += v;
	eventfd_changed(e, POLLIN | POLLRDNORM);
	return (ssize_t)sizeof(v);
}

static uint32_t eventfd_poll(struct file *f, struct poll_table *table)
{
	struct eventfd *e = f->private;
	uint32_t events = 0;

	poll_wait(table, &e->queue);
	if (e->count > 0)
		events |= POLLIN | POLLRDNORM;
	if (e->count < COUNT_MAX)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static void eventfd_show(struct file *f, char *buf, size_t len)
{
	struct eventfd *e = f->private;

	(void)format_str(buf, len, "eventfd-count: %16llx\neventfd-id: %u\neventfd-semaphore: %d\n",
			 (unsigned long long)e->count, e->id, e->semaphore);
}

static const struct file_ops eventfd_ops = {
	.release = eventfd_release,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.show_fdinfo = eventfd_show,
	.llseek = anon_llseek,
	.no_pos = true,
};

int eventfd_create(uint64_t initial, uint32_t flags)
{
	static unsigned int last_id;
	struct eventfd *e;
	int r;

	if (flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
		return -EINVAL;
	e = kzalloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->count = initial;
	e->semaphore = (flags & EFD_SEMAPHORE) != 0;
	e->id = last_id++;
	wait_queue_init(&e->queue);
	r = anon_fd("[eventfd]", &eventfd_ops, e, O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (r < 0)
		kfree(e);
	return r;
}
