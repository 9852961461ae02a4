// SPDX-License-Identifier: GPL-2.0-or-later
/* eventfd: counter, semaphore, overflow, sizes, non-blocking, poll. */
#include <poll.h>
#include <sys/eventfd.h>

#include "guest_helpers.h"

static int fd;

static long get(void)
{
	unsigned long long v = 0;

	return read(fd, &v, 8) < 0 ? -1 : (long)v;
}

static long put(unsigned long long v)
{
	return write(fd, &v, 8);
}

static int events(void)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static void reader(void)
{
	fcntl(fd, F_SETFL, 0);
	report("blocked reader", get());
}

int main(void)
{
	pid_t pid;
	char b[16];

	fd = eventfd(3, EFD_NONBLOCK);
	report("initial", get());
	report("empty", get());
	printf("poll %x\n", events());
	put(5);
	put(6);
	report("sum", get());
	report("largest", put(0xfffffffffffffffeull));
	printf("poll %x\n", events());
	report("overflow", put(1));
	report("all ones", put(0xffffffffffffffffull));
	report("short write", write(fd, b, 4));
	report("short read", read(fd, b, 4));
	printf("long read %d\n", (int)read(fd, b, 16));
	pid = spawn(reader);
	wait_asleep(pid, pid);
	put(7);
	reap("reader", pid);
	fd = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK);
	report("semaphore", get());
	report("semaphore", get());
	put(1);
	report("semaphore", get());
	report("semaphore", get());
	report("semaphore", get());
	report("bad flags", eventfd(0, 0x40));
	report("lseek", lseek(fd, 0, SEEK_SET));
	return 0;
}
