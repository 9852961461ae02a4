// SPDX-License-Identifier: GPL-2.0-or-later
/* Link counts of directories over mkdir, rename and rmdir; ".." follows a moved directory; times of both parents change. */
#include "guest_helpers.h"

static void show(const char *label)
{
	struct stat a = { 0 }, b = { 0 };

	stat("a", &a);
	stat("b", &b);
	printf("%s: a %lu b %lu\n", label, (unsigned long)a.st_nlink, (unsigned long)b.st_nlink);
}

int main(void)
{
	struct stat up, b;

	mkdir("a", 0755);
	mkdir("b", 0755);
	show("empty");
	mkdir("a/x", 0755);
	mkdir("a/y", 0755);
	show("two in a");
	rename("a/x", "b/x");
	show("one moved");
	stat("b/x/..", &up);
	stat("b", &b);
	printf(".. is b: %d\n", up.st_ino == b.st_ino);
	mkdir("b/y", 0755);
	rename("a/y", "b/y");
	show("over an empty one");
	result("rmdir of a full one", rmdir("b"));
	rmdir("b/x");
	rmdir("b/y");
	show("removed");
	result("rmdir .", rmdir("b/."));
	result("rmdir ..", rmdir("b/.."));
	result("rmdir of a file", (make_file("f", ""), rmdir("f")));
	result("unlink of a directory", unlink("b"));
	result("unlinkat REMOVEDIR", unlinkat(AT_FDCWD, "b", AT_REMOVEDIR));
	return 0;
}
