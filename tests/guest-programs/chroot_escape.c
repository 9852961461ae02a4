// SPDX-License-Identifier: GPL-2.0-or-later
/* chroot: where "/" and ".." lead, what stays open outside, getcwd, relative links; only for root. */
#include "guest_helpers.h"

static void inside(void)
{
	char b[4096];
	struct stat a, c;
	int fd = open("..", O_RDONLY);

	CHECK_EQ(chroot("jail"), 0);
	printf("cwd is outside: %s\n", getcwd(b, sizeof(b)) && b[0] == '('
					       ? b[1] == 'u' ? "unreachable" : "?"
					       : strerrorname_np(errno));
	CHECK_EQ(chdir("/"), 0);
	printf("cwd %s\n", getcwd(b, sizeof(b)));
	stat("/", &a);
	stat("../../..", &c);
	printf(".. stays %d\n", a.st_ino == c.st_ino);
	show_file("absolute", "/f");
	show_file("absolute link", "l");
	result("outside", open("/proc/self/exe", O_RDONLY));
	result("through a descriptor", openat(fd, "..", O_RDONLY));
	become(1000, 1000);
	result("chroot as a user", chroot("/"));
}

int main(void)
{
	mkdir("jail", 0755);
	make_file("f", "outside");
	make_file("jail/f", "inside");
	symlink("/f", "jail/l");
	result("a file", chroot("f"));
	result("missing", chroot("nothing"));
	run_child("inside", inside);
	show_file("parent", "f");
	return 0;
}
