// SPDX-License-Identifier: GPL-2.0-or-later
/* Forks while other threads write: each child sees memory that is consistent page by page and never changes under it. */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static volatile long *data;
static volatile int stop;

static void *writer(void *arg)
{
	volatile long *p = data + 512 * (long)arg;

	for (long v = 1; !stop; v++)
		for (int i = 0; i < 512; i++)
			p[i] = v;
	return NULL;
}

static int child_looks(void)
{
	long seen[4];
	int bad = 0;

	for (int k = 0; k < 4; k++) {
		volatile long *p = data + 512 * k;

		seen[k] = p[511];
		for (int i = 1; i < 512; i++)
			bad += p[i] > p[i - 1] || p[i] < p[0] - 1;
	}
	sched_yield();
	for (int k = 0; k < 4; k++)
		bad += data[512 * k + 511] != seen[k];
	return bad;
}

int main(void)
{
	pthread_t t[4];
	int bad = 0, status;

	data = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (long i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, writer, (void *)i), 0);
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(child_looks() != 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		bad += status != 0;
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("bad children: %d\n", bad);
	return 0;
}
