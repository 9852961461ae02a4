// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls on sockets, each with just the rights that the guest's task has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/host_net.h"

_Static_assert(sizeof(struct host_segment) == sizeof(struct iovec), "struct iovec");

/* --- rights ------------------------------------------------------------------------------------- */

#define CAPS_KEPT (BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW))

/* This thread's effective set; what is not permitted (no namespace of our own) is refused by the host, and the call then goes without. */
static void rights(uint32_t effective)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2] = { { effective, CAPS_KEPT, 0 } };

	(void)syscall(SYS_capset, &head, set);
}

static void rights_raise(unsigned int caps)
{
	uint32_t set = 0;

	if (!caps)
		return;
	if (caps & HOST_CAP_NET_BIND)
		set |= (uint32_t)BIT(CAP_NET_BIND_SERVICE);
	if (caps & HOST_CAP_NET_ADMIN)
		set |= (uint32_t)BIT(CAP_NET_ADMIN);
	if (caps & HOST_CAP_NET_RAW)
		set |= (uint32_t)BIT(CAP_NET_RAW);
	rights(set);
}

static void rights_drop(unsigned int caps)
{
	int error = errno;

	if (caps)
		rights(0);
	errno = error;
}

/* --- calls -------------------------------------------------------------------------------------- */

int host_net_socket(int family, int type, int protocol, unsigned int caps)
{
	int fd;

	rights_raise(caps);
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	rights_drop(caps);
	return fd < 0 ? -errno : fd;
}

int host_net_bind(int fd, const void *addr, uint32_t len, unsigned int caps)
{
	int r;

	rights_raise(caps);
	r = bind(fd, addr, len);
	rights_drop(caps);
	return r < 0 ? -errno : 0;
}

int host_net_connect(int fd, const void *addr, uint32_t len)
{
	return connect(fd, addr, len) < 0 ? -errno : 0;
}

int host_net_listen(int fd, int backlog)
{
	return listen(fd, backlog) < 0 ? -errno : 0;
}

int host_net_accept(int fd)
{
	int r = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return r < 0 ? -errno : r;
}

int host_net_name(int fd, bool peer, void *addr, uint32_t *len)
{
	int r = peer ? getpeername(fd, addr, len) : getsockname(fd, addr, len);

	return r < 0 ? -errno : 0;
}

int host_net_shutdown(int fd, int how)
{
	return shutdown(fd, how) < 0 ? -errno : 0;
}

static struct msghdr header(const struct host_message *m)
{
	return (struct msghdr){
		.msg_name = m->name,
		.msg_namelen = m->name_len,
		.msg_iov = (struct iovec *)m->segments,
		.msg_iovlen = m->n_segments,
		.msg_control = m->control_len ? m->control : NULL,
		.msg_controllen = m->control_len,
	};
}

ssize_t host_net_send(int fd, struct host_message *m, unsigned int caps)
{
	struct msghdr h = header(m);
	ssize_t n;

	rights_raise(caps);
	n = sendmsg(fd, &h, (int)(m->flags | MSG_DONTWAIT | MSG_NOSIGNAL));
	rights_drop(caps);
	return n < 0 ? -errno : n;
}

ssize_t host_net_receive(int fd, struct host_message *m)
{
	struct msghdr h = header(m);
	ssize_t n = recvmsg(fd, &h, (int)(m->flags | MSG_DONTWAIT));

	if (n < 0)
		return -errno;
	m->name_len = h.msg_namelen;
	m->control_len = h.msg_controllen;
	m->flags = (uint32_t)h.msg_flags;
	return n;
}

static bool option_known(int level, int option)
{
	for (unsigned int i = 0; i < host_net_n_options; i++)
		if (host_net_options[i].level == level && host_net_options[i].option == option)
			return true;
	return false;
}

int host_net_set_option(int fd, int level, int option, const void *value, uint32_t len,
			unsigned int caps)
{
	int r;

	if (!option_known(level, option))
		return -ENOPROTOOPT;
	rights_raise(caps);
	r = setsockopt(fd, level, option, value, len);
	rights_drop(caps);
	return r < 0 ? -errno : 0;
}

int host_net_get_option(int fd, int level, int option, void *value, uint32_t len)
{
	socklen_t n = len;

	if (!option_known(level, option))
		return -ENOPROTOOPT;
	if (getsockopt(fd, level, option, value, &n) < 0)
		return -errno;
	return (int)MIN(n, len);
}

static bool ioctl_known(unsigned int request)
{
	for (unsigned int i = 0; i < host_net_n_ioctls; i++)
		if (host_net_ioctls[i] == request)
			return true;
	return false;
}

int host_net_ioctl(int fd, unsigned int request, void *arg, unsigned int caps)
{
	int r;

	if (!ioctl_known(request))
		return -ENOTTY;
	rights_raise(caps);
	r = ioctl(fd, request, arg);
	rights_drop(caps);
	return r < 0 ? -errno : r;
}

uint32_t host_net_poll(int fd)
{
	struct pollfd p = { .fd = fd,
			    .events = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND |
				      POLLWRNORM | POLLWRBAND | POLLRDHUP };

	return poll(&p, 1, 0) > 0 ? (uint32_t)(uint16_t)p.revents : 0;
}

uint64_t host_net_inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/* --- text --------------------------------------------------------------------------------------- */

static ssize_t read_whole(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (have + 1 < len && (n = read(fd, buf + have, len - 1 - have)) > 0)
		have += (size_t)n;
	n = n < 0 ? -errno : (ssize_t)have;
	(void)close(fd);
	buf[have] = '\0';
	return n;
}

ssize_t host_net_text(const char *name, char *buf, size_t len)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/net/%s", name);
	return read_whole(path, buf, len);
}

static int sysctl_path(char *path, size_t len, const char *name)
{
	int n = snprintf(path, len, "/proc/sys/net/%s", name);

	return n < 0 || (size_t)n >= len || strstr(name, "..") ? -ENOENT : 0;
}

ssize_t host_net_sysctl_read(const char *name, char *buf, size_t len)
{
	char path[160];
	int r = sysctl_path(path, sizeof(path), name);

	return r < 0 ? r : read_whole(path, buf, len);
}

ssize_t host_net_sysctl_write(const char *name, const char *text, size_t len, unsigned int caps)
{
	char path[160];
	int fd, r = sysctl_path(path, sizeof(path), name);
	ssize_t n;

	if (r < 0)
		return r;
	rights_raise(caps);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : write(fd, text, len);
	rights_drop(caps);
	if (n < 0)
		n = -errno;
	if (fd >= 0)
		(void)close(fd);
	return n;
}

unsigned int host_gid(void)
{
	return getegid();
}
