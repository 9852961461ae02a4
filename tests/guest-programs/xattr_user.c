// SPDX-License-Identifier: GPL-2.0-or-later
/* Extended attributes: set, get, sizes, flags, list, remove, namespaces an ordinary user cannot see. */
#include <sys/xattr.h>

#include "guest_helpers.h"

static void user(void)
{
	char b[64];

	become(1000, 1000);
	report("user reads", getxattr("f", "user.a", b, sizeof(b)));
	report("user writes", setxattr("f", "user.a", "x", 1, 0));
	report("trusted", getxattr("f", "trusted.t", b, sizeof(b)));
	report("set trusted", setxattr("mine", "trusted.t", "x", 1, 0));
	report("list", listxattr("f", b, sizeof(b)));
}

int main(void)
{
	static char big[70000];
	char b[64] = "", name[300];
	int fd;

	chmod(".", 0755);
	make_file("f", "x");
	make_file("mine", "x");
	chown("mine", 1000, 1000);
	report("set", setxattr("f", "user.a", "hello", 5, 0));
	report("size", getxattr("f", "user.a", NULL, 0));
	report("get", getxattr("f", "user.a", b, sizeof(b)));
	printf("%s\n", b);
	report("too small", getxattr("f", "user.a", b, 3));
	report("missing", getxattr("f", "user.b", b, sizeof(b)));
	report("create", setxattr("f", "user.a", "x", 1, XATTR_CREATE));
	report("replace", setxattr("f", "user.b", "x", 1, XATTR_REPLACE));
	report("empty value", setxattr("f", "user.e", "", 0, 0));
	report("get empty", getxattr("f", "user.e", b, sizeof(b)));
	report("trusted", setxattr("f", "trusted.t", "t", 1, 0));
	report("list size", listxattr("f", NULL, 0));
	report("list small", listxattr("f", b, 3));
	run_child("user", user);
	report("unknown namespace", setxattr("f", "strange.a", "x", 1, 0));
	report("no name", setxattr("f", "user.", "x", 1, 0));
	report("no dot", setxattr("f", "user", "x", 1, 0));
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[256] = 0;
	report("long name", setxattr("f", name, "x", 1, 0));
	report("too big", setxattr("f", "user.big", big, 65537, 0));
	report("bad flags", setxattr("f", "user.a", "x", 1, 9));
	report("remove", removexattr("f", "user.a"));
	report("again", removexattr("f", "user.a"));
	symlink("f", "s");
	report("on a symbolic link", lsetxattr("s", "user.a", "x", 1, 0));
	report("through it", setxattr("s", "user.a", "x", 1, 0));
	mkfifo("p", 0666);
	report("on a fifo", setxattr("p", "user.a", "x", 1, 0));
	mkdir("d", 0755);
	report("on a directory", setxattr("d", "user.a", "x", 1, 0));
	fd = open("f", O_RDONLY);
	report("fsetxattr", fsetxattr(fd, "user.f", "x", 1, 0));
	report("O_PATH", fgetxattr(open("f", O_PATH), "user.f", b, 8));
	return 0;
}
