// SPDX-License-Identifier: GPL-2.0-or-later
/* membarrier orders a thread that only reads and writes, without any fence of its own: store buffering must not be seen in both. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUERY = 0, PRIVATE = 8, REGISTER = 16, ROUNDS = 100 };

static volatile int x, y, seen, go, done, stop;

static void *fast_side(void *arg)
{
	int round = 0, idle = 0;

	(void)arg;
	while (!stop) {
		if (go == round) {
			if (++idle % 256 == 0)
				sched_yield();
			continue;
		}
		round = go;
		x = 1;
		__asm__ volatile("" ::: "memory"); /* for the compiler only */
		seen = y;
		__atomic_store_n(&done, round, __ATOMIC_RELEASE);
	}
	return NULL;
}

int main(void)
{
	pthread_t t;
	int bad = 0;

	printf("unregistered: %ld", syscall(SYS_membarrier, PRIVATE, 0, 0));
	printf(" %d\n", errno == EPERM);
	printf("flags: %ld\n", syscall(SYS_membarrier, PRIVATE, 77, 0));
	printf("known: %d\n", (syscall(SYS_membarrier, QUERY, 0, 0) & (PRIVATE | REGISTER)) == 24);
	printf("register: %ld\n", syscall(SYS_membarrier, REGISTER, 0, 0));
	printf("alone: %ld\n", syscall(SYS_membarrier, PRIVATE, 0, 0));
	pthread_create(&t, NULL, fast_side, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		x = y = 0;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		go = i;
		y = 1;
		if (syscall(SYS_membarrier, PRIVATE, 0, 0) != 0)
			bad++;
		int mine = x;

		while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		if (mine == 0 && seen == 0)
			bad++;
	}
	stop = 1;
	pthread_join(t, NULL);
	printf("bad: %d\n", bad);
	return bad != 0;
}
