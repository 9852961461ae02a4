// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads: do they share memory and descriptors, have their own TLS and tid, and does the last one end the process? */
#include <pthread.h>
#include <sys/syscall.h>

#include "guest_test.h"

static __thread int tls = 1;
static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *arg)
{
	long n = (long)arg;

	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
		tls++;
	}
	return (void *)(tls + n * 10000 + (syscall(SYS_gettid) != getpid() ? 0 : 500));
}

int main(void)
{
	pthread_t t[8];
	void *r;

	for (long i = 0; i < 8; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, work, (void *)i), 0);
	for (long i = 0; i < 8; i++) {
		pthread_join(t[i], &r);
		printf("%ld ", (long)r);
	}
	printf("\ncounter %d, main's tls %d\n", counter, tls);
	return 0;
}
