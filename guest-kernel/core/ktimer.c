// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Timers in a binary heap, watched descriptors in an epoll set, and the I/O thread that serves both. The thread sleeps until the first deadline;
 * whoever arms an earlier one wakes it through an event descriptor.
 */
#include "core/ktimer.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/io_thread.h"
#include "core/panic.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_memory.h"
#include "host/host_thread.h"

#define BUSY_SLEEP_NS (1 * NSEC_PER_MSEC)

static bool slices_used; /* a timer was armed for the next few ms since the I/O thread looked */
static struct ktimer **heap;
static size_t heap_len, heap_size;
static uint64_t
	io_sleeps_until; /* deadline the I/O thread went to sleep with; 0 while it is awake */
static struct host_event io_event;
static int io_epfd = -1;
static struct io_watch *watched[1024];
static unsigned int n_watched;

static void heap_put(size_t i, struct ktimer *t)
{
	heap[i] = t;
	t->heap_index = i;
}

static void heap_up(size_t i)
{
	struct ktimer *t = heap[i];

	while (i > 0 && heap[(i - 1) / 2]->deadline_ns > t->deadline_ns) {
		heap_put(i, heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(i, t);
}

static void heap_down(size_t i)
{
	struct ktimer *t = heap[i];

	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= heap_len)
			break;
		if (c + 1 < heap_len && heap[c + 1]->deadline_ns < heap[c]->deadline_ns)
			c++;
		if (heap[c]->deadline_ns >= t->deadline_ns)
			break;
		heap_put(i, heap[c]);
		i = c;
	}
	heap_put(i, t);
}

void ktimer_init(struct ktimer *t, void (*fn)(struct ktimer *t))
{
	t->heap_index = SIZE_MAX;
	t->fn = fn;
}

bool ktimer_armed(const struct ktimer *t)
{
	return t->heap_index != SIZE_MAX;
}

int ktimer_arm(struct ktimer *t, uint64_t deadline_ns)
{
	ASSERT_LOCKED();
	if (!slices_used)
		slices_used = deadline_ns < host_monotonic_ns() + 8 * BUSY_SLEEP_NS;
	if (ktimer_armed(t)) {
		bool later = deadline_ns > t->deadline_ns;

		t->deadline_ns = deadline_ns;
		if (later)
			heap_down(t->heap_index);
		else
			heap_up(t->heap_index);
	} else {
		if (heap_len == heap_size) {
			size_t size = heap_size ? 2 * heap_size : 64;
			struct ktimer **p = krealloc(heap, size * sizeof(*p));

			if (!p)
				return -ENOMEM;
			heap = p;
			heap_size = size;
		}
		t->deadline_ns = deadline_ns;
		heap_put(heap_len++, t);
		heap_up(t->heap_index);
	}
	if (deadline_ns < io_sleeps_until) {
		io_sleeps_until = 0;
		host_event_set(&io_event);
	}
	return 0;
}

bool ktimer_cancel(struct ktimer *t)
{
	size_t i = t->heap_index;
	struct ktimer *last;

	ASSERT_LOCKED();
	if (i == SIZE_MAX)
		return false;
	t->heap_index = SIZE_MAX;
	last = heap[--heap_len];
	if (last != t) {
		heap_put(i, last);
		heap_up(i);
		heap_down(last->heap_index);
	}
	return true;
}

void io_watch_init(struct io_watch *w, int fd, void (*ready)(struct io_watch *w, uint32_t events))
{
	w->fd = fd;
	w->ready = ready;
	w->events = 0;
	w->added = false;
}

static unsigned int watch_find(const struct io_watch *w)
{
	unsigned int i;

	for (i = 0; i < n_watched && watched[i] != w; i++)
		;
	return i;
}

int io_watch_set(struct io_watch *w, uint32_t events)
{
	int r;

	ASSERT_LOCKED();
	if (events == 0) {
		if (w->added) {
			(void)host_epoll_del(io_epfd, w->fd);
			watched[watch_find(w)] = watched[--n_watched];
			w->added = false;
		}
		w->events = 0;
		return 0;
	}
	if (w->added && w->events == events)
		return 0;
	if (!w->added && n_watched == ARRAY_SIZE(watched))
		return -ENFILE;
	r = host_epoll_set(io_epfd, w->fd, events, w, !w->added);
	if (r < 0)
		return r;
	if (!w->added)
		watched[n_watched++] = w;
	w->added = true;
	w->events = events;
	return 0;
}

static void run_timers(void)
{
	uint64_t now = host_monotonic_ns();

	while (heap_len > 0 && heap[0]->deadline_ns <= now) {
		struct ktimer *t = heap[0];

		(void)ktimer_cancel(t);
		t->fn(t);
	}
}

static void io_dispatch(const struct host_epoll_event *ev)
{
	struct io_watch *w = ev->data;
	uint64_t value;

	if (ev->data == &io_event) {
		(void)host_read(io_event.fd, &value, sizeof(value));
		return;
	}
	/* The watch may have been taken away between the host's answer and our taking the lock: look before touching it. */
	if (watch_find(w) < n_watched)
		w->ready(w, ev->events);
}

static void io_thread_main(void *arg)
{
	struct host_epoll_event ev[16];

	(void)arg;
	big_lock_take();
	for (;;) {
		uint64_t deadline;
		int n;

		run_timers();
		deadline = heap_len > 0 ? heap[0]->deadline_ns : UINT64_MAX;
		/*
		 * Time slices are timers that are armed and taken back all the time, and each that comes before the end of our sleep costs a
		 * wake: while such are in use, sleep short. One look without any, and the sleep is as long as it can be.
		 */
		if (slices_used)
			deadline = MIN(deadline, host_monotonic_ns() + BUSY_SLEEP_NS);
		slices_used = false;
		io_sleeps_until = deadline;
		big_lock_release();
		n = host_epoll_wait(io_epfd, ev, ARRAY_SIZE(ev), deadline);
		big_lock_take();
		io_sleeps_until = 0;
		for (int i = 0; i < n; i++)
			io_dispatch(&ev[i]);
	}
}

int io_thread_start(void)
{
	int r = host_event_init(&io_event);

	if (r < 0)
		return r;
	io_epfd = host_epoll_create();
	if (io_epfd < 0)
		return io_epfd;
	r = host_epoll_set(io_epfd, io_event.fd, HOST_POLL_IN, &io_event, true);
	if (r < 0)
		return r;
	return host_thread_start("umlk-io", io_thread_main, NULL);
}
