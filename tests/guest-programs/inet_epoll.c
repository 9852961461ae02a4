// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll on TCP sockets: level and edge, one shot, a server with many clients, threads that are woken by what comes over the wire. */
#include <pthread.h>
#include <sys/epoll.h>

#include "inet_helpers.h"

#define CLIENTS 40

static void show(const char *label, int ep, int ms)
{
	struct epoll_event e = { 0 };
	int n = epoll_wait(ep, &e, 1, ms);

	printf("%s: %d%s%s%s%s\n", label, n, e.events & EPOLLIN ? " in" : "",
	       e.events & EPOLLOUT ? " out" : "", e.events & EPOLLRDHUP ? " rdhup" : "",
	       e.events & EPOLLHUP ? " hup" : "");
}

static struct sockaddr_in server;

static void *client(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), number = (int)(long)arg, back = 0;

	CHECK_EQ(connect(fd, (void *)&server, sizeof(server)), 0);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(send(fd, &number, sizeof(number), 0), sizeof(number));
		CHECK_EQ(recv(fd, &back, sizeof(back), MSG_WAITALL), sizeof(back));
		CHECK_EQ(back, number + 1);
		number = back;
	}
	close(fd);
	return NULL;
}

static void serve(void)
{
	int l = listener(CLIENTS, &server), ep = epoll_create1(0), open = 0, accepted = 0,
	    served = 0;
	struct epoll_event e = { .events = EPOLLIN, .data.fd = l };
	pthread_t t[CLIENTS];

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, l, &e), 0);
	for (long i = 0; i < CLIENTS; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, client, (void *)(i * 1000)), 0);
	while (accepted < CLIENTS || open > 0) {
		CHECK_EQ(epoll_wait(ep, &e, 1, 20000), 1);
		if (e.data.fd == l) {
			int fd = accept(l, NULL, NULL);

			CHECK(fd >= 0);
			e = (struct epoll_event){ .events = EPOLLIN, .data.fd = fd };
			CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
			accepted++;
			open++;
		} else {
			int fd = e.data.fd, v;
			ssize_t n = recv(fd, &v, sizeof(v), 0);

			if (n == 0) {
				close(fd);
				open--;
				continue;
			}
			CHECK_EQ(n, sizeof(v));
			v++;
			CHECK_EQ(send(fd, &v, sizeof(v), 0), sizeof(v));
			served++;
		}
	}
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(t[i], NULL);
	printf("%d clients, %d answers\n", accepted, served);
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP };
	int ep = epoll_create1(0), s[2];
	char c;

	tcp_pair(s);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, s[1], &e), 0);
	show("nothing", ep, 0);
	CHECK_EQ(send(s[0], "ab", 2, 0), 2);
	show("level", ep, 20000);
	show("level again", ep, 0);
	e.events = EPOLLIN | EPOLLET;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, s[1], &e), 0);
	show("edge", ep, 20000);
	show("edge again", ep, 0);
	CHECK_EQ(send(s[0], "c", 1, 0), 1);
	show("a new edge", ep, 20000);
	CHECK_EQ(recv(s[1], &c, 1, 0), 1);
	show("still some left", ep, 0);
	e.events = EPOLLIN | EPOLLONESHOT;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, s[1], &e), 0);
	show("one shot", ep, 20000);
	CHECK_EQ(send(s[0], "d", 1, 0), 1);
	show("no more", ep, 50);
	e.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, s[1], &e), 0);
	close(s[0]);
	wait_for(s[1], POLLRDHUP);
	show("gone", ep, 20000);
	close(s[1]);
	show("closed", ep, 0);
	serve();
	return 0;
}
