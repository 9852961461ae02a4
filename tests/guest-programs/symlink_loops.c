// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbolic links: loops, forty of them, dangling, relative, with slashes, long targets, O_NOFOLLOW. */
#include <limits.h>

#include "guest_helpers.h"

int main(void)
{
	char name[32], to[32], b[PATH_MAX + 10], big[PATH_MAX + 10];
	struct stat st;
	ssize_t n;

	symlink("loop", "loop");
	result("itself", open("loop", O_RDONLY));
	symlink("b", "a");
	symlink("a", "b");
	result("two", open("a", O_RDONLY));
	make_file("l0", "end");
	for (int i = 1; i <= 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		CHECK_EQ(symlink(to, name), 0);
	}
	result("40", open("l40", O_RDONLY));
	result("41", open("l41", O_RDONLY));
	symlink("nowhere", "dangling");
	result("dangling", open("dangling", O_RDONLY));
	result("dangling, O_CREAT", open("dangling", O_RDWR | O_CREAT, 0644));
	result("made its target", access("nowhere", F_OK));
	symlink("nowhere2", "dangling2");
	result("dangling, O_EXCL", open("dangling2", O_RDWR | O_CREAT | O_EXCL, 0644));
	result("O_NOFOLLOW", open("l1", O_RDONLY | O_NOFOLLOW));
	mkdir("d", 0755);
	make_file("d/f", "f");
	symlink("d", "ld");
	result("through a link", access("ld/f", F_OK));
	result("O_NOFOLLOW in the middle", open("ld/f", O_RDONLY | O_NOFOLLOW));
	result("slash: directory", lstat("ld/", &st));
	printf("is a directory %d\n", S_ISDIR(st.st_mode));
	result("slash: file", stat("l1/", &st));
	result("rmdir through a link", rmdir("ld"));
	result("unlink with a slash", unlink("ld/"));
	lstat("ld", &st);
	printf("link size %ld mode %o\n", (long)st.st_size, st.st_mode);
	report("readlink", n = readlink("ld", b, sizeof(b)));
	report("cut", readlink("l40", b, 2));
	report("no link", readlink("d", b, 2));
	report("size 0", readlink("ld", b, 0));
	memset(big, 'x', sizeof(big));
	big[PATH_MAX] = 0;
	result("too long", symlink(big, "big"));
	big[PATH_MAX - 1] = 0;
	result("longest", symlink(big, "big"));
	report("back", readlink("big", b, sizeof(b)));
	result("followed", open("big", O_RDONLY));
	result("empty", symlink("", "empty"));
	(void)n;
	return 0;
}
