// SPDX-License-Identifier: GPL-2.0-or-later
/* The birth of pipes, opening fifos (which waits for the other side), sizes, and the end. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/pipe.h"
#include "fs/anon/pipe_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_special.h"

/* Linux's defaults of fs.pipe-max-size and fs.pipe-user-pages-soft. */
#define PIPE_MAX_BYTES	     (1u << 20)
#define PIPE_USER_PAGES_SOFT 16384u
#define PIPE_POOR_SLOTS	     2u

static bool privileged(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
}

static bool user_too_rich(const struct anon_user *u, unsigned int more)
{
	return u->pipe_pages + more > PIPE_USER_PAGES_SOFT && !privileged();
}

static struct pipe *pipe_alloc(bool anonymous)
{
	struct pipe *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->user = anon_user_get(current_task()->cred->uid);
	if (!p->user)
		goto out_pipe;
	p->n_slots = user_too_rich(p->user, PIPE_DEFAULT_SLOTS) ? PIPE_POOR_SLOTS
								: PIPE_DEFAULT_SLOTS;
	p->slots = kzalloc(p->n_slots * sizeof(*p->slots));
	if (!p->slots)
		goto out_user;
	p->user->pipe_pages += p->n_slots;
	p->anonymous = anonymous;
	sleep_lock_init(&p->lock);
	wait_queue_init(&p->read_wait);
	wait_queue_init(&p->write_wait);
	return p;
out_user:
	anon_user_put(p->user);
out_pipe:
	kfree(p);
	return NULL;
}

static void pipe_free(struct pipe *p)
{
	while (!pipe_empty(p))
		pipe_consume(p, pipe_slot(p, p->tail)->len);
	if (p->spare) {
		kfree(p->spare);
		anon_uncharge(PAGE_SIZE);
	}
	wait_queue_release(&p->read_wait);
	wait_queue_release(&p->write_wait);
	p->user->pipe_pages -= p->n_slots;
	anon_user_put(p->user);
	kfree(p->slots);
	kfree(p);
}

struct pipe *pipe_of(const struct file *f)
{
	return f->ops == &pipe_file_ops ? f->private : NULL;
}

/* --- pipe(2) ------------------------------------------------------------------------------------ */

int pipe_create(uint32_t flags, struct file *ret[2])
{
	struct pipe *p = pipe_alloc(true);
	int r;

	if (!p)
		return -ENFILE;
	r = file_create_pseudo(S_IFIFO | 0600, &pipe_file_ops, NULL,
			       O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)), &ret[1]);
	if (r < 0) {
		pipe_free(p);
		return r;
	}
	ret[1]->private = p;
	ret[1]->inode->pipe = p;
	p->writers = p->write_opens = 1;
	p->files = 1;
	r = file_create_sibling(ret[1], &pipe_file_ops, NULL, O_RDONLY | (flags & O_NONBLOCK),
				&ret[0]);
	if (r < 0) {
		file_put(ret[1]);
		return r;
	}
	ret[0]->private = p;
	p->readers = p->read_opens = 1;
	p->files++;
	return 0;
}

/* --- opening by name ---------------------------------------------------------------------------- */

static void side_gone(struct pipe *p)
{
	if (p->readers > 0 && p->writers > 0)
		return;
	(void)wait_queue_wake_events(&p->read_wait, POLLIN | POLLRDNORM | POLLERR | POLLHUP);
	(void)wait_queue_wake_events(&p->write_wait, POLLOUT | POLLWRNORM | POLLERR | POLLHUP);
}

static void partner_came(struct pipe *p)
{
	(void)wait_queue_wake_all(&p->read_wait);
}

static int wait_for_partner(struct pipe *p, const unsigned int *opens)
{
	unsigned int before = *opens;

	while (*opens == before) {
		int r = wait_queue_sleep(&p->read_wait, NO_DEADLINE, WAIT_INTERRUPTIBLE);

		if (r < 0 && *opens == before)
			return r;
	}
	return 0;
}

static int open_reader(struct pipe *p, struct file *f)
{
	p->read_opens++;
	if (p->readers++ == 0)
		partner_came(p);
	if (p->anonymous || p->writers > 0)
		return 0;
	if (!(f->flags & O_NONBLOCK))
		return wait_for_partner(p, &p->write_opens);
	f->pos = p->write_opens; /* no hang-up until a writer has come and gone */
	return 0;
}

static int open_writer(struct pipe *p, struct file *f)
{
	if (!p->anonymous && (f->flags & O_NONBLOCK) && p->readers == 0)
		return -ENXIO;
	p->write_opens++;
	if (p->writers++ == 0)
		partner_came(p);
	if (p->anonymous || p->readers > 0)
		return 0;
	return wait_for_partner(p, &p->read_opens);
}

static void pipe_close(struct pipe *p, struct inode *inode, bool reader, bool writer)
{
	p->readers -= reader;
	p->writers -= writer;
	if (--p->files == 0) {
		inode->pipe = NULL;
		pipe_free(p);
	} else {
		side_gone(p);
	}
}

int pipe_open(struct inode *inode, struct file *f)
{
	struct pipe *p = inode->pipe;
	bool reader = f->can_read, writer = f->can_write;
	unsigned int writers_before;
	int r = 0;

	if (!p) {
		p = pipe_alloc(false);
		if (!p)
			return -ENOMEM;
		inode->pipe = p;
	}
	p->files++;
	f->pos = UINT64_MAX;
	writers_before = p->write_opens;
	if (reader && writer) {
		p->read_opens++;
		p->write_opens++;
		if (p->readers++ == 0 || p->writers == 0)
			partner_came(p);
		p->writers++;
	} else if (reader) {
		r = open_reader(p, f);
	} else {
		r = open_writer(p, f);
		if (r < 0 && p->write_opens == writers_before)
			writer = false; /* it was not counted */
	}
	if (r < 0) {
		pipe_close(p, inode, reader, writer);
		return r;
	}
	f->private = p;
	return 0;
}

void pipe_release(struct file *f)
{
	struct pipe *p = f->private;

	/* Not set: the open failed, or pipe(2) did half-way. */
	if (p)
		pipe_close(p, f->inode, f->can_read, f->can_write);
}

/* --- sizes -------------------------------------------------------------------------------------- */

static unsigned int round_up_slots(uint64_t bytes)
{
	unsigned int n = 1;

	while ((uint64_t)n * PAGE_SIZE < bytes)
		n <<= 1;
	return n;
}

static int pipe_resize_locked(struct pipe *p, unsigned int n)
{
	unsigned int used = p->head - p->tail;
	struct pipe_slot *slots;

	if (used > n)
		return -EBUSY;
	slots = kzalloc(n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (unsigned int i = 0; i < used; i++)
		slots[i] = *pipe_slot(p, p->tail + i);
	kfree(p->slots);
	p->slots = slots;
	p->tail = 0;
	p->head = used;
	p->user->pipe_pages += n;
	p->user->pipe_pages -= p->n_slots;
	p->n_slots = n;
	return 0;
}

static int64_t pipe_set_size(struct pipe *p, uint64_t bytes)
{
	unsigned int n;
	int r;

	/* The argument is an unsigned int to Linux. */
	bytes = (uint32_t)bytes;
	if (bytes > 1u << 31)
		return -EINVAL;
	n = round_up_slots(bytes);
	if (n > p->n_slots) {
		if ((uint64_t)n * PAGE_SIZE > PIPE_MAX_BYTES && !capable(CAP_SYS_RESOURCE))
			return -EPERM;
		if (user_too_rich(p->user, n - p->n_slots))
			return -EPERM;
	}
	sleep_lock_take(&p->lock);
	r = pipe_resize_locked(p, n);
	sleep_lock_release(&p->lock);
	if (r < 0)
		return r;
	(void)wait_queue_wake_events(&p->write_wait, POLLOUT | POLLWRNORM);
	return (int64_t)n * (int64_t)PAGE_SIZE;
}

int64_t pipe_fcntl(struct file *f, int cmd, uint64_t arg)
{
	struct pipe *p = f->private;

	switch (cmd) {
	case F_SETPIPE_SZ:
		return pipe_set_size(p, arg);
	case F_GETPIPE_SZ:
		return (int64_t)p->n_slots * (int64_t)PAGE_SIZE;
	default:
		return -EINVAL;
	}
}
