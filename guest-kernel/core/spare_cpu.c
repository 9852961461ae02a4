// SPDX-License-Identifier: GPL-2.0-or-later
/* The policy of spare_cpu.h: when a second CPU pays. */
#include "core/spare_cpu.h"
#include "core/sched.h"
#include "core/task.h"
#include "core/trace.h"
#include "host/host_clock.h"
#include "host/host_cpu.h"

#define SPIN_TIMES 2000u /* looks at the mailbox, some 50 us: what a wake across CPUs costs */
#define SPIN_NS	   (30 * NSEC_PER_USEC)
#define SOON_NS	   (25 * NSEC_PER_USEC)
#define LOOK_NS	   (4 * NSEC_PER_MSEC)
/*
 * Looks that found the host busy, less twice those that did not: somebody who wants a CPU gets it within 25 ms, but what runs for a moment now and then (a kernel
 * thread of the host's that took a quarter of a CPU, where this was measured) does not end it.
 */
#define BAD_LOOKS   6u
#define BACKOFF_NS  (20 * NSEC_PER_MSEC)
#define BACKOFF_MAX (640 * NSEC_PER_MSEC)
#define TRUSTED_NS  (200 * NSEC_PER_MSEC) /* on for so long: the next end is not held against it */
/* Fewer traps than one in so many ns are not worth a CPU. */
#define TRAP_EVERY_NS (60 * NSEC_PER_USEC)

void spare_cpu_init(struct spare_cpu *s, int own)
{
	*s = (struct spare_cpu){ .own = own, .other = -1, .backoff_ns = BACKOFF_NS };
}

/* The worker stays with the vCPU, which sleeps while it works. */
static void place(struct spare_cpu *s, bool away)
{
	s->away = away;
	sched_engine.place(away ? s->other : s->own, s->own);
	sched_engine.spin(away ? SPIN_TIMES : 0);
}

static void turn(struct spare_cpu *s, bool on, int other)
{
	s->on = on;
	s->other = on ? other : -1;
	s->good = s->bad = 0;
	place(s, on);
	trace(TRACE_SCHED, "spare CPU: %s", on ? "in use" : "given up");
}

static void give_up(struct spare_cpu *s, uint64_t now)
{
	if (now - s->on_since_ns > TRUSTED_NS)
		s->backoff_ns = BACKOFF_NS;
	s->next_ns = now + s->backoff_ns;
	s->backoff_ns = MIN(2 * s->backoff_ns, BACKOFF_MAX);
	spare_cpu_idle(s);
	turn(s, false, -1);
}

/* On: is it still worth it? */
static void look_on(struct spare_cpu *s, uint64_t now, int other)
{
	uint64_t preempted = host_thread_preempted();
	bool busy = host_running() > host_cpus_online() || preempted > s->preempted + 1;

	s->preempted = preempted;
	s->bad = busy ? s->bad + 1 : s->bad - MIN(s->bad, 2u);
	if (other != s->other || s->misses * 3 > s->hits || s->bad >= BAD_LOOKS)
		give_up(s, now);
}

/*
 * Off: would it be? The host's count has the calling thread, and as a rule the guest thread too: it has said that it trapped, and lost the CPU before it went to
 * sleep. Where it did sleep, one other busy thread is overlooked; look_on then sees it.
 */
static void look_off(struct spare_cpu *s, uint64_t now, int other)
{
	bool often = s->hits >= (now - s->looked_ns) / TRAP_EVERY_NS && s->misses * 8 <= s->hits;

	if (!often || other < 0 || host_running() > host_cpus_online()) {
		s->good -= MIN(s->good, 1u);
		return;
	}
	if (++s->good < 2)
		return;
	s->on_since_ns = now;
	s->preempted = host_thread_preempted();
	turn(s, true, other);
}

void spare_cpu_trapped(struct spare_cpu *s, const struct task *t, uint64_t now, uint64_t waited_ns,
		       int other)
{
	if (s->own < 0 || !sched_engine.place || !sched_engine.spin || !sched_engine.rest)
		return;
	if (waited_ns < SOON_NS)
		s->hits++;
	else
		s->misses++;
	if (s->spinner == t)
		s->spun_ns = now;
	if (now < s->next_ns)
		return;
	if (s->looked_ns != 0) {
		s->next_ns = now + LOOK_NS;
		if (s->on)
			look_on(s, now, other);
		else
			look_off(s, now, other);
	}
	s->looked_ns = now;
	s->hits = s->misses = 0;
}

void spare_cpu_missed(struct spare_cpu *s)
{
	s->misses++;
}

void spare_cpu_resume(struct spare_cpu *s, struct task *t, uint64_t now)
{
	bool away;

	if (!s->on)
		return;
	away = !s->spinner || s->spinner == t || now - s->spun_ns > SPIN_NS;
	if (away && s->spinner != t) {
		spare_cpu_idle(s);
		s->spinner = t;
	}
	if (away != s->away)
		place(s, away);
}

void spare_cpu_idle(struct spare_cpu *s)
{
	if (s->spinner && s->spinner->thread)
		sched_engine.rest(s->spinner->thread);
	s->spinner = NULL;
}
