// SPDX-License-Identifier: GPL-2.0-or-later
/* O_DIRECT pipes keep packets apart; a short read loses the rest; switching the mode; FIONREAD; SIGPIPE and EPIPE. */
#include <poll.h>
#include <sys/ioctl.h>

#include "guest_helpers.h"

static int p[2];

static void get(const char *label, size_t len)
{
	char b[8192];
	ssize_t n = read(p[0], b, len);

	printf("%s: %zd", label, n);
	if (n > 0)
		printf(" %c..%c", b[0], b[n - 1]);
	printf("\n");
}

static void breaks(void)
{
	int q[2];

	CHECK_EQ(pipe(q), 0);
	close(q[0]);
	(void)!write(q[1], "x", 1);
}

static void look(const char *label, struct pollfd *f)
{
	int n = poll(f, 1, 0);

	printf("%s %d %x\n", label, n, f->revents);
}

int main(void)
{
	struct pollfd f;
	char big[9000];
	int n;

	CHECK_EQ(pipe2(p, O_DIRECT | O_NONBLOCK), 0);
	printf("flags %x\n", fcntl(p[1], F_GETFL) & O_DIRECT);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_EQ(write(p[1], "defgh", 5), 5);
	CHECK_EQ(ioctl(p[0], FIONREAD, &n), 0);
	printf("FIONREAD %d\n", n);
	get("first", 100);
	get("second, short", 2);
	get("rest is lost", 100);
	memset(big, 'z', sizeof(big));
	report("write of 9000", write(p[1], big, sizeof(big)));
	get("first piece", 8192);
	get("second piece", 8192);
	get("third piece", 8192);
	report("empty packet", write(p[1], "", 0));
	get("nothing", 10);
	CHECK_EQ(fcntl(p[1], F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(write(p[1], "ab", 2), 2);
	CHECK_EQ(write(p[1], "cd", 2), 2);
	get("stream again", 100);
	f = (struct pollfd){ p[1], POLLOUT | POLLIN, 0 };
	look("poll write end", &f);
	close(p[0]);
	look("poll without readers", &f);
	run_child("write without readers", breaks);
	signal(SIGPIPE, SIG_IGN);
	run_child("ignored", breaks);
	report("EPIPE", write(p[1], "x", 1));
	CHECK_EQ(pipe(p), 0);
	f = (struct pollfd){ p[0], POLLIN, 0 };
	CHECK_EQ(write(p[1], "x", 1), 1);
	close(p[1]);
	look("poll with data, no writers", &f);
	get("data", 10);
	look("poll without writers", &f);
	get("end", 10);
	return 0;
}
