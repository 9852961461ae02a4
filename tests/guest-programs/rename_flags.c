// SPDX-License-Identifier: GPL-2.0-or-later
/* renameat2: RENAME_NOREPLACE, RENAME_EXCHANGE of every pair of kinds, and the refusals. */
#include "guest_helpers.h"

static void ren(const char *label, const char *a, const char *b, unsigned int flags)
{
	result(label, syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags));
}

static const char *kind(const char *name)
{
	struct stat st;

	if (lstat(name, &st) < 0)
		return strerrorname_np(errno);
	return S_ISDIR(st.st_mode) ? "directory" : S_ISLNK(st.st_mode) ? "link" : "file";
}

int main(void)
{
	struct stat st;

	make_file("f", "file");
	make_file("g", "other");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mkdir("d/sub", 0755), 0);
	CHECK_EQ(symlink("f", "l"), 0);
	ren("no replace, exists", "f", "g", 1);
	ren("no replace, same", "f", "f", 1);
	ren("no replace, dangling link", "f", "l", 1);
	ren("no replace, free", "f", "h", 1);
	ren("back", "h", "f", 0);
	ren("exchange files", "f", "g", 2);
	show_file("f", "f");
	show_file("g", "g");
	ren("exchange file and directory", "f", "d", 2);
	printf("f is a %s, d is a %s\n", kind("f"), kind("d"));
	CHECK_EQ(stat("f", &st), 0);
	printf("links of the directory %lu\n", (unsigned long)st.st_nlink);
	ren("exchange with a link", "l", "f", 2);
	printf("f is a %s, l is a %s\n", kind("f"), kind("l"));
	ren("exchange, one missing", "g", "missing", 2);
	ren("exchange with itself", "g", "g", 2);
	ren("exchange with its own child", "l", "l/sub", 2);
	ren("exchange child with its parent", "l/sub", "l", 2);
	CHECK_EQ(mkdir("e", 0755), 0);
	ren("exchange across directories", "g", "l/sub", 2);
	printf("g is a %s, l/sub is a %s\n", kind("g"), kind("l/sub"));
	CHECK_EQ(stat("l", &st), 0);
	printf("links of the directory %lu\n", (unsigned long)st.st_nlink);
	ren("both flags", "g", "e", 3);
	ren("unknown flag", "g", "e", 0x80);
	ren("no replace over a directory", "g", "e", 1);
	return 0;
}
