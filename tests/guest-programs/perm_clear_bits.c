// SPDX-License-Identifier: GPL-2.0-or-later
/* When set-id bits go away: chown, write, truncate, chmod by a stranger to the group. */
#include "guest_helpers.h"

static void mode(const char *label, const char *name)
{
	struct stat st;

	CHECK_EQ(stat(name, &st), 0);
	printf("%s: %o\n", label, st.st_mode & 07777);
}

static void user(void)
{
	int fd;

	become(1000, 1000);
	chmod("mine", 06755);
	mode("chmod, own group", "mine");
	chown("mine", -1, -1);
	mode("chown to nothing", "mine");
	chmod("mine", 06755);
	fd = open("mine", O_RDWR);
	write(fd, "x", 1);
	mode("write", "mine");
	chmod("mine", 06745);
	write(fd, "x", 1);
	mode("write, group may not execute", "mine");
	chmod("mine", 06755);
	ftruncate(fd, 0);
	mode("truncate", "mine");
	chmod("other", 02755);
	mode("chmod, foreign group", "other");
	chmod("dir", 02755);
	mode("directory, foreign group", "dir");
	result("sticky file", chmod("mine", 01644));
	mode("sticky file", "mine");
}

int main(void)
{
	chmod(".", 0755);
	make_file("mine", "");
	chown("mine", 1000, 1000);
	make_file("other", "");
	chown("other", 1000, 3000);
	mkdir("dir", 0755);
	chown("dir", 1000, 3000);
	run_child("user", user);
	make_file("f", "");
	chmod("f", 06755);
	chown("f", 5, 5);
	mode("root's chown", "f");
	chmod("f", 06745);
	chown("f", 6, 6);
	mode("root's chown, group may not execute", "f");
	chmod("f", 06755);
	write(open("f", O_WRONLY), "x", 1);
	mode("root's write", "f");
	mkdir("d", 0755);
	chmod("d", 06755);
	chown("d", 5, 5);
	mode("directory", "d");
	return 0;
}
