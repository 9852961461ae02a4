// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes: capacity, atomic writes, partial writes, end of file, SIGPIPE, sizes, packets. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "guest_test.h"

static char big[200000];

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

static void fill_up(void)
{
	int p[2], n = 0;

	CHECK(pipe2(p, O_NONBLOCK) == 0);
	report("too much at once", write(p[1], big, sizeof(big)));
	report("full", write(p[1], big, 1));
	report("poll full", ready(p[1]));
	report("read a page", read(p[0], big, 4096));
	report("poll with a page free", ready(p[1]));
	report("atomic page", write(p[1], big, 4096));
	report("atomic page again", write(p[1], big, 4096));
	CHECK(ioctl(p[0], FIONREAD, &n) == 0);
	printf("in it: %d\n", n);
	report("read all", read(p[0], big, sizeof(big)));
	report("empty", read(p[0], big, 1));
	for (n = 0; write(p[1], big, 1) == 1; n++)
		;
	printf("single bytes: %d\n", n);
	close(p[0]);
	close(p[1]);
}

static void sizes(void)
{
	int p[2];

	CHECK(pipe2(p, O_NONBLOCK) == 0);
	report("size", fcntl(p[0], F_GETPIPE_SZ));
	report("set 5000", fcntl(p[0], F_SETPIPE_SZ, 5000));
	report("write", write(p[1], big, sizeof(big)));
	report("too small now", fcntl(p[0], F_SETPIPE_SZ, 4096));
	report("larger", fcntl(p[1], F_SETPIPE_SZ, 65537));
	report("write more", write(p[1], big, sizeof(big)));
	report("not a pipe", fcntl(0, F_GETPIPE_SZ));
	close(p[0]);
	close(p[1]);
}

static void packets(void)
{
	int p[2];

	CHECK(pipe2(p, O_DIRECT | O_NONBLOCK) == 0);
	report("packet 1", write(p[1], "hello", 5));
	report("packet 2", write(p[1], "world!", 6));
	report("short read", read(p[0], big, 3));
	report("next", read(p[0], big, 100));
	report("none", read(p[0], big, 100));
	close(p[0]);
	close(p[1]);
}

static volatile sig_atomic_t broken;

static void on_pipe(int signo)
{
	broken = signo;
}

static void ends(void)
{
	struct stat st;
	int p[2];

	CHECK(pipe(p) == 0);
	CHECK(fstat(p[0], &st) == 0);
	printf("fifo %d mode %o\n", S_ISFIFO(st.st_mode), st.st_mode & 0777);
	report("read of write end", read(p[1], big, 1));
	report("write of read end", write(p[0], big, 1));
	report("seek", lseek(p[0], 0, SEEK_SET));
	report("pread", pread(p[0], big, 1, 0));
	report("write 3", write(p[1], "abc", 3));
	close(p[1]);
	report("poll hung up", ready(p[0]));
	report("last bytes", read(p[0], big, 100));
	report("end", read(p[0], big, 100));
	CHECK(pipe(p) == 0);
	close(p[0]);
	signal(SIGPIPE, on_pipe);
	report("broken", write(p[1], "x", 1));
	printf("signal %d, poll %x\n", (int)broken, ready(p[1]));
	report("nothing into a broken one", write(p[1], "x", 0));
	report("bad flags", pipe2(p, O_APPEND));
	report("bad pointer", pipe((int *)8));
}

int main(void)
{
	fill_up();
	sizes();
	packets();
	ends();
	return 0;
}
