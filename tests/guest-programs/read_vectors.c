// SPDX-License-Identifier: GPL-2.0-or-later
/* readv, writev, preadv, pwritev: order, empty parts, limits, offsets, bad parts in the middle. */
#include <limits.h>
#include <sys/uio.h>

#include "guest_helpers.h"

int main(void)
{
	char a[3] = "", b[5] = "", c[16] = "";
	struct iovec w[3] = { { "one", 3 }, { "", 0 }, { "three", 5 } };
	struct iovec r[3] = { { a, 2 }, { b, 4 }, { c, 15 } };
	static struct iovec many[IOV_MAX + 1];
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	report("writev", writev(fd, w, 3));
	report("preadv", preadv(fd, r, 3, 1));
	printf("%s|%s|%s\n", a, b, c);
	report("position", lseek(fd, 0, SEEK_CUR));
	report("pwritev", pwritev(fd, w, 1, 20));
	report("size", lseek(fd, 0, SEEK_END));
	report("none", writev(fd, w, 0));
	report("negative", writev(fd, w, -1));
	report("too many", writev(fd, many, IOV_MAX + 1));
	report("as many as can be", writev(fd, many, IOV_MAX));
	w[1].iov_len = -1;
	report("negative length", writev(fd, w, 3));
	w[1] = (struct iovec){ (void *)16, 5 };
	lseek(fd, 0, SEEK_SET);
	report("bad part in the middle", writev(fd, w, 3));
	report("position", lseek(fd, 0, SEEK_CUR));
	r[0] = (struct iovec){ (void *)16, 5 };
	report("bad first part", preadv(fd, r, 3, 0));
	report("negative offset", preadv(fd, r + 1, 1, -1));
	report("at the end", preadv(fd, r + 1, 1, 1000));
	report("preadv2 at the position", preadv2(fd, r + 1, 1, -1, 0));
	report("preadv2 flags", preadv2(fd, r + 1, 1, 0, 0x1000));
	report("bad list", syscall(SYS_readv, fd, 16, 1));
	return 0;
}
