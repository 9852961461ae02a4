// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks: what they show, and sleeping until they show something. */
#include "task/task_clock.h"
#include "abi/abi_errno.h"
#include "abi/abi_time.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "task/process.h"

#define TICK_NS (4 * NSEC_PER_MSEC) /* how exactly processor time is watched */

/* International atomic time runs ahead of UTC by these seconds; Linux shows 0 until somebody has set it. */
#define TAI_OFFSET_NS 0

/* CPU clock ids of other processes: the number inverted, then whether it is a thread's, then which time. */
enum { CPU_CLOCK_PROF = 0, CPU_CLOCK_VIRT = 1, CPU_CLOCK_SCHED = 2, CPU_CLOCK_KINDS = 3 };
#define CPU_CLOCK_THREAD 4u

bool task_clock_is_cpu(int clock)
{
	return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

void group_cpu_times(const struct thread_group *g, uint64_t *ret_user_ns, uint64_t *ret_system_ns)
{
	struct task *t;

	*ret_user_ns = g->user_ns;
	*ret_system_ns = g->system_ns;
	list_for_each_entry(t, &g->threads, group_link) {
		uint64_t user, system;

		sched_task_times(t, &user, &system);
		*ret_user_ns += user;
		*ret_system_ns += system;
	}
}

static int cpu_clock_read(int clock, uint64_t *ret)
{
	unsigned int kind = (unsigned int)clock & 3u;
	uint64_t user, system;
	struct task *t = current_task();
	bool thread;

	if (clock >= 0) {
		thread = clock == CLOCK_THREAD_CPUTIME_ID;
		kind = CPU_CLOCK_SCHED;
	} else {
		int pid = ~(int)((unsigned int)clock >> 3 |
				 0xe0000000u); /* an arithmetic shift, spelt out */

		thread = ((unsigned int)clock & CPU_CLOCK_THREAD) != 0;
		if (kind >= CPU_CLOCK_KINDS)
			return -EINVAL; /* a descriptor's clock: there are none */
		if (pid != 0)
			t = task_find(pid);
		/* Threads of others are nobody's business; a process is named by its first thread. */
		if (!t || !t->group ||
		    (thread ? t->group != current_task()->group
			    : pid != 0 && t->group->tgid != pid))
			return -EINVAL;
	}
	if (thread)
		sched_task_times(t, &user, &system);
	else
		group_cpu_times(t->group, &user, &system);
	*ret = kind == CPU_CLOCK_VIRT ? user : user + system;
	return 0;
}

int task_clock_read(int clock, uint64_t *ret_ns)
{
	ASSERT_LOCKED();
	if (task_clock_is_cpu(clock))
		return cpu_clock_read(clock, ret_ns);
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
		*ret_ns = host_realtime_ns();
		return 0;
	case CLOCK_TAI:
		*ret_ns = host_realtime_ns() + TAI_OFFSET_NS;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
		*ret_ns = host_monotonic_ns();
		return 0;
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ret_ns = host_boottime_ns();
		return 0;
	default:
		return -EINVAL;
	}
}

int task_clock_resolution(int clock, uint64_t *ret_ns)
{
	uint64_t now;
	int r = task_clock_read(clock, &now);

	if (r == 0)
		*ret_ns = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE
				  ? TICK_NS
				  : 1;
	return r;
}

uint64_t task_clock_to_monotonic(int clock, uint64_t abs_ns)
{
	uint64_t now, mono = host_monotonic_ns();

	if (task_clock_read(clock, &now) < 0)
		return mono;
	if (abs_ns <= now)
		return mono;
	return abs_ns - now > TIME_NS_MAX - mono ? TIME_NS_MAX : mono + (abs_ns - now);
}

/* Until a CPU clock shows `until`: it can run no faster than its threads do together. */
static int cpu_sleep(int clock, uint64_t until, uint64_t *ret_left)
{
	uint64_t now;
	int r = 0;

	for (;;) {
		uint64_t wait;

		if (task_clock_read(clock, &now) < 0 || now >= until)
			return 0;
		*ret_left = until - now;
		if (r < 0 && r != -ETIMEDOUT)
			return -EINTR;
		wait = MAX((until - now) / MAX(sched_ncpus(), 1u), TICK_NS);
		r = task_sleep(host_monotonic_ns() + wait, WAIT_INTERRUPTIBLE);
	}
}

int task_clock_sleep(int clock, bool absolute, uint64_t ns, uint64_t *ret_left)
{
	uint64_t now, deadline;
	int r = task_clock_read(clock, &now);

	if (r < 0)
		return r;
	switch (clock) {
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_COARSE:
		return -EOPNOTSUPP;
	case CLOCK_THREAD_CPUTIME_ID:
		return -EINVAL; /* would never end */
	default:
		break;
	}
	*ret_left = 0;
	if (!absolute)
		ns = ns > TIME_NS_MAX - now ? TIME_NS_MAX : now + ns;
	if (task_clock_is_cpu(clock))
		return cpu_sleep(clock, ns, ret_left);
	deadline = task_clock_to_monotonic(clock, ns);
	for (;;) {
		now = host_monotonic_ns();
		if (now >= deadline)
			return 0;
		r = task_sleep(deadline, WAIT_INTERRUPTIBLE);
		if (r == -ETIMEDOUT)
			return 0;
		if (r < 0) {
			now = host_monotonic_ns();
			*ret_left = deadline > now ? deadline - now : 0;
			return -EINTR;
		}
	}
}
