// SPDX-License-Identifier: GPL-2.0-or-later
/* pthread cancellation in a blocking read, in a condition wait, disabled, asynchronous; clean-up handlers and key destructors run. */
#include <pthread.h>

#include "guest_helpers.h"

static int p[2], cleaned, destroyed;
static pthread_key_t key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile int tid;

static void cleanup(void *arg)
{
	cleaned++;
	if (arg)
		pthread_mutex_unlock(arg);
}

static void destroy(void *arg)
{
	destroyed++;
}

static void *reads(void *arg)
{
	char b;

	pthread_setspecific(key, &key);
	pthread_cleanup_push(cleanup, NULL);
	tid = gettid();
	(void)!read(p[0], &b, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(cleanup, &lock);
	tid = gettid();
	for (;;)
		pthread_cond_wait(&cond, &lock);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *refuses(void *arg)
{
	char b;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	tid = gettid();
	(void)!read(p[0], &b, 1);
	return (void *)7;
}

static void *spins(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	tid = gettid();
	for (;;)
		;
	return NULL;
}

static void try(const char *label, void *(*fn)(void *), int asleep, int let_go)
{
	pthread_t t;
	void *r;

	tid = 0;
	CHECK_EQ(pthread_create(&t, NULL, fn, NULL), 0);
	while (!tid)
		usleep(500);
	if (asleep)
		wait_asleep(getpid(), tid);
	CHECK_EQ(pthread_cancel(t), 0);
	if (let_go)
		CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(pthread_join(t, &r), 0);
	printf("%s: %s, cleaned %d, destroyed %d\n", label,
	       r == PTHREAD_CANCELED ? "cancelled" : "returned", cleaned, destroyed);
}

int main(void)
{
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(pthread_key_create(&key, destroy), 0);
	try("read", reads, 1, 0);
	try("condition", waits, 1, 0);
	printf("mutex free: %d\n", pthread_mutex_trylock(&lock) == 0);
	try("disabled", refuses, 1, 1);
	try("asynchronous", spins, 0, 0);
	return 0;
}
