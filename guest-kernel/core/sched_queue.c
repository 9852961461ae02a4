// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The run queues. Each vCPU has one, ordered by virtual run time (time used, weighted by nice level); the least runs next. A task that wakes goes to the vCPU it ran on last,
 * which keeps guest thread, vCPU and worker on one host CPU; a vCPU that has been idle for IDLE_STEAL_NS takes a waiting task from another's queue.
 */
#include "core/big_lock.h"
#include "core/sched_internal.h"
#include "core/trace.h"

uint64_t sched_n_wakes;

/* debug=preempt draws lots. */
bool sched_debug_chance(unsigned int one_in)
{
	uint8_t r;

	if (__builtin_expect(!sched_debug_preempt, 1))
		return false;
	host_random_bytes(&r, sizeof(r));
	return r % one_in == 0;
}

static void queue_insert(struct vcpu *v, struct task *t)
{
	struct list_head *l = v->queue.prev;

	if (sched_debug_chance(2)) {
		list_add(&t->run_link, sched_debug_chance(2) ? &v->queue : l);
		return;
	}
	while (l != &v->queue && list_entry(l, struct task, run_link)->vruntime_ns > t->vruntime_ns)
		l = l->prev;
	list_add(&t->run_link, l);
}

void sched_preempt_fire(struct ktimer *timer)
{
	struct vcpu *v = container_of(timer, struct vcpu, preempt_timer);
	struct task *t = v->current;

	v->need_resched = true;
	if (t && t->in_guest)
		sched_engine.interrupt(t->thread);
}

/* Somebody waits in v's queue while its current task runs: see to it that the task gives way in time. */
void sched_preempt_plan(struct vcpu *v, const struct task *waiting)
{
	struct task *cur = v->current;
	uint64_t at;

	if (!cur)
		return;
	at = cur->slice_start_ns + (sched_debug_chance(2)		      ? WAKE_PREEMPT_NS / 8
				    : waiting->vruntime_ns < cur->vruntime_ns ? WAKE_PREEMPT_NS
									      : SLICE_NS);
	if (!ktimer_armed(&v->preempt_timer) || v->preempt_timer.deadline_ns > at)
		(void)ktimer_arm(&v->preempt_timer,
				 at); /* without memory the slice ends at the next trap */
}

bool sched_may_run_on(const struct task *t, const struct vcpu *v)
{
	return (t->affinity & BIT(v->id)) != 0;
}

static struct vcpu *choose_vcpu(struct task *t)
{
	struct vcpu *last = &sched_vcpus[t->last_vcpu];
	uint64_t now;

	if (sched_n_vcpus == 1)
		return last;
	if (sched_debug_chance(4)) {
		struct vcpu *v = &sched_vcpus[(t->last_vcpu + 1u) % sched_n_vcpus];

		return sched_may_run_on(t, v) ? v : last;
	}
	if (!sched_may_run_on(t, last)) {
		for (unsigned int i = 0; i < sched_n_vcpus; i++)
			if (sched_may_run_on(t, &sched_vcpus[i]))
				return &sched_vcpus[i];
		return last;
	}
	if (last->idle)
		return last;
	now = host_monotonic_ns();
	for (unsigned int i = 0; i < sched_n_vcpus; i++) {
		struct vcpu *v = &sched_vcpus[i];

		if (v->idle && sched_may_run_on(t, v) && now - v->idle_since_ns > IDLE_STEAL_NS)
			return v;
	}
	return last;
}

void sched_enqueue(struct task *t)
{
	struct vcpu *v = choose_vcpu(t);

	t->state = TASK_RUNNABLE;
	queue_insert(v, t);
	if (v->idle) {
		host_event_set(&v->event);
		return;
	}
	sched_preempt_plan(v, t);
	/* An idle vCPU that sleeps without a deadline looks again, and steals once it has been idle long enough. */
	for (unsigned int i = 0; i < sched_n_vcpus; i++) {
		if (sched_vcpus[i].idle && sched_may_run_on(t, &sched_vcpus[i])) {
			host_event_set(&sched_vcpus[i].event);
			break;
		}
	}
}

void task_wake(struct task *t)
{
	ASSERT_LOCKED();
	if (t->state == TASK_RUNNING) {
		t->woken =
			true; /* between its test and its sleep; cannot happen under one lock, but kicks may come early */
		return;
	}
	if (t->state != TASK_SLEEPING && t->state != TASK_STOPPED && t->state != TASK_NEW)
		return;
	sched_n_wakes++;
	if (t->state == TASK_NEW) {
		struct vcpu *v = sched_this_vcpu();

		t->last_vcpu = v ? v->id : 0;
	}
	if (t->vruntime_ns + SLEEPER_CREDIT_NS < sched_vcpus[t->last_vcpu].min_vruntime_ns)
		t->vruntime_ns = sched_vcpus[t->last_vcpu].min_vruntime_ns - SLEEPER_CREDIT_NS;
	trace(TRACE_SCHED, "wake %d(%s)", t->tid, t->comm);
	sched_enqueue(t);
}

struct task *sched_queue_pop(struct vcpu *v, const struct vcpu *for_vcpu)
{
	struct task *t;

	list_for_each_entry(t, &v->queue, run_link) {
		if (sched_may_run_on(t, for_vcpu) || (v == for_vcpu && sched_n_vcpus == 1)) {
			list_del(&t->run_link);
			return t;
		}
	}
	return NULL;
}

struct task *sched_steal(struct vcpu *v)
{
	for (unsigned int i = 0; i < sched_n_vcpus; i++) {
		struct task *t;

		if (&sched_vcpus[i] == v)
			continue;
		t = sched_queue_pop(&sched_vcpus[i], v);
		if (!t)
			continue;
		/* Virtual times of two queues are unrelated: carry the distance over. */
		t->vruntime_ns = v->min_vruntime_ns +
				 (t->vruntime_ns > sched_vcpus[i].min_vruntime_ns
					  ? t->vruntime_ns - sched_vcpus[i].min_vruntime_ns
					  : 0);
		return t;
	}
	return NULL;
}

bool sched_others_wait(const struct vcpu *v)
{
	for (unsigned int i = 0; i < sched_n_vcpus; i++)
		if (&sched_vcpus[i] != v && !list_empty(&sched_vcpus[i].queue))
			return true;
	return false;
}
