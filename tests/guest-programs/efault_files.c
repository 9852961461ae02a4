// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers to the file calls: EFAULT, and nothing is done. */
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include "guest_helpers.h"

#define BAD 0x10

static void call(const char *label, long r)
{
	report(label, r);
}

int main(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	CHECK_EQ(write(fd, "abc", 3), 3);
	lseek(fd, 0, SEEK_SET);
#define TRY(name, ...) call(#name, syscall(SYS_##name, ##__VA_ARGS__))
	TRY(read, fd, BAD, 3);
	TRY(pread64, fd, BAD, 3, 0);
	TRY(write, fd, BAD, 3);
	TRY(pwrite64, fd, BAD, 3, 0); /* at 10 the host's ext4 would grow the file */
	TRY(readv, fd, BAD, 1);
	TRY(writev, fd, BAD, 1);
	TRY(open, BAD, O_RDONLY);
	TRY(openat, AT_FDCWD, BAD, O_RDONLY);
	TRY(openat2, AT_FDCWD, "f", BAD, 24);
	TRY(creat, BAD, 0644);
	TRY(stat, BAD, BAD);
	TRY(fstat, fd, BAD);
	TRY(lstat, "f", BAD);
	TRY(newfstatat, AT_FDCWD, "f", BAD, 0);
	TRY(statx, AT_FDCWD, "f", 0, 0, BAD);
	TRY(statfs, "f", BAD);
	TRY(fstatfs, fd, BAD);
	TRY(access, BAD, 0);
	TRY(chmod, BAD, 0644);
	TRY(chown, BAD, 0, 0);
	TRY(truncate, BAD, 0);
	TRY(rename, "f", BAD);
	TRY(link, BAD, "g");
	TRY(symlink, BAD, "g");
	TRY(unlink, BAD);
	TRY(rmdir, BAD);
	TRY(mkdir, BAD, 0755);
	TRY(mknod, BAD, S_IFREG, 0);
	TRY(readlink, "/proc/self/exe", BAD, 10);
	TRY(chdir, BAD);
	TRY(chroot, BAD);
	TRY(getcwd, BAD, 4096);
	TRY(utimensat, AT_FDCWD, "f", BAD, 0);
	TRY(utime, "f", BAD);
	TRY(utimes, "f", BAD);
	TRY(fcntl, fd, F_GETLK, BAD);
	TRY(fcntl, fd, F_SETLK, BAD);
	TRY(getxattr, "f", BAD, 0, 0);
	TRY(setxattr, "f", "user.a", BAD, 5, 0);
	TRY(listxattr, BAD, 0, 0);
	TRY(getdents64, open(".", O_RDONLY), BAD, 4096);
	TRY(copy_file_range, fd, BAD, fd, 0, 1, 0);
	TRY(sendfile, fd, fd, BAD, 1);
	TRY(memfd_create, BAD, 0);
	TRY(mount, "x", BAD, "tmpfs", 0, 0);
	TRY(umount2, BAD, 0);
	TRY(pipe2, BAD, 0);
	TRY(ioctl, fd, 0x541b, BAD);
	report("the file is as it was", lseek(fd, 0, SEEK_END));
	report("no descriptor leaked", dup(fd) - fd <= 2 ? 0 : -1);
	return 0;
}
