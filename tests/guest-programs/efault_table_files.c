// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers to the calls that name, describe and transfer files. */
#include <sys/statfs.h>
#include <sys/uio.h>

#include "efault_table.h"

static char buf[65536];
static struct stat st;
static struct iovec iov = { buf, 16 };

int main(void)
{
	int f, p[2], d;

	make_file("f", "0123456789012345678901234567890123456789");
	CHECK_EQ(symlink("f", "l"), 0);
	f = open("f", O_RDWR);
	d = open(".", O_RDONLY);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(write(p[1], buf, 4096), 4096);
	const struct efault_call calls[] = {
		{ "open", SYS_open, "P", { (long)"f", O_RDONLY } },
		{ "openat", SYS_openat, "IP", { AT_FDCWD, (long)"f", O_RDONLY } },
		{ "creat", SYS_creat, "P", { (long)"f", 0600 } },
		{ "read", SYS_read, "IW", { f, (long)buf, 16 } },
		{ "pread64", SYS_pread64, "IWII", { f, (long)buf, 16, 0 } },
		{ "write", SYS_write, "IP", { p[1], (long)buf, 16 } },
		{ "readv", SYS_readv, "IP", { f, (long)&iov, 1 } },
		{ "writev", SYS_writev, "IP", { f, (long)&iov, 1 } },
		{ "stat", SYS_stat, "PW", { (long)"f", (long)&st } },
		{ "lstat", SYS_lstat, "PW", { (long)"l", (long)&st } },
		{ "fstat", SYS_fstat, "IW", { f, (long)&st } },
		{ "newfstatat", SYS_newfstatat, "IPWI", { AT_FDCWD, (long)"f", (long)&st, 0 } },
		{ "statx", SYS_statx, "IPIIW", { AT_FDCWD, (long)"f", 0, 0xfff, (long)buf } },
		{ "statfs", SYS_statfs, "PW", { (long)"f", (long)buf } },
		{ "fstatfs", SYS_fstatfs, "IW", { f, (long)buf } },
		{ "access", SYS_access, "P", { (long)"f", 0 } },
		{ "readlink", SYS_readlink, "PW", { (long)"l", (long)buf, 100 } },
		{ "getcwd", SYS_getcwd, "W", { (long)buf, 100 } },
		{ "chdir", SYS_chdir, "P", { (long)"." } },
		{ "chmod", SYS_chmod, "P", { (long)"f", 0644 } },
		{ "chown", SYS_chown, "P", { (long)"f", -1, -1 } },
		{ "mkdir", SYS_mkdir, "P", { (long)"d", 0755 } },
		{ "rmdir", SYS_rmdir, "P", { (long)"d" } },
		{ "unlink", SYS_unlink, "P", { (long)"missing" } },
		{ "rename", SYS_rename, "PP", { (long)"f", (long)"f" } },
		{ "link", SYS_link, "PP", { (long)"f", (long)"f" } },
		{ "symlink", SYS_symlink, "PP", { (long)"x", (long)"l" } },
		{ "mknod", SYS_mknod, "P", { (long)"f", S_IFREG | 0600, 0 } },
		{ "truncate", SYS_truncate, "P", { (long)"f", 100 } },
		{ "getdents64", SYS_getdents64, "IW", { d, (long)buf, 1000 } },
		{ "pipe2", SYS_pipe2, "W", { (long)buf, 0 } },
		{ "sendfile", SYS_sendfile, "IIW", { p[1], f, (long)buf, 0 } },
		{ "setxattr",
		  SYS_setxattr,
		  "PPP",
		  { (long)"f", (long)"trusted.x", (long)"v", 1, 0 } },
		{ "getxattr",
		  SYS_getxattr,
		  "PPW",
		  { (long)"f", (long)"trusted.x", (long)buf, 100 } },
		{ "utimensat", SYS_utimensat, "IPP", { AT_FDCWD, (long)"f", 0, 0 } },
		{ "inotify_add_watch",
		  SYS_inotify_add_watch,
		  "IP",
		  { (long)syscall(SYS_inotify_init), (long)"f", 2 } },
		{ "memfd_create", SYS_memfd_create, "P", { (long)"m", 0 } },
		{ "chroot", SYS_chroot, "P", { (long)"/" } },
		{ "fcntl getlk", SYS_fcntl, "IIW", { f, F_GETLK, (long)buf } },
		{ "ioctl", SYS_ioctl, "IIW", { p[0], 0x541b, (long)buf } },
		{ "process_vm_readv",
		  SYS_process_vm_readv,
		  "IPIPII",
		  { getpid(), (long)&iov, 1, (long)&iov, 1, 0 } },
	};
	efault_run(calls, sizeof(calls) / sizeof(calls[0]));
	return 0;
}
