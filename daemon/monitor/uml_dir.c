// SPDX-License-Identifier: GPL-2.0-or-later
/* See uml_dir.h. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/monitor/uml_dir.h"

static int strip_slash(const char *path, char *buf, size_t size)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, path, len);
	buf[len] = '\0';
	return 0;
}

static int make_parent(const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return -EINVAL;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	return dir_make(parent, 0755); /* owners of guests must get through */
}

/* The directory still belongs to us and nobody else can enter it. */
static int bind_notify(const char *dir, uid_t uid, gid_t gid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;
	int r = path_join(addr.sun_path, sizeof(addr.sun_path), dir, UML_DIR_NOTIFY);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || chmod(addr.sun_path, 0600) < 0)
		return -errno;
	if (geteuid() == 0 && lchown(addr.sun_path, uid, gid) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/*
 * The directory was the guest's: a kernel that was taken over may have left a tree in it that is too deep to be removed. That
 * must not keep the guest from starting again, so it is moved out of the way, under a name that no guest can have.
 */
static int clear_the_place(const char *dir)
{
	char aside[PATH_MAX];
	uint64_t number = 0;
	int r = dir_remove_all(AT_FDCWD, dir), n;

	if (r == 0)
		return 0;
	if (getrandom(&number, sizeof(number), 0) < 0)
		return -errno;
	n = snprintf(aside, sizeof(aside), "%s.left-%016llx", dir, (unsigned long long)number);
	if (n < 0 || (size_t)n >= sizeof(aside))
		return -ENAMETOOLONG;
	if (rename(dir, aside) < 0)
		return r;
	log_warning("cannot remove %s: %s, it is left as %s", dir, strerror(-r), aside);
	return 0;
}

int uml_dir_make(const char *path, uid_t uid, gid_t gid, int *ret_notify_fd, struct error *err)
{
	char dir[PATH_MAX];
	cleanup_close int fd = -1;
	int r = strip_slash(path, dir, sizeof(dir));

	if (r == 0)
		r = make_parent(dir);
	if (r == 0)
		r = clear_the_place(dir);
	if (r == 0 && mkdir(dir, 0700) < 0)
		r = -errno;
	if (r < 0)
		return error_set_errno(err, r, "cannot make the directory '%s'", dir);
	fd = bind_notify(dir, uid, gid);
	if (fd < 0)
		return error_set_errno(err, fd, "cannot make the notify socket in '%s'", dir);
	if (geteuid() == 0 && lchown(dir, uid, gid) < 0)
		return error_set_errno(err, errno, "cannot hand over the directory '%s'", dir);
	*ret_notify_fd = TAKE_FD(fd);
	return 0;
}

int uml_dir_remove(const char *path)
{
	char dir[PATH_MAX];
	int r = strip_slash(path, dir, sizeof(dir));

	return r < 0 ? r : dir_remove_all(AT_FDCWD, dir);
}
