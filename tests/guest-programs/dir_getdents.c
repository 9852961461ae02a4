// SPDX-License-Identifier: GPL-2.0-or-later
/* getdents64: records, small buffers, an unlinked directory, names added meanwhile. */
#include <dirent.h>

#include "guest_helpers.h"

int main(void)
{
	char b[4096] __attribute__((aligned(8)));
	int fd, dots = 0, names = 0;
	long n;

	mkdir("d", 0755);
	make_file("d/a", "");
	make_file("d/b", "");
	fd = open("d", O_RDONLY);
	report("8 bytes", syscall(SYS_getdents64, fd, b, 8));
	while ((n = syscall(SYS_getdents64, fd, b, sizeof(b))) > 0) {
		for (long at = 0; at < n;) {
			struct dirent64 *e = (void *)(b + at);

			CHECK(e->d_reclen % 8 == 0);
			dots += e->d_name[0] == '.';
			names += e->d_name[0] != '.';
			at += e->d_reclen;
		}
	}
	printf("dots %d names %d\n", dots, names);
	report("at the end", syscall(SYS_getdents64, fd, b, sizeof(b)));
	report("rewind", lseek(fd, 0, SEEK_SET));
	printf("again %d\n", syscall(SYS_getdents64, fd, b, sizeof(b)) > 0);
	lseek(fd, 0, SEEK_SET);
	unlink("d/a");
	unlink("d/b");
	rmdir("d");
	report("removed", syscall(SYS_getdents64, fd, b, sizeof(b)));
	report("of a file",
	       syscall(SYS_getdents64, open("/proc/self/exe", O_RDONLY), b, sizeof(b)));
	report("closed", syscall(SYS_getdents64, 77, b, sizeof(b)));
	return 0;
}
