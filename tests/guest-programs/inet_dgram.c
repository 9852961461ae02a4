// SPDX-License-Identifier: GPL-2.0-or-later
/* UDP on loopback: boundaries, senders' names, connected sockets, refusals that come later, truncation, empty datagrams, sizes. */
#include <sys/ioctl.h>

#include "inet_helpers.h"

int main(void)
{
	struct sockaddr_in a, b, from;
	int x = udp_socket(&a), y = udp_socket(&b), z, n = -1;
	socklen_t len = sizeof(from);
	static char big[70000];
	char buf[8] = "";

	report("sendto", sendto(x, "one", 3, 0, (void *)&b, sizeof(b)));
	report("sendto", sendto(x, "", 0, 0, (void *)&b, sizeof(b)));
	report("sendto", sendto(x, "a long one", 10, 0, (void *)&b, sizeof(b)));
	result("FIONREAD", ioctl(y, FIONREAD, &n));
	printf("next has %d\n", n);
	report("peek", recv(y, buf, sizeof(buf), MSG_PEEK));
	report("recvfrom", recvfrom(y, buf, sizeof(buf), 0, (void *)&from, &len));
	printf("from x: %d, length %u, %.3s\n", from.sin_port == a.sin_port, len, buf);
	report("an empty one", recv(y, buf, sizeof(buf), 0));
	report("cut, real length", recv(y, buf, sizeof(buf), MSG_TRUNC | MSG_PEEK));
	report("cut", recv(y, buf, sizeof(buf), 0));
	result("nothing left", recv(y, buf, sizeof(buf), MSG_DONTWAIT));
	result("too long", sendto(x, big, 65508, 0, (void *)&b, sizeof(b)));
	report("longest", sendto(x, big, 65507, 0, (void *)&b, sizeof(b)));
	report("longest", recv(y, big, sizeof(big), 0));
	result("no address", send(x, "x", 1, 0));
	result("connect", connect(x, (void *)&b, sizeof(b)));
	report("send", send(x, "x", 1, 0));
	report("recv", recv(y, buf, 1, 0));
	z = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(z >= 0);
	a = name_of(x);
	report("from a stranger", sendto(z, "s", 1, 0, (void *)&a, sizeof(a)));
	result("a connected socket does not hear him", recv(x, buf, 1, MSG_DONTWAIT));
	close(y);
	report("to nobody", send(x, "x", 1, 0));
	wait_for(x, POLLIN);
	result("refused", recv(x, buf, 1, 0));
	result("once", recv(x, buf, 1, MSG_DONTWAIT));
	from = (struct sockaddr_in){ .sin_family = AF_UNSPEC };
	result("disconnect", connect(x, (void *)&from, sizeof(from)));
	len = sizeof(from);
	result("no peer", getpeername(x, (void *)&from, &len));
	result("short address", sendto(x, "x", 1, 0, (void *)&a, 8));
	from = a;
	from.sin_family = AF_UNIX;
	result("wrong family", sendto(x, "x", 1, 0, (void *)&from, sizeof(from)));
	result("listen", listen(x, 1));
	result("accept", accept(x, NULL, NULL));
	result("broadcast",
	       sendto(x, "x", 1, 0,
		      (void *)&(struct sockaddr_in){
			      .sin_family = AF_INET, .sin_port = 9, .sin_addr.s_addr = 0xffffffff },
		      sizeof(from)));
	return 0;
}
