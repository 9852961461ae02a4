// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes up to PIPE_BUF are not mixed with others'; a non-blocking one that does not fit writes nothing. */
#include <limits.h>

#include "guest_helpers.h"

static int p[2];

static void writer(int id)
{
	char b[512];

	memset(b, 'a' + id, sizeof(b));
	for (int i = 0; i < 200; i++)
		CHECK_EQ(write(p[1], b, sizeof(b)), sizeof(b));
	_exit(0);
}

int main(void)
{
	char b[512];
	int mixed = 0, blocks = 0;
	ssize_t n;

	CHECK_EQ(pipe(p), 0);
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			writer(i);
	close(p[1]);
	for (;;) {
		size_t got = 0;

		while (got < sizeof(b) && (n = read(p[0], b + got, sizeof(b) - got)) > 0)
			got += n;
		if (got < sizeof(b))
			break;
		blocks++;
		for (size_t i = 1; i < sizeof(b); i++)
			mixed += b[i] != b[0];
	}
	printf("blocks %d mixed %d\n", blocks, mixed);
	while (wait(NULL) > 0)
		;
	CHECK_EQ(pipe2(p, O_NONBLOCK), 0);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 8192), 8192);
	{
		static char big[20000];

		report("8000 of 8192", write(p[1], big, 4096));
		report("second page", write(p[1], big, 3000));
		report("4096 do not fit", write(p[1], big, 4096));
		report("20000: what fits", write(p[1], big, 20000) > 0);
		report("full", write(p[1], big, 20000));
		report("read a page", read(p[0], big, 4096));
		report("4096 fit", write(p[1], big, 4096));
	}
	return 0;
}
