// SPDX-License-Identifier: GPL-2.0-or-later
/* POSIX locks split, join and change in the middle; ranges from the end and backwards; what F_GETLK shows; range errors. */
#include "guest_helpers.h"

static int fd;

static void set(const char *label, short type, short whence, long start, long len)
{
	struct flock l = { .l_type = type, .l_whence = whence, .l_start = start, .l_len = len };

	result(label, fcntl(fd, F_SETLK, &l));
}

/* The parent's locks as another process sees them. */
static void show_child(void)
{
	long at = 0;

	for (int i = 0; i < 10; i++) {
		struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at };

		CHECK_EQ(fcntl(fd, F_GETLK, &l), 0);
		if (l.l_type == F_UNLCK)
			break;
		printf(" %s %ld+%ld", l.l_type == F_RDLCK ? "r" : "w", (long)l.l_start,
		       (long)l.l_len);
		if (!l.l_len)
			break;
		at = l.l_start + l.l_len;
	}
	printf("\n");
}

static void show(const char *label)
{
	printf("%s:", label);
	fflush(stdout);
	waitpid(spawn(show_child), NULL, 0);
}

int main(void)
{
	fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(ftruncate(fd, 100), 0);
	set("write 10..49", F_WRLCK, SEEK_SET, 10, 40);
	set("read 20..29", F_RDLCK, SEEK_SET, 20, 10);
	show("split");
	set("unlock 40..44", F_UNLCK, SEEK_SET, 40, 5);
	show("hole");
	set("write 20..29", F_WRLCK, SEEK_SET, 20, 10);
	set("write 40..44", F_WRLCK, SEEK_SET, 40, 5);
	show("joined");
	set("from the end", F_RDLCK, SEEK_END, -10, 5);
	set("backwards", F_RDLCK, SEEK_SET, 80, -10);
	show("more");
	lseek(fd, 60, SEEK_SET);
	set("from the position", F_WRLCK, SEEK_CUR, 1, 2);
	set("to the end", F_RDLCK, SEEK_SET, 200, 0);
	show("all");
	set("unlock all", F_UNLCK, SEEK_SET, 0, 0);
	show("none");
	set("negative start", F_RDLCK, SEEK_SET, -1, 1);
	set("before zero", F_RDLCK, SEEK_SET, 5, -10);
	set("overflow", F_RDLCK, SEEK_SET, 0x7ffffffffffffff0, 0x100);
	set("up to the last byte", F_RDLCK, SEEK_SET, 0x7ffffffffffffff0, 0x10);
	set("bad type", 9, SEEK_SET, 0, 1);
	set("bad whence", F_RDLCK, 9, 0, 1);
	return 0;
}
