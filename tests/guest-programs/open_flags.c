// SPDX-License-Identifier: GPL-2.0-or-later
/* O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_PATH, access modes and what fcntl says of them. */
#include "guest_helpers.h"

int main(void)
{
	char b[8];
	int fd, dir;

	result("missing", open("f", O_RDWR));
	fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0600);
	result("new", fd);
	result("O_EXCL", open("f", O_RDWR | O_CREAT | O_EXCL, 0600));
	printf("flags %x\n", fcntl(fd, F_GETFL));
	report("write", write(fd, "hello", 5));
	close(open("f", O_RDONLY | O_TRUNC));
	report("truncated", lseek(fd, 0, SEEK_END));
	fd = open("f", O_WRONLY | O_APPEND);
	report("read of write-only", read(fd, b, 1));
	write(fd, "abc", 3);
	lseek(fd, 0, SEEK_SET);
	write(fd, "def", 3);
	report("pwrite appends too", pwrite(fd, "ghi", 3, 0));
	show_file("f", "f");
	report("position", lseek(fd, 0, SEEK_CUR));
	result("set", fcntl(fd, F_SETFL, O_NONBLOCK));
	printf("flags %x\n", fcntl(fd, F_GETFL));
	fd = open("f", O_RDONLY);
	report("write of read-only", write(fd, b, 1));
	result("directory, write", open(".", O_RDWR));
	result("directory, O_CREAT", open(".", O_RDONLY | O_CREAT, 0600));
	result("O_DIRECTORY of a file", open("f", O_RDONLY | O_DIRECTORY));
	dir = open(".", O_RDONLY | O_DIRECTORY);
	report("read of a directory", read(dir, b, 1));
	fd = open("f", O_PATH);
	printf("O_PATH flags %x\n", fcntl(fd, F_GETFL));
	report("read", read(fd, b, 1));
	report("fchmod", fchmod(fd, 0600));
	report("ioctl", fcntl(fd, F_SETFL, 0));
	report("mode 3 opens", open("f", 3) >= 0 ? 0 : -1);
	report("read of mode 3", read(open("f", 3), b, 1));
	result("TMPFILE read-only", open(".", O_TMPFILE | O_RDONLY, 0600));
	result("TMPFILE of a file", open("f", O_TMPFILE | O_RDWR, 0600));
	result("a device's number", mknod("null", S_IFCHR | 0666, 1 << 8 | 3));
	report("null", write(open("null", O_WRONLY), "x", 1));
	result("no such device",
	       (mknod("none", S_IFCHR | 0666, 250 << 8 | 77), open("none", O_RDONLY)));
	symlink("f", "s");
	fd = open("s", O_PATH | O_NOFOLLOW);
	report("readlink by O_PATH", readlinkat(fd, "", b, 8));
	result("cloexec", fcntl(open("f", O_RDONLY | O_CLOEXEC), F_GETFD));
	return 0;
}
