// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vCPUs: their loop, accounting, sleeping, running guest code. Who runs next is in sched_queue.c.
 *
 * Switching: a vCPU's host thread runs vcpu_loop on its own stack, switches to a task's kernel stack, and comes back when
 * the task sleeps, yields or ends. All of that happens under the big lock.
 */
#include "core/sched.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/io_thread.h"
#include "core/klog.h"
#include "core/kstack.h"
#include "core/loadavg.h"
#include "core/panic.h"
#include "core/sched_internal.h"
#include "core/trace.h"
#include "host/host_clock.h"
#include "host/host_thread.h"
#include "lib/string.h"

#define LOCK_SPIN_NS (30 * NSEC_PER_USEC)

struct sched_engine_ops sched_engine;
bool sched_debug_preempt;

struct vcpu sched_vcpus[SCHED_VCPUS_MAX];
unsigned int sched_n_vcpus;
static uint64_t n_switches;
static unsigned int first_cpu; /* drawn in sched_init */
static int host_cpu_list[256]; /* that this process may use */
static unsigned int n_host_cpus;
static __thread struct vcpu *this_vcpu_tls;

/* The address of a thread-local is never kept: after a switch the stack may be on another host thread. */
__attribute__((noinline)) struct vcpu *sched_this_vcpu(void)
{
	__asm__ volatile("" ::: "memory");
	return this_vcpu_tls;
}

struct task *current_task(void)
{
	struct vcpu *v = sched_this_vcpu();

	return v ? v->current : NULL;
}

int current_vcpu(void)
{
	struct vcpu *v = sched_this_vcpu();

	return v ? v->id : -1;
}

unsigned int sched_ncpus(void)
{
	return sched_n_vcpus;
}

/* Linux's scale: each nice level changes the share by about a quarter; computed, not copied: 1024 * 1.25^-nice. */
static uint64_t nice_weight(int nice)
{
	uint64_t w = 1024;

	for (; nice < 0; nice++)
		w = w * 5 / 4;
	for (; nice > 0; nice--)
		w = w * 4 / 5;
	return w < 1 ? 1 : w;
}

/* --- accounting --------------------------------------------------------------------------------- */

/* Charge the time since the last call to the task; user: it was spent in guest code. */
static void account(struct vcpu *v, struct task *t, bool user)
{
	uint64_t now = host_monotonic_ns();
	uint64_t ns = now - v->account_ns, least;

	v->account_ns = now;
	*(user ? &t->user_ns : &t->system_ns) += ns;
	*(user ? &v->user_ns : &v->system_ns) += ns;
	t->vruntime_ns += t->nice == 0 ? ns : ns * 1024 / nice_weight(t->nice);
	/* Who wakes is placed by the least of those that want to run: by the most, it would wait behind half of a long queue. */
	least = t->vruntime_ns;
	if (!list_empty(&v->queue))
		least = MIN(least, list_first_entry(&v->queue, struct task, run_link)->vruntime_ns);
	v->min_vruntime_ns = MAX(v->min_vruntime_ns, least);
}

uint64_t sched_epoch(void)
{
	/* A vCPU keeps the lock when it goes from one task to another. */
	return big_lock_takes() + n_switches;
}

void sched_stats_get(struct sched_stats *ret)
{
	struct task *t;

	*ret = (struct sched_stats){ .switches = n_switches, .wakes = sched_n_wakes };
	for (unsigned int i = 0; i < sched_n_vcpus; i++) {
		ret->idle_ns[i] = sched_vcpus[i].idle_ns;
		ret->user_ns[i] = sched_vcpus[i].user_ns;
		ret->system_ns[i] = sched_vcpus[i].system_ns;
	}
	loadavg_get(ret->load);
	list_for_each_entry(t, &task_list, all_link) {
		if (t->state == TASK_RUNNING || t->state == TASK_RUNNABLE)
			ret->running++;
	}
}

void sched_task_times(const struct task *t, uint64_t *ret_user_ns, uint64_t *ret_system_ns)
{
	*ret_user_ns = t->user_ns;
	*ret_system_ns = t->system_ns;
	for (unsigned int i = 0; i < sched_n_vcpus; i++) {
		if (sched_vcpus[i].current == t)
			*(t->in_guest ? ret_user_ns : ret_system_ns) +=
				host_monotonic_ns() - sched_vcpus[i].account_ns;
	}
}

/* --- the loop ----------------------------------------------------------------------------------- */

static void vcpu_idle(struct vcpu *v)
{
	uint64_t start = host_monotonic_ns();
	uint64_t deadline = UINT64_MAX;

	spare_cpu_missed(&v->spare);
	spare_cpu_idle(&v->spare);

	if (!v->idle) {
		v->idle = true;
		v->idle_since_ns = start;
	}
	if (sched_n_vcpus > 1 && sched_others_wait(v))
		deadline = v->idle_since_ns + IDLE_STEAL_NS;
	big_lock_set_spin(0);
	big_lock_release();
	(void)host_event_wait(&v->event, deadline);
	big_lock_take();
	v->idle_ns += host_monotonic_ns() - start;
}

static struct task *pick(struct vcpu *v)
{
	for (;;) {
		struct task *t = sched_queue_pop(v, v);

		if (!t && v->idle && host_monotonic_ns() - v->idle_since_ns >= IDLE_STEAL_NS)
			t = sched_steal(v);
		if (t) {
			if (v->idle)
				loadavg_busy();
			v->idle = false;
			return t;
		}
		vcpu_idle(v);
	}
}

/*
 * Bind this vCPU, the guest threads it runs and their workers to one host CPU: a hand-over costs 6 to 9 us on one CPU and 45 to 100 across. vCPUs of
 * one guest are spread; where the first one goes is drawn by lot, so that many guests do not all sit on the same CPU.
 */
static void vcpu_place(struct vcpu *v)
{
	unsigned int n = n_host_cpus;
	int cpu;

	v->host_cpu = -1;
	spare_cpu_init(&v->spare, -1);
	if (n < 2 || !sched_engine.place)
		return;
	cpu = host_cpu_list[(first_cpu % n + (unsigned int)v->id) % n];
	if (host_thread_pin(0, cpu) < 0)
		return;
	sched_engine.place(cpu, cpu);
	v->host_cpu = cpu;
	spare_cpu_init(&v->spare, cpu);
}

/* A host CPU that no busy vCPU is bound to or has borrowed, -1: there is none. What v has borrowed is its own. */
static int spare_find(const struct vcpu *v)
{
	for (unsigned int k = 1; k < n_host_cpus; k++) {
		int cpu = host_cpu_list[(first_cpu % n_host_cpus + (unsigned int)v->id + k) %
					n_host_cpus];
		bool taken = false;

		for (unsigned int i = 0; i < sched_n_vcpus; i++) {
			const struct vcpu *o = &sched_vcpus[i];

			taken |= o != v && ((o->host_cpu == cpu && !o->idle) ||
					    (o->spare.on && o->spare.other == cpu));
		}
		if (!taken)
			return cpu;
	}
	return -1;
}

void sched_note_order(void)
{
	struct vcpu *v = sched_this_vcpu();

	if (v)
		spare_cpu_missed(&v->spare);
}

static void spinner_forget(const struct task *t)
{
	for (unsigned int i = 0; i < sched_n_vcpus; i++)
		if (sched_vcpus[i].spare.spinner == t)
			sched_vcpus[i].spare.spinner = NULL;
}

static void vcpu_loop(void *arg)
{
	struct vcpu *v = arg;

	this_vcpu_tls = v;
	host_fault_stack();
	big_lock_take();
	vcpu_place(v);
	for (;;) {
		struct task *t = pick(v);

		n_switches++;
		t->state = TASK_RUNNING;
		t->last_vcpu = v->id;
		t->slice_start_ns = v->account_ns = host_monotonic_ns();
		v->current = t;
		v->need_resched = false;
		(void)ktimer_cancel(&v->preempt_timer);
		if (!list_empty(&v->queue))
			sched_preempt_plan(v, list_first_entry(&v->queue, struct task, run_link));
		kstack_switch(&v->sp, t->kstack_sp);
		v->current = NULL;
		if (v->dead) {
			struct task *dead = v->dead;

			v->dead = NULL;
			task_put(dead);
		}
	}
}

/* Leave the current task's stack for the vCPU's; comes back when the task is picked again, perhaps on another vCPU. */
static void switch_away(struct task *t)
{
	struct vcpu *v = sched_this_vcpu();

	account(v, t, false);
	kstack_switch(&t->kstack_sp, v->sp);
}

int task_sleep(uint64_t deadline_ns, unsigned int flags)
{
	struct task *t = current_task();
	bool timed_out;

	ASSERT_LOCKED();
	ASSERT(t);
	if ((flags & (WAIT_INTERRUPTIBLE | WAIT_KILLABLE)) && signal_ops &&
	    signal_ops->pending(t, flags))
		return -ERESTARTSYS;
	/* A wake for nothing: the caller has to test its condition again. */
	if (sched_debug_chance(4)) {
		sched_give_way();
		return 0;
	}
	t->sleep_result = 0;
	t->sleep_flags = flags;
	if (deadline_ns != NO_DEADLINE && ktimer_arm(&t->sleep_timer, deadline_ns) < 0)
		return -ENOMEM;
	t->state = flags & WAIT_STOPPED ? TASK_STOPPED : TASK_SLEEPING;
	t->nvcsw++;
	switch_away(t);
	(void)ktimer_cancel(&t->sleep_timer);
	timed_out = t->sleep_result != 0;
	if ((flags & (WAIT_INTERRUPTIBLE | WAIT_KILLABLE)) && signal_ops &&
	    signal_ops->pending(t, flags))
		return -ERESTARTSYS;
	return timed_out ? -ETIMEDOUT : 0;
}

void sched_give_way(void)
{
	struct task *t = current_task();
	struct vcpu *v = sched_this_vcpu();

	ASSERT_LOCKED();
	v->need_resched = false;
	if (list_empty(&v->queue) && sched_may_run_on(t, v))
		return;
	account(v, t, false);
	t->nivcsw++;
	sched_enqueue(t);
	switch_away(t);
}

bool sched_need_resched(void)
{
	return sched_this_vcpu()->need_resched;
}

void sched_exit(void)
{
	struct task *t = current_task();
	struct vcpu *v = sched_this_vcpu();

	ASSERT_LOCKED();
	(void)ktimer_cancel(&t->sleep_timer);
	t->state = TASK_DEAD;
	v->dead = t;
	spinner_forget(t);
	switch_away(t);
	panic("a dead task runs again");
}

void sched_debug_point(void)
{
	if (sched_debug_chance(2) && current_task())
		sched_give_way();
}

void big_lock_drop(void)
{
	big_lock_release();
}

void big_lock_retake(void)
{
	big_lock_take();
	sched_debug_point();
}

static uint64_t guest_entries; /* how often any task has gone to its guest code */

uint64_t sched_guest_stamp(void)
{
	return guest_entries;
}

bool sched_in_guest_since(const struct task *t, uint64_t stamp)
{
	return t->in_guest && t->guest_entry <= stamp;
}

void sched_interrupt(struct task *t)
{
	ASSERT_LOCKED();
	if (t->in_guest)
		sched_engine.interrupt(t->thread);
}

static bool cpus_are_free(void)
{
	unsigned int busy = 0;

	for (unsigned int i = 0; i < sched_n_vcpus; i++)
		busy += sched_vcpus[i].idle ? 0 : 1;
	return busy < sched_n_vcpus;
}

static bool frozen;
static struct wait_queue frozen_queue = WAIT_QUEUE_INIT(frozen_queue);

void sched_freeze(bool on)
{
	struct task *t;

	ASSERT_LOCKED();
	frozen = on;
	if (!on) {
		wait_queue_wake_all(&frozen_queue);
		return;
	}
	list_for_each_entry(t, &task_list, all_link)
		sched_interrupt(t);
}

int sched_run_guest(struct engine_thread *thread, struct engine_event *ev)
{
	struct task *t = current_task();
	uint64_t resumed_ns;
	struct vcpu *v;
	int r;

	ASSERT_LOCKED();
	while (frozen)
		(void)!wait_queue_sleep(&frozen_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	v = sched_this_vcpu();
	if (v->need_resched || (sched_debug_preempt && !list_empty(&v->queue))) {
		sched_give_way();
		v = sched_this_vcpu();
	}
	/* It may have come while this task gave way: nobody would interrupt the guest for it any more. */
	if (signal_ops && signal_ops->pending(t, WAIT_INTERRUPTIBLE))
		return -EINTR;
	account(v, t, false);
	resumed_ns = v->account_ns;
	spare_cpu_resume(&v->spare, t, resumed_ns);
	r = sched_engine.resume(thread);
	if (r < 0)
		return r;
	t->guest_entry = ++guest_entries;
	t->in_guest =
		true; /* published before the lock goes: who sends a signal from now on interrupts */
	if (sched_n_vcpus > 1)
		big_lock_set_spin(cpus_are_free() ? LOCK_SPIN_NS : 0);
	big_lock_release();
	do {
		r = sched_engine.wait(thread, ev);
	} while (r == -EINTR);
	big_lock_take();
	t->in_guest = false;
	account(v, t, true);
	spare_cpu_trapped(&v->spare, t, v->account_ns, v->account_ns - resumed_ns, spare_find(v));
	if (v->need_resched)
		sched_give_way();
	return r;
}

/* --- start -------------------------------------------------------------------------------------- */

int sched_init(unsigned int ncpus)
{
	int r;

	ASSERT(ncpus >= 1 && ncpus <= SCHED_VCPUS_MAX);
	sched_n_vcpus = ncpus;
	loadavg_init();
	host_random_bytes(&first_cpu, sizeof(first_cpu));
	n_host_cpus = host_cpus(host_cpu_list, ARRAY_SIZE(host_cpu_list));
	for (unsigned int i = 0; i < ncpus; i++) {
		struct vcpu *v = &sched_vcpus[i];

		v->id = (int)i;
		list_init(&v->queue);
		ktimer_init(&v->preempt_timer, sched_preempt_fire);
		r = host_event_init(&v->event);
		if (r < 0)
			return r;
	}
	r = io_thread_start();
	for (unsigned int i = 1; r == 0 && i < ncpus; i++) {
		char name[16];

		(void)format_str(name, sizeof(name), "umlk-cpu%u", i);
		r = host_thread_start(name, vcpu_loop, &sched_vcpus[i]);
	}
	return r;
}

void sched_run(void)
{
	vcpu_loop(&sched_vcpus[0]);
	panic("vCPU 0 has left its loop");
}
