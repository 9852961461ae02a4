// SPDX-License-Identifier: GPL-2.0-or-later
/* link: counts, directories, existing names, AT_EMPTY_PATH, symbolic links themselves, another file system. */
#include "guest_helpers.h"

int main(void)
{
	struct stat st, other;

	make_file("f", "x");
	result("link", link("f", "g"));
	stat("f", &st);
	stat("g", &other);
	printf("links %lu same %d\n", (unsigned long)st.st_nlink, st.st_ino == other.st_ino);
	result("existing", link("f", "g"));
	result("missing", link("nothing", "h"));
	mkdir("d", 0755);
	result("directory", link("d", "e"));
	result("other file system", link("/proc/self/stat", "p"));
	symlink("f", "s");
	result("the link itself", link("s", "s2"));
	lstat("s2", &st);
	printf("a symbolic link %d links %lu\n", S_ISLNK(st.st_mode), (unsigned long)st.st_nlink);
	result("followed", linkat(AT_FDCWD, "s", AT_FDCWD, "t", AT_SYMLINK_FOLLOW));
	lstat("t", &st);
	printf("a file %d links %lu\n", S_ISREG(st.st_mode), (unsigned long)st.st_nlink);
	result("bad flags", linkat(AT_FDCWD, "f", AT_FDCWD, "u", 0x10));
	result("empty path", linkat(open("f", O_RDONLY), "", AT_FDCWD, "v", AT_EMPTY_PATH));
	result("slash behind", link("f", "w/"));
	unlink("g");
	stat("f", &st);
	printf("links %lu\n", (unsigned long)st.st_nlink);
	return 0;
}
