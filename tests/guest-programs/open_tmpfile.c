// SPDX-License-Identifier: GPL-2.0-or-later
/* O_TMPFILE makes a file without a name; linkat gives it one unless O_EXCL; O_CREAT's and O_DIRECTORY's relatives are refused. */
#include "guest_helpers.h"

static void try(const char *label, const char *dir, int flags)
{
	int fd = open(dir, flags, 0640);

	result(label, fd);
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	struct stat st;
	char name[64];
	int fd;

	CHECK_EQ(mkdir("d", 0755), 0);
	make_file("f", "");
	fd = open("d", O_TMPFILE | O_RDWR, 0640);
	CHECK(fd >= 0);
	CHECK_EQ(fstat(fd, &st), 0);
	printf("links %lu mode %o\n", (unsigned long)st.st_nlink, st.st_mode & 07777);
	CHECK_EQ(write(fd, "text", 4), 4);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	result("linkat through /proc",
	       linkat(AT_FDCWD, name, AT_FDCWD, "d/named", AT_SYMLINK_FOLLOW));
	CHECK_EQ(fstat(fd, &st), 0);
	printf("links %lu\n", (unsigned long)st.st_nlink);
	show_file("named", "d/named");
	result("linkat again", linkat(fd, "", AT_FDCWD, "d/second", AT_EMPTY_PATH));
	fd = open("d", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	result("O_EXCL cannot be linked",
	       linkat(AT_FDCWD, name, AT_FDCWD, "d/third", AT_SYMLINK_FOLLOW));
	try("read-only", "d", O_TMPFILE | O_RDONLY);
	try("not a directory", "f", O_TMPFILE | O_RDWR);
	try("missing", "missing", O_TMPFILE | O_RDWR);
	try("with O_CREAT", "d", O_TMPFILE | O_RDWR | O_CREAT);
	try("without O_DIRECTORY's bit", "d", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR);
	return 0;
}
