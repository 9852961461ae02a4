// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify. An inode that is watched has a list of watches (inode->watches), which goes with the inode object; an instance has the same watches by
 * their descriptors, and a queue of events. Watches keep neither alive: whichever ends first takes the watch along.
 */
#include "abi/abi_inotify.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_notify.h"

#define QUEUED_EVENTS_MAX  16384u
#define USER_INSTANCES_MAX 128u
#define USER_WATCHES_MAX   65536u

#define WATCH_FLAGS (IN_EXCL_UNLINK | IN_ONESHOT)
#define ADD_FLAGS                                                                        \
	(IN_ALL_EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | \
	 IN_MASK_ADD | IN_ONESHOT | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ISDIR)

struct watch_list {
	struct list_head watches;
};

struct inotify {
	struct list_head watches; /* by descriptor, oldest first */
	struct list_head events;
	unsigned int n_events;
	int last_wd;
	struct anon_user *user;
	struct wait_queue queue;
};

struct inotify_watch {
	int wd;
	uint32_t mask;
	struct inotify *instance;
	struct inode *inode;
	struct list_head instance_link, inode_link;
};

struct inotify_event {
	struct list_head link;
	int wd;
	uint32_t mask, cookie, padded; /* bytes of name with its padding; 0: no name */
	char name[];
};

/* --- the queue ---------------------------------------------------------------------------------- */

static size_t event_bytes(const struct inotify_event *e)
{
	return sizeof(*e) + e->padded;
}

static void event_free(struct inotify_event *e)
{
	anon_uncharge(event_bytes(e));
	kfree(e);
}

static bool same_as_last(const struct inotify *n, int wd, uint32_t mask, uint32_t cookie,
			 const char *name)
{
	const struct inotify_event *e;

	if (list_empty(&n->events))
		return false;
	e = list_last_entry(&n->events, struct inotify_event, link);
	if (e->wd != wd || e->mask != mask || e->cookie != cookie ||
	    (e->padded > 0) != (name != NULL))
		return false;
	return !name || strcmp(e->name, name) == 0;
}

static struct inotify_event *event_alloc(const char *name)
{
	/* Linux pads names to a multiple of the header's size. */
	size_t len = name ? strlen(name) : 0;
	size_t padded = name ? ALIGN_UP(len + 1, sizeof(struct abi_inotify_event)) : 0;
	struct inotify_event *e;

	if (!anon_charge(sizeof(*e) + padded))
		return NULL;
	e = kzalloc(sizeof(*e) + padded);
	if (!e) {
		anon_uncharge(sizeof(*e) + padded);
		return NULL;
	}
	e->padded = (uint32_t)padded;
	if (name)
		memcpy(e->name, name, len);
	return e;
}

/* One event; when there are too many (or no memory) a single overflow event stands for all that are lost. */
static void queue_event(struct inotify *n, int wd, uint32_t mask, uint32_t cookie, const char *name)
{
	struct inotify_event *e = NULL;

	/* Linux never says of a watched object itself that it is a directory. */
	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF))
		mask &= ~(uint32_t)IN_ISDIR;
	if (same_as_last(n, wd, mask, cookie, name))
		return;
	if (n->n_events < QUEUED_EVENTS_MAX)
		e = event_alloc(name);
	if (!e) {
		wd = -1;
		mask = IN_Q_OVERFLOW;
		cookie = 0;
		if (same_as_last(n, wd, mask, cookie, NULL))
			return;
		e = event_alloc(NULL);
	}
	if (!e)
		return;
	e->wd = wd;
	e->mask = mask;
	e->cookie = cookie;
	list_add_tail(&e->link, &n->events);
	n->n_events++;
	(void)wait_queue_wake_events(&n->queue, POLLIN | POLLRDNORM);
}

/* --- watches ------------------------------------------------------------------------------------ */

/* Also frees the inode's list with its last watch. */
static void watch_free(struct inotify_watch *w)
{
	struct watch_list *l = w->inode->watches;

	list_del(&w->instance_link);
	list_del(&w->inode_link);
	if (list_empty(&l->watches)) {
		w->inode->watches = NULL;
		kfree(l);
	}
	w->instance->user->inotify_watches--;
	kfree(w);
}

static void watch_end(struct inotify_watch *w)
{
	queue_event(w->instance, w->wd, IN_IGNORED, 0, NULL);
	watch_free(w);
}

static void inode_event(struct inode *inode, uint32_t mask, const char *name, uint32_t cookie)
{
	struct inotify_watch *w, *tmp;

	ASSERT_LOCKED();
	list_for_each_entry_safe(w, tmp, &inode->watches->watches, inode_link) {
		bool last;

		if (!(w->mask & mask & (IN_ALL_EVENTS | IN_UNMOUNT)))
			continue;
		/* The list is freed with its last watch: do not look at its head after that. */
		last = tmp ==
		       list_entry(&inode->watches->watches, struct inotify_watch, inode_link);
		queue_event(w->instance, w->wd, mask, cookie, name);
		if (w->mask & IN_ONESHOT)
			watch_end(w);
		if (last)
			break;
	}
}

static void inode_gone(struct inode *inode)
{
	while (inode->watches)
		watch_end(list_first_entry(&inode->watches->watches, struct inotify_watch,
					   inode_link));
}

static const struct notify_ops ops = {
	.event = inode_event,
	.gone = inode_gone,
};

static struct inotify_watch *watch_of_inode(struct inotify *n, struct inode *inode)
{
	struct inotify_watch *w;

	if (!inode->watches)
		return NULL;
	list_for_each_entry(w, &inode->watches->watches, inode_link) {
		if (w->instance == n)
			return w;
	}
	return NULL;
}

static int watch_add(struct inotify *n, struct inode *inode, uint32_t mask)
{
	struct inotify_watch *w;

	if (n->user->inotify_watches >= USER_WATCHES_MAX)
		return -ENOSPC;
	w = kzalloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	if (!inode->watches) {
		inode->watches = kzalloc(sizeof(*inode->watches));
		if (!inode->watches) {
			kfree(w);
			return -ENOMEM;
		}
		list_init(&inode->watches->watches);
	}
	w->wd = ++n->last_wd;
	w->mask = mask;
	w->instance = n;
	w->inode = inode;
	list_add_tail(&w->instance_link, &n->watches);
	list_add_tail(&w->inode_link, &inode->watches->watches);
	n->user->inotify_watches++;
	return w->wd;
}

static int watch_set(struct inotify *n, struct inode *inode, uint32_t mask)
{
	struct inotify_watch *w = watch_of_inode(n, inode);
	uint32_t wanted = (mask & (IN_ALL_EVENTS | WATCH_FLAGS)) | IN_UNMOUNT;

	if (!w)
		return watch_add(n, inode, wanted);
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	w->mask = mask & IN_MASK_ADD ? w->mask | wanted : wanted;
	return w->wd;
}

/* --- the instance ------------------------------------------------------------------------------- */

static void inotify_free(struct inotify *n)
{
	while (!list_empty(&n->watches))
		watch_free(list_first_entry(&n->watches, struct inotify_watch, instance_link));
	while (!list_empty(&n->events)) {
		struct inotify_event *e = list_first_entry(&n->events, struct inotify_event, link);

		list_del(&e->link);
		event_free(e);
	}
	wait_queue_release(&n->queue);
	n->user->inotify_instances--;
	anon_user_put(n->user);
	kfree(n);
}

static void inotify_release(struct file *f)
{
	if (f->private)
		inotify_free(f->private);
}

static ssize_t send_event(struct iov_iter *to, const struct inotify_event *e)
{
	const struct abi_inotify_event head = { e->wd, e->mask, e->cookie, e->padded };

	if (iter_copy_to(to, &head, sizeof(head)) != (ssize_t)sizeof(head))
		return -EFAULT;
	if (e->padded && iter_copy_to(to, e->name, e->padded) != (ssize_t)e->padded)
		return -EFAULT;
	return (ssize_t)(sizeof(head) + e->padded);
}

/* As many whole events as fit. */
static ssize_t read_events(struct inotify *n, struct iov_iter *to)
{
	ssize_t done = 0;

	while (!list_empty(&n->events)) {
		struct inotify_event *e = list_first_entry(&n->events, struct inotify_event, link);
		ssize_t sent;

		if (to->left < sizeof(struct abi_inotify_event) + e->padded)
			return done > 0 ? done : -EINVAL;
		/* Ours alone from here on: the copy may sleep. */
		list_del(&e->link);
		n->n_events--;
		sent = send_event(to, e);
		event_free(e);
		if (sent < 0)
			return done > 0 ? done : sent;
		done += sent;
	}
	return done;
}

static ssize_t inotify_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct inotify *n = f->private;

	(void)pos;
	while (list_empty(&n->events)) {
		int r;

		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = wait_queue_sleep(&n->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
	return read_events(n, to);
}

static uint32_t inotify_poll(struct file *f, struct poll_table *table)
{
	struct inotify *n = f->private;

	poll_wait(table, &n->queue);
	return list_empty(&n->events) ? 0 : POLLIN | POLLRDNORM;
}

static int64_t inotify_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct inotify *n = f->private;
	struct inotify_event *e;
	int32_t bytes = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	list_for_each_entry(e, &n->events, link)
		bytes += (int32_t)(sizeof(struct abi_inotify_event) + e->padded);
	return put_user(bytes, UADDR(arg));
}

static void inotify_show(struct file *f, char *buf, size_t len)
{
	struct inotify *n = f->private;
	struct inotify_watch *w;
	size_t at = 0;

	list_for_each_entry(w, &n->watches, instance_link) {
		at += (size_t)format_str(
			buf + at, len - at,
			"inotify wd:%x ino:%llx sdev:%llx mask:%x ignored_mask:0\n", w->wd,
			(unsigned long long)w->inode->ino, (unsigned long long)w->inode->sb->dev,
			w->mask & IN_ALL_EVENTS);
		if (at + 1 >= len)
			return;
	}
}

static const struct file_ops inotify_file_ops = {
	.release = inotify_release,
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.show_fdinfo = inotify_show,
	.llseek = anon_llseek,
	.no_pos = true,
};

int inotify_create(uint32_t flags)
{
	struct inotify *n;
	int r;

	if (flags & ~(IN_NONBLOCK | IN_CLOEXEC))
		return -EINVAL;
	n = kzalloc(sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->user = anon_user_get(current_task()->cred->uid);
	if (!n->user) {
		kfree(n);
		return -ENOMEM;
	}
	list_init(&n->watches);
	list_init(&n->events);
	wait_queue_init(&n->queue);
	n->user->inotify_instances++;
	r = -EMFILE;
	if (n->user->inotify_instances <= USER_INSTANCES_MAX)
		r = anon_fd("inotify", &inotify_file_ops, n,
			    O_RDONLY | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (r < 0)
		inotify_free(n);
	return r;
}

static int inotify_of(int fd, uint32_t mask, struct file **ret)
{
	if (!(mask & ADD_FLAGS) || ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE)))
		return -EINVAL;
	return anon_file_of(fd, &inotify_file_ops, -EINVAL, ret);
}

int inotify_watch_check(int fd, uint32_t mask)
{
	struct file *f = NULL;
	int r = inotify_of(fd, mask, &f);

	if (r == 0)
		file_put(f);
	return r;
}

int inotify_watch(int fd, const char *name, uint32_t mask)
{
	unsigned int lookup = mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW;
	struct inode *inode;
	struct path p;
	struct file *f;
	int r;

	r = inotify_of(fd, mask, &f);
	if (r < 0)
		return r;
	if (mask & IN_ONLYDIR)
		lookup |= LOOKUP_DIRECTORY;
	r = path_lookup(AT_FDCWD, name, lookup, &p);
	if (r < 0)
		goto out;
	inode = path_inode(&p);
	r = inode_permission(inode, MAY_READ);
	if (r == 0)
		r = watch_set(f->private, inode, mask);
	path_put(&p);
out:
	file_put(f);
	return r;
}

int inotify_unwatch(int fd, int wd)
{
	struct inotify_watch *w;
	struct inotify *n;
	struct file *f;
	int r = anon_file_of(fd, &inotify_file_ops, -EINVAL, &f);

	if (r < 0)
		return r;
	n = f->private;
	r = -EINVAL;
	list_for_each_entry(w, &n->watches, instance_link) {
		if (w->wd == wd) {
			watch_end(w);
			r = 0;
			break;
		}
	}
	file_put(f);
	return r;
}

int kinotify_init(void)
{
	notify_ops = &ops;
	return 0;
}
