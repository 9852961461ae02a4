// SPDX-License-Identifier: GPL-2.0-or-later
/* Robust mutexes: the next owner gets EOWNERDEAD when a thread or a process ends with it. */
#include <pthread.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static pthread_mutex_t *m;

static void *thread(void *arg)
{
	pthread_mutex_lock(m);
	return NULL;
}

static void dies(void)
{
	pthread_mutex_lock(m);
	raise(SIGKILL);
}

static void waits(void)
{
	int r = pthread_mutex_lock(m);

	printf("waiter: %s\n", strerrorname_np(r));
}

int main(void)
{
	pthread_mutexattr_t a;
	pthread_t t;
	pid_t pid;
	int r;

	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	r = pthread_mutex_lock(m);
	printf("after a thread: %s\n", strerrorname_np(r));
	printf("consistent %d\n", pthread_mutex_consistent(m));
	pid = spawn(waits);
	wait_asleep(pid, pid);
	pthread_mutex_unlock(m);
	reap("waiter", pid);
	r = pthread_mutex_lock(m);
	printf("after the waiter: %s\n", strerrorname_np(r));
	pthread_mutex_consistent(m);
	pthread_mutex_unlock(m);
	run_child("killed", dies);
	r = pthread_mutex_lock(m);
	printf("after a kill: %s\n", strerrorname_np(r));
	pthread_mutex_unlock(m);
	r = pthread_mutex_lock(m);
	printf("not made consistent: %s\n", strerrorname_np(r));
	return 0;
}
