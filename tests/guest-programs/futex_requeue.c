// SPDX-License-Identifier: GPL-2.0-or-later
/* FUTEX_CMP_REQUEUE moves waiters without waking them, FUTEX_WAKE_OP, bitsets, and what each refuses. */
#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

#include "guest_helpers.h"

static int a, b;
static volatile int tids[4], woken;

static long futex(int *u, int op, int v, const void *t, int *u2, int v3)
{
	return syscall(SYS_futex, u, op, v, t, u2, v3);
}

static void *waits(void *arg)
{
	tids[(long)arg] = gettid();
	if (futex(&a, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == 0)
		__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *waits_bit(void *arg)
{
	tids[(long)arg] = gettid();
	if (futex(&a, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1 << (long)arg) == 0)
		__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start(pthread_t *t, void *(*fn)(void *))
{
	woken = 0;
	for (long i = 0; i < 4; i++) {
		tids[i] = 0;
		CHECK_EQ(pthread_create(&t[i], NULL, fn, (void *)i), 0);
		while (!tids[i])
			usleep(500);
		wait_asleep(getpid(), tids[i]);
	}
}

static void wait_woken(int n)
{
	while (woken < n)
		usleep(500);
}

int main(void)
{
	struct timespec zero = { 0, 0 }, bad = { 0, 1000000000 };
	pthread_t t[4];

	start(t, waits);
	report("requeue, wrong value", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)9, &b, 5));
	report("wake one, requeue two", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &b, 0));
	wait_woken(1);
	report("left on a", futex(&a, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	wait_woken(2);
	report("on b", futex(&b, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("woken %d\n", woken);
	start(t, waits);
	b = 5;
	report("wake op: add, not greater", futex(&b, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &a,
						  FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_GT, 3)));
	report("wake op: or, equal", futex(&b, FUTEX_WAKE_OP_PRIVATE, 1, (void *)4, &a,
					   FUTEX_OP(FUTEX_OP_OR, 6, FUTEX_OP_CMP_EQ, 0)));
	printf("a is %d\n", a);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	a = 0;
	start(t, waits_bit);
	report("bit 2", futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 1 << 2));
	report("bit 2 again", futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 1 << 2));
	report("other key: shared", futex(&a, FUTEX_WAKE, 10, NULL, NULL, 0));
	report("bits 0 and 1", futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 3));
	report("any", futex(&a, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	report("empty bitset", futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0));
	report("value differs", futex(&a, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
	report("time is up", futex(&a, FUTEX_WAIT_PRIVATE, 0, &zero, NULL, 0));
	report("bad time", futex(&a, FUTEX_WAIT_PRIVATE, 0, &bad, NULL, 0));
	report("not aligned", futex((int *)((char *)&a + 1), FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	report("unmapped", futex((int *)16, FUTEX_WAIT, 0, NULL, NULL, 0));
	report("wake unmapped, private", futex((int *)16, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	report("unknown", futex(&a, 99, 0, NULL, NULL, 0));
	report("requeue to itself", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &a, 0));
	report("negative count", futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, -1, (void *)1, &b, 0));
	return 0;
}
