// SPDX-License-Identifier: GPL-2.0-or-later
/* The scheduling calls' ranges and refusals, nice levels by process, group and user, affinity masks. */
#include <sched.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	result("user lowers", setpriority(PRIO_PROCESS, 0, 5));
	result("user raises", setpriority(PRIO_PROCESS, 0, 4));
	result("user changes root's", setpriority(PRIO_PROCESS, getppid(), 10));
	result("user real time", sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ 1 }));
	result("user, batch", sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 }));
}

int main(void)
{
	struct sched_param p = { 5 }, zero = { 0 };
	struct timespec t;
	cpu_set_t set;

	printf("FIFO %d..%d RR %d..%d OTHER %d..%d\n", sched_get_priority_min(SCHED_FIFO),
	       sched_get_priority_max(SCHED_FIFO), sched_get_priority_min(SCHED_RR),
	       sched_get_priority_max(SCHED_RR), sched_get_priority_min(SCHED_OTHER),
	       sched_get_priority_max(SCHED_OTHER));
	result("unknown policy's range", sched_get_priority_max(77));
	result("OTHER with a priority", sched_setscheduler(0, SCHED_OTHER, &p));
	result("OTHER", sched_setscheduler(0, SCHED_OTHER, &zero));
	result("FIFO without one", sched_setscheduler(0, SCHED_FIFO, &zero));
	result("unknown policy", sched_setscheduler(0, 77, &zero));
	result("negative pid", sched_setscheduler(-1, SCHED_OTHER, &zero));
	result("nobody", sched_setscheduler(1 << 29, SCHED_OTHER, &zero));
	result("null", syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
	printf("policy %d\n", sched_getscheduler(0));
	result("getparam", sched_getparam(0, &p));
	printf("priority %d\n", p.sched_priority);
	result("interval", sched_rr_get_interval(0, &t));
	result("interval of nobody", sched_rr_get_interval(1 << 29, &t));
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 3), 0);
	printf("process %d\n", getpriority(PRIO_PROCESS, 0));
	result("beyond 19", setpriority(PRIO_PROCESS, 0, 100));
	printf("clamped %d\n", getpriority(PRIO_PROCESS, 0));
	result("group", setpriority(PRIO_PGRP, 0, 0) < 0 && errno != EACCES ? -1 : 0);
	result("unknown kind", setpriority(9, 0, 0));
	result("nobody", setpriority(PRIO_PROCESS, 1 << 29, 0));
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	printf("some CPU %d, this one among them %d\n", CPU_COUNT(&set) > 0,
	       CPU_ISSET(sched_getcpu(), &set));
	result("empty mask", sched_setaffinity(0, sizeof(set), &(cpu_set_t){ 0 }));
	result("short mask", syscall(SYS_sched_getaffinity, 0, 1, &set));
	result("same again", sched_setaffinity(0, sizeof(set), &set));
	result("of nobody", sched_getaffinity(1 << 29, sizeof(set), &set));
	run_child("user", user);
	return 0;
}
