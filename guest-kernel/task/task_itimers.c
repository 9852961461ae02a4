// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three interval timers of a process, and its limit of processor time. ITIMER_REAL is a kernel timer; those of processor time are looked
 * at when the time could have been used up at the earliest, and again then.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_time.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_clock.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

#define TICK_NS (4 * NSEC_PER_MSEC)

static const int itimer_signals[] = { SIGALRM, SIGVTALRM, SIGPROF };

static uint64_t itimer_now(const struct thread_group *g, int which)
{
	uint64_t user, system;

	if (which == ITIMER_REAL)
		return host_monotonic_ns();
	group_cpu_times(g, &user, &system);
	return which == ITIMER_VIRTUAL ? user : user + system;
}

/* When to look again for a processor time that is `left` away. */
static uint64_t cpu_look_again(const struct thread_group *g, uint64_t left)
{
	return host_monotonic_ns() + MAX(left / MAX(MIN(g->n_threads, sched_ncpus()), 1u), TICK_NS);
}

static int itimer_arm(struct interval_timer *it, int which)
{
	uint64_t now;

	if (it->value_ns == 0) {
		(void)ktimer_cancel(&it->timer);
		return 0;
	}
	if (which == ITIMER_REAL)
		return ktimer_arm(&it->timer, it->value_ns);
	now = itimer_now(it->group, which);
	return ktimer_arm(&it->timer,
			  cpu_look_again(it->group, it->value_ns > now ? it->value_ns - now : 0));
}

static void itimer_fire(struct ktimer *timer)
{
	struct interval_timer *it = container_of(timer, struct interval_timer, timer);
	struct thread_group *g = it->group;
	int which = (int)(it - g->shared->itimers);
	uint64_t now = itimer_now(g, which);

	if (it->value_ns == 0)
		return;
	if (now >= it->value_ns) {
		if (it->interval_ns)
			it->value_ns +=
				((now - it->value_ns) / it->interval_ns + 1) * it->interval_ns;
		else
			it->value_ns = 0;
		(void)itimer_arm(it, which); /* firing has freed a place in the heap */
		signal_simple(g, itimer_signals[which]);
		return;
	}
	(void)itimer_arm(it, which);
}

void task_itimer_get(struct thread_group *g, int which, uint64_t *ret_value, uint64_t *ret_interval)
{
	const struct interval_timer *it = &g->shared->itimers[which];
	uint64_t now = itimer_now(g, which);

	*ret_interval = it->interval_ns;
	if (it->value_ns == 0)
		*ret_value = 0;
	else
		*ret_value = it->value_ns > now ? it->value_ns - now : 1;
}

int task_itimer_set(struct thread_group *g, int which, uint64_t value, uint64_t interval)
{
	struct interval_timer *it = &g->shared->itimers[which];
	uint64_t now = itimer_now(g, which);

	ASSERT_LOCKED();
	if (value == 0) {
		it->value_ns = it->interval_ns = 0;
	} else {
		it->value_ns = value > TIME_NS_MAX - now ? TIME_NS_MAX : now + value;
		it->interval_ns = interval;
	}
	return itimer_arm(it, which);
}

/* --- RLIMIT_CPU --------------------------------------------------------------------------------- */

static void cpu_limit_check(struct thread_group *g)
{
	struct signal_shared *s = g->shared;
	const struct rlimit_k *l = &g->rlimits[RLIMIT_CPU];
	uint64_t used, soft, next;

	if (l->cur == RLIM_INFINITY && l->max == RLIM_INFINITY) {
		(void)ktimer_cancel(&s->cpu_limit_timer);
		return;
	}
	used = itimer_now(g, ITIMER_PROF);
	soft = l->cur > TIME_NS_MAX / NSEC_PER_SEC ? TIME_NS_MAX : l->cur * NSEC_PER_SEC;
	/* A busy host makes used jump over both limits, which Linux's never does: the warning comes first all the same, and a second to heed it. */
	if (l->max != RLIM_INFINITY && used / NSEC_PER_SEC >= l->max &&
	    (l->cur >= l->max || s->xcpu_ns > soft)) {
		signal_simple(g, SIGKILL);
		return;
	}
	if (l->cur != RLIM_INFINITY) {
		/* Once a second from the soft limit on. */
		if (s->xcpu_ns < soft)
			s->xcpu_ns = soft;
		if (used >= s->xcpu_ns) {
			s->xcpu_ns = used + NSEC_PER_SEC;
			(void)ktimer_arm(&s->cpu_limit_timer, cpu_look_again(g, NSEC_PER_SEC));
			signal_simple(g, SIGXCPU);
			return;
		}
		next = s->xcpu_ns;
	} else {
		next = l->max > TIME_NS_MAX / NSEC_PER_SEC ? TIME_NS_MAX : l->max * NSEC_PER_SEC;
	}
	(void)ktimer_arm(&s->cpu_limit_timer, cpu_look_again(g, next > used ? next - used : 0));
}

static void cpu_limit_fire(struct ktimer *timer)
{
	cpu_limit_check(container_of(timer, struct signal_shared, cpu_limit_timer)->group);
}

void task_cpu_limit_changed(struct thread_group *g)
{
	ASSERT_LOCKED();
	if (!g->shared)
		return;
	g->shared->xcpu_ns = 0;
	/* A limit below what is used already gives no warning. */
	if (itimer_now(g, ITIMER_PROF) / NSEC_PER_SEC >= g->rlimits[RLIMIT_CPU].max)
		g->shared->xcpu_ns = UINT64_MAX;
	cpu_limit_check(g);
}

void itimers_init(struct thread_group *g)
{
	for (int i = 0; i < 3; i++) {
		g->shared->itimers[i].group = g;
		ktimer_init(&g->shared->itimers[i].timer, itimer_fire);
	}
	ktimer_init(&g->shared->cpu_limit_timer, cpu_limit_fire);
	if (g->parent || init_group)
		cpu_limit_check(g);
}

void itimers_exit(struct thread_group *g)
{
	for (int i = 0; i < 3; i++)
		(void)ktimer_cancel(&g->shared->itimers[i].timer);
	(void)ktimer_cancel(&g->shared->cpu_limit_timer);
}
