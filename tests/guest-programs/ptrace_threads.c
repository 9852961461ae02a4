// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads are traced one by one: clone events, a stop of one leaves the others running, their ends are waited for each, the process' end comes last. */
#include <pthread.h>

#include "ptrace_helpers.h"

static volatile int count;
static pthread_barrier_t barrier;

static void *counter(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	count = 1;
	for (;;)
		pause();
	return NULL;
}

static void *short_lived(void *arg)
{
	(void)arg;
	return NULL;
}

static void work(void)
{
	pthread_t t;

	pthread_create(&t, NULL, short_lived, NULL);
	pthread_join(t, NULL);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&t, NULL, counter, NULL);
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
}

int main(void)
{
	pid_t pid = spawn_traced(work, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT), one, two;
	char name[64];
	int status;

	go(PTRACE_CONT, pid, 0);
	expect_stop("first", pid);
	one = (pid_t)event_message(pid);
	expect_stop("thread", one);
	go(PTRACE_CONT, pid, 0);
	go(PTRACE_CONT, one, 0);
	expect_stop("thread ends", one);
	go(PTRACE_CONT, one, 0);
	expect_stop("thread has ended", one);
	CHECK_EQ(waitpid(one, &status, __WALL), -1);
	printf("it is gone: %s\n", strerrorname_np(errno));
	expect_stop("second", pid);
	two = (pid_t)event_message(pid);
	expect_stop("thread", two);
	/* The first thread stays stopped in its event; the second runs into the barrier, but not beyond. */
	go(PTRACE_CONT, two, 0);
	wait_asleep(pid, two);
	printf("count %d\n", (int)ptrace(PTRACE_PEEKDATA, pid, &count, 0));
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	wait_asleep(pid, two);
	syscall(SYS_tgkill, pid, two, SIGUSR1);
	expect_stop("only the second", two);
	printf("count %d\n", (int)ptrace(PTRACE_PEEKDATA, two, &count, 0));
	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", pid, pid);
	printf("letters %c %c\n", thread_state(pid, pid), thread_state(pid, two));
	/* USR1 kills all. */
	go(PTRACE_CONT, two, SIGUSR1);
	expect_stop("second ends", two);
	expect_stop("first ends", pid);
	go(PTRACE_CONT, two, 0);
	expect_stop("second", two);
	go(PTRACE_CONT, pid, 0);
	expect_stop("process", pid);
	return 0;
}
