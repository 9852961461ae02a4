// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client side of the management console protocol, see mconsole.h.
 *
 * Two dangers shape it. The peer's socket lies in a directory that belongs to the guest's user, who
 * may put a link to another guest's socket there: the last two components of the path are opened
 * without following links, and what was opened is what we connect to. And anybody may send
 * datagrams to our (guessable) abstract address: a connected datagram socket takes them from its
 * peer only, and what came before is dropped.
 */
#include "common/mconsole.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "common/utf8.h"

#define REPLY_HEAD_BYTES    12u
#define NOTIFY_HEAD_BYTES   16u
#define PACKETS_PER_RECEIVE 64u
#define DRAIN_PACKETS_MAX   4096u
#define GUEST_OWNED_PARTS   2u /* end of the path that the guest's user controls */

struct request {
	uint32_t magic, version, len;
	char data[MCONSOLE_DATA_MAX];
};

struct reply {
	int32_t err;
	uint32_t more, len;
	char data[MCONSOLE_DATA_MAX];
};

struct notify {
	uint32_t magic, version, type, len;
	char data[MCONSOLE_DATA_MAX];
};

_Static_assert(sizeof(struct request) == 12 + MCONSOLE_DATA_MAX, "wire format");
_Static_assert(sizeof(struct reply) == REPLY_HEAD_BYTES + MCONSOLE_DATA_MAX, "wire format");
_Static_assert(sizeof(struct notify) == NOTIFY_HEAD_BYTES + MCONSOLE_DATA_MAX, "wire format");

struct mconsole {
	int fd;
	bool in_flight;
	int32_t status;
	size_t len, size;
	char *answer; /* NUL-terminated if not NULL */
	char path[];  /* of the peer */
};

int mconsole_notify_parse(const void *data, size_t len, struct mconsole_notify *ret)
{
	struct notify packet = { 0 };
	size_t n;

	if (len < NOTIFY_HEAD_BYTES || len > sizeof(packet))
		return -EBADMSG;
	memcpy(&packet, data, len);
	if (packet.magic != MCONSOLE_MAGIC || packet.version != MCONSOLE_VERSION ||
	    packet.type > MCONSOLE_NOTIFY_USER || packet.len > len - NOTIFY_HEAD_BYTES)
		return -EBADMSG;
	n = strnlen(packet.data, packet.len);
	if (n >= sizeof(ret->text))
		n = sizeof(ret->text) - 1;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)packet.data[i];

		if (c < 0x20 || c == 0x7f)
			packet.data[i] = '?';
	}
	utf8_sanitize(packet.data, n);
	ret->type = (enum mconsole_notify_type)packet.type;
	memcpy(ret->text, packet.data, n);
	ret->text[n] = '\0';
	return 0;
}

/* A non-blocking datagram socket with an abstract address that the kernel chooses. */
static int open_socket(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int mconsole_new(const char *path, struct mconsole **ret)
{
	size_t len = strlen(path);
	struct mconsole *m;

	if (len == 0 || len >= PATH_MAX)
		return len == 0 ? -EINVAL : -ENAMETOOLONG;
	m = calloc(1, sizeof(*m) + len + 1);
	if (!m)
		return -ENOMEM;
	memcpy(m->path, path, len + 1);
	m->fd = open_socket();
	if (m->fd < 0) {
		int r = m->fd;

		free(m);
		return r;
	}
	*ret = m;
	return 0;
}

void mconsole_free(struct mconsole *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		(void)close(m->fd);
	free(m->answer);
	free(m);
}

int mconsole_fd(const struct mconsole *m)
{
	return m->fd;
}

/* Where the part of the path begins that is not to be trusted. */
static const char *guest_part(const char *path)
{
	const char *p = path + strlen(path);
	unsigned int parts = 0;

	while (p > path) {
		if (p[-1] == '/' && ++parts == GUEST_OWNED_PARTS)
			return p;
		p--;
	}
	return path;
}

/* An O_PATH descriptor of the peer's socket. */
static int open_peer(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};
	const char *part = guest_part(path);
	cleanup_close int base = -1;
	char trusted[PATH_MAX];
	long fd;

	memcpy(trusted, path, (size_t)(part - path));
	trusted[part - path] = '\0';
	base = open(trusted[0] ? trusted : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return -errno;
	do {
		fd = syscall(SYS_openat2, base, part, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int connect_peer(struct mconsole *m)
{
	struct sockaddr_un peer = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;

	fd = open_peer(m->path);
	if (fd < 0)
		return fd;
	(void)snprintf(peer.sun_path, sizeof(peer.sun_path), "/proc/self/fd/%d", fd);
	if (connect(m->fd, (struct sockaddr *)&peer, sizeof(peer)) < 0)
		return -errno;
	return 0;
}

/* Drop what strangers sent before the socket was connected, and late parts of earlier answers. */
static void drain(struct mconsole *m)
{
	char byte;

	/*
	 * Bounded, for the peer itself may go on sending. More than a socket's queue is never left
	 * of strangers'.
	 */
	for (unsigned int i = 0; i < DRAIN_PACKETS_MAX; i++) {
		if (recv(m->fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno != EINTR)
			break;
	}
}

int mconsole_send(struct mconsole *m, const char *command)
{
	struct request request = { .magic = MCONSOLE_MAGIC, .version = MCONSOLE_VERSION };
	size_t len = strlen(command);
	ssize_t n;
	int r;

	if (m->in_flight)
		return -EBUSY;
	if (len >= sizeof(request.data))
		return -EMSGSIZE;
	request.len = (uint32_t)len;
	memcpy(request.data, command, len);
	r = connect_peer(m);
	if (r < 0)
		return r;
	drain(m);
	do {
		n = send(m->fd, &request, sizeof(request), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	free(m->answer);
	m->answer = NULL;
	m->len = m->size = 0;
	m->status = 0;
	m->in_flight = true;
	return 0;
}

/* Append up to the first NUL; what passes the maximum is cut off. */
static int append(struct mconsole *m, const char *data, size_t len)
{
	len = strnlen(data, len);
	if (len > MCONSOLE_ANSWER_MAX - m->len)
		len = MCONSOLE_ANSWER_MAX - m->len;
	if (m->len + len + 1 > m->size) {
		size_t size = m->size ? m->size * 2 : MCONSOLE_DATA_MAX * 2;
		char *grown = realloc(m->answer, size);

		if (!grown)
			return -ENOMEM;
		m->answer = grown;
		m->size = size;
	}
	memcpy(m->answer + m->len, data, len);
	m->len += len;
	m->answer[m->len] = '\0';
	return 0;
}

/* Returns as mconsole_receive. */
static int take_packet(struct mconsole *m, const struct reply *packet, size_t n)
{
	int r;

	if (n < REPLY_HEAD_BYTES || n > sizeof(*packet) || packet->len > n - REPLY_HEAD_BYTES)
		return -EBADMSG;
	r = append(m, packet->data, packet->len);
	if (r < 0)
		return r;
	if (m->status == 0)
		m->status = packet->err;
	return packet->more == 0;
}

int mconsole_receive(struct mconsole *m)
{
	/* A peer that never stops sending gets a bounded share of the caller's loop. */
	for (unsigned int i = 0; i < PACKETS_PER_RECEIVE; i++) {
		struct reply packet;
		ssize_t n = recv(m->fd, &packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!m->in_flight)
			continue;
		r = take_packet(m, &packet, (size_t)n);
		if (r == 0)
			continue;
		m->in_flight = false;
		if (r > 0)
			utf8_sanitize(m->answer, m->len);
		return r;
	}
	return 0;
}

const char *mconsole_answer(const struct mconsole *m, int *ret_status)
{
	if (ret_status)
		*ret_status = m->status;
	return m->answer ? m->answer : "";
}

int mconsole_abandon(struct mconsole *m)
{
	int fd = open_socket();

	if (fd < 0)
		return fd;
	(void)close(m->fd);
	m->fd = fd;
	m->in_flight = false;
	return 0;
}
