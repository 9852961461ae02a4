// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories: durable names, mkdir -p, rm -r. The remover works on descriptors only and lets the
 * kernel refuse symbolic links and mounts (openat2), so that nobody can redirect it while it runs.
 */
#include "common/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/cleanup.h"
#include "common/file_tmp.h"

#define REMOVE_DEPTH_MAX 64u
#define REMOVE_PASSES	 3u

int dir_sync(int dirfd, const char *path)
{
	cleanup_close int fd = -1;

	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/*
 * Make one directory; its parents exist. The final component of the whole path may not be a link.
 */
static int dir_make_one(const char *path, mode_t mode, bool is_last)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (mkdir(path, 0700) < 0) {
		int r = -errno;

		/* A read-only or forbidden parent is no matter where the directory exists. */
		if ((is_last ? lstat(path, &st) : stat(path, &st)) < 0)
			return r == -EEXIST ? -errno : r;
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, mode) < 0)
		return -errno;
	return file_parent_sync(AT_FDCWD, path);
}

int dir_make(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0)
		return -ENOENT;
	if (len >= sizeof(copy))
		return -ENAMETOOLONG;
	memcpy(copy, path, len + 1);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	for (size_t i = 1; i <= len; i++) {
		char saved = copy[i];
		int r;

		if ((saved != '/' && saved != '\0') || copy[i - 1] == '/')
			continue;
		copy[i] = '\0';
		r = dir_make_one(copy, mode, i == len);
		if (r < 0)
			return r;
		copy[i] = saved;
	}
	return 0;
}

static int open_below(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int remove_entry(int dirfd, const char *name, unsigned int depth);

/* One pass over an open directory. Goes on after a failure and returns the first one. */
static int remove_children(DIR *dir, unsigned int depth)
{
	struct dirent *entry;
	int failure = 0;

	rewinddir(dir);
	while ((errno = 0, entry = readdir(dir))) {
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = remove_entry(dirfd(dir), entry->d_name, depth + 1);
		if (r < 0 && failure == 0)
			failure = r;
	}
	if (errno != 0 && failure == 0)
		failure = -errno;
	return failure;
}

static int remove_dir(int parent, const char *name, unsigned int depth)
{
	DIR *dir;
	int r = 0;
	int fd;

	if (depth > REMOVE_DEPTH_MAX)
		return -ELOOP;
	fd = open_below(parent, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	/*
	 * Some file systems skip entries when others are removed during the walk: look again a few
	 * times.
	 */
	for (unsigned int pass = 0; pass < REMOVE_PASSES; pass++) {
		r = remove_children(dir, depth);
		if (r < 0)
			break;
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			break;
		r = -errno;
		if (r != -ENOTEMPTY && r != -EEXIST)
			break;
	}
	(void)closedir(dir);
	return r;
}

static int remove_entry(int dirfd, const char *name, unsigned int depth)
{
	int r;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	r = -errno;
	/* Linux says EISDIR for a directory, POSIX allows EPERM. */
	if (r != -EISDIR && r != -EPERM)
		return r;
	if (r == -EPERM) {
		struct stat st;

		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
			return r;
	}
	return remove_dir(dirfd, name, depth);
}

int dir_remove_all(int dirfd, const char *path)
{
	char parent[PATH_MAX], name[NAME_MAX + 1];
	cleanup_close int fd = -1;
	int r;

	r = path_split(path, parent, name);
	if (r < 0)
		return r;
	fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return remove_entry(fd, name, 1);
}
