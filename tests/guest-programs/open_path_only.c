// SPDX-License-Identifier: GPL-2.0-or-later
/* What an O_PATH descriptor is good for, and what it refuses; symbolic links themselves; permission is not needed to open one. */
#include <sys/mman.h>
#include <sys/statfs.h>

#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	result("user opens O_PATH", open("secret", O_PATH));
	result("user opens for reading", open("secret", O_RDONLY));
}

int main(void)
{
	char b[64] = "";
	struct stat st;
	struct statfs sf;
	int fd, link, dir;

	make_file("f", "text");
	make_file("secret", "x");
	CHECK_EQ(chmod("secret", 0), 0);
	CHECK_EQ(symlink("f", "l"), 0);
	CHECK_EQ(mkdir("d", 0755), 0);
	fd = open("f", O_PATH);
	CHECK(fd >= 0);
	printf("flags %x\n", fcntl(fd, F_GETFL) & (O_PATH | O_ACCMODE));
	result("read", read(fd, b, 1));
	result("write", write(fd, b, 1));
	result("lseek", lseek(fd, 0, SEEK_SET));
	result("fstat", fstat(fd, &st));
	result("fstatfs", fstatfs(fd, &sf));
	result("fchmod", fchmod(fd, 0600));
	result("fchown", fchown(fd, 0, 0));
	result("ftruncate", ftruncate(fd, 0));
	result("fsync", fsync(fd));
	result("dup", dup(fd));
	result("F_SETFL", fcntl(fd, F_SETFL, O_NONBLOCK));
	result("F_SETFD", fcntl(fd, F_SETFD, FD_CLOEXEC));
	result("F_GETLK", fcntl(fd, F_GETLK, &(struct flock){ .l_type = F_RDLCK }));
	snprintf(b, sizeof(b), "/proc/self/fd/%d", fd);
	result("open again through /proc", open(b, O_RDWR));
	result("linkat by descriptor", linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH));
	link = open("l", O_PATH | O_NOFOLLOW);
	CHECK_EQ(fstat(link, &st), 0);
	printf("link itself: %d\n", S_ISLNK(st.st_mode));
	memset(b, 0, sizeof(b));
	report("readlinkat empty", readlinkat(link, "", b, sizeof(b)));
	printf("%s\n", b);
	result("readlinkat empty of a file", readlinkat(fd, "", b, sizeof(b)));
	dir = open("d", O_PATH | O_DIRECTORY);
	result("openat below", openat(dir, "x", O_CREAT | O_WRONLY, 0600));
	result("fchdir", fchdir(dir));
	result("getdents", syscall(SYS_getdents64, dir, b, sizeof(b)));
	CHECK_EQ(chdir(".."), 0);
	result("directory wanted", open("f", O_PATH | O_DIRECTORY));
	result("create is ignored", open("missing", O_PATH | O_CREAT, 0600));
	run_child("user", user);
	return 0;
}
