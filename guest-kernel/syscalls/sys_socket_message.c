// SPDX-License-Identifier: GPL-2.0-or-later
/* Sending and receiving on sockets. A msghdr is copied once and checked; control messages are in net/scm.c. */
#include "abi/abi_errno.h"
#include "abi/abi_time.h"
#include "fs/anon/anon.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "net/socket.h"
#include "syscalls/sys_socket.h"
#include "syscalls/syscall_handlers.h"

#define CONTROL_MAX 20480u /* net.core.optmem_max */
#define MMSG_MAX    1024u

/* Descriptor and buffer of sendto and recvfrom. *ret_f is the caller's. */
static ssize_t message_begin(const uint64_t a[6], struct socket_message *m, struct file **ret_f)
{
	struct socket *s;
	ssize_t n;

	*m = (struct socket_message){ .flags = (uint32_t)a[3] };
	n = iter_init_user(&m->iter, UADDR(a[1]), a[2]);
	return n < 0 ? n : socket_get((int)a[0], ret_f, &s);
}

SYSCALL_HANDLER(sys_sendto)
{
	struct socket_message m;
	struct file *f;
	ssize_t n = message_begin(a, &m, &f);

	(void)t;
	if (n < 0)
		return n;
	if (a[4])
		n = address_from_user(a[4], (int)a[5], &m.name);
	if (n == 0)
		n = socket_send(f, &m);
	file_put(f);
	return n;
}

SYSCALL_HANDLER(sys_recvfrom)
{
	struct socket_message m;
	struct file *f;
	ssize_t n = message_begin(a, &m, &f);

	(void)t;
	if (n < 0)
		return n;
	n = socket_receive(f, &m);
	scm_done(&m.scm);
	file_put(f);
	if (n >= 0 && a[4]) {
		int r = address_to_user(&m.name, a[4], a[5]);

		if (r < 0)
			return r;
	}
	return n;
}

/* --- msghdr ------------------------------------------------------------------------------------- */

static int header_from_user(uint64_t addr, struct abi_msghdr *h, struct iov_iter *iter)
{
	if (copy_from_user(h, UADDR(addr), sizeof(*h)) < 0)
		return -EFAULT;
	if (!h->name)
		h->namelen = 0;
	if (h->namelen < 0)
		return -EINVAL;
	h->namelen = MIN(h->namelen, SOCKADDR_MAX);
	if (h->iovlen > 1024)
		return -EMSGSIZE;
	return iter_init_iovec(iter, UADDR(h->iov), (unsigned int)h->iovlen);
}

static ssize_t send_one(struct file *f, uint64_t addr, uint32_t flags)
{
	struct socket_message m = { .flags = flags };
	struct abi_msghdr h;
	void *control = NULL;
	ssize_t n = header_from_user(addr, &h, &m.iter);

	if (n < 0)
		return n;
	if (h.namelen > 0)
		n = address_from_user(h.name, h.namelen, &m.name);
	if (n == 0 && h.control && h.controllen > 0) {
		if (h.controllen > CONTROL_MAX)
			n = -ENOBUFS;
		else if (!(control = kmalloc(h.controllen)))
			n = -ENOBUFS;
		else
			n = copy_from_user(control, UADDR(h.control), h.controllen);
		m.control = control;
		m.control_len = h.controllen;
	}
	if (n == 0)
		n = socket_send(f, &m);
	kfree(control);
	iter_done(&m.iter);
	return n;
}

/* Write back what recvmsg answers beside the data. */
static int answer(uint64_t addr, const struct abi_msghdr *h, struct socket_message *m,
		  bool passcred)
{
	size_t control, family = h->control ? MIN(m->ret_control_len, h->controllen) : 0;
	int32_t namelen = (int32_t)m->name.len;

	/* What the family has made comes first. */
	if (family > 0 && copy_to_user(UADDR(h->control), m->ret_control, family) < 0)
		return -EFAULT;
	control = family + scm_receive(&m->scm, passcred,
				       UADDR(h->control ? h->control + family : 0),
				       h->controllen - family, m->flags, &m->ret_flags);

	if (h->name) {
		if (copy_to_user(UADDR(h->name), m->name.bytes, (size_t)MIN(namelen, h->namelen)) <
		    0)
			return -EFAULT;
		if (put_user(namelen, UADDR(addr + offsetof(struct abi_msghdr, namelen))) < 0)
			return -EFAULT;
	}
	m->ret_flags |= m->flags & MSG_CMSG_CLOEXEC;
	if (put_user(m->ret_flags, UADDR(addr + offsetof(struct abi_msghdr, flags))) < 0)
		return -EFAULT;
	return put_user((uint64_t)control, UADDR(addr + offsetof(struct abi_msghdr, controllen)));
}

static ssize_t receive_one(struct file *f, uint64_t addr, uint32_t flags)
{
	struct socket_message m = { .flags = flags };
	struct abi_msghdr h;
	ssize_t n = header_from_user(addr, &h, &m.iter);
	int r;

	if (n < 0)
		return n;
	m.control_room = h.control ? h.controllen : 0;
	n = socket_receive(f, &m);
	iter_done(&m.iter);
	if (n < 0) {
		scm_done(&m.scm);
		kfree(m.ret_control);
		return n;
	}
	/* At the end of a stream there was no sender: no credentials. */
	r = answer(addr, &h, &m, socket_of(f)->passcred);
	kfree(m.ret_control);
	return r < 0 ? r : n;
}

static int64_t one_message(int fd, uint64_t addr, uint32_t flags,
			   ssize_t (*fn)(struct file *f, uint64_t addr, uint32_t flags))
{
	struct socket *s;
	struct file *f;
	ssize_t n = socket_get(fd, &f, &s);

	if (n < 0)
		return n;
	n = fn(f, addr, flags);
	file_put(f);
	return n;
}

SYSCALL_HANDLER(sys_sendmsg)
{
	(void)t;
	return one_message((int)a[0], a[1], (uint32_t)a[2], send_one);
}

SYSCALL_HANDLER(sys_recvmsg)
{
	(void)t;
	return one_message((int)a[0], a[1], (uint32_t)a[2], receive_one);
}

/* --- several at once ---------------------------------------------------------------------------- */

SYSCALL_HANDLER(sys_sendmmsg)
{
	unsigned int n = MIN((unsigned int)a[2], MMSG_MAX), done = 0;
	struct socket *s;
	struct file *f;
	ssize_t r = socket_get((int)a[0], &f, &s);

	(void)t;
	if (r < 0)
		return r;
	for (; done < n; done++) {
		uint64_t at = a[1] + done * sizeof(struct abi_mmsghdr);

		r = send_one(f, at, (uint32_t)a[3]);
		if (r < 0)
			break;
		r = put_user((uint32_t)r, UADDR(at + offsetof(struct abi_mmsghdr, len)));
		if (r < 0)
			break;
	}
	file_put(f);
	return done > 0 ? (int64_t)done : r;
}

static int mmsg_deadline(uint64_t addr, uint64_t *ret)
{
	struct abi_timespec ts;

	*ret = NO_DEADLINE;
	if (!addr)
		return 0;
	if (copy_from_user(&ts, UADDR(addr), sizeof(ts)) < 0)
		return -EFAULT;
	if (timespec_to_ns(&ts, ret) < 0)
		return -EINVAL;
	*ret += host_monotonic_ns();
	return 0;
}

/* recvmmsg's time limit is only looked at after each message, as recvmmsg(2) warns; what is left of it is written back. */
static int mmsg_time_left(uint64_t addr, uint64_t deadline)
{
	uint64_t now = host_monotonic_ns(), left = deadline > now ? deadline - now : 0;
	struct abi_timespec ts = { (int64_t)(left / NSEC_PER_SEC), (int64_t)(left % NSEC_PER_SEC) };

	return copy_to_user(UADDR(addr), &ts, sizeof(ts));
}

SYSCALL_HANDLER(sys_recvmmsg)
{
	unsigned int n = MIN((unsigned int)a[2], MMSG_MAX), done = 0;
	uint32_t flags = (uint32_t)a[3];
	uint64_t deadline;
	struct socket *s;
	struct file *f;
	ssize_t r = mmsg_deadline(a[4], &deadline);

	(void)t;
	if (r == 0)
		r = socket_get((int)a[0], &f, &s);
	if (r < 0)
		return r;
	while (done < n) {
		uint64_t at = a[1] + done * sizeof(struct abi_mmsghdr);

		r = receive_one(f, at, flags & ~MSG_WAITFORONE);
		if (r >= 0)
			r = put_user((uint32_t)r, UADDR(at + offsetof(struct abi_mmsghdr, len)));
		if (r < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (deadline != NO_DEADLINE && host_monotonic_ns() >= deadline)
			break;
	}
	file_put(f);
	if (done > 0 && a[4] && mmsg_time_left(a[4], deadline) < 0)
		return -EFAULT;
	return done > 0 ? (int64_t)done : r;
}
