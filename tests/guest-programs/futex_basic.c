// SPDX-License-Identifier: GPL-2.0-or-later
/* futex: EAGAIN, wake counts, time-outs, bitsets, requeue, wake-op, errors. */
#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

#include "guest_helpers.h"

static int a, b;
static pid_t tids[4];
static volatile int woken;

static long futex(int *u, int op, int v, const void *t, int *u2, int v3)
{
	return syscall(SYS_futex, u, op, v, t, u2, v3);
}

static void *waiter(void *arg)
{
	long n = (long)arg;

	tids[n] = gettid();
	CHECK_EQ(futex(&a, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1 << n), 0);
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static pthread_t t[4];

static void start(void)
{
	woken = 0;
	for (long n = 0; n < 4; n++) {
		tids[n] = 0;
		pthread_create(&t[n], NULL, waiter, (void *)n);
		while (!__atomic_load_n(&tids[n], __ATOMIC_SEQ_CST))
			usleep(1000);
		wait_asleep(getpid(), tids[n]);
	}
}

static void finish(void)
{
	for (int n = 0; n < 4; n++)
		pthread_join(t[n], NULL);
	printf("woken %d\n", woken);
}

int main(void)
{
	struct timespec ts = { 0, 1000000 }, bad = { 0, -1 }, past = { 1, 0 };

	report("other value", futex(&a, FUTEX_WAIT, 1, NULL, NULL, 0));
	report("time-out", futex(&a, FUTEX_WAIT, 0, &ts, NULL, 0));
	report("absolute", futex(&a, FUTEX_WAIT_BITSET, 0, &past, NULL, -1));
	report("realtime", futex(&a, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, -1));
	report("bad time", futex(&a, FUTEX_WAIT, 0, &bad, NULL, 0));
	report("no bits", futex(&a, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	report("nobody", futex(&a, FUTEX_WAKE, 1, NULL, NULL, 0));
	report("misaligned", futex((int *)((char *)&a + 1), FUTEX_WAKE, 1, NULL, NULL, 0));
	report("bad address", futex((int *)16, FUTEX_WAIT, 0, NULL, NULL, 0));
	report("bad op", futex(&a, 99, 0, NULL, NULL, 0));
	start();
	report("wake 1", futex(&a, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	report("shared finds no private", futex(&a, FUTEX_WAKE, 9, NULL, NULL, 0));
	report("rest", futex(&a, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	finish();
	start();
	report("bitset", futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 6));
	report("rest", futex(&a, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	finish();
	start();
	report("requeue, other value", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)9, &b, 5));
	report("wake 1, requeue 2", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &b, 0));
	report("left", futex(&a, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	report("moved", futex(&b, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	finish();
	start();
	b = 5;
	report("wake-op", futex(&a, FUTEX_WAKE_OP_PRIVATE, 3, (void *)9, &b,
				(int)FUTEX_OP(FUTEX_OP_ADD, 2, FUTEX_OP_CMP_EQ, 5)));
	printf("b %d\n", b);
	report("rest", futex(&a, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
	finish();
	return 0;
}
