// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads: own TLS and ids, shared memory and descriptors, exit of the first thread, many at once, arch_prctl. */
#include <asm/prctl.h>
#include <pthread.h>

#include "guest_helpers.h"

static __thread int mine = 5;
static int total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *thread(void *arg)
{
	mine += (int)(long)arg;
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		total++;
		pthread_mutex_unlock(&lock);
		if (i % 100 == 0)
			sched_yield();
	}
	CHECK_EQ(mine, 5 + (long)arg);
	CHECK(gettid() != getpid());
	return (void *)(long)mine;
}

static void *last(void *arg)
{
	usleep(20000);
	printf("the last thread prints\n");
	exit(6);
}

static void first_leaves(void)
{
	pthread_t t;

	pthread_create(&t, NULL, last, NULL);
	syscall(SYS_exit, 3);
}

int main(void)
{
	pthread_t t[20];
	unsigned long fs = 0, gs = 1;
	long sum = 0;
	void *r;

	for (long i = 0; i < 20; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, thread, (void *)i), 0);
	for (int i = 0; i < 20; i++) {
		pthread_join(t[i], &r);
		sum += (long)r;
	}
	printf("total %d sum %ld mine %d\n", total, sum, mine);
	run_child("first thread leaves", first_leaves);
	report("get FS", syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
	printf("FS %d\n", fs == (unsigned long)pthread_self());
	report("set GS", syscall(SYS_arch_prctl, ARCH_SET_GS, &total));
	asm volatile("movl %%gs:0, %k0" : "=r"(gs));
	printf("through GS %lu\n", gs);
	report("kernel address", syscall(SYS_arch_prctl, ARCH_SET_FS, 0xffff800000000000ul));
	report("bad", syscall(SYS_arch_prctl, 0x9999, 0));
	return 0;
}
