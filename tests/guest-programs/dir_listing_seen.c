// SPDX-License-Identifier: GPL-2.0-or-later
/* Listing a directory in part: its access time and a watch on it; with O_NOATIME; removed while open. */
#include <dirent.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include "guest_helpers.h"

static void show(const char *what, int watch)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n = read(watch, buf, sizeof(buf));
	struct stat st;

	printf("%s: access time %s", what,
	       stat("d", &st) == 0 && st.st_atime > 2000 ? "is new" : "has stayed");
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		printf(", event %#x", e->mask);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	printf("\n");
}

static void list(const char *what, int flags, size_t len, int watch)
{
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 500 } };
	char buf[4096] __attribute__((aligned(8)));
	int fd = open("d", O_RDONLY | O_DIRECTORY | flags);
	long n;

	(void)utimensat(AT_FDCWD, "d", old, 0);
	n = syscall(SYS_getdents64, fd, buf, len);
	printf("%s: %s\n", what, n > 0 ? "entries" : n == 0 ? "the end" : strerror(errno));
	show(what, watch);
	close(fd);
}

int main(void)
{
	char buf[64];
	int watch = inotify_init1(IN_NONBLOCK), fd;

	(void)mkdir("d", 0700);
	make_file("d/one", "");
	make_file("d/two", "");
	(void)inotify_add_watch(watch, "d", IN_ACCESS);
	list("in part", 0, 80, watch);
	list("all", 0, 4096, watch);
	list("O_NOATIME", O_NOATIME, 4096, watch);
	list("no room for one", 0, 8, watch);
	fd = open("d", O_RDONLY | O_DIRECTORY);
	(void)unlink("d/one");
	(void)unlink("d/two");
	report("rmdir", rmdir("d"));
	report("removed", syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	show("removed", watch);
	return 0;
}
