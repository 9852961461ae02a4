// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole files: atomic replacement and bounded reading, see file.h. Directories are in file_dir.c,
 * locks in file_lock.c, sparse copies in file_copy.c.
 */
#include "common/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file_tmp.h"

#define TMP_INFIX	".tmp-"
#define TMP_INFIX_LEN	(sizeof(TMP_INFIX) - 1)
#define TMP_RANDOM_LEN	16u
#define READ_FIRST_SIZE 4096u

int path_join(char *buf, size_t len, const char *a, const char *b)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	size_t slash = a_len > 0 && a[a_len - 1] == '/' ? 0 : 1;

	if (a_len >= len || b_len >= len || a_len + slash + b_len >= len)
		return -ENAMETOOLONG;
	/* a may be buf itself; its NUL is overwritten next. */
	memmove(buf, a, a_len + 1);
	if (slash)
		buf[a_len] = '/';
	memcpy(buf + a_len + slash, b, b_len + 1);
	return 0;
}

int path_split(const char *path, char parent[PATH_MAX], char name[NAME_MAX + 1])
{
	size_t len = strlen(path);
	size_t start, name_len;

	while (len > 0 && path[len - 1] == '/')
		len--;
	start = len;
	while (start > 0 && path[start - 1] != '/')
		start--;
	name_len = len - start;
	if (name_len > NAME_MAX || start >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path + start, name_len);
	name[name_len] = '\0';
	if (name_len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (start == 0)
		path = ".";
	memcpy(parent, path, start > 0 ? start : 1);
	parent[start > 0 ? start : 1] = '\0';
	return 0;
}

int file_parent_sync(int dirfd, const char *path)
{
	char parent[PATH_MAX], name[NAME_MAX + 1];
	cleanup_close int fd = -1;
	int r;

	r = path_split(path, parent, name);
	if (r < 0)
		return r;
	/*
	 * The parent may be reached through a link: only the last component is ours to be strict
	 * about.
	 */
	fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* 1 if fd is locked and still has a name, 0 if a remover was faster. */
static int tmp_claim(int fd, mode_t mode)
{
	struct stat st;
	int r;

	/* Waits at most for a remover that is between its own lock and its unlink. */
	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	if (r < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return 0;
	/* The process's umask shall not decide who may read a state file. */
	if (fchmod(fd, mode) < 0)
		return -errno;
	return 1;
}

int file_tmp_create(int dirfd, const char *path, mode_t mode, char tmp[PATH_MAX])
{
	for (;;) {
		cleanup_close int fd = -1;
		uint64_t word;
		int n, r;

		if (getrandom(&word, sizeof(word), 0) != (ssize_t)sizeof(word))
			return -EIO;
		n = snprintf(tmp, PATH_MAX, "%s" TMP_INFIX "%016" PRIx64, path, word);
		if (n < 0 || n >= PATH_MAX)
			return -ENAMETOOLONG;
		fd = openat(dirfd, tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return -errno;
		r = tmp_claim(fd, mode);
		if (r > 0)
			return TAKE_FD(fd);
		if (r < 0) {
			(void)unlinkat(dirfd, tmp, 0);
			return r;
		}
	}
}

int file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
	cleanup_close int fd = -1;
	char tmp[PATH_MAX];
	int r;

	fd = file_tmp_create(dirfd, path, mode, tmp);
	if (fd < 0)
		return fd;
	r = fd_write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(dirfd, tmp, dirfd, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, tmp, 0);
		return r;
	}
	return file_parent_sync(dirfd, path);
}

static bool is_tmp_name(const char *name)
{
	size_t len = strlen(name);
	const char *tail;

	if (len <= TMP_INFIX_LEN + TMP_RANDOM_LEN)
		return false;
	tail = name + len - TMP_INFIX_LEN - TMP_RANDOM_LEN;
	return strncmp(tail, TMP_INFIX, TMP_INFIX_LEN) == 0 &&
	       strspn(tail + TMP_INFIX_LEN, "0123456789abcdef") == TMP_RANDOM_LEN;
}

/* 1 if removed, 0 if somebody is still at work on it or it is none of ours. */
static int stale_tmp_remove(int dirfd, const char *name)
{
	cleanup_close int fd = -1;
	struct stat st;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	if (unlinkat(dirfd, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return 1;
}

int file_remove_stale_tmp(int dirfd)
{
	int removed = 0;
	int failure = 0;
	struct dirent *entry;
	DIR *dir;
	int fd;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	while ((errno = 0, entry = readdir(dir))) {
		int r;

		if (!is_tmp_name(entry->d_name))
			continue;
		r = stale_tmp_remove(fd, entry->d_name);
		if (r < 0 && failure == 0)
			failure = r;
		if (r > 0)
			removed++;
	}
	if (errno != 0 && failure == 0)
		failure = -errno;
	(void)closedir(dir);
	return failure < 0 ? failure : removed;
}

int fd_read_all(int fd, size_t max, char **ret_data, size_t *ret_len)
{
	cleanup_free char *buf = NULL;
	size_t size = 0;
	size_t len = 0;
	struct stat st;

	if (max > SSIZE_MAX / 2)
		max = SSIZE_MAX / 2;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		size = (uint64_t)st.st_size < max ? (size_t)st.st_size + 1 : max;
	if (size < READ_FIRST_SIZE)
		size = READ_FIRST_SIZE;
	for (;;) {
		ssize_t n;

		if (!buf || len == size) {
			char *grown;

			if (buf)
				size *= 2;
			grown = realloc(buf, size + 1);
			if (!grown)
				return -ENOMEM;
			buf = grown;
		}
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	buf[len] = '\0';
	*ret_data = TAKE_PTR(buf);
	*ret_len = len;
	return 0;
}

int file_read_all(int dirfd, const char *path, size_t max, char **ret_data, size_t *ret_len)
{
	cleanup_close int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a FIFO of that name shall be refused, not waited for. */
	fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return fd_read_all(fd, max, ret_data, ret_len);
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
