// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets: birth, names, connections, options. Messages are in sys_socket_message.c. */
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "net/socket.h"
#include "syscalls/sys_socket.h"
#include "syscalls/syscall_handlers.h"

#define OPTION_MAX 4096u

int address_from_user(uint64_t addr, int len, struct socket_address *ret)
{
	if (len < 0 || len > SOCKADDR_MAX)
		return -EINVAL;
	*ret = (struct socket_address){ .len = (unsigned int)len };
	return len == 0 ? 0 : copy_from_user(ret->bytes, UADDR(addr), (size_t)len);
}

int address_to_user(const struct socket_address *a, uint64_t addr, uint64_t len_addr)
{
	int32_t room, len = (int32_t)a->len;

	if (get_user(room, UADDR(len_addr)) < 0)
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (copy_to_user(UADDR(addr), a->bytes, (size_t)MIN(room, len)) < 0)
		return -EFAULT;
	return put_user(len, UADDR(len_addr));
}

SYSCALL_HANDLER(sys_socket)
{
	(void)t;
	return socket_create((int)a[0], (int)a[1], (int)a[2]);
}

SYSCALL_HANDLER(sys_socketpair)
{
	int32_t fds[2];
	int r = socket_pair((int)a[0], (int)a[1], (int)a[2], fds);

	(void)t;
	if (r < 0)
		return r;
	if (copy_to_user(UADDR(a[3]), fds, sizeof(fds)) == 0)
		return 0;
	(void)fd_close(fds[0]);
	(void)fd_close(fds[1]);
	return -EFAULT;
}

enum address_call { CALL_BIND, CALL_CONNECT };

static int64_t with_address(int fd, uint64_t addr, int len, enum address_call call)
{
	struct socket_address address;
	struct socket *s;
	struct file *f;
	int r = socket_get(fd, &f, &s);

	if (r < 0)
		return r;
	r = address_from_user(addr, len, &address);
	if (r < 0)
		goto out;
	if (call == CALL_BIND)
		r = s->ops->bind ? s->ops->bind(s, &address) : -EOPNOTSUPP;
	else
		r = s->ops->connect ? s->ops->connect(s, &address, socket_nonblock(f))
				    : -EOPNOTSUPP;
out:
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_bind)
{
	(void)t;
	return with_address((int)a[0], a[1], (int)a[2], CALL_BIND);
}

SYSCALL_HANDLER(sys_connect)
{
	(void)t;
	return with_address((int)a[0], a[1], (int)a[2], CALL_CONNECT);
}

static int64_t with_number(int fd, int number, bool shutdown)
{
	int (*call)(struct socket * s, int number);
	struct socket *s;
	struct file *f;
	int r = socket_get(fd, &f, &s);

	if (r < 0)
		return r;
	call = shutdown ? s->ops->shutdown : s->ops->listen;
	r = call ? call(s, number) : -EOPNOTSUPP;
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_listen)
{
	(void)t;
	return with_number((int)a[0], (int)a[1], false);
}

static int64_t do_accept(int fd, uint64_t addr, uint64_t len_addr, uint32_t flags)
{
	struct socket_address peer;
	struct socket *s;
	struct file *f;
	int r = socket_get(fd, &f, &s), bad;

	if (r < 0)
		return r;
	r = socket_accept(f, addr ? &peer : NULL, flags);
	file_put(f);
	if (r < 0 || !addr)
		return r;
	bad = address_to_user(&peer, addr, len_addr);
	if (bad == 0)
		return r;
	(void)fd_close(r);
	return bad;
}

SYSCALL_HANDLER(sys_accept)
{
	(void)t;
	return do_accept((int)a[0], a[1], a[2], 0);
}

SYSCALL_HANDLER(sys_accept4)
{
	(void)t;
	return do_accept((int)a[0], a[1], a[2], (uint32_t)a[3]);
}

static int64_t get_name(int fd, bool peer, uint64_t addr, uint64_t len_addr)
{
	struct socket_address address;
	struct socket *s;
	struct file *f;
	int r = socket_get(fd, &f, &s);

	if (r < 0)
		return r;
	r = s->ops->name ? s->ops->name(s, peer, &address) : -EOPNOTSUPP;
	file_put(f);
	return r < 0 ? r : address_to_user(&address, addr, len_addr);
}

SYSCALL_HANDLER(sys_getsockname)
{
	(void)t;
	return get_name((int)a[0], false, a[1], a[2]);
}

SYSCALL_HANDLER(sys_getpeername)
{
	(void)t;
	return get_name((int)a[0], true, a[1], a[2]);
}

SYSCALL_HANDLER(sys_shutdown)
{
	(void)t;
	return with_number((int)a[0], (int)a[1], true);
}

SYSCALL_HANDLER(sys_setsockopt)
{
	unsigned int len = (unsigned int)a[4];
	uint8_t value[256];
	struct socket *s;
	struct file *f;
	int r;

	(void)t;
	if ((int)a[4] < 0)
		return -EINVAL;
	r = socket_get((int)a[0], &f, &s);
	if (r < 0)
		return r;
	len = MIN(len, (unsigned int)sizeof(value));
	r = copy_from_user(value, UADDR(a[3]), len);
	if (r == 0)
		r = socket_set_option(s, (int)a[1], (int)a[2], value, len);
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_getsockopt)
{
	uint8_t value[OPTION_MAX];
	struct socket *s;
	struct file *f;
	int32_t len;
	int r = socket_get((int)a[0], &f, &s);

	(void)t;
	if (r < 0)
		return r;
	r = get_user(len, UADDR(a[4]));
	if (r == 0 && len < 0)
		r = -EINVAL;
	/* PACKET_HDRLEN asks with its value. */
	if (r == 0 && (int)a[1] == SOL_PACKET && len >= 4)
		r = copy_from_user(value, UADDR(a[3]), 4);
	if (r == 0)
		r = socket_get_option(s, (int)a[1], (int)a[2], value,
				      MIN((unsigned int)len, OPTION_MAX));
	file_put(f);
	if (r < 0)
		return r;
	len = r;
	if (copy_to_user(UADDR(a[3]), value, (size_t)len) < 0)
		return -EFAULT;
	return put_user(len, UADDR(a[4]));
}
