// SPDX-License-Identifier: GPL-2.0-or-later
/* Stores through a shared map while write(2) changes bytes beside them, in the same sector: neither loses anything. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "guest_helpers.h"

#define ROUNDS 3000

static volatile unsigned char *map;

static void *stores(void *arg)
{
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		unsigned char want = (unsigned char)i;

		/* 64 bytes before what is written, and 64 behind it. */
		map[136] = want;
		map[272] = want;
		for (int k = 0; k < 20; k++)
			if (map[136] != want || map[272] != want) {
				printf("a store was lost\n");
				return arg;
			}
	}
	return NULL;
}

int main(void)
{
	int fd = open("beside", O_RDWR | O_CREAT | O_TRUNC, 0600);
	unsigned char text[40];
	pthread_t t;
	void *bad;

	CHECK_EQ(ftruncate(fd, 4096), 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK_EQ(map != MAP_FAILED, 1);
	CHECK_EQ(pthread_create(&t, NULL, stores, NULL), 0);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		memset(text, (int)i, sizeof(text));
		CHECK_EQ(pwrite(fd, text, sizeof(text), 200), (long)sizeof(text));
		if (map[200] != (unsigned char)i || map[239] != (unsigned char)i)
			printf("a write was lost\n");
	}
	CHECK_EQ(pthread_join(t, &bad), 0);
	printf("stores %s\n", bad ? "lost" : "kept");
	return bad ? 1 : 0;
}
