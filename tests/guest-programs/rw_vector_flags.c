// SPDX-License-Identifier: GPL-2.0-or-later
/* preadv2 and pwritev2: position -1, RWF_DSYNC, RWF_HIPRI, unknown flags; limits of vectors. */
#include <sys/uio.h>

#include "guest_helpers.h"

int main(void)
{
	char a[8] = "", b[8] = "";
	struct iovec w[2] = { { "0123", 4 }, { "4567", 4 } }, r[2] = { { a, 3 }, { b, 3 } },
		     many[1025], neg = { a, (size_t)-1 };
	int fd = open("f", O_RDWR | O_CREAT, 0600), p[2];

	CHECK_EQ(pipe(p), 0);
	report("writev", writev(fd, w, 2));
	report("preadv", preadv(fd, r, 2, 1));
	printf("%s %s\n", a, b);
	report("preadv2 at the position", preadv2(fd, r, 2, -1, 0));
	lseek(fd, 2, SEEK_SET);
	report("preadv2 at the position", preadv2(fd, r, 2, -1, 0));
	printf("%s %s at %ld\n", a, b, (long)lseek(fd, 0, SEEK_CUR));
	report("pwritev2 RWF_DSYNC", pwritev2(fd, w, 1, 0, RWF_DSYNC));
	report("pwritev2 RWF_SYNC", pwritev2(fd, w, 1, 0, RWF_SYNC));
	report("preadv2 RWF_HIPRI", preadv2(fd, r, 1, 0, RWF_HIPRI));
	show_file("file", "f");
	report("unknown flag", preadv2(fd, r, 1, 0, 0x4000));
	report("negative offset", preadv(fd, r, 1, -2));
	report("on a pipe", pwritev(p[1], w, 1, 0));
	report("on a pipe, position -1", pwritev2(p[1], w, 1, -1, 0));
	report("no segments", readv(fd, r, 0));
	for (int i = 0; i < 1025; i++)
		many[i] = (struct iovec){ a, 0 };
	report("1024 segments", readv(fd, many, 1024));
	report("1025 segments", readv(fd, many, 1025));
	report("negative count", readv(fd, r, -1));
	report("length too large", readv(fd, &neg, 1));
	r[0].iov_base = (void *)16;
	report("bad first segment", preadv(fd, r, 2, 0));
	r[0].iov_base = a;
	r[1].iov_base = (void *)16;
	report("bad second segment", preadv(fd, r, 2, 0));
	report("bad vector", readv(fd, (void *)16, 1));
	report("for writing only", readv(p[1], r, 1));
	return 0;
}
