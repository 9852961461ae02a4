// SPDX-License-Identifier: GPL-2.0-or-later
/* What poll says of pipes, files, closed and bad descriptors, and negative ones. */
#include <poll.h>

#include "guest_helpers.h"

int main(void)
{
	struct pollfd f[6] = { 0 };
	char c;
	int p[2];

	make_file("f", "x");
	CHECK_EQ(pipe(p), 0);
	f[0] = (struct pollfd){ p[0], POLLIN | POLLRDNORM, 0 };
	f[1] = (struct pollfd){ p[1], POLLOUT | POLLWRNORM, 0 };
	f[2] = (struct pollfd){ open("f", O_RDWR), POLLIN | POLLOUT | POLLPRI, 0 };
	f[3] = (struct pollfd){ 77, POLLIN, 0 };
	f[4] = (struct pollfd){ -1, POLLIN, 0x55 };
	f[5] = (struct pollfd){ open("/dev/null", O_RDWR), POLLIN | POLLOUT, 0 };
	report("poll", poll(f, 6, 0));
	for (int i = 0; i < 6; i++)
		printf("%d: %x\n", i, f[i].revents);
	CHECK_EQ(write(p[1], "x", 1), 1);
	report("readable", poll(f, 1, -1));
	printf("%x\n", f[0].revents);
	close(p[1]);
	report("hung up", poll(f, 1, -1));
	printf("%x\n", f[0].revents);
	CHECK_EQ(read(p[0], &c, 1), 1);
	f[0].events = 0;
	report("at the end", poll(f, 1, -1));
	printf("%x\n", f[0].revents);
	CHECK_EQ(pipe(p), 0);
	close(p[0]);
	f[0] = (struct pollfd){ p[1], POLLOUT, 0 };
	report("no reader", poll(f, 1, -1));
	printf("%x\n", f[0].revents);
	report("too many", poll(f, 1u << 30, 0));
	report("none", poll(NULL, 0, 0));
	return 0;
}
