// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP on loopback: connect, accept, names, both directions, large transfers with a slow reader, end of file, writing to nobody. */
#include "inet_helpers.h"

#define BIG (3 << 20)

static void many_bytes(int from, int to)
{
	static char buf[40000];
	size_t got = 0;
	unsigned int sum = 0;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		char *all = malloc(BIG);

		for (size_t i = 0; i < BIG; i++)
			all[i] = (char)(i * 7 + i / 251);
		for (size_t done = 0; done < BIG;) {
			ssize_t n = write(from, all + done, BIG - done);

			CHECK(n > 0);
			done += (size_t)n;
		}
		_exit(0);
	}
	while (got < BIG) {
		ssize_t n = read(to, buf, got % sizeof(buf) + 1);

		CHECK(n > 0);
		for (ssize_t i = 0; i < n; i++)
			sum = sum * 31 + (unsigned char)buf[i];
		got += (size_t)n;
	}
	printf("%zu bytes, sum %u\n", got, sum);
	reap("writer", pid);
}

static void pipe_broken(void)
{
	int s[2];

	tcp_pair(s);
	shutdown(s[0], SHUT_WR);
	(void)!write(s[0], "x", 1);
	printf("not reached\n");
}

int main(void)
{
	struct sockaddr_in a, peer;
	socklen_t len = sizeof(peer);
	int l = listener(5, &a), c = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), s;
	char buf[16] = "";

	printf("family %d address %s port %s\n", a.sin_family, inet_ntoa(a.sin_addr),
	       ntohs(a.sin_port) ? "chosen" : "none");
	result("connect", connect(c, (void *)&a, sizeof(a)));
	s = accept(l, (void *)&peer, &len);
	CHECK(s >= 0);
	printf("peer length %u, %s, the client's port: %d\n", len, inet_ntoa(peer.sin_addr),
	       peer.sin_port == name_of(c).sin_port);
	len = sizeof(peer);
	result("getpeername", getpeername(c, (void *)&peer, &len));
	printf("it is the listener: %d\n", peer.sin_port == a.sin_port);
	len = 3;
	result("short name", getpeername(c, (void *)&peer, &len));
	printf("length %u\n", len);
	report("send", send(c, "hello", 5, 0));
	report("recv", recv(s, buf, sizeof(buf), 0));
	printf("%s\n", buf);
	report("send", send(s, "back", 4, 0));
	report("read", read(c, buf, sizeof(buf)));
	result("connect again", connect(c, (void *)&a, sizeof(a)));
	result("accept on a connection", accept(c, NULL, NULL));
	result("listen on a connection", listen(c, 1));
	many_bytes(c, s);
	many_bytes(s, c);
	close(c);
	report("end of file", read(s, buf, sizeof(buf)));
	close(s);
	result("nobody listens",
	       (close(l), connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof(a))));
	run_child("broken pipe", pipe_broken);
	result("not connected", send(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_NOSIGNAL));
	result("not connected", recv(socket(AF_INET, SOCK_STREAM, 0), buf, 1, 0));
	return 0;
}
