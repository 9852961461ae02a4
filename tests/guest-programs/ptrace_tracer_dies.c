// SPDX-License-Identifier: GPL-2.0-or-later
/* A tracer dies: its tracees run on, whatever stop they were in; with EXITKILL they die; a thread that traces is the tracer, not its process. */
#include <pthread.h>

#include "ptrace_helpers.h"

static pid_t victim;
static long options;
static int how;

static void forever(void)
{
	for (;;)
		pause();
}

static void tracer(void)
{
	int status;

	CHECK_EQ(ptrace(PTRACE_SEIZE, victim, 0, options), 0);
	if (how == 1) {
		CHECK_EQ(ptrace(PTRACE_INTERRUPT, victim, 0, 0), 0);
		CHECK_EQ(waitpid(victim, &status, __WALL), victim);
	} else if (how == 2) {
		CHECK_EQ(ptrace(PTRACE_INTERRUPT, victim, 0, 0), 0);
		CHECK_EQ(waitpid(victim, &status, __WALL), victim);
		CHECK_EQ(ptrace(PTRACE_SYSCALL, victim, 0, 0), 0);
		CHECK_EQ(waitpid(victim, &status, __WALL), victim);
	}
	kill(getpid(), SIGKILL);
}

static void *thread_tracer(void *arg)
{
	(void)arg;
	CHECK_EQ(ptrace(PTRACE_SEIZE, victim, 0, 0), 0);
	return NULL;
}

static void traceme_then_sleep(void)
{
	CHECK_EQ(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
	raise(SIGSTOP);
	forever();
}

int main(void)
{
	static const char *const names[] = { "running", "interrupted", "system call" };
	pthread_t t;
	int status;

	for (how = 0; how < 3; how++) {
		victim = spawn(forever);
		wait_asleep(victim, victim);
		options = 0;
		run_child(names[how], tracer);
		wait_asleep(victim, victim);
		kill(victim, SIGTERM);
		reap("victim", victim);
		victim = spawn(forever);
		wait_asleep(victim, victim);
		options = PTRACE_O_EXITKILL;
		run_child(names[how], tracer);
		reap("victim", victim);
	}
	victim = spawn(forever);
	wait_asleep(victim, victim);
	pthread_create(&t, NULL, thread_tracer, NULL);
	pthread_join(t, NULL);
	/* The thread is gone from the kernel a moment after join. */
	for (int i = 0; i < 500; i++) {
		if (ptrace(PTRACE_SEIZE, victim, 0, 0) == 0)
			break;
		usleep(10000);
	}
	result("the thread's is free, so this is mine", ptrace(PTRACE_INTERRUPT, victim, 0, 0));
	expect_stop("mine", victim);
	kill_and_reap(victim);
	victim = spawn(traceme_then_sleep);
	CHECK_EQ(waitpid(victim, &status, 0), victim);
	show_stop("child", status);
	kill(victim, SIGKILL);
	reap("killed while stopped", victim);
	return 0;
}
