// SPDX-License-Identifier: GPL-2.0-or-later
/* Directories: into their own child, over full and empty ones, over files, ".." afterwards, link counts, trailing slashes and dots. */
#include "guest_helpers.h"

static unsigned long links(const char *name)
{
	struct stat st;

	CHECK_EQ(stat(name, &st), 0);
	return st.st_nlink;
}

int main(void)
{
	char cwd[512], *last;

	CHECK_EQ(mkdir("a", 0755) | mkdir("a/b", 0755) | mkdir("a/b/c", 0755) |
			 mkdir("full", 0755) | mkdir("empty", 0755),
		 0);
	make_file("full/x", "");
	make_file("f", "");
	result("into its child", rename("a", "a/b/a"));
	result("onto its child", rename("a", "a/b"));
	result("onto its parent", rename("a/b/c", "a/b"));
	result("onto its grandparent", rename("a/b/c", "a"));
	result("over a full one", rename("a", "full"));
	result("over a file", rename("a", "f"));
	result("file over a directory", rename("f", "empty"));
	result("to itself", rename("a", "a"));
	printf("links a %lu here %lu\n", links("a"), links("."));
	result("over an empty one", rename("a/b", "empty"));
	printf("links a %lu empty %lu here %lu\n", links("a"), links("empty"), links("."));
	CHECK_EQ(chdir("empty/c"), 0);
	result("moved while current", rename("../../empty", "../../moved"));
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
	last = strrchr(cwd, '/');
	*last = 0;
	printf("now in %s/%s\n", strrchr(cwd, '/') + 1, last + 1);
	result("up", access("../../full/x", F_OK));
	CHECK_EQ(chdir("../.."), 0);
	result("with slashes", rename("moved/", "again/"));
	result("file with a slash", rename("f", "g/"));
	result("file with a slash first", rename("f/", "g"));
	result("dot", rename("again/.", "x"));
	result("dot dot", rename("again/..", "x"));
	result("to dot", rename("again", "."));
	result("missing", rename("missing", "x"));
	result("empty name", rename("", "x"));
	result("rmdir full", rmdir("full"));
	result("rmdir file", rmdir("f"));
	result("rmdir dot", rmdir("again/."));
	result("rmdir dot dot", rmdir("again/c/.."));
	result("unlink directory", unlink("again"));
	result("unlink with a slash", unlink("f/"));
	CHECK_EQ(chdir("again/c"), 0);
	result("rmdir current", rmdir("../c"));
	result("create in a removed one", open("x", O_CREAT | O_WRONLY, 0600));
	result("getcwd", getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	result("dot dot of it", chdir(".."));
	return 0;
}
