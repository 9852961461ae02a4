// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets that do not block: connections under way, refused ones, accept without anybody, full buffers, SO_ERROR, time limits. */
#include <sys/ioctl.h>
#include <sys/time.h>

#include "inet_helpers.h"

int main(void)
{
	struct sockaddr_in a;
	struct timeval tv = { 0, 30000 };
	int l = listener(4, &a), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), s, error = -1,
	    r, on = 1;
	socklen_t len = sizeof(error);
	static char buf[65536];
	struct sockaddr_in gone;

	CHECK_EQ(ioctl(l, FIONBIO, &on), 0);
	result("accept", accept(l, NULL, NULL));
	r = connect(c, (void *)&a, sizeof(a));
	printf("connect: %s\n",
	       r == 0 || errno == EINPROGRESS ? "under way" : strerrorname_np(errno));
	wait_for(c, POLLOUT);
	result("SO_ERROR", getsockopt(c, SOL_SOCKET, SO_ERROR, &error, &len));
	printf("error %d\n", error);
	wait_for(l, POLLIN);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	CHECK(s >= 0);
	printf("flags: nonblock %d, cloexec %d\n", (fcntl(s, F_GETFL) & O_NONBLOCK) != 0,
	       fcntl(s, F_GETFD));
	result("bad flags", accept4(l, NULL, NULL, 1));
	result("recv", recv(s, buf, 1, 0));
	while (send(c, buf, sizeof(buf), 0) > 0)
		;
	result("full", -1);
	show_poll("full", c, 0);
	while (recv(s, buf, sizeof(buf), 0) > 0)
		wait_for(s, POLLIN | POLLOUT);
	wait_for(c, POLLOUT);
	show_poll("room again", c, 0);
	/* A port where nobody listens. */
	close(udp_socket(&gone));
	gone = a;
	close(l);
	close(c);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	r = connect(c, (void *)&gone, sizeof(gone));
	printf("nobody: %s\n",
	       r < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED) ? "as it should" : "?");
	if (errno == EINPROGRESS) {
		wait_for(c, POLLOUT);
		result("SO_ERROR", getsockopt(c, SOL_SOCKET, SO_ERROR, &error, &len));
		CHECK_EQ(error, ECONNREFUSED);
	}
	/* Time limits. */
	l = listener(1, &a);
	CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	result("accept in time", accept(l, NULL, NULL));
	s = udp_socket(&a);
	CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	result("recv in time", recv(s, buf, 1, 0));
	result("recv at once", recv(s, buf, 1, MSG_DONTWAIT));
	return 0;
}
