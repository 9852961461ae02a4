/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Using a second host CPU for a busy vCPU. As a rule a vCPU and the guest thread it serves share one host CPU: a hand-over costs two switches, 6 to 9 us.
 * With the guest thread on another CPU and both sides looking at the mailbox for a while, it costs under a microsecond; but that takes two CPUs, and is worse
 * than the rule as soon as one side falls asleep (45 us to wake an idle CPU) or others want these CPUs. So it is done while the guest traps often, does
 * not sleep in between, and the host has nothing else to run; it is given up within milliseconds when that changes.
 *
 * All under the big lock, each object by its own vCPU.
 */
#ifndef CORE_SPARE_CPU_H
#define CORE_SPARE_CPU_H

#include "lib/types.h"

struct task;

struct spare_cpu {
	bool on;
	int own, other; /* host CPUs: the vCPU's; the guest thread's while on */
	unsigned int hits,
		misses; /* since the last look: answers that came soon, and what cost a wake instead */
	unsigned int good, bad; /* looks in a row */
	uint64_t looked_ns, next_ns;
	uint64_t backoff_ns, on_since_ns;
	uint64_t preempted;
	struct task
		*spinner; /* it has the other CPU; its guest thread may be looking at its mailbox */
	uint64_t spun_ns; /* its last trap */
	bool away;	  /* what the engine was told: the next thread goes to the other CPU */
};

/* own: the host CPU that the vCPU is bound to, -1 if it is bound to none: then nothing is ever done. */
void spare_cpu_init(struct spare_cpu *s, int own);

/*
 * t's guest thread has trapped, waited_ns after it was resumed. May change where threads are placed; other: a CPU that no busy vCPU has, -1: none.
 */
void spare_cpu_trapped(struct spare_cpu *s, const struct task *t, uint64_t now, uint64_t waited_ns,
		       int other);

/* Something that costs a sleep and a wake in this mode: orders for a worker, a vCPU that goes idle. */
void spare_cpu_missed(struct spare_cpu *s);

/*
 * t's guest thread is about to be resumed: here or on the other CPU. That one belongs to one thread as long as it looks for an answer there: of two that take
 * turns one has it and the other stays with the vCPU, since to wake a thread across CPUs costs more than is gained.
 */
void spare_cpu_resume(struct spare_cpu *s, struct task *t, uint64_t now);

/* The vCPU goes idle: nobody need look for an answer. */
void spare_cpu_idle(struct spare_cpu *s);

#endif
