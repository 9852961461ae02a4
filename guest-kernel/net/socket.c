// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets as files: birth, descriptors, reading and writing, the end. */
#include "net/socket.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_special.h"

#define BUFFER_DEFAULT 212992u

static struct list_head families = LIST_HEAD_INIT(families);

void socket_family_register(struct socket_family *f)
{
	list_add_tail(&f->link, &families);
}

/* --- waiting ------------------------------------------------------------------------------------ */

uint64_t socket_deadline(uint64_t timeout_ns, bool nonblock)
{
	if (nonblock)
		return 0;
	return timeout_ns ? host_monotonic_ns() + timeout_ns : NO_DEADLINE;
}

int socket_wait(struct wait_queue *q, uint64_t deadline_ns)
{
	int r;

	if (deadline_ns == 0)
		return -EAGAIN;
	r = wait_queue_sleep(q, deadline_ns, WAIT_INTERRUPTIBLE);
	if (r == -ETIMEDOUT)
		return -EAGAIN;
	return r == -ERESTARTSYS && deadline_ns != NO_DEADLINE ? -EINTR : r;
}

/* --- the file ----------------------------------------------------------------------------------- */

ssize_t socket_send(struct file *f, struct socket_message *m)
{
	struct socket *s = f->private;

	if (f->flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	return s->ops->sendmsg ? s->ops->sendmsg(s, m) : -EOPNOTSUPP;
}

ssize_t socket_receive(struct file *f, struct socket_message *m)
{
	struct socket *s = f->private;

	if (f->flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	return s->ops->recvmsg ? s->ops->recvmsg(s, m) : -EOPNOTSUPP;
}

/* The message borrows the caller's segments; its own single one does not move with a copy. */
static void iter_borrow(struct iov_iter *to, const struct iov_iter *from)
{
	*to = *from;
	if (from->segments == &from->one)
		to->segments = &to->one;
}

static ssize_t socket_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct socket_message m = { 0 };
	ssize_t n;

	(void)pos;
	if (to->left == 0)
		return 0;
	iter_borrow(&m.iter, to);
	n = socket_receive(f, &m);
	scm_done(&m.scm);
	if (n > 0)
		iter_advance(to, MIN((size_t)n, to->left));
	return n;
}

static ssize_t socket_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct socket_message m = { 0 };
	ssize_t n;

	(void)pos;
	iter_borrow(&m.iter, from);
	n = socket_send(f, &m);
	if (n > 0)
		iter_advance(from, (size_t)n);
	return n;
}

static uint32_t socket_poll(struct file *f, struct poll_table *table)
{
	struct socket *s = f->private;

	return s->ops->poll ? s->ops->poll(s, table) : 0;
}

static int64_t socket_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct socket *s = f->private;

	return s->ops->ioctl ? s->ops->ioctl(s, cmd, arg) : -ENOTTY;
}

static int socket_mmap(struct file *f, uint64_t offset, uint64_t len, uint32_t prot, bool shared,
		       struct mapping_source **ret)
{
	struct socket *s = f->private;

	(void)prot;
	if (!s->ops->mmap)
		return -ENODEV;
	return shared ? s->ops->mmap(s, offset, len, ret) : -EINVAL;
}

static void socket_release(struct file *f)
{
	struct socket *s = f->private;

	if (!s)
		return;
	if (s->ops)
		s->ops->release(s);
	kfree(s);
}

static const struct file_ops socket_file_ops = {
	.release = socket_release,
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.mmap = socket_mmap,
	.no_seek = true,
	.no_pos = true,
};

struct socket *socket_of(const struct file *f)
{
	return f->ops == &socket_file_ops ? f->private : NULL;
}

int socket_get(int fd, struct file **ret_file, struct socket **ret)
{
	struct file *f = fd_get(fd);

	if (!f)
		return -EBADF;
	*ret = socket_of(f);
	if (!*ret) {
		file_put(f);
		return -ENOTSOCK;
	}
	*ret_file = f;
	return 0;
}

/* --- birth -------------------------------------------------------------------------------------- */

/* An open file with a socket that has no family's part yet; the file owns the socket. */
static int socket_file(int family, int type, int protocol, uint32_t flags, struct file **ret)
{
	struct socket *s = kzalloc(sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->family = family;
	s->type = type;
	s->protocol = protocol;
	s->sndbuf = s->rcvbuf = BUFFER_DEFAULT;
	s->rcvlowat = 1;
	r = file_create_pseudo(S_IFSOCK | 0777, &socket_file_ops, s, O_RDWR | (flags & O_NONBLOCK),
			       ret);
	if (r < 0) {
		kfree(s);
		return r;
	}
	s->file = *ret;
	return 0;
}

static int family_create(int family, struct socket *s)
{
	struct socket_family *f;

	list_for_each_entry(f, &families, link) {
		if (f->family == family)
			return f->create(s);
	}
	return -EAFNOSUPPORT;
}

static int socket_open(int family, int type, int protocol, struct file **ret)
{
	uint32_t flags = (uint32_t)type & ~(uint32_t)SOCK_TYPE_MASK;
	int r;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	type &= SOCK_TYPE_MASK;
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type >= SOCK_PACKET + 1)
		return -EINVAL;
	r = socket_file(family, type, protocol, flags, ret);
	if (r < 0)
		return r;
	r = family_create(family, (*ret)->private);
	if (r < 0)
		file_put(*ret);
	return r;
}

int socket_create(int family, int type, int protocol)
{
	struct file *f;
	int r = socket_open(family, type, protocol, &f);

	if (r < 0)
		return r;
	r = fd_install(f, 0, ((uint32_t)type & SOCK_CLOEXEC) != 0);
	if (r < 0)
		file_put(f);
	return r;
}

int socket_pair(int family, int type, int protocol, int32_t ret_fds[2])
{
	bool cloexec = ((uint32_t)type & SOCK_CLOEXEC) != 0;
	struct file *a, *b;
	struct socket *s;
	int r = socket_open(family, type, protocol, &a);

	if (r < 0)
		return r;
	r = socket_open(family, type, protocol, &b);
	if (r < 0)
		goto out_a;
	s = a->private;
	r = s->ops->pair ? s->ops->pair(s, b->private) : -EOPNOTSUPP;
	if (r < 0)
		goto out_b;
	ret_fds[0] = r = fd_install(a, 0, cloexec);
	if (r < 0)
		goto out_b;
	ret_fds[1] = r = fd_install(b, 0, cloexec);
	if (r >= 0)
		return 0;
	(void)fd_close(ret_fds[0]);
	file_put(b);
	return r;
out_b:
	file_put(b);
out_a:
	file_put(a);
	return r;
}

int socket_accept(struct file *listener, struct socket_address *ret_peer, uint32_t flags)
{
	struct socket *s = listener->private, *fresh;
	struct file *f;
	int r;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (!s->ops->accept)
		return -EOPNOTSUPP;
	/* A connection that was taken cannot be put back. */
	r = fd_room();
	if (r == 0)
		r = socket_file(s->family, s->type, s->protocol, flags, &f);
	if (r < 0)
		return r;
	fresh = f->private;
	r = s->ops->accept(s, fresh, (listener->flags & O_NONBLOCK) != 0);
	if (r == 0 && ret_peer && s->ops->name(fresh, true, ret_peer) < 0)
		r = -ECONNABORTED;
	if (r == 0)
		r = fd_install(f, 0, (flags & SOCK_CLOEXEC) != 0);
	if (r < 0)
		file_put(f);
	return r;
}
