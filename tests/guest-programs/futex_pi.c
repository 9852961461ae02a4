// SPDX-License-Identifier: GPL-2.0-or-later
/* PI futexes: uncontended, contended, trylock, wrong owner, deadlock, the owner's death. */
#include <linux/futex.h>
#include <pthread.h>

#include "guest_helpers.h"

static unsigned int word;
static volatile pid_t tid;
static volatile long thread_result = 1;

static long futex(int op)
{
	return syscall(SYS_futex, &word, op | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
}

static void *locker(void *arg)
{
	tid = gettid();
	thread_result = futex(FUTEX_LOCK_PI);
	CHECK(((int)word & FUTEX_TID_MASK) == gettid());
	CHECK_EQ(futex(FUTEX_UNLOCK_PI), 0);
	return NULL;
}

static void *holder(void *arg)
{
	CHECK_EQ(futex(FUTEX_LOCK_PI), 0);
	return NULL;
}

int main(void)
{
	pthread_t t;

	report("lock", futex(FUTEX_LOCK_PI));
	printf("owner %d waiters %d\n", (int)(word & FUTEX_TID_MASK) == gettid(),
	       !!(word & FUTEX_WAITERS));
	report("lock again", futex(FUTEX_LOCK_PI));
	report("trylock", futex(FUTEX_TRYLOCK_PI));
	pthread_create(&t, NULL, locker, NULL);
	while (!tid)
		usleep(1000);
	wait_asleep(getpid(), tid);
	printf("owner %d waiters %d\n", (int)(word & FUTEX_TID_MASK) == gettid(),
	       !!(word & FUTEX_WAITERS));
	report("unlock", futex(FUTEX_UNLOCK_PI));
	pthread_join(t, NULL);
	printf("thread %ld word %x\n", thread_result, word);
	report("unlock what is free", futex(FUTEX_UNLOCK_PI));
	word = (unsigned int)getppid();
	report("unlock another's", futex(FUTEX_UNLOCK_PI));
	word = 0x3fffffff;
	report("nobody's", futex(FUTEX_LOCK_PI));
	word = 0;
	pthread_create(&t, NULL, holder, NULL);
	pthread_join(t, NULL);
	report("owner is gone", futex(FUTEX_LOCK_PI));
	return 0;
}
