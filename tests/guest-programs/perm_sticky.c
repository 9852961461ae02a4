// SPDX-License-Identifier: GPL-2.0-or-later
/* Sticky directories: who may remove and rename; setgid directories: whose group new files get; umask. */
#include "guest_helpers.h"

static void show(const char *name)
{
	struct stat st;

	if (lstat(name, &st) < 0) {
		result(name, -1);
		return;
	}
	printf("%s: mode %o uid %u gid %u\n", name, st.st_mode, st.st_uid, st.st_gid);
}

static void user(void)
{
	become(1000, 1000);
	result("unlink another's", unlink("sticky/b"));
	result("rename another's", rename("sticky/b", "sticky/c"));
	result("over another's", rename("sticky/mine", "sticky/b"));
	result("rmdir another's", rmdir("sticky/dir"));
	result("unlink mine", unlink("sticky/mine"));
	result("own sticky directory", unlink("own/b"));
	umask(027);
	close(open("gid/f", O_CREAT | O_RDWR, 0666));
	show("gid/f");
	mkdir("gid/d", 0777);
	show("gid/d");
	close(open("gid/sgid", O_CREAT | O_RDWR, 02777));
	show("gid/sgid");
	symlink("x", "gid/l");
	show("gid/l");
	mkfifo("gid/p", 0666);
	show("gid/p");
}

int main(void)
{
	chmod(".", 0755);
	mkdir("sticky", 0);
	chmod("sticky", 01777);
	make_file("sticky/b", "");
	chown("sticky/b", 2000, 2000);
	mkdir("sticky/dir", 0777);
	make_file("sticky/mine", "");
	chown("sticky/mine", 1000, 1000);
	mkdir("own", 0);
	chmod("own", 01777);
	chown("own", 1000, 1000);
	make_file("own/b", "");
	mkdir("gid", 0);
	chown("gid", 0, 3000);
	chmod("gid", 02777);
	run_child("user", user);
	umask(0);
	mkdir("m", 07777);
	show("m");
	close(open("n", O_CREAT | O_RDWR, 07777));
	show("n");
	umask(0777);
	close(open("o", O_CREAT | O_RDWR, 0777));
	show("o");
	report("umask", umask(022));
	return 0;
}
