// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix stream sockets: names, backlog, connecting, half close, peeking, waiting for all, credentials. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "guest_test.h"

static char b[100000];

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

static void pairs(void)
{
	int s[2], n = 0;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	report("send", send(s[0], "hello world", 11, 0));
	report("peek", recv(s[1], b, 5, MSG_PEEK));
	CHECK(ioctl(s[1], FIONREAD, &n) == 0);
	printf("waiting: %d\n", n);
	report("recv", recv(s[1], b, 5, 0));
	printf("%.5s\n", b);
	report("rest", recv(s[1], b, 100, 0));
	report("none", recv(s[1], b, 100, MSG_DONTWAIT));
	report("poll", ready(s[1]));
	report("out of band", send(s[0], "x", 1, MSG_OOB) > 0 || errno == EOPNOTSUPP ? 0 : -1);
	report("half close", shutdown(s[0], SHUT_WR));
	report("poll", ready(s[1]));
	report("poll other", ready(s[0]));
	while (recv(s[1], b, 100, MSG_DONTWAIT) > 0)
		;
	report("end", recv(s[1], b, 100, 0));
	report("send after shutdown", send(s[0], "x", 1, MSG_NOSIGNAL));
	report("other way", send(s[1], "back", 4, 0));
	report("recv", recv(s[0], b, 100, 0));
	close(s[1]);
	report("poll closed", ready(s[0]));
	report("recv closed", recv(s[0], b, 100, 0));
	report("send closed", send(s[0], "x", 1, MSG_NOSIGNAL));
	close(s[0]);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	send(s[0], "unread", 6, 0);
	close(s[1]);
	report("reset", recv(s[0], b, 1, 0));
	report("then end", recv(s[0], b, 1, 0));
}

static void names(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "sock" }, got;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), d;
	socklen_t len = sizeof(got);
	struct ucred cred;
	struct stat st;

	report("no such", connect(c, (void *)&a, sizeof(a)));
	report("bind", bind(l, (void *)&a, sizeof(a)));
	report("bind again", bind(l, (void *)&a, sizeof(a)));
	report("name in use", bind(c, (void *)&a, sizeof(a)));
	CHECK(stat("sock", &st) == 0);
	printf("socket node %d\n", S_ISSOCK(st.st_mode));
	report("open it", open("sock", O_RDWR));
	report("not listening", connect(c, (void *)&a, sizeof(a)));
	report("accept", accept(l, NULL, NULL));
	report("listen", listen(l, 1));
	report("listen unbound", listen(c, 1));
	report("connect", connect(c, (void *)&a, sizeof(a)));
	report("connect again", connect(c, (void *)&a, sizeof(a)));
	report("poll listener", ready(l));
	report("early send", send(c, "early", 5, 0));
	d = accept4(l, (void *)&got, &len, SOCK_CLOEXEC);
	CHECK(d >= 0);
	printf("peer length %d\n", (int)len);
	report("recv", recv(d, b, 100, 0));
	len = sizeof(got);
	CHECK(getsockname(d, (void *)&got, &len) == 0);
	printf("name %s, length %d\n", got.sun_path, (int)len);
	len = sizeof(got);
	CHECK(getpeername(c, (void *)&got, &len) == 0);
	printf("peer %s\n", got.sun_path);
	len = sizeof(cred);
	CHECK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0);
	printf("credentials %d\n", cred.pid == getpid() && cred.uid == geteuid());
	for (int i = 0; i < 4; i++) {
		int x = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		report("backlog", connect(x, (void *)&a, sizeof(a)));
	}
	close(l);
	report("gone", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof(a)));
	unlink("sock");
}

static void abstract(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, got = { 0 };
	int l = socket(AF_UNIX, SOCK_STREAM, 0), s = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t len = sizeof(got);

	(void)snprintf(a.sun_path + 1, 20, "gp-%d", getpid());
	report("bind", bind(l, (void *)&a, offsetof(struct sockaddr_un, sun_path) + 12));
	report("taken", bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a,
			     offsetof(struct sockaddr_un, sun_path) + 12));
	report("another type", bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a,
				    offsetof(struct sockaddr_un, sun_path) + 12));
	report("autobind", bind(s, (void *)&a, sizeof(sa_family_t)));
	CHECK(getsockname(s, (void *)&got, &len) == 0);
	printf("length %d, first %d\n", (int)len, got.sun_path[0]);
	report("bad family", bind(socket(AF_UNIX, SOCK_STREAM, 0),
				  (void *)&(struct sockaddr_un){ .sun_family = 99 }, 10));
}

static void wait_all(void)
{
	int s[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	if (fork() == 0) {
		for (int i = 0; i < 4; i++) {
			usleep(10000);
			send(s[0], "0123456789", 10, 0);
		}
		_exit(0);
	}
	report("wait for all", recv(s[1], b, 35, MSG_WAITALL));
	wait(NULL);
	close(s[0]);
	report("as much as there is", recv(s[1], b, 35, MSG_WAITALL));
}

static void time_out(void)
{
	struct timeval tv = { .tv_usec = 20000 };
	int s[2], n = 0;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	report("set", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	report("set", setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	report("recv", recv(s[0], b, 1, 0));
	while (send(s[0], b, sizeof(b), 0) > 0)
		n++;
	printf("full: %s %d\n", strerrorname_np(errno), n > 0);
	report("poll full", ready(s[0]));
	while (recv(s[1], b, sizeof(b), MSG_DONTWAIT) > 0)
		;
	report("poll empty", ready(s[0]));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	pairs();
	names();
	abstract();
	wait_all();
	time_out();
	return 0;
}
