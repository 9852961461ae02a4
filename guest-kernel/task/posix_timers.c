// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * POSIX timers. Each keeps one signal entry of its own, so that an expiry never fails for want of memory. A periodic timer rests while its signal is
 * pending; when the signal is taken, the periods that went by are the overrun, and it runs on.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_time.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_clock.h"
#include "task/task_signal.h"

#define TICK_NS (4 * NSEC_PER_MSEC)
#define INTERVAL_MIN \
	(100 *       \
	 NSEC_PER_USEC) /* of an ignored signal's timer, so that it cannot keep the kernel busy */
#define OVERRUN_MAX INT_MAX

struct posix_timer {
	struct list_head link; /* signal_shared.posix_timers */
	struct thread_group *group;
	int id, clock, notify;
	struct task *target; /* SIGEV_THREAD_ID; not a reference: cleared when the thread ends */
	struct task *clock_thread; /* whose CPU clock it is; the same */
	bool thread_gone;
	uint64_t value_ns, interval_ns; /* value: absolute on the clock; 0: not armed */
	int overrun;
	bool resting; /* periodic, its signal is pending */
	struct signal_entry *entry;
	struct ktimer timer;
};

static bool timer_now(const struct posix_timer *p, uint64_t *ret)
{
	uint64_t user, system;

	if (p->clock_thread) {
		sched_task_times(p->clock_thread, &user, &system);
		*ret = user + system;
		return true;
	}
	if (p->clock == CLOCK_PROCESS_CPUTIME_ID) {
		group_cpu_times(p->group, &user, &system);
		*ret = user + system;
		return true;
	}
	return !p->thread_gone && task_clock_read(p->clock, ret) == 0;
}

static bool cpu_clock(const struct posix_timer *p)
{
	return p->clock_thread || task_clock_is_cpu(p->clock);
}

static int timer_arm(struct posix_timer *p)
{
	uint64_t now, left;

	if (p->value_ns == 0 || p->thread_gone || !timer_now(p, &now)) {
		(void)ktimer_cancel(&p->timer);
		return 0;
	}
	left = p->value_ns > now ? p->value_ns - now : 0;
	if (cpu_clock(p))
		left = MAX(left / MAX(MIN(p->group->n_threads, sched_ncpus()), 1u), TICK_NS);
	else
		return ktimer_arm(&p->timer, task_clock_to_monotonic(p->clock, p->value_ns));
	return ktimer_arm(&p->timer, host_monotonic_ns() + left);
}

/* Move a periodic timer past now; how many periods have ended since value. */
static uint64_t timer_forward(struct posix_timer *p, uint64_t now)
{
	uint64_t n;

	if (p->value_ns > now || p->interval_ns == 0)
		return 0;
	n = (now - p->value_ns) / p->interval_ns + 1;
	p->value_ns += n * p->interval_ns;
	return n;
}

static void timer_expired(struct posix_timer *p, uint64_t now)
{
	int dropped = 1;

	/* p->overrun is what the last signal taken told, until the next one is. */
	if (p->notify != SIGEV_NONE && !(p->notify == SIGEV_THREAD_ID && !p->target)) {
		p->entry->info.timer.overrun = 0;
		dropped = signal_send_entry(p->target, p->group, p->entry);
	}
	if (p->interval_ns == 0) {
		p->value_ns = 0;
		return;
	}
	if (!dropped) {
		p->resting = true;
		return;
	}
	(void)timer_forward(p, now);
	if (p->interval_ns < INTERVAL_MIN)
		p->value_ns = MAX(p->value_ns, now + INTERVAL_MIN);
	(void)timer_arm(p);
}

static void timer_fire(struct ktimer *timer)
{
	struct posix_timer *p = container_of(timer, struct posix_timer, timer);
	uint64_t now;

	if (p->value_ns == 0 || p->resting || !timer_now(p, &now))
		return;
	if (now < p->value_ns)
		(void)timer_arm(p);
	else
		timer_expired(p, now);
}

/* Its signal is being taken: the overrun is told, the timer runs on. */
void posix_timer_taken(struct posix_timer *p, struct abi_siginfo *info)
{
	uint64_t now, n;

	if (!p->resting)
		return;
	p->resting = false;
	if (!timer_now(p, &now))
		return;
	n = timer_forward(p, now);
	p->overrun = n > 1 ? (int)MIN(n - 1, (uint64_t)OVERRUN_MAX) : 0;
	info->timer.overrun = p->overrun;
	(void)timer_arm(p);
}

/* --- the calls ---------------------------------------------------------------------------------- */

static struct posix_timer *timer_find(int id)
{
	struct signal_shared *s = current_task()->group->shared;
	struct posix_timer *p;

	list_for_each_entry(p, &s->posix_timers, link)
		if (p->id == id)
			return p;
	return NULL;
}

static int check_clock(int clock)
{
	uint64_t now;
	int r = task_clock_read(clock, &now);

	if (r < 0)
		return r;
	if (clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE ||
	    clock == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) &&
	    !capable(CAP_WAKE_ALARM))
		return -EPERM;
	return 0;
}

/* What the event says: a valid signal, a thread of ours. */
static int check_event(const struct abi_sigevent *ev, struct task **ret_target)
{
	*ret_target = NULL;
	switch (ev->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_THREAD_ID:
	case SIGEV_THREAD_ID | SIGEV_THREAD:
		*ret_target = task_find(ev->tid);
		if (!*ret_target || (*ret_target)->group != current_task()->group ||
		    !(*ret_target)->signals)
			return -EINVAL;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	default:
		return -EINVAL;
	}
	return signal_valid(ev->signo) ? 0 : -EINVAL;
}

static int free_id(struct signal_shared *s)
{
	int id = s->next_timer_id;

	while (timer_find(id))
		id = id == INT_MAX ? 0 : id + 1;
	s->next_timer_id = id == INT_MAX ? 0 : id + 1;
	return id;
}

/* The C library names the caller's own CPU clocks by process number 0; a timer has to know whose they are for good. */
static int own_clock(int clock)
{
	if (clock >= 0 || (clock & 3) == 3 || ~(clock >> 3) != 0)
		return clock;
	return clock & 4 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID;
}

int posix_timer_create(int clock, const struct abi_sigevent *ev, int *ret_id)
{
	struct task *t = current_task(), *target = NULL;
	struct signal_shared *s = t->group->shared;
	struct posix_timer *p;
	int r;

	ASSERT_LOCKED();
	clock = own_clock(clock);
	r = check_clock(clock);
	if (r == 0 && ev)
		r = check_event(ev, &target);
	if (r < 0)
		return r;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -EAGAIN;
	p->entry = signal_entry_alloc(t, false);
	if (!p->entry) {
		kfree(p);
		return -EAGAIN;
	}
	p->id = free_id(s);
	p->group = t->group;
	p->clock = clock;
	p->notify = ev ? ev->notify : SIGEV_SIGNAL;
	if (target)
		p->notify = SIGEV_THREAD_ID;
	p->target = target;
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		p->clock_thread = t;
	p->entry->timer = p;
	p->entry->info =
		(struct abi_siginfo){ .signo = ev ? ev->signo : SIGALRM, .code = SI_TIMER };
	p->entry->info.timer.timer_id = p->id;
	p->entry->info.timer.value = ev ? ev->value : (uint64_t)p->id;
	ktimer_init(&p->timer, timer_fire);
	list_add_tail(&p->link, &s->posix_timers);
	*ret_id = p->id;
	return 0;
}

static void timer_read(struct posix_timer *p, uint64_t *ret_value, uint64_t *ret_interval)
{
	uint64_t now, at = p->value_ns;

	*ret_interval = p->interval_ns;
	*ret_value = 0;
	if (at == 0 || !timer_now(p, &now))
		return;
	if (at <= now && p->interval_ns)
		at += ((now - at) / p->interval_ns + 1) * p->interval_ns;
	if (at > now)
		*ret_value = at - now;
	else if (p->notify != SIGEV_NONE)
		*ret_value = 1; /* due, about to be told */
}

int posix_timer_get(int id, uint64_t *ret_value, uint64_t *ret_interval)
{
	struct posix_timer *p = timer_find(id);

	if (!p)
		return -EINVAL;
	timer_read(p, ret_value, ret_interval);
	return 0;
}

int posix_timer_set(int id, bool absolute, uint64_t value, uint64_t interval,
		    uint64_t *ret_old_value, uint64_t *ret_old_interval)
{
	struct posix_timer *p = timer_find(id);
	uint64_t now;

	ASSERT_LOCKED();
	if (!p)
		return -EINVAL;
	timer_read(p, ret_old_value, ret_old_interval);
	p->resting = false;
	p->overrun = 0;
	p->value_ns = 0;
	p->interval_ns = 0;
	if (value) {
		if (!timer_now(p, &now))
			return -EINVAL;
		if (absolute)
			p->value_ns = value;
		else
			p->value_ns = value > TIME_NS_MAX - now ? TIME_NS_MAX : now + value;
		p->interval_ns = interval;
	}
	return timer_arm(p);
}

int posix_timer_overrun(int id)
{
	struct posix_timer *p = timer_find(id);

	return p ? p->overrun : -EINVAL;
}

static void timer_free(struct posix_timer *p)
{
	(void)ktimer_cancel(&p->timer);
	list_del(&p->link);
	/* A signal that is pending stays so, on its own. */
	p->entry->timer = NULL;
	if (list_empty(&p->entry->link))
		signal_entry_free(p->entry);
	kfree(p);
}

int posix_timer_delete(int id)
{
	struct posix_timer *p = timer_find(id);

	if (!p)
		return -EINVAL;
	timer_free(p);
	return 0;
}

void posix_timers_exit(struct thread_group *g)
{
	while (!list_empty(&g->shared->posix_timers))
		timer_free(list_first_entry(&g->shared->posix_timers, struct posix_timer, link));
}

void posix_timers_thread_exit(struct task *t)
{
	struct posix_timer *p;

	if (!t->group->shared)
		return;
	list_for_each_entry(p, &t->group->shared->posix_timers, link) {
		if (p->target == t)
			p->target = NULL;
		if (p->clock_thread == t) {
			p->clock_thread = NULL;
			p->thread_gone = true;
			p->value_ns = 0;
		}
	}
}
