// SPDX-License-Identifier: GPL-2.0-or-later
/* Barriers, condition variables with broadcast, read-write locks, semaphores and once under load: are the counts always right? */
#include <pthread.h>
#include <semaphore.h>

#include "guest_helpers.h"

#define THREADS 6
#define ROUNDS	60

static pthread_barrier_t barrier;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static int generation, arrived, shared[2], torn, serial, inits;

static void init(void)
{
	inits++;
}

static void *member(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_once(&once, init);
		/* NOLINTNEXTLINE(bugprone-posix-return): -1 is what one of them is told, not an error. */
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
		pthread_mutex_lock(&lock);
		int mine = generation;

		if (++arrived == THREADS) {
			arrived = 0;
			generation++;
			pthread_cond_broadcast(&cond);
		}
		while (generation == mine)
			pthread_cond_wait(&cond, &lock);
		pthread_mutex_unlock(&lock);
		if ((i + (long)arg) % 3 == 0) {
			pthread_rwlock_wrlock(&rw);
			shared[0]++;
			shared[1]++;
			pthread_rwlock_unlock(&rw);
		} else {
			pthread_rwlock_rdlock(&rw);
			if (shared[0] != shared[1])
				torn++;
			pthread_rwlock_unlock(&rw);
		}
		sem_wait(&sem);
		sem_post(&sem);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	sem_init(&sem, 0, 2);
	for (long i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, member, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	int left;

	sem_getvalue(&sem, &left);
	printf("serial %d generation %d written %d torn %d semaphore %d once %d\n", serial,
	       generation, shared[0], torn, left, inits);
	return 0;
}
