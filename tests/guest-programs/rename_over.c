// SPDX-License-Identifier: GPL-2.0-or-later
/* rename over files and directories, into itself, onto itself and another link, with trailing slashes; renameat2's flags. */
#include "guest_helpers.h"

int main(void)
{
	struct stat st;
	int fd;

	make_file("a", "A");
	make_file("b", "B");
	mkdir("d", 0755);
	mkdir("e", 0755);
	mkdir("e/sub", 0755);
	fd = open("b", O_RDONLY);
	result("over a file", rename("a", "b"));
	show_file("b", "b");
	fstat(fd, &st);
	printf("old b: links %lu\n", (unsigned long)st.st_nlink);
	result("a is gone", access("a", F_OK));
	result("file over directory", rename("b", "d"));
	result("directory over file", rename("d", "b"));
	result("directory over a full one", rename("d", "e"));
	result("directory into itself", rename("e", "e/sub/x"));
	result("over its parent", rename("e/sub", "e"));
	result("directory over an empty one", rename("e", "d"));
	result("its content", access("d/sub", F_OK));
	result("onto itself", rename("b", "b"));
	link("b", "c");
	result("onto another link", rename("b", "c"));
	result("both stay", access("b", F_OK) | access("c", F_OK));
	result("slash behind a file", rename("b", "x/"));
	result("slash behind a new directory", rename("d", "x/"));
	result("dot", rename("x/.", "y"));
	result("dot dot", rename("x/sub/..", "y"));
	result("to dot", rename("x", "x/."));
	result("missing", rename("nothing", "y"));
	result("missing directory", rename("b", "nothing/y"));
	result("empty name", rename("b", ""));
	result("NOREPLACE", renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE));
	result("NOREPLACE, free", renameat2(AT_FDCWD, "b", AT_FDCWD, "n", RENAME_NOREPLACE));
	make_file("q", "Q");
	result("EXCHANGE", renameat2(AT_FDCWD, "q", AT_FDCWD, "n", RENAME_EXCHANGE));
	show_file("q", "q");
	show_file("n", "n");
	result("EXCHANGE with a directory",
	       renameat2(AT_FDCWD, "q", AT_FDCWD, "x", RENAME_EXCHANGE));
	stat("q", &st);
	printf("q is a directory %d\n", S_ISDIR(st.st_mode));
	result("EXCHANGE, missing", renameat2(AT_FDCWD, "q", AT_FDCWD, "zz", RENAME_EXCHANGE));
	result("both flags",
	       renameat2(AT_FDCWD, "q", AT_FDCWD, "n", RENAME_EXCHANGE | RENAME_NOREPLACE));
	result("unknown flag", renameat2(AT_FDCWD, "q", AT_FDCWD, "n", 0x100));
	return 0;
}
