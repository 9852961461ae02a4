// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals while sockets wait: receives and accepts that are restarted or not, connects that go on, time limits that end with EINTR. */
#include <sys/time.h>

#include "inet_helpers.h"

static volatile sig_atomic_t caught;

static void handler(int signo)
{
	caught++;
}

static void arm(int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval t = { .it_value = { 0, 50000 } };

	CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static int s[2];

static void late_sender(void)
{
	usleep(200000);
	CHECK_EQ(send(s[0], "late", 4, 0), 4);
	_exit(0);
}

int main(void)
{
	struct timeval tv = { 10, 0 };
	struct sockaddr_in a;
	char buf[8];
	int l = listener(1, &a);
	pid_t pid;

	tcp_pair(s);
	arm(0);
	result("recv", recv(s[1], buf, 1, 0));
	arm(0);
	result("accept", accept(l, NULL, NULL));
	pid = spawn(late_sender);
	arm(SA_RESTART);
	report("restarted", recv(s[1], buf, sizeof(buf), 0));
	reap("sender", pid);
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	arm(SA_RESTART);
	result("with a time limit", recv(s[1], buf, sizeof(buf), 0));
	printf("caught %d\n", caught);
	return 0;
}
