// SPDX-License-Identifier: GPL-2.0-or-later
/* The samples behind loadavg.h. */
#include "core/loadavg.h"
#include "core/big_lock.h"
#include "core/ktimer.h"
#include "core/task.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"

#define ONE	  2048u
#define SAMPLE_NS (5 * NSEC_PER_SEC)

/* What five seconds leave of an average over 1, 5, 15 minutes: ONE * e^(-5/60), e^(-5/300), e^(-5/900), rounded. */
static const unsigned int keep[3] = { 1884, 2014, 2037 };

static unsigned int load[3];
static struct ktimer timer;
static uint64_t sampled_ns; /* load is right for this moment */

static unsigned int active(void)
{
	struct task *t;
	unsigned int n = 0;

	list_for_each_entry(t, &task_list, all_link) {
		bool waits = t->state == TASK_SLEEPING && !t->is_kthread &&
			     t->sleep_flags == WAIT_UNINTERRUPTIBLE;

		n += t->state == TASK_RUNNING || t->state == TASK_RUNNABLE || waits;
	}
	return n;
}

static void average(unsigned int n)
{
	for (int i = 0; i < 3; i++) {
		uint64_t v = (uint64_t)load[i] * keep[i] + (uint64_t)n * ONE * (ONE - keep[i]);

		/* Rounded up while it grows, so that it reaches what it tends to. */
		if (n * ONE >= load[i])
			v += ONE - 1;
		load[i] = (unsigned int)(v / ONE);
	}
}

/* Samples that were due and not taken, because there was nothing to do. A day of them leaves nothing. */
static void catch_up(uint64_t until)
{
	for (unsigned int n = 0; sampled_ns + SAMPLE_NS <= until; n++) {
		if (n > 24 * 3600 / 5) {
			load[0] = load[1] = load[2] = 0;
			sampled_ns = until;
			return;
		}
		average(0);
		sampled_ns += SAMPLE_NS;
	}
}

static void sample(struct ktimer *t)
{
	uint64_t now = host_monotonic_ns();
	unsigned int n = active();

	catch_up(now - SAMPLE_NS / 2);
	average(n);
	sampled_ns = now;
	if (n > 0)
		(void)ktimer_arm(t, now + SAMPLE_NS); /* without memory a sample is lost */
}

void loadavg_init(void)
{
	ktimer_init(&timer, sample);
	sampled_ns = host_monotonic_ns();
}

void loadavg_busy(void)
{
	if (ktimer_armed(&timer))
		return;
	catch_up(host_monotonic_ns());
	(void)ktimer_arm(&timer, sampled_ns + SAMPLE_NS);
}

void loadavg_get(unsigned int ret[3])
{
	ASSERT_LOCKED();
	if (!ktimer_armed(&timer))
		catch_up(host_monotonic_ns());
	for (int i = 0; i < 3; i++)
		ret[i] = load[i];
}
