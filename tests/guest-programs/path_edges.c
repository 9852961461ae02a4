// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: slashes, dots, empty ones, too long ones, files in the middle, links in every place. */
#include "guest_helpers.h"

static void st(const char *path)
{
	struct stat s;

	printf("stat %s: %s\n", strlen(path) > 60 ? "(long)" : path,
	       stat(path, &s) < 0   ? strerrorname_np(errno)
	       : S_ISDIR(s.st_mode) ? "directory"
				    : "other");
}

static void mk(const char *path)
{
	printf("mkdir %s: %s\n", strlen(path) > 60 ? "(long)" : path,
	       mkdir(path, 0755) < 0 ? strerrorname_np(errno) : "ok");
}

int main(void)
{
	static char name[300], path[5000];
	char b[16];

	CHECK_EQ(mkdir("d", 0755), 0);
	make_file("f", "");
	CHECK_EQ(symlink("d", "ld") | symlink("f", "lf") | symlink("missing", "dangling") |
			 symlink("loop", "loop"),
		 0);
	st("d/");
	st("d//.//");
	st("f/");
	st("f/.");
	st("f/..");
	st("d/../f");
	st("missing/..");
	st("ld/");
	st("lf/");
	st("dangling");
	st("dangling/");
	st("loop");
	st("loop/x");
	st("");
	st("///");
	st("/..");
	mk("d");
	mk("d/");
	mk("new/");
	mk("new/.");
	mk("missing/x");
	mk("f/x");
	mk("dangling");
	mk("dangling/");
	mk(".");
	mk("..");
	mk("/");
	mk("");
	memset(name, 'n', 255);
	st(name);
	mk(name);
	name[255] = 'n';
	mk(name);
	for (size_t i = 0; i < 4094; i += 2)
		memcpy(path + i, "./", 3);
	st(path);
	path[4094] = '.';
	st(path);
	path[4095] = '.';
	st(path);
	result("open with a slash", open("newfile/", O_CREAT | O_WRONLY, 0600));
	result("open a directory for writing", open("d", O_WRONLY));
	result("create over a directory", open("d", O_CREAT | O_RDONLY, 0600));
	result("create through a dangling link", open("dangling", O_CREAT | O_WRONLY, 0600));
	result("now there", access("missing", F_OK));
	result("exclusive over a link", open("lf", O_CREAT | O_EXCL | O_WRONLY, 0600));
	result("O_NOFOLLOW", open("lf", O_RDONLY | O_NOFOLLOW));
	result("O_DIRECTORY", open("f", O_RDONLY | O_DIRECTORY));
	result("readlink of a file", readlink("f", b, sizeof(b)));
	report("readlink, short buffer", readlink("ld", b, 1));
	report("readlink, empty buffer", readlink("dangling", b, 0));
	report("long link", readlink("dangling", b, 3));
	result("symlink to nothing", symlink("", "empty"));
	result("symlink over", symlink("x", "f"));
	result("symlink with a slash", symlink("x", "y/"));
	return 0;
}
