// SPDX-License-Identifier: GPL-2.0-or-later
/* The umask on files, directories, nodes; set-group-ID directories pass group and bit on; chmod drops bits for strangers to the group. */
#include "guest_helpers.h"

static void show(const char *name)
{
	struct stat st;

	CHECK_EQ(lstat(name, &st), 0);
	printf("%s: %06o gid %u\n", name, st.st_mode, st.st_gid);
}

static void user(void)
{
	become(1000, 1000);
	umask(0);
	close(open("d/by_user", O_CREAT | O_WRONLY, 02770));
	show("d/by_user");
	CHECK_EQ(mkdir("d/dir_by_user", 0777), 0);
	show("d/dir_by_user");
	result("chmod setgid, not in the group", chmod("d/by_user", 02755));
	show("d/by_user");
	result("chown to a group it is not in", chown("d/by_user", (uid_t)-1, 77));
	result("chown to its own group", chown("d/by_user", (uid_t)-1, 1000));
	show("d/by_user");
	result("chown to another user", chown("d/by_user", 1001, (gid_t)-1));
}

int main(void)
{
	umask(027);
	close(open("f", O_CREAT | O_WRONLY, 0666));
	show("f");
	CHECK_EQ(mkdir("m", 0777), 0);
	show("m");
	CHECK_EQ(mkfifo("p", 0666), 0);
	show("p");
	CHECK_EQ(symlink("f", "l"), 0);
	show("l");
	printf("umask %03o\n", umask(07777));
	printf("kept bits %03o\n", umask(0));
	CHECK_EQ(mkdir("d", 0777), 0);
	CHECK_EQ(chown("d", 0, 50), 0);
	CHECK_EQ(chmod("d", 02777), 0);
	show("d");
	close(open("d/file", O_CREAT | O_WRONLY, 0666));
	show("d/file");
	CHECK_EQ(mkdir("d/dir", 0755), 0);
	show("d/dir");
	CHECK_EQ(mkfifo("d/fifo", 0600), 0);
	show("d/fifo");
	run_child("user", user);
	CHECK_EQ(mkdir("sticky", 07777), 0);
	show("sticky");
	return 0;
}
