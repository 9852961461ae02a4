// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending and receiving on host sockets. Guest memory lies in other processes, so bytes pass through a buffer of the kernel; what is in kernel memory
 * already (sendfile, splice) goes straight. The big lock is dropped around host calls that move much.
 */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "abi/abi_net.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/anon/anon.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "net/inet_socket.h"

#define CHUNK	    65536u
#define DGRAM_MAX   (1u << 20)
#define CONTROL_MAX 4096u
#define LOCKED_MAX  2048u /* up to so many bytes the call is shorter than giving up the lock */

#define SEND_FLAGS                                                                       \
	(MSG_OOB | MSG_DONTROUTE | MSG_DONTWAIT | MSG_EOR | MSG_CONFIRM | MSG_NOSIGNAL | \
	 MSG_MORE | MSG_FASTOPEN)
#define RECEIVE_FLAGS                                                                 \
	(MSG_OOB | MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_ERRQUEUE | \
	 MSG_CMSG_CLOEXEC | MSG_NOSIGNAL | MSG_WAITFORONE)

/* --- control messages of senders ---------------------------------------------------------------- */

static bool control_allowed(const struct abi_cmsghdr *h)
{
	switch (h->level) {
	case SOL_SOCKET:
		return h->type == SO_MARK;
	case SOL_IP:
		return h->type == IP_TOS || h->type == IP_TTL || h->type == IP_RETOPTS ||
		       h->type == IP_PKTINFO;
	case SOL_IPV6:
		return h->type == IPV6_PKTINFO || h->type == IPV6_HOPLIMIT ||
		       h->type == IPV6_DONTFRAG || h->type == IPV6_TCLASS;
	case SOL_UDP:
		return h->type == UDP_SEGMENT;
	default:
		return false;
	}
}

/* Those of the guest's that may reach the host, one behind the other in buf. Descriptors and credentials mean nothing here and are passed over. */
static int control_filter(const struct socket_message *m, uint8_t *buf, size_t *ret_len)
{
	const uint8_t *p = m->control;
	size_t left = m->control_len, n = 0;

	while (left >= sizeof(struct abi_cmsghdr)) {
		struct abi_cmsghdr h;
		size_t step;

		memcpy(&h, p, sizeof(h));
		if (h.len < sizeof(h) || h.len > left)
			return -EINVAL;
		step = MIN((size_t)CMSG_ALIGN(h.len), left);
		if (control_allowed(&h)) {
			if (n + CMSG_ALIGN(h.len) > CONTROL_MAX)
				return -ENOBUFS;
			memcpy(buf + n, p, h.len);
			n += CMSG_ALIGN(h.len);
		} else if (h.level != SOL_SOCKET ||
			   (h.type != SCM_RIGHTS && h.type != SCM_CREDENTIALS)) {
			return -EINVAL;
		}
		p += step;
		left -= step;
	}
	*ret_len = n;
	return 0;
}

/* --- one host call ------------------------------------------------------------------------------ */

static ssize_t host_send(struct inet_sock *i, struct host_message *m, unsigned int caps, size_t len)
{
	ssize_t n;

	if (len > LOCKED_MAX)
		big_lock_drop();
	n = host_net_send(i->fd, m, caps);
	if (len > LOCKED_MAX)
		big_lock_retake();
	return n;
}

static ssize_t host_receive(struct inet_sock *i, struct host_message *m, size_t len)
{
	ssize_t n;

	if (len > LOCKED_MAX)
		big_lock_drop();
	n = host_net_receive(i->fd, m);
	if (len > LOCKED_MAX)
		big_lock_retake();
	return n;
}

/* Send one piece, waiting for room until the deadline. */
static ssize_t send_wait(struct inet_sock *i, struct host_message *m, unsigned int caps, size_t len,
			 uint64_t deadline)
{
	for (;;) {
		uint64_t seen = i->wakes;
		ssize_t n = host_send(i, m, caps, len);
		int r;

		if (n != -EAGAIN || deadline == 0)
			return n;
		r = inet_watch(i);
		if (r == 0)
			r = inet_wait(i, seen, deadline);
		if (r < 0)
			return r;
	}
}

struct sending {
	struct host_message m;
	struct host_segment segment;
	unsigned int caps;
	uint64_t deadline;
	uint8_t *control;
};

static int sending_begin(struct sending *x, struct socket *s, struct socket_message *m)
{
	int r;

	*x = (struct sending){ .deadline = socket_deadline(s->sndtimeo_ns,
							   (m->flags & MSG_DONTWAIT) != 0) };
	x->m.flags = m->flags & SEND_FLAGS;
	x->m.segments = &x->segment;
	x->m.n_segments = 1;
	if (m->name.len > 0) {
		x->m.name = m->name.bytes;
		x->m.name_len = m->name.len;
	}
	if (m->control_len == 0)
		return 0;
	x->control = kmalloc(CONTROL_MAX);
	if (!x->control)
		return -ENOBUFS;
	r = control_filter(m, x->control, &x->m.control_len);
	x->m.control = x->control;
	/* A mark is a network administrator's. */
	x->caps = net_caps(HOST_CAP_NET_ADMIN | HOST_CAP_NET_RAW);
	return r;
}

static void sending_end(struct sending *x)
{
	kfree(x->control);
}

/* --- streams ------------------------------------------------------------------------------------ */

/* All of a piece that is in kernel memory; bytes sent, or an error if none were. */
static ssize_t stream_piece(struct inet_sock *i, struct sending *x, uint8_t *data, size_t len)
{
	size_t done = 0;

	do {
		ssize_t n;

		x->segment = (struct host_segment){ data + done, len - done };
		n = send_wait(i, &x->m, x->caps, len - done, x->deadline);
		if (n < 0)
			return done > 0 ? (ssize_t)done : n;
		done += (size_t)n;
	} while (done < len);
	return (ssize_t)done;
}

/* The next piece of what is to be sent: where it is in kernel memory (buf if it had to be fetched) and how long. */
static ssize_t next_piece(struct iov_iter *it, uint8_t *buf, uint8_t **ret)
{
	*ret = buf;
	if (it->left == 0)
		return 0;
	if (!it->is_user && it->n_segments == 1) {
		*ret = (uint8_t *)(uintptr_t)(it->segments[0].base + it->offset);
		return (ssize_t)it->left;
	}
	return iter_copy_from(it, buf, MIN(it->left, (size_t)CHUNK));
}

ssize_t inet_stream_send(struct socket *s, struct socket_message *m)
{
	struct inet_sock *i = inet_of(s);
	size_t total = 0;
	struct sending x;
	uint8_t *buf, *at;
	ssize_t n = sending_begin(&x, s, m), want;

	buf = kmalloc(MIN(MAX(m->iter.left, (size_t)1), (size_t)CHUNK));
	if (n == 0 && !buf)
		n = -ENOBUFS;
	while (n >= 0) {
		want = next_piece(&m->iter, buf, &at);
		n = want < 0 ? want : stream_piece(i, &x, at, (size_t)want);
		if (n < 0)
			break;
		total += (size_t)n;
		if (!m->iter.is_user && m->iter.n_segments == 1)
			iter_advance(&m->iter, (size_t)n);
		if (n < want || m->iter.left == 0)
			break;
	}
	kfree(buf);
	sending_end(&x);
	if (n == -EPIPE && total == 0 && !(m->flags & MSG_NOSIGNAL))
		send_sigpipe();
	return total > 0 ? (ssize_t)total : n;
}

struct receiving {
	struct host_message m;
	struct host_segment segment;
	uint64_t deadline;
	uint8_t *control;
	size_t control_room;
};

static int receiving_begin(struct receiving *x, struct socket *s, struct socket_message *m)
{
	bool at_once = (m->flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) != 0;

	*x = (struct receiving){ .deadline = socket_deadline(s->rcvtimeo_ns, at_once) };
	x->control_room = MIN(m->control_room, (size_t)CONTROL_MAX);
	if (x->control_room == 0)
		return 0;
	x->control = kzalloc(x->control_room);
	return x->control ? 0 : -ENOBUFS;
}

/* What came with the bytes goes to the caller. */
static void receiving_end(struct receiving *x, struct socket_message *m, bool came)
{
	m->name.len = came ? MIN(x->m.name_len, (uint32_t)SOCKADDR_MAX) : 0;
	if (!came || x->m.control_len == 0) {
		kfree(x->control);
		return;
	}
	m->ret_control = x->control;
	m->ret_control_len = x->m.control_len;
}

/* One receive into buf; -EAGAIN if there is nothing. */
static ssize_t receive_once(struct inet_sock *i, struct receiving *x, struct socket_message *m,
			    uint8_t *buf, size_t len)
{
	ssize_t n;

	x->segment = (struct host_segment){ buf, len };
	x->m = (struct host_message){
		.name = m->name.bytes,
		.name_len = sizeof(m->name.bytes),
		.segments = &x->segment,
		.n_segments = 1,
		.control = x->control,
		.control_len = x->control_room,
		.flags = m->flags & RECEIVE_FLAGS & ~(MSG_CMSG_CLOEXEC | MSG_WAITFORONE),
	};
	n = host_receive(i, &x->m, len);
	if (n >= 0)
		m->ret_flags |= x->m.flags & ~MSG_CMSG_CLOEXEC;
	return n;
}

/* The same, waiting for the first byte. */
static ssize_t receive_wait(struct inet_sock *i, struct receiving *x, struct socket_message *m,
			    uint8_t *buf, size_t len)
{
	for (;;) {
		uint64_t seen = i->wakes;
		ssize_t n = receive_once(i, x, m, buf, len);
		int r;

		if (n != -EAGAIN || x->deadline == 0)
			return n;
		r = inet_watch(i);
		if (r == 0)
			r = inet_wait(i, seen, x->deadline);
		if (r < 0)
			return r;
	}
}

/* How many bytes a receive waits for. A look ahead takes what is there in one go. */
static size_t stream_target(const struct socket *s, const struct socket_message *m, size_t len)
{
	if (m->flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE))
		return 1;
	return MAX(m->flags & MSG_WAITALL ? len : MIN(len, (size_t)s->rcvlowat), (size_t)1);
}

/*
 * How many of the next len bytes have a place that may be written to. What does not reach the guest must stay in the stream, and what was taken from the host
 * cannot be put back; a page that fails for another reason than its protection (a disk's error) loses bytes.
 */
static size_t writable(const struct iov_iter *it, size_t len)
{
	struct mm *mm = current_task()->mm;
	uint64_t offset = it->offset;
	size_t done = 0;

	if (!it->is_user)
		return len;
	for (unsigned int i = it->i; i < it->n_segments && done < len; i++, offset = 0) {
		uint64_t at = it->segments[i].base + offset,
			 end = it->segments[i].base + it->segments[i].len;

		while (at < end && done < len) {
			const struct vma *v = mm_find(mm, at);
			uint64_t part;

			if (!v || !(v->prot & PROT_WRITE))
				return done;
			part = MIN(MIN(end, v->end) - at, (uint64_t)(len - done));
			done += part;
			at += part;
		}
	}
	return done;
}

/* A place that cannot be written to: an error once there is something to say it about. */
static ssize_t bad_place(struct inet_sock *i, struct receiving *x, struct socket_message *m)
{
	uint32_t flags = m->flags;
	uint8_t byte;
	ssize_t n;

	m->flags |= MSG_PEEK;
	n = receive_wait(i, x, m, &byte, 1);
	m->flags = flags;
	return n > 0 ? -EFAULT : n;
}

ssize_t inet_stream_receive(struct socket *s, struct socket_message *m)
{
	size_t len = m->iter.left, target = stream_target(s, m, len), total = 0;
	bool once = (m->flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)) != 0;
	bool discard = (m->flags & MSG_TRUNC) != 0 && !(m->flags & MSG_ERRQUEUE);
	struct inet_sock *i = inet_of(s);
	struct receiving x;
	size_t size = MIN(MAX(len, (size_t)1), (size_t)CHUNK);
	uint8_t *buf = kmalloc(size);
	ssize_t n = receiving_begin(&x, s, m), copied = 0;

	if (!buf && n == 0)
		n = -ENOBUFS;
	while (n == 0) {
		size_t part = MIN(len - total, size),
		       room = discard ? part : writable(&m->iter, part);

		if (part > 0 && room == 0) {
			n = bad_place(i, &x, m);
			break;
		}
		part = room;
		n = total >= target ? receive_once(i, &x, m, buf, part)
				    : receive_wait(i, &x, m, buf, part);
		if (n <= 0)
			break;
		if (!discard)
			copied = iter_copy_to(&m->iter, buf, (size_t)n);
		if (copied < 0) {
			n = copied;
			break;
		}
		total += discard ? (size_t)n : (size_t)copied;
		if (once || total == len || (!discard && copied < n) ||
		    ((size_t)n < part && total >= target))
			break;
		n = 0;
	}
	kfree(buf);
	receiving_end(&x, m, n >= 0 || total > 0);
	/* Connections have no senders' names, but the error queue has. */
	if (!(m->flags & MSG_ERRQUEUE))
		m->name.len = 0;
	return total > 0 ? (ssize_t)total : n;
}

/* --- datagrams ---------------------------------------------------------------------------------- */

ssize_t inet_send_kernel(struct socket *s, struct socket_message *m, void *data, size_t len,
			 unsigned int caps)
{
	struct sending x;
	ssize_t n = sending_begin(&x, s, m);

	x.segment = (struct host_segment){ data, len };
	if (n == 0)
		n = send_wait(inet_of(s), &x.m, x.caps | caps, len, x.deadline);
	sending_end(&x);
	if (n == -EPIPE && s->type == SOCK_STREAM && !(m->flags & MSG_NOSIGNAL))
		send_sigpipe();
	return n;
}

ssize_t inet_dgram_send(struct socket *s, struct socket_message *m)
{
	size_t len = m->iter.left;
	uint8_t *buf;
	ssize_t n;

	if (len > DGRAM_MAX)
		return -EMSGSIZE;
	buf = kmalloc(MAX(len, (size_t)1));
	if (!buf)
		return -ENOBUFS;
	n = len > 0 ? iter_copy_from(&m->iter, buf, len) : 0;
	if (n >= 0 && (size_t)n < len)
		n = -EFAULT;
	if (n >= 0)
		n = inet_send_kernel(s, m, buf, len, 0);
	kfree(buf);
	return n;
}

ssize_t inet_dgram_receive(struct socket *s, struct socket_message *m)
{
	size_t size = MIN(m->iter.left, (size_t)DGRAM_MAX);
	struct receiving x;
	uint8_t *buf = kmalloc(MAX(size, (size_t)1));
	ssize_t n = receiving_begin(&x, s, m), copied;

	if (!buf && n == 0)
		n = -ENOBUFS;
	if (n == 0)
		n = receive_wait(inet_of(s), &x, m, buf, size);
	if (n > 0 && s->family == AF_NETLINK)
		netlink_diag_translate(buf, MIN((size_t)n, size));
	if (n > 0 && size > 0) {
		copied = iter_copy_to(&m->iter, buf, MIN((size_t)n, size));
		if (copied < (ssize_t)MIN((size_t)n, size))
			n = -EFAULT;
	}
	kfree(buf);
	receiving_end(&x, m, n >= 0);
	return n;
}
