// SPDX-License-Identifier: GPL-2.0-or-later
/* inotify: the events of create, write, attrib, rename, delete with names, cookies and order; masks; the watch's end. */
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "guest_helpers.h"

static int fd, wd_dir, wd_file;

static void drain(const char *label)
{
	char b[4096] __attribute__((aligned(8)));
	unsigned int cookie = 0;
	ssize_t n = read(fd, b, sizeof(b));

	printf("%s:", label);
	if (n < 0)
		printf(" %s", strerrorname_np(errno));
	for (ssize_t at = 0; at < n;) {
		struct inotify_event *e = (void *)(b + at);

		printf(" %s:%x%s%s",
		       e->wd == wd_dir	  ? "dir"
		       : e->wd == wd_file ? "file"
					  : "?",
		       e->mask, e->len ? "," : "", e->len ? e->name : "");
		if (e->cookie) {
			if (cookie)
				printf("(same cookie %d)", cookie == e->cookie);
			cookie = e->cookie;
		}
		at += (ssize_t)sizeof(*e) + e->len;
	}
	printf("\n");
}

int main(void)
{
	int f, n;

	fd = inotify_init1(IN_NONBLOCK);
	CHECK(fd >= 0);
	mkdir("d", 0755);
	wd_dir = inotify_add_watch(fd, "d", IN_ALL_EVENTS);
	CHECK(wd_dir > 0);
	drain("nothing");
	f = open("d/a", O_CREAT | O_RDWR, 0644);
	drain("create");
	CHECK_EQ(write(f, "x", 1), 1);
	CHECK_EQ(write(f, "y", 1), 1);
	drain("two writes");
	fchmod(f, 0600);
	drain("chmod");
	close(f);
	drain("close");
	wd_file = inotify_add_watch(fd, "d/a",
				    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_OPEN | IN_CLOSE);
	rename("d/a", "d/b");
	drain("rename");
	mkdir("d/sub", 0755);
	rmdir("d/sub");
	drain("mkdir, rmdir");
	link("d/b", "d/c");
	drain("link");
	unlink("d/c");
	unlink("d/b");
	drain("unlink");
	report("remove a dead watch", inotify_rm_watch(fd, wd_file));
	report("remove", inotify_rm_watch(fd, wd_dir));
	drain("removed");
	report("no events", inotify_add_watch(fd, "d", 0));
	report("not there", inotify_add_watch(fd, "nothing", IN_OPEN));
	report("only a directory", inotify_add_watch(fd, "/proc/self/exe", IN_OPEN | IN_ONLYDIR));
	wd_dir = inotify_add_watch(fd, "d", IN_CREATE | IN_ONESHOT);
	make_file("d/x", "");
	make_file("d/y", "");
	drain("oneshot");
	wd_dir = inotify_add_watch(fd, "d", IN_DELETE);
	printf("same number %d\n", inotify_add_watch(fd, "d", IN_CREATE | IN_MASK_ADD) == wd_dir);
	make_file("d/z", "");
	unlink("d/z");
	CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
	printf("FIONREAD %d\n", n);
	drain("both");
	return 0;
}
