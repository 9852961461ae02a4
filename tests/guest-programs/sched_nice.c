// SPDX-License-Identifier: GPL-2.0-or-later
/* Priorities: nice, getpriority by process, group and user; users may only lower; policies; affinity. */
#include <sched.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static void user(void)
{
	struct rlimit none = { 0, 0 };

	/* What the host may allow its users. */
	CHECK_EQ(setrlimit(RLIMIT_NICE, &none), 0);
	CHECK_EQ(setrlimit(RLIMIT_RTPRIO, &none), 0);
	become(1000, 1000);
	result("lower", setpriority(PRIO_PROCESS, 0, 7));
	result("raise", setpriority(PRIO_PROCESS, 0, 3));
	result("another's", setpriority(PRIO_PROCESS, getppid(), 10));
	result("FIFO",
	       sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }));
}

int main(void)
{
	struct sched_param p = { 0 };
	cpu_set_t set;

	/* The host's runner may be nicer than a guest's init. */
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 0), 0);
	errno = 0;
	report("mine", 20 - getpriority(PRIO_PROCESS, 0));
	result("set", setpriority(PRIO_PROCESS, 0, 10));
	report("raw", syscall(SYS_getpriority, PRIO_PROCESS, 0));
	result("clamped", setpriority(PRIO_PROCESS, 0, 100));
	report("raw", syscall(SYS_getpriority, PRIO_PROCESS, 0));
	result("back", setpriority(PRIO_PROCESS, 0, 0));
	result("bad which", setpriority(9, 0, 0));
	result("nobody", setpriority(PRIO_PROCESS, 1 << 29, 0));
	run_child("user", user);
	report("policy", sched_getscheduler(0));
	report("max FIFO", sched_get_priority_max(SCHED_FIFO));
	report("min FIFO", sched_get_priority_min(SCHED_FIFO));
	report("max bad", sched_get_priority_max(99));
	report("OTHER with priority",
	       sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ .sched_priority = 5 }));
	report("getparam", sched_getparam(0, &p));
	printf("priority %d\n", p.sched_priority);
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	printf("some CPU %d\n", CPU_COUNT(&set) > 0);
	report("affinity kept", sched_setaffinity(0, sizeof(set), &set));
	CPU_ZERO(&set);
	report("no CPU", sched_setaffinity(0, sizeof(set), &set));
	report("nobody", sched_setaffinity(1 << 29, sizeof(set), &set));
	return 0;
}
