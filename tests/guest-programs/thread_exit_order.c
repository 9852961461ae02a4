// SPDX-License-Identifier: GPL-2.0-or-later
/* The main thread may end first: the process lives on as long as a thread does; exit_group from any thread ends all; exit codes. */
#include <pthread.h>

#include "guest_helpers.h"

static pid_t main_tid;

static void *outlives(void *arg)
{
	while (thread_state(getpid(), main_tid) != 'Z')
		usleep(1000);
	printf("main thread is a zombie, pid still %d\n", getpid() == main_tid);
	printf("own tid differs %d\n", gettid() != getpid());
	fflush(stdout);
	return NULL;
}

static void main_first(void)
{
	pthread_t t;

	main_tid = gettid();
	CHECK_EQ(pthread_create(&t, NULL, outlives, NULL), 0);
	pthread_exit(NULL);
}

static void *ends_all(void *arg)
{
	syscall(SYS_exit_group, 33);
	return NULL;
}

static void by_thread(void)
{
	pthread_t t;

	CHECK_EQ(pthread_create(&t, NULL, ends_all, NULL), 0);
	for (;;)
		pause();
}

static void *exits_with(void *arg)
{
	syscall(SYS_exit, 44);
	return NULL;
}

static void last_code(void)
{
	pthread_t t;

	CHECK_EQ(pthread_create(&t, NULL, exits_with, NULL), 0);
	pthread_join(t, NULL);
	syscall(SYS_exit, 55);
}

static void *execs(void *arg)
{
	execl("/bin/busybox", "busybox", "true", (char *)NULL);
	execl("/proc/self/exe", "true", (char *)NULL);
	return NULL;
}

static void exec_in_thread(void)
{
	pthread_t t;

	CHECK_EQ(pthread_create(&t, NULL, execs, NULL), 0);
	for (;;)
		pause();
}

static void *kills(void *arg)
{
	raise(SIGKILL);
	return NULL;
}

static void killed_in_thread(void)
{
	pthread_t t;

	CHECK_EQ(pthread_create(&t, NULL, kills, NULL), 0);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc && strcmp(argv[0], "true") == 0)
		return 0;
	run_child("main first", main_first);
	run_child("exit_group in a thread", by_thread);
	run_child("main thread's code counts", last_code);
	run_child("exec in a thread", exec_in_thread);
	run_child("SIGKILL from a thread", killed_in_thread);
	return 0;
}
