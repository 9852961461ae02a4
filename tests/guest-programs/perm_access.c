// SPDX-License-Identifier: GPL-2.0-or-later
/* What an ordinary user may do: read, write, search, list, create, delete; access with real ids; groups; root's powers. */
#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	result("read 0600", open("secret", O_RDONLY));
	result("read 0644", open("open", O_RDONLY));
	result("write 0644", open("open", O_WRONLY));
	result("write 0666", open("all", O_WRONLY));
	result("truncate 0644", truncate("open", 0));
	result("search 0711", open("search/f", O_RDONLY));
	result("list 0711", open("search", O_RDONLY));
	result("list 0744", open("list", O_RDONLY));
	result("search 0744", open("list/f", O_RDONLY));
	result("create", open("search/new", O_CREAT | O_RDWR, 0644));
	result("unlink", unlink("search/f"));
	result("create in 0777", open("any/mine", O_CREAT | O_RDWR, 0640));
	result("unlink root's in 0777", unlink("any/roots"));
	result("chmod of another's", chmod("open", 0777));
	result("chown to me", chown("open", 1000, 1000));
	result("chown of mine to root", chown("any/mine", 0, -1));
	result("chown to itself", chown("any/mine", 1000, 1000));
	result("chmod of mine", chmod("any/mine", 0600));
	result("access r", access("secret", R_OK));
	result("access x", access("open", X_OK));
	result("exec", execl("./open", "x", NULL));
	result("chroot", chroot("."));
	result("mknod", mknod("any/dev", S_IFCHR | 0666, 259));
	result("utimes of another's",
	       utimensat(AT_FDCWD, "open", (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0));
	result("touch writable", utimensat(AT_FDCWD, "all", NULL, 0));
}

static void group(void)
{
	gid_t g = 2000;

	CHECK_EQ(setgroups(1, &g), 0);
	CHECK_EQ(setresgid(1000, 1000, 1000), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	result("group may read", open("group", O_RDONLY));
	result("group may not write", open("group", O_WRONLY));
	/* The first class that fits decides. */
	result("owner without rights", open("owner", O_RDONLY));
}

static void mixed(void)
{
	CHECK_EQ(setresuid(1000, 0, 0), 0);
	result("access by the real uid", access("secret", R_OK));
	result("faccessat AT_EACCESS", faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS));
	result("open by the effective one", open("secret", O_RDONLY));
}

int main(void)
{
	chmod(".", 0755);
	make_file("secret", "s");
	chmod("secret", 0600);
	make_file("open", "o");
	make_file("all", "a");
	chmod("all", 0666);
	mkdir("search", 0711);
	make_file("search/f", "f");
	mkdir("list", 0744);
	make_file("list/f", "f");
	mkdir("any", 0777);
	chmod("any", 0777);
	make_file("any/roots", "r");
	make_file("group", "g");
	chown("group", 0, 2000);
	chmod("group", 0640);
	make_file("owner", "o");
	chown("owner", 1000, 2000);
	chmod("owner", 0044);
	run_child("user", user);
	run_child("group", group);
	run_child("mixed", mixed);
	chmod("secret", 0);
	result("root reads 0000", open("secret", O_RDWR));
	result("root executes 0000", access("secret", X_OK));
	return 0;
}
