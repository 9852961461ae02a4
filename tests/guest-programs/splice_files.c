// SPDX-License-Identifier: GPL-2.0-or-later
/* splice, tee, vmsplice and sendfile between files, pipes and sockets: offsets, lengths, ends, refusals. */
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "guest_helpers.h"

static int p[2], q[2];

static void drain(const char *label, int fd)
{
	char b[256];
	ssize_t n = read(fd, b, sizeof(b));

	if (n < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: \"%.*s\"\n", label, (int)n, b);
}

int main(void)
{
	int f, out, app, s[2], dir;
	struct iovec v[2] = { { "one ", 4 }, { "two", 3 } };
	loff_t off = 2, bad = -1;

	CHECK_EQ(pipe2(p, O_NONBLOCK), 0);
	CHECK_EQ(pipe2(q, O_NONBLOCK), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	make_file("f", "0123456789");
	f = open("f", O_RDWR);
	out = open("out", O_RDWR | O_CREAT, 0600);
	app = open("app", O_RDWR | O_CREAT | O_APPEND, 0600);
	dir = open(".", O_RDONLY);
	report("file to pipe", splice(f, NULL, p[1], NULL, 4, 0));
	report("with an offset", splice(f, &off, p[1], NULL, 3, 0));
	printf("offset %ld position %ld\n", (long)off, (long)lseek(f, 0, SEEK_CUR));
	report("tee", tee(p[0], q[1], 100, 0));
	drain("copy", q[0]);
	report("pipe to pipe", splice(p[0], NULL, q[1], NULL, 5, 0));
	drain("moved", q[0]);
	report("pipe to file", splice(p[0], NULL, out, NULL, 100, 0));
	show_file("out", "out");
	report("empty pipe", splice(p[0], NULL, out, NULL, 100, SPLICE_F_NONBLOCK));
	report("end of file", splice(f, (off = 100, &off), p[1], NULL, 10, 0));
	report("vmsplice", vmsplice(p[1], v, 2, 0));
	report("pipe to socket", splice(p[0], NULL, s[0], NULL, 100, 0));
	drain("socket", s[1]);
	CHECK_EQ(write(s[0], "sock", 4), 4);
	report("socket to pipe", splice(s[1], NULL, p[1], NULL, 100, 0));
	drain("pipe", p[0]);
	report("file to file", splice(f, NULL, out, NULL, 4, 0));
	report("offset of a pipe", splice(p[0], &off, out, NULL, 4, 0));
	report("negative offset", splice(f, &bad, p[1], NULL, 4, 0));
	CHECK_EQ(write(p[1], "x", 1), 1);
	report("to an appending file", splice(p[0], NULL, app, NULL, 4, 0));
	report("to itself", splice(p[0], NULL, p[1], NULL, 4, 0));
	report("tee to itself", tee(p[0], p[1], 4, 0));
	report("unknown flag", splice(p[0], NULL, q[1], NULL, 1, 0x100));
	report("length 0", splice(p[0], NULL, q[1], NULL, 0, 0));
	report("from a write end", splice(p[1], NULL, q[1], NULL, 1, 0));
	report("from a directory", splice(dir, NULL, q[1], NULL, 1, 0));
	report("vmsplice to a file", vmsplice(out, v, 1, 0));
	off = 5;
	report("sendfile", sendfile(q[1], f, &off, 3));
	drain("sent", q[0]);
	printf("offset %ld\n", (long)off);
	lseek(f, 8, SEEK_SET);
	report("sendfile to the end", sendfile(out, f, NULL, 100));
	report("sendfile at the end", sendfile(out, f, NULL, 100));
	report("sendfile from a pipe", sendfile(out, p[0], NULL, 1));
	report("sendfile to an appending file", sendfile(app, f, NULL, 1));
	off = -1;
	report("sendfile negative", sendfile(out, f, &off, 1));
	return 0;
}
