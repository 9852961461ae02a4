// SPDX-License-Identifier: GPL-2.0-or-later
/* Path lookup: "", ".", "..", double slashes, files as directories, 255 and 256 characters, PATH_MAX, above the root. */
#include <limits.h>

#include "guest_helpers.h"

int main(void)
{
	char name[5000];
	struct stat a, b;

	make_file("f", "x");
	mkdir("d", 0755);
	result("empty", open("", O_RDONLY));
	result("file/", open("f/", O_RDONLY));
	result("file/.", open("f/.", O_RDONLY));
	result("file/..", open("f/..", O_RDONLY));
	result("missing/..", open("m/..", O_RDONLY));
	result("dir//./../f", open("d//.//..//f", O_RDONLY));
	stat("/", &a);
	stat("/../..", &b);
	printf("above the root: %d\n", a.st_ino == b.st_ino);
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	result("255", open(name, O_CREAT | O_RDWR, 0644));
	name[255] = 'n';
	name[256] = 0;
	result("256", open(name, O_CREAT | O_RDWR, 0644));
	result("256, look", open(name, O_RDONLY));
	for (int i = 0; i < 4095; i += 2) {
		name[i] = '.';
		name[i + 1] = '/';
	}
	name[4094] = '.';
	name[4095] = 0;
	result("4095", stat(name, &a));
	name[4095] = '/';
	name[4096] = 0;
	result("4096", stat(name, &a));
	result("mkdir with slash", mkdir("e/", 0755));
	result("open O_CREAT with slash", open("g/", O_CREAT | O_RDWR, 0644));
	result("mknod with slash", mknod("h/", S_IFREG | 0644, 0));
	result("mkdir .", mkdir(".", 0755));
	result("mkdir ..", mkdir("..", 0755));
	result("mkdir /", mkdir("/", 0755));
	result("mkdir d/.", mkdir("d/.", 0755));
	result("mkdir in a file", mkdir("f/x", 0755));
	result("mkdir in nothing", mkdir("n/x", 0755));
	result("bad dirfd", openat(77, "f", O_RDONLY));
	result("dirfd is a file", openat(open("f", O_RDONLY), "f", O_RDONLY));
	result("dirfd unused", access("/", F_OK) | openat(77, "/", O_RDONLY));
	return 0;
}
