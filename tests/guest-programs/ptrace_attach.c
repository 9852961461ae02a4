// SPDX-License-Identifier: GPL-2.0-or-later
/* PTRACE_ATTACH and SEIZE: stop, interrupt, detach leaves it running; who may not; /proc/PID/status names the tracer. */
#include <sys/ptrace.h>

#include "guest_helpers.h"

static pid_t victim;

static void forever(void)
{
	for (;;)
		pause();
}

static void user(void)
{
	become(1000, 1000);
	result("attach as a user", ptrace(PTRACE_ATTACH, victim, 0, 0));
}

static int tracer(pid_t pid)
{
	char name[64], line[256];
	int t = -1;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	f = fopen(name, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "TracerPid: %d", &t);
	if (f)
		fclose(f);
	return t;
}

int main(void)
{
	int status;

	victim = spawn(forever);
	wait_asleep(victim, victim);
	run_child("user", user);
	printf("nobody %d\n", tracer(victim));
	result("attach", ptrace(PTRACE_ATTACH, victim, 0, 0));
	CHECK_EQ(waitpid(victim, &status, 0), victim);
	show_status("attached", status);
	printf("mine %d\n", tracer(victim) == getpid());
	result("twice", ptrace(PTRACE_ATTACH, victim, 0, 0));
	result("detach", ptrace(PTRACE_DETACH, victim, 0, 0));
	printf("nobody %d\n", tracer(victim));
	wait_asleep(victim, victim);
	result("seize", ptrace(PTRACE_SEIZE, victim, 0, 0));
	result("interrupt", ptrace(PTRACE_INTERRUPT, victim, 0, 0));
	CHECK_EQ(waitpid(victim, &status, 0), victim);
	printf("event stop %d signal %s\n", status >> 16 == PTRACE_EVENT_STOP,
	       sigabbrev_np(WSTOPSIG(status)));
	result("cont", ptrace(PTRACE_CONT, victim, 0, 0));
	kill(victim, SIGTERM);
	CHECK_EQ(waitpid(victim, &status, 0), victim);
	show_status("signal", status);
	result("cont", ptrace(PTRACE_CONT, victim, 0, SIGTERM));
	reap("end", victim);
	result("myself", ptrace(PTRACE_ATTACH, getpid(), 0, 0));
	result("nobody", ptrace(PTRACE_ATTACH, 1 << 29, 0, 0));
	return 0;
}
