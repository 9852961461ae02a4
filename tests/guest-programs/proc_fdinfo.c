// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/self/fd and fdinfo: link texts of every kind of file, positions and flags, opening through them, deleted files, mode bits of the links. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "guest_helpers.h"

static void show(const char *label, int fd)
{
	char name[64], b[512], *p;
	struct stat st;
	ssize_t n;
	int pos = -1, info;
	unsigned int flags = ~0u;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, b, sizeof(b) - 1);
	CHECK(n > 0);
	b[n] = 0;
	CHECK_EQ(lstat(name, &st), 0);
	p = strchr(b, '[');
	if (p && strncmp(b, "anon", 4) != 0)
		strcpy(p, "[N]");
	p = strrchr(b, '/');
	printf("%s: %s mode %o", label, p && strncmp(b, "/memfd", 6) != 0 && b[0] == '/' ? p : b,
	       st.st_mode);
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = open(name, O_RDONLY);
	n = read(info, b, sizeof(b) - 1);
	CHECK(n > 0);
	b[n] = 0;
	close(info);
	CHECK_EQ(sscanf(b, "pos:\t%d\nflags:\t%o\n", &pos, &flags), 2);
	printf(" pos %d flags %o\n", pos, flags);
}

int main(void)
{
	char name[64], b[8] = "";
	struct stat st;
	sigset_t set;
	int f, p[2], s[2];

	sigemptyset(&set);
	make_file("f", "text");
	f = open("f", O_RDWR | O_APPEND | O_CLOEXEC);
	CHECK_EQ(read(f, b, 3), 3);
	show("file", f);
	show("read-only", open("f", O_RDONLY | O_NONBLOCK));
	show("O_PATH", open("f", O_PATH));
	CHECK_EQ(pipe2(p, O_NONBLOCK), 0);
	show("pipe", p[0]);
	show("pipe, write end", p[1]);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	show("socket", s[0]);
	show("epoll", epoll_create1(0));
	show("eventfd", eventfd(3, 0));
	show("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	show("signalfd", signalfd(-1, &set, 0));
	show("inotify", inotify_init());
	show("memfd", memfd_create("name", 0));
	show("device", open("/dev/null", O_WRONLY));
	unlink("f");
	show("deleted", f);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", f);
	int again = open(name, O_RDONLY);

	memset(b, 0, sizeof(b));
	CHECK_EQ(read(again, b, 7), 4);
	printf("deleted file through /proc: %s\n", b);
	CHECK_EQ(stat(name, &st), 0);
	printf("its links %lu\n", (unsigned long)st.st_nlink);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	again = open(name, O_WRONLY);
	CHECK_EQ(write(again, "x", 1), 1);
	report("pipe opened again", read(p[0], b, 8));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", s[0]);
	result("socket through /proc", open(name, O_RDWR));
	result("missing", open("/proc/self/fd/999", O_RDONLY));
	result("unlink", unlink("/proc/self/fd/0"));
	return 0;
}
