// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The watcher: a host thread of the engine's own, which takes no lock of the kernel's. It learns of the death of stubs and wakes those who wait
 * for them, ends stubs that do not answer, and keeps the pool of blank spaces filled. Its timers are armed by those
 * who wait for an answer, and only while nobody has: an idle guest costs no wake.
 */
#include "abi/abi_errno.h"
#include "engine/engine_seccomp.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_process.h"

#define POOL_SIZE	 4u
#define ORDER_TIMEOUT_NS (ENGINE_ORDER_TIMEOUT_MS * NSEC_PER_MSEC)
/* A worker whose list is overdue has failed if it slept through this many looks, or used its CPU for this long. */
#define ORDER_ASLEEP 3u
#define ORDER_RUN_NS (2 * NSEC_PER_SEC)
#define INTERRUPT_NS (20 * NSEC_PER_MSEC)
/* A thread that was asked to trap has failed to if it ran this long since, or slept through this many looks. */
#define INTERRUPT_RUN_NS (5 * NSEC_PER_MSEC)
#define INTERRUPT_ASLEEP 10u
/* Looks at a trap that the kernel, though woken, does not come to see: its state changes behind the kernel's back. */
#define INTERRUPT_UNSEEN 100u

/* What the epoll data points at when it is not a space. */
static char order_tag, interrupt_tag;

int sc_watch_space(struct sc_space *s)
{
	return host_epoll_set(sc.epoll, s->pidfd, HOST_POLL_IN, s, true);
}

void sc_watch_orders(void)
{
	if (!__atomic_exchange_n(&sc.order_armed, true, __ATOMIC_SEQ_CST))
		host_timerfd_arm(sc.order_timer, ORDER_TIMEOUT_NS);
}

void sc_watch_interrupt(void)
{
	if (!__atomic_exchange_n(&sc.interrupt_armed, true, __ATOMIC_SEQ_CST))
		host_timerfd_arm(sc.interrupt_timer, INTERRUPT_NS);
}

void sc_pool_refill(void)
{
	host_eventfd_add(sc.refill_event, 1);
}

static void space_ended(struct sc_space *s)
{
	struct host_wait_status st = { 0 };

	if (host_pidfd_wait(s->pidfd, false, &st) == 0)
		return;
	(void)host_epoll_del(sc.epoll, s->pidfd);
	sc_space_died(s, st.signo);
}

/* True while a list is out. On a busy host a worker may not get a CPU for seconds, or wait for the disk: only its own time counts, or its sleep. */
static bool order_check(struct sc_space *s, uint64_t now)
{
	uint64_t started = __atomic_load_n(&s->order_started_ns, __ATOMIC_SEQ_CST), run;
	char state;

	if (started == 0 || sc_dead(s))
		return false;
	if (now <= started || now - started < ORDER_TIMEOUT_NS)
		return true;
	state = host_thread_state(s->pid, s->pid);
	run = host_thread_run_ns(s->pid, s->pid);
	if (s->overdue_ns != started) {
		s->overdue_ns = started;
		s->overdue_run_ns = run;
		s->overdue_asleep = 0;
	}
	if (state == 'S')
		s->overdue_asleep++;
	if (state == 0 || state == 'T' || run > s->overdue_run_ns + ORDER_RUN_NS ||
	    s->overdue_asleep >= ORDER_ASLEEP) {
		/* Unless it answered, and has another list, while its numbers were read. */
		if (__atomic_load_n(&s->order_started_ns, __ATOMIC_SEQ_CST) == started)
			sc_space_kill(s);
	}
	return true;
}

static void orders_check(void)
{
	uint64_t now = host_monotonic_ns();
	struct sc_space *s;
	bool again;

	(void)host_eventfd_take(sc.order_timer);
	__atomic_store_n(&sc.order_armed, false, __ATOMIC_SEQ_CST);
	host_lock_take(&sc.lock, 0);
	again = sc.zygote && order_check(sc.zygote, now);
	list_for_each_entry(s, &sc.spaces, link)
		again |= order_check(s, now);
	host_lock_release(&sc.lock);
	if (again)
		sc_watch_orders();
}

/* True while the thread owes an answer. The host may just have no CPU for it: only its own time counts, or its sleep. */
static bool interrupt_check(struct sc_thread *t)
{
	int pid = t->space->pid;
	uint64_t asked = __atomic_load_n(&t->interrupt_ns, __ATOMIC_SEQ_CST), run;
	char state;

	if (asked == 0 || !__atomic_load_n(&t->running, __ATOMIC_SEQ_CST))
		return false;
	state = host_thread_state(pid, t->tid);
	run = host_thread_run_ns(pid, t->tid);
	if (t->checked_ns != asked) {
		t->checked_ns = asked;
		t->run_ns_before = run;
		t->asleep_checks = t->unseen_checks = 0;
		return true;
	}
	if (__atomic_load_n(&t->box->state, __ATOMIC_SEQ_CST) == STUB_TRAPPED) {
		/* A trap, or so another thread of the guest wrote, and took care that nobody was woken for it. */
		host_eventfd_add(t->kernel_fd, 1);
		if (++t->unseen_checks > INTERRUPT_UNSEEN)
			sc_space_kill(t->space);
		return true;
	}
	if (state == 'S')
		t->asleep_checks++;
	if (state == 0 || run > t->run_ns_before + INTERRUPT_RUN_NS ||
	    t->asleep_checks > INTERRUPT_ASLEEP) {
		/* Unless it answered, and runs again, while its numbers were read. */
		if (__atomic_load_n(&t->interrupt_ns, __ATOMIC_SEQ_CST) == asked)
			sc_space_kill(t->space);
		return false;
	}
	return true;
}

static void interrupts_check(void)
{
	struct sc_space *s;
	struct sc_thread *t;
	bool again = false;

	(void)host_eventfd_take(sc.interrupt_timer);
	__atomic_store_n(&sc.interrupt_armed, false, __ATOMIC_SEQ_CST);
	host_lock_take(&sc.lock, 0);
	list_for_each_entry(s, &sc.spaces, link)
		if (!s->dead)
			list_for_each_entry(t, &s->threads, link)
				again |= interrupt_check(t);
	host_lock_release(&sc.lock);
	if (again)
		sc_watch_interrupt();
}

static bool pool_is_full(void)
{
	bool full;

	host_lock_take(&sc.lock, 0);
	full = sc.n_pool >= POOL_SIZE;
	host_lock_release(&sc.lock);
	return full;
}

static int pool_add(void)
{
	struct sc_space *s;
	int r;

	host_lock_take(&sc.make_lock, 0);
	r = sc_space_make(sc.zygote, &s);
	if (r == 0) {
		host_lock_take(&sc.lock, 0);
		list_add_tail(&s->link, &sc.pool);
		sc.n_pool++;
		host_lock_release(&sc.lock);
	}
	host_lock_release(&sc.make_lock);
	return r;
}

/* Fill the pool; on a thread of its own, since it waits for stubs whose death the watcher has to tell. */
static void pool_main(void *arg)
{
	for (;;) {
		(void)host_eventfd_take(sc.refill_event);
		while (!pool_is_full() && pool_add() == 0)
			;
	}
}

int sc_pool_start(void)
{
	int r = host_thread_start("umlk-pool", pool_main, NULL);

	if (r == 0)
		sc_pool_refill();
	return r;
}

static void watch_main(void *arg)
{
	struct host_epoll_event ev[16];
	int n;

	for (;;) {
		n = host_epoll_wait(sc.epoll, ev, ARRAY_SIZE(ev), UINT64_MAX);
		for (int i = 0; i < n; i++) {
			if (ev[i].data == &order_tag)
				orders_check();
			else if (ev[i].data == &interrupt_tag)
				interrupts_check();
			else
				space_ended(ev[i].data);
		}
	}
}

int sc_watch_start(void)
{
	int r;

	sc.epoll = host_epoll_create();
	sc.refill_event = host_eventfd_create();
	sc.order_timer = host_timerfd_create();
	sc.interrupt_timer = host_timerfd_create();
	if (sc.epoll < 0 || sc.refill_event < 0 || sc.order_timer < 0 || sc.interrupt_timer < 0)
		return -EMFILE;
	r = host_epoll_set(sc.epoll, sc.order_timer, HOST_POLL_IN, &order_tag, true);
	if (r == 0)
		r = host_epoll_set(sc.epoll, sc.interrupt_timer, HOST_POLL_IN, &interrupt_tag,
				   true);
	return r < 0 ? r : host_thread_start("umlk-watch", watch_main, NULL);
}
