// SPDX-License-Identifier: GPL-2.0-or-later
/* F_GETPIPE_SZ and F_SETPIPE_SZ: rounding, shrinking below what is there, the limit of an ordinary user. */
#include "guest_helpers.h"

static int p[2];

static void user(void)
{
	become(1000, 1000);
	report("2 MiB as a user", fcntl(p[0], F_SETPIPE_SZ, 2 << 20));
	report("1 MiB as a user", fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
}

int main(void)
{
	static char b[65536];

	CHECK_EQ(pipe(p), 0);
	report("size", fcntl(p[0], F_GETPIPE_SZ));
	report("set 1", fcntl(p[0], F_SETPIPE_SZ, 1));
	report("set 5000", fcntl(p[0], F_SETPIPE_SZ, 5000));
	report("set 0", fcntl(p[0], F_SETPIPE_SZ, 0));
	report("set 65536", fcntl(p[0], F_SETPIPE_SZ, 65536));
	report("fill", write(p[1], b, 30000));
	report("shrink below", fcntl(p[0], F_SETPIPE_SZ, 4096));
	report("grow", fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
	report("all still there", read(p[0], b, sizeof(b)));
	run_child("user", user);
	report("of no pipe", fcntl(open("/", O_RDONLY), F_GETPIPE_SZ));
	return 0;
}
