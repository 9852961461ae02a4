// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of host calls for a stub's worker. The orders page is read-only in the stub, so what is sent is what is carried out;
 * the acknowledgement is a descriptor that guest threads may not write. Results lie in a page of the guest's: hints, but for calls marked
 * CHECK, after which the worker lives only if the result was the expected one.
 */
#include "abi/abi_errno.h"
#include "engine/engine_seccomp.h"
#include "host/host_clock.h"
#include "host/host_eventfd.h"
#include "host/host_process.h"

#define MADV_POPULATE_WRITE 23

void sc_orders_begin(struct sc_space *s)
{
	s->n_calls = 0;
	/* Descriptors that the last fork left behind. */
	if (s->stale_ack)
		(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_CLOSE,
							    .args = { s->stale_ack } });
	if (s->stale_pidfd)
		(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_CLOSE,
							    .args = { STUB_FD_SCRATCH } });
	s->stale_ack = 0;
	s->stale_pidfd = false;
}

unsigned int sc_orders_add(struct sc_space *s, const struct stub_call *call)
{
	unsigned int i = s->n_calls++;

	if (i >= STUB_CALLS_MAX)
		host_abort(); /* lists are bounded by their makers */
	s->orders->calls[i] = *call;
	return i;
}

void sc_orders_publish(struct sc_space *s)
{
	s->orders->count = s->n_calls;
	s->orders->ack_fd = s->ack_no;
	__atomic_store_n(&s->orders->seq, ++s->seq, __ATOMIC_RELEASE);
}

int sc_orders_send(struct sc_space *s)
{
	if (sc_dead(s))
		return -ESRCH;
	if (sc_worker_cpu != s->cpu) {
		(void)host_thread_pin(s->pid, sc_worker_cpu);
		s->cpu = sc_worker_cpu;
	}
	sc_orders_publish(s);
	__atomic_store_n(&s->order_started_ns, host_monotonic_ns(), __ATOMIC_SEQ_CST);
	sc_watch_orders();
	host_eventfd_add(s->wake_fd, 1);
	/* One answer for one list, or the space cannot be believed any more. */
	if (host_eventfd_take(s->ack_fd) != 1)
		sc_space_kill(s);
	__atomic_store_n(&s->order_started_ns, 0, __ATOMIC_SEQ_CST);
	return sc_dead(s) ? -ESRCH : 0;
}

int64_t sc_orders_result(const struct sc_space *s, unsigned int i)
{
	return __atomic_load_n(&s->results[i], __ATOMIC_RELAXED);
}

static int orders_chunk(struct sc_space *s, struct engine_order *orders, unsigned int n)
{
	struct stub_call call = { 0 };
	unsigned int first = 0;
	int r;

	host_lock_take(&s->order_lock, 0);
	sc_orders_begin(s);
	for (unsigned int i = 0; i < n; i++) {
		(void)engine_order_call(&orders[i], &call);
		r = (int)sc_orders_add(s, &call);
		if (i == 0)
			first = (unsigned int)r;
	}
	r = sc_orders_send(s);
	for (unsigned int i = 0; r == 0 && i < n; i++)
		orders[i].result = sc_orders_result(s, first + i);
	host_lock_release(&s->order_lock);
	return r;
}

int sc_space_orders(struct engine_space *space, struct engine_order *orders, unsigned int n)
{
	const unsigned int most = STUB_CALLS_MAX - 2;
	struct stub_call call;
	unsigned int part;
	int r;

	for (unsigned int i = 0; i < n; i++) {
		r = engine_order_call(&orders[i], &call);
		if (r < 0)
			return r;
	}
	for (; n > 0; n -= part, orders += part) {
		part = MIN(n, most);
		r = orders_chunk(sc_space_of(space), orders, part);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The page is made present and writable first, by a call that fails where the guest's own store would fault; the instruction comes
 * right after it in the same list, and nobody but the worker changes maps: it cannot fault.
 */
int sc_cmpxchg32(struct engine_space *space, uaddr_t addr, uint32_t expect, uint32_t desired,
		 uint32_t *ret_old)
{
	struct sc_space *s = sc_space_of(space);
	struct stub_call populate = { .nr = STUB_NR_MADVISE,
				      .args = { addr.a & PAGE_MASK, PAGE_SIZE,
						MADV_POPULATE_WRITE } };
	struct stub_call exchange = { .args = { addr.a, expect, desired },
				      .flags = STUB_CALL_CMPXCHG };
	unsigned int i;
	int64_t old;
	int r;

	if (addr.a & 3)
		return -EINVAL;
	if (!engine_range_ok(addr.a, 4))
		return -EFAULT;
	host_lock_take(&s->order_lock, 0);
	sc_orders_begin(s);
	(void)sc_orders_add(s, &populate);
	i = sc_orders_add(s, &exchange);
	r = sc_orders_send(s);
	old = sc_orders_result(s, i);
	host_lock_release(&s->order_lock);
	if (r < 0)
		return r;
	if (old < 0 || old > UINT32_MAX)
		return -EFAULT;
	*ret_old = (uint32_t)old;
	return 0;
}

/* Make a space take the broker's descriptor. */
static int space_take_fd(struct sc_space *s, int broker, int slot)
{
	struct stub_call calls[ENGINE_BROKER_CALLS];
	int r;

	/* Two numbers are free below the arena's: the scratch one, and that of the other acknowledgement. */
	engine_broker_calls(broker, STUB_FD_SCRATCH,
			    s->ack_no == STUB_FD_ACK ? STUB_FD_ACK + 1 : STUB_FD_ACK, slot, calls);
	host_lock_take(&s->order_lock, 0);
	sc_orders_begin(s);
	for (unsigned int i = 0; i < ENGINE_BROKER_CALLS; i++)
		(void)sc_orders_add(s, &calls[i]);
	r = sc_orders_send(s);
	host_lock_release(&s->order_lock);
	return r;
}

/* A living space that has not taken part. Nobody destroys one meanwhile: that is under the big lock, as this is. */
static struct sc_space *install_next(void)
{
	struct list_head *const lists[] = { &sc.pool, &sc.spaces };
	struct sc_space *s, *found = NULL;

	host_lock_take(&sc.lock, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(lists) && !found; i++)
		list_for_each_entry(s, lists[i], link)
			if (s->install_round != sc.install_round && !s->dead && !s->destroyed) {
				found = s;
				break;
			}
	if (found)
		found->install_round = sc.install_round;
	host_lock_release(&sc.lock);
	return found;
}

int sc_install_fd(int host_fd, int slot)
{
	struct sc_space *s;
	int broker, r;

	if (slot < ENGINE_FD_DISK_BASE || slot >= ENGINE_FD_MAX)
		return -EINVAL;
	r = engine_broker_start(host_fd, &broker);
	if (r < 0)
		return r;
	host_lock_take(&sc.make_lock, 0);
	sc.install_round++;
	/* The zygote first: what is forked from now on has it. A stub that cannot take it ends, as the order says. */
	r = space_take_fd(sc.zygote, broker, slot);
	while (r == 0 && (s = install_next()))
		(void)space_take_fd(s, broker, slot);
	host_lock_release(&sc.make_lock);
	engine_broker_end(broker);
	return r;
}

ssize_t sc_space_read(struct engine_space *space, uaddr_t from, void *to, size_t len)
{
	struct sc_space *s = sc_space_of(space);

	if (!engine_read_ok(from.a, len))
		return -EFAULT;
	return sc_dead(s) ? -ESRCH : host_process_read(s->pid, from.a, to, len);
}

ssize_t sc_space_write(struct engine_space *space, uaddr_t to, const void *from, size_t len)
{
	struct sc_space *s = sc_space_of(space);

	if (!engine_range_ok(to.a, len))
		return -EFAULT;
	return sc_dead(s) ? -ESRCH : host_process_write(s->pid, to.a, from, len);
}

ssize_t sc_space_write_spread(struct engine_space *space, uaddr_t to, const void *from,
			      size_t stride, size_t size, size_t n)
{
	struct sc_space *s = sc_space_of(space);

	if (n == 0)
		return 0;
	if (size == 0 || size > stride || n > ENGINE_USER_MAX / stride ||
	    !engine_range_ok(to.a, (n - 1) * stride + size))
		return -EFAULT;
	return sc_dead(s) ? -ESRCH : host_process_write_spread(s->pid, to.a, from, stride, size, n);
}
