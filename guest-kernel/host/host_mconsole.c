// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and sockets of the management console. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/host_mconsole.h"

#define SEND_WAIT_MS 1000

static int set_address(struct sockaddr_un *a, const char *path)
{
	size_t n = strlen(path);

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (n >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	memcpy(a->sun_path, path, n);
	return 0;
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int prepared_fd = -1;

void host_mconsole_prepare(void)
{
	int fd = open_socket();

	prepared_fd = fd < 0 ? -1 : fd;
}

void host_mconsole_forget(void)
{
	if (prepared_fd >= 0)
		(void)close(prepared_fd);
	prepared_fd = -1;
}

/* Does somebody listen there? A socket file whose process has died refuses. */
static bool is_alive(const struct sockaddr_un *a)
{
	int fd = open_socket();
	bool alive;

	if (fd < 0)
		return false;
	alive = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;
	(void)close(fd);
	return alive;
}

static int make_directory(const char *dir, mode_t mode)
{
	struct stat st;

	if (mkdir(dir, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int make_directories(const char *dir)
{
	char above[256];
	const char *slash = strrchr(dir, '/');

	if (slash && slash > dir && (size_t)(slash - dir) < sizeof(above)) {
		memcpy(above, dir, (size_t)(slash - dir));
		above[slash - dir] = '\0';
		(void)make_directory(above, 0777);
	}
	return make_directory(dir, 0700);
}

static int write_pid(const char *dir, int pid)
{
	char path[256], text[16];
	int n = snprintf(path, sizeof(path), "%s/pid", dir), fd, r = 0;

	if (n >= (int)sizeof(path))
		return -ENAMETOOLONG;
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%d\n", pid);
	if (write(fd, text, (size_t)n) != n)
		r = -EIO;
	(void)close(fd);
	return r;
}

int host_mconsole_listen(const char *dir, int pid)
{
	struct sockaddr_un a;
	char path[256];
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/mconsole", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = set_address(&a, path);
	if (r == 0)
		r = make_directories(dir);
	if (r < 0)
		return r;
	if (is_alive(&a))
		return -EBUSY;
	fd = prepared_fd >= 0 ? prepared_fd : open_socket();
	if (fd < 0)
		return fd;
	prepared_fd = -1;
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	(void)chmod(path, 0600);
	r = write_pid(dir, pid);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	return fd;
}

void host_mconsole_remove(const char *dir)
{
	static const char *const names[] = { "mconsole", "pid" };
	char path[256];

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) < (int)sizeof(path))
			(void)unlink(path);
	}
	(void)rmdir(dir);
}

const char *host_mconsole_home(void)
{
	static char text[200];
	const char *home = getenv("HOME");

	if (!home || !*home || snprintf(text, sizeof(text), "%s/.uml/", home) >= (int)sizeof(text))
		return NULL;
	return text;
}

ssize_t host_mconsole_receive(int fd, void *buf, size_t len, struct host_peer *ret_from)
{
	struct sockaddr_un from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, len, MSG_TRUNC, (struct sockaddr *)&from, &from_len);

	if (n < 0)
		return -errno;
	if (from_len <= offsetof(struct sockaddr_un, sun_path) || from_len > sizeof(ret_from->addr))
		return -EDESTADDRREQ;
	memcpy(ret_from->addr, &from, from_len);
	ret_from->len = from_len;
	return n;
}

void host_mconsole_send(int fd, const void *buf, size_t len, const struct host_peer *to)
{
	struct sockaddr_un a;

	memcpy(&a, to->addr, to->len);
	/* The socket counts as writable although this receiver's queue is full: try again after a moment. */
	for (int ms = 0; ms < SEND_WAIT_MS; ms += 10) {
		if (sendto(fd, buf, len, 0, (const struct sockaddr *)&a, to->len) >= 0 ||
		    (errno != EAGAIN && errno != EINTR))
			return;
		(void)poll(NULL, 0, 10);
	}
}

int host_mconsole_notify(const char *path, const void *buf, size_t len)
{
	struct sockaddr_un a;
	int r = set_address(&a, path), fd = r < 0 ? r : open_socket();

	if (fd < 0)
		return fd;
	if (sendto(fd, buf, len, 0, (const struct sockaddr *)&a, sizeof(a)) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}
