/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between sched.c (the vCPUs' loop, sleeping, running guest code) and sched_queue.c (who runs next, and where). All under the big lock. */
#ifndef CORE_SCHED_INTERNAL_H
#define CORE_SCHED_INTERNAL_H

#include "core/ktimer.h"
#include "core/sched.h"
#include "core/spare_cpu.h"
#include "core/task.h"
#include "host/host_clock.h"
#include "host/host_thread.h"

#define IDLE_STEAL_NS	  (1 * NSEC_PER_MSEC)
#define WAKE_PREEMPT_NS	  (1 * NSEC_PER_MSEC)
#define SLICE_NS	  (6 * NSEC_PER_MSEC)
#define SLEEPER_CREDIT_NS (3 * NSEC_PER_MSEC)

struct vcpu {
	int id;
	void *sp; /* the loop's own stack while a task runs */
	struct task *current;
	struct task *dead; /* to be freed once off its stack */
	struct list_head queue;
	uint64_t min_vruntime_ns;
	struct ktimer preempt_timer;
	bool need_resched;
	bool idle;
	uint64_t idle_since_ns;
	uint64_t idle_ns, user_ns, system_ns;
	uint64_t account_ns; /* start of the stretch that is being accounted */
	struct host_event event;
	int host_cpu; /* bound to it; -1: to none */
	struct spare_cpu spare;
};

extern struct vcpu sched_vcpus[SCHED_VCPUS_MAX];
extern unsigned int sched_n_vcpus;
extern uint64_t sched_n_wakes;

/* That of the calling host thread, NULL on others. Its address is not kept over a switch. */
struct vcpu *sched_this_vcpu(void);

/* debug=preempt draws lots: true once in one_in times, never without it. */
bool sched_debug_chance(unsigned int one_in);
bool sched_may_run_on(const struct task *t, const struct vcpu *v);

/* t is runnable: into the queue of the vCPU that suits it, and that one told if it is idle or busy with somebody less urgent. */
void sched_enqueue(struct task *t);
/* The first task of v's queue that for_vcpu may run, taken out; NULL. */
struct task *sched_queue_pop(struct vcpu *v, const struct vcpu *for_vcpu);
/* A task of another vCPU's queue, for v. NULL. */
struct task *sched_steal(struct vcpu *v);
bool sched_others_wait(const struct vcpu *v);

/* `waiting` is in v's queue while v runs somebody: v's preempt_timer ends that in time. */
void sched_preempt_plan(struct vcpu *v, const struct task *waiting);
void sched_preempt_fire(struct ktimer *timer);

#endif
