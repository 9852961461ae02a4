// SPDX-License-Identifier: GPL-2.0-or-later
/* Half-closed connections, what poll says of them, resets, and shutdown while another thread waits. */
#include <pthread.h>

#include "inet_helpers.h"

static int waiting[2];

static void *reader(void *arg)
{
	char c;

	return (void *)read(waiting[1], &c, 1);
}

int main(void)
{
	struct linger now = { 1, 0 };
	char buf[16];
	pthread_t t;
	void *got;
	int s[2];

	tcp_pair(s);
	show_poll("fresh", s[0], 0);
	result("shutdown", shutdown(s[0], SHUT_WR));
	wait_for(s[1], POLLRDHUP);
	show_poll("peer has closed its side", s[1], 0);
	show_poll("own side closed", s[0], 0);
	report("eof", read(s[1], buf, 1));
	report("other way", write(s[1], "still", 5));
	report("other way", recv(s[0], buf, 5, MSG_WAITALL));
	result("write", send(s[0], "x", 1, MSG_NOSIGNAL));
	result("shutdown", shutdown(s[1], SHUT_WR));
	wait_for(s[0], POLLHUP);
	show_poll("both", s[0], 0);
	report("eof", read(s[0], buf, 1));
	result("bad how", shutdown(s[0], 7));
	close(s[0]);
	close(s[1]);

	tcp_pair(s);
	result("shut reading", shutdown(s[0], SHUT_RD));
	report("read", read(s[0], buf, 1));
	show_poll("reading shut", s[0], 0);
	close(s[0]);
	close(s[1]);

	tcp_pair(s);
	CHECK_EQ(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(s[0]);
	wait_for(s[1], POLLHUP);
	show_poll("reset", s[1], 0);
	result("read", read(s[1], buf, 1));
	report("read again", read(s[1], buf, 1));
	result("write", send(s[1], "x", 1, MSG_NOSIGNAL));
	close(s[1]);

	tcp_pair(waiting);
	CHECK_EQ(pthread_create(&t, NULL, reader, NULL), 0);
	usleep(50000);
	result("shutdown", shutdown(waiting[1], SHUT_RDWR));
	pthread_join(t, &got);
	report("the waiting reader", (long)got);
	result("not connected", shutdown(socket(AF_INET, SOCK_STREAM, 0), SHUT_RDWR));
	return 0;
}
