// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors beside bytes on a Unix stream socket, see rpc.h. The control buffer has room for more
 * than we accept: what the kernel has installed must be closed by us, what does not fit it never
 * installs.
 */
#include "common/rpc.h"

#include <string.h>
#include <sys/socket.h>

#define CONTROL_FDS (4 * RPC_FDS_MAX)

ssize_t fds_send(int sock, const void *data, size_t len, const int *fds, unsigned int n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RPC_FDS_MAX * sizeof(int))];
	} control = { 0 };
	/* sendmsg does not write through iov_base, which has no const for recvmsg's sake. */
	union {
		const void *in;
		void *base;
	} bytes = { .in = data };
	struct iovec iov = { .iov_base = bytes.base, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	/* Descriptors need at least one byte to travel with. */
	if (n_fds > RPC_FDS_MAX || (n_fds > 0 && len == 0))
		return -EINVAL;
	if (n_fds > 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Keep the first RPC_FDS_MAX descriptors of all control messages, close the others. */
static unsigned int collect_fds(struct msghdr *msg, int fds[RPC_FDS_MAX])
{
	unsigned int n_fds = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n_fds < RPC_FDS_MAX)
				fds[n_fds++] = fd;
			else
				(void)close(fd);
		}
	}
	return n_fds;
}

ssize_t fds_receive(int sock, void *data, size_t len, int fds[RPC_FDS_MAX], unsigned int *ret_n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_n_fds = collect_fds(&msg, fds);
	return n;
}
