// SPDX-License-Identifier: GPL-2.0-or-later
/* splice, tee, vmsplice and sendfile: what moves, what stays, the errors. */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "guest_helpers.h"

int main(void)
{
	char b[64] = "";
	struct iovec v = { "vmspliced", 9 };
	loff_t off = 2;
	off_t pos = 1;
	int p[2], q[2], in, out;

	make_file("in", "0123456789");
	in = open("in", O_RDONLY);
	out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(pipe(q), 0);
	report("file to pipe", splice(in, &off, p[1], NULL, 4, 0));
	printf("offset %ld, file at %ld\n", (long)off, (long)lseek(in, 0, SEEK_CUR));
	report("tee", tee(p[0], q[1], 100, 0));
	report("read the copy", read(q[0], b, 64));
	printf("%.4s\n", b);
	report("pipe to file", splice(p[0], NULL, out, NULL, 100, 0));
	show_file("out", "out");
	report("vmsplice", vmsplice(p[1], &v, 1, 0));
	report("pipe to pipe", splice(p[0], NULL, q[1], NULL, 5, 0));
	report("rest", read(p[0], b, 64));
	report("moved", read(q[0], b, 64));
	report("two files", splice(in, NULL, out, NULL, 4, 0));
	report("offset of a pipe", splice(in, NULL, p[1], &off, 4, 0));
	report("itself", splice(p[0], NULL, p[1], NULL, 4, 0));
	report("empty", splice(p[0], NULL, out, NULL, 4, SPLICE_F_NONBLOCK));
	report("tee of a file", tee(in, p[1], 4, 0));
	lseek(in, 0, SEEK_SET);
	report("sendfile", sendfile(out, in, &pos, 3));
	printf("offset %ld, file at %ld\n", (long)pos, (long)lseek(in, 0, SEEK_CUR));
	report("sendfile, own position", sendfile(out, in, NULL, 100));
	report("at the end", sendfile(out, in, NULL, 100));
	show_file("out", "out");
	report("to a pipe", sendfile(p[1], in, &pos, 2));
	report("from a pipe", sendfile(out, p[0], NULL, 2));
	return 0;
}
