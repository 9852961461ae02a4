// SPDX-License-Identifier: GPL-2.0-or-later
/* Packet sockets without traffic: names, options, filters that are refused, rings and their mappings. */
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>

#include "inet_helpers.h"

static void filter(const char *label, int fd, struct sock_filter *code, unsigned short n)
{
	struct sock_fprog prog = { n, code };

	result(label, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

static void ring(const char *label, int fd, unsigned int block, unsigned int blocks,
		 unsigned int frame, unsigned int frames)
{
	struct tpacket_req q = { block, blocks, frame, frames };

	result(label, setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &q, sizeof(q)));
}

int main(void)
{
	struct sock_filter none[] = { { BPF_RET | BPF_K, 0, 0, 0 } };
	struct sock_filter loads[] = { { BPF_LD | BPF_H | BPF_ABS, 0, 0, 12 },
				       { BPF_LDX | BPF_B | BPF_MSH, 0, 0, 14 },
				       { BPF_LD | BPF_B | BPF_IND, 0, 0, 14 },
				       { BPF_ALU | BPF_MOD | BPF_K, 0, 0, 7 },
				       { BPF_RET | BPF_A, 0, 0, 0 } };
	struct sock_filter endless[] = { { BPF_JMP | BPF_JA, 0, 0, 5 } };
	struct sock_filter divide[] = { { BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 },
					{ BPF_RET | BPF_A, 0, 0, 0 } };
	struct sock_filter unwritten[] = { { BPF_LD | BPF_MEM, 0, 0, 3 },
					   { BPF_RET | BPF_A, 0, 0, 0 } };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), v;
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	socklen_t len = sizeof(a);
	char *map;

	CHECK(fd >= 0);
	filter("refuse all", fd, none, 1);
	filter("loads", fd, loads, 5);
	filter("jump out", fd, endless, 1);
	filter("divide by 0", fd, divide, 2);
	filter("cell that was not written", fd, unwritten, 2);
	filter("no instructions", fd, none, 0);
	result("detach", setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof(v)));
	result("detach again", setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof(v)));
	filter("refuse all", fd, none, 1);
	result("bind", bind(fd, (void *)&a, sizeof(a)));
	memset(&a, 0, sizeof(a));
	result("name", getsockname(fd, (void *)&a, &len));
	printf("length %u, family %d, interface %d, protocol %d, address of %d bytes\n", len,
	       a.sll_family, a.sll_ifindex, a.sll_protocol, a.sll_halen);
	a.sll_ifindex = 9999;
	result("no such interface", bind(fd, (void *)&a, sizeof(a)));
	result("short", bind(fd, (void *)&a, 10));
	result("no peer", getpeername(fd, (void *)&a, &len));
	result("listen", listen(fd, 1));
	result("nothing came", recv(fd, &v, sizeof(v), MSG_DONTWAIT));
	for (v = 0; v < 2; v++) {
		int header = v ? TPACKET_V2 : 77;

		len = sizeof(header);
		result("header length", getsockopt(fd, SOL_PACKET, PACKET_HDRLEN, &header, &len));
		if (v)
			printf("%d\n", header);
	}
	v = TPACKET_V2;
	result("version", setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof(v)));
	ring("odd block", fd, 5000, 2, 1024, 8);
	ring("odd frame", fd, 4096, 2, 1000, 8);
	ring("frame larger than a block", fd, 4096, 2, 8192, 1);
	ring("wrong count", fd, 4096, 2, 1024, 9);
	ring("small frame", fd, 4096, 2, 32, 256);
	result("map without a ring",
	       mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	ring("ring", fd, 8192, 4, 2048, 16);
	result("map a part", mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	map = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	v = 0;
	for (int i = 0; i < 32768; i++)
		v |= map[i];
	printf("zeros: %d\n", v == 0);
	map[32767] = 1;
	show_poll("empty", fd, 0);
	ring("take away while mapped", fd, 0, 0, 0, 0);
	result("version of a ring", setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof(v)));
	CHECK_EQ(munmap(map, 32768), 0);
	ring("take away", fd, 0, 0, 0, 0);
	ring("again", fd, 4096, 2, 2048, 4);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	close(fd);
	map[5000] = 3;
	printf("the mapping lives on: %d\n", map[5000]);
	return 0;
}
