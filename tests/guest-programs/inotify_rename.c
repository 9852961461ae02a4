// SPDX-License-Identifier: GPL-2.0-or-later
/* inotify: cookies of a move, moves in and out, self events, merged events, masks, queue order, refusals. */
#include <sys/inotify.h>

#include "guest_helpers.h"

static int in;

static void show(const char *label)
{
	char b[4096] __attribute__((aligned(8)));
	ssize_t n = read(in, b, sizeof(b));
	unsigned int cookie = 0;

	printf("%s:", label);
	for (ssize_t at = 0; at < n;) {
		struct inotify_event *e = (void *)(b + at);

		printf(" %d:%x", e->wd, e->mask);
		if (e->len)
			printf(":%s", e->name);
		if (e->cookie)
			printf(":%s", e->cookie == cookie ? "same" : "cookie");
		cookie = e->cookie;
		at += (ssize_t)sizeof(*e) + e->len;
	}
	printf("\n");
}

int main(void)
{
	int a, b, f, fd;

	in = inotify_init1(IN_NONBLOCK);
	CHECK_EQ(mkdir("a", 0755) | mkdir("b", 0755), 0);
	make_file("a/f", "");
	a = inotify_add_watch(in, "a", IN_ALL_EVENTS & ~(unsigned int)IN_ACCESS);
	b = inotify_add_watch(in, "b", IN_MOVE);
	f = inotify_add_watch(in, "a/f", IN_MOVE_SELF | IN_ATTRIB | IN_MODIFY);
	printf("watches %d %d %d\n", a, b, f);
	CHECK_EQ(rename("a/f", "a/g"), 0);
	show("rename inside");
	CHECK_EQ(rename("a/g", "b/g"), 0);
	show("move out");
	CHECK_EQ(rename("b/g", "a/f"), 0);
	show("move in");
	fd = open("a/f", O_WRONLY);
	CHECK_EQ(write(fd, "1", 1), 1);
	CHECK_EQ(write(fd, "2", 1), 1);
	show("open and two writes");
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(fchmod(fd, 0600), 0);
	close(fd);
	show("truncate, mode, close");
	close(open("a/f", O_RDONLY));
	show("read-only open and close");
	CHECK_EQ(mkdir("a/sub", 0755), 0);
	CHECK_EQ(rmdir("a/sub"), 0);
	show("directory");
	CHECK_EQ(link("a/f", "a/hard"), 0);
	show("link");
	CHECK_EQ(rename("a", "c"), 0);
	show("the directory itself moves");
	result("change a watch", inotify_add_watch(in, "c", IN_CREATE) == a ? 0 : -1);
	close(open("c/new", O_CREAT | O_WRONLY, 0600));
	show("only creation");
	result("add to it", inotify_add_watch(in, "c", IN_DELETE | IN_MASK_ADD) == a ? 0 : -1);
	CHECK_EQ(unlink("c/new"), 0);
	show("deletion");
	result("exists already", inotify_add_watch(in, "c", IN_CREATE | IN_MASK_CREATE));
	result("not a directory", inotify_add_watch(in, "c/f", IN_CREATE | IN_ONLYDIR));
	result("no events", inotify_add_watch(in, "c", 0));
	result("remove", inotify_rm_watch(in, b));
	show("ignored");
	result("remove again", inotify_rm_watch(in, b));
	CHECK_EQ(inotify_add_watch(in, "b", IN_CREATE | IN_ONESHOT) > 0, 1);
	close(open("b/1", O_CREAT | O_WRONLY, 0600));
	close(open("b/2", O_CREAT | O_WRONLY, 0600));
	show("one shot");
	return 0;
}
