// SPDX-License-Identifier: GPL-2.0-or-later
/* An unlinked open file lives until it is closed: read, write, link count, /proc name, linking it again; an unlinked cwd. */
#include "guest_helpers.h"

int main(void)
{
	char b[300], path[64];
	struct stat st;
	ssize_t n;
	int fd;

	make_file("f", "content");
	fd = open("f", O_RDWR);
	result("unlink", unlink("f"));
	result("gone", access("f", F_OK));
	report("read", read(fd, b, sizeof(b)));
	report("write", write(fd, " more", 5));
	fstat(fd, &st);
	printf("links %lu size %ld\n", (unsigned long)st.st_nlink, (long)st.st_size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = 0;
	printf("name ends in: %s\n", strrchr(b, '/') ? strrchr(b, '/') : "?");
	result("link of a dead one", linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
	n = open(path, O_RDONLY);
	report("open through /proc", read((int)n, b, 7));
	fd = open(".", O_TMPFILE | O_RDWR, 0640);
	report("O_TMPFILE", write(fd, "temporary", 9));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result("link it", linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
	show_file("again", "again");
	fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result("O_EXCL may not be linked",
	       linkat(AT_FDCWD, path, AT_FDCWD, "third", AT_SYMLINK_FOLLOW));
	mkdir("d", 0755);
	chdir("d");
	result("rmdir of the cwd", rmdir("../d"));
	result("create in it", open("x", O_CREAT | O_RDWR, 0644));
	result("mkdir in it", mkdir("x", 0755));
	result("getcwd", getcwd(b, sizeof(b)) ? 0 : -1);
	stat(".", &st);
	printf("links %lu\n", (unsigned long)st.st_nlink);
	result("out of it", chdir(".."));
	return 0;
}
