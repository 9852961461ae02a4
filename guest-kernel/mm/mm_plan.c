// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An address space that is only planned: exec builds the new program's tree, and the orders and the bytes that follow from it are kept until the space
 * exists. So all of it goes to the stub in a trip or two; and the stub can be the one that runs the old program, for nothing has happened to that
 * one yet when the new one turns out to be impossible.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_orders.h"
#include "mm/user_copy.h"

struct plan_bytes {
	struct plan_bytes *next;
	uint64_t addr;
	size_t len;
	char data[];
};

struct mm_plan {
	struct engine_order *orders; /* the first clears an old program's space */
	unsigned int n, size;
	struct plan_bytes *first, **last;
};

#define PLAN_ORDERS 32

static const struct engine_order clear_all = {
	.kind = ENGINE_ORDER_MUNMAP,
	.must_succeed = true,
	.args = { ENGINE_USER_MIN, ENGINE_USER_MAX - ENGINE_USER_MIN },
};

int plan_attach(struct mm *mm)
{
	struct mm_plan *p = kzalloc(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->orders = kmalloc(PLAN_ORDERS * sizeof(*p->orders));
	if (!p->orders) {
		kfree(p);
		return -ENOMEM;
	}
	p->orders[0] = clear_all;
	p->n = 1;
	p->size = PLAN_ORDERS;
	p->last = &p->first;
	mm->plan = p;
	mm->dead = true; /* nobody may look for a stub */
	return 0;
}

void plan_detach(struct mm *mm)
{
	struct mm_plan *p = mm->plan;

	if (!p)
		return;
	while (p->first) {
		struct plan_bytes *b = p->first;

		p->first = b->next;
		kfree(b);
	}
	kfree(p->orders);
	kfree(p);
	mm->plan = NULL;
}

int plan_orders(struct mm *mm, const struct engine_order *orders, unsigned int n)
{
	struct mm_plan *p = mm->plan;

	if (p->n + n > p->size) {
		unsigned int size = 2 * (p->n + n);
		struct engine_order *more = krealloc(p->orders, size * sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->orders = more;
		p->size = size;
	}
	memcpy(p->orders + p->n, orders, n * sizeof(*orders));
	p->n += n;
	return 0;
}

ssize_t plan_write(struct mm *mm, uint64_t to, const void *from, size_t len)
{
	struct plan_bytes *b = kmalloc(sizeof(*b) + len);

	if (!b)
		return -ENOMEM;
	*b = (struct plan_bytes){ .addr = to, .len = len };
	memcpy(b->data, from, len);
	*mm->plan->last = b;
	mm->plan->last = &b->next;
	return (ssize_t)len;
}

static int orders_run(struct mm *mm, struct engine_order *orders, unsigned int n)
{
	int r = 0;

	sched_note_order();
	if (n > 0)
		r = engine->space_orders(mm->space, orders, n);
	for (unsigned int i = 0; r == 0 && i < n; i++)
		if (orders[i].result < 0 && orders[i].result > -4096 &&
		    orders[i].kind != ENGINE_ORDER_MADVISE)
			r = -ENOMEM;
	return r;
}

static int bytes_run(struct mm *mm, struct mm_plan *p)
{
	for (struct plan_bytes *b = p->first; b; b = b->next)
		if (mm_write(mm, b->addr, b->data, b->len, false) != (ssize_t)b->len)
			return -EFAULT;
	return 0;
}

int mm_plan_run(struct mm *mm, struct mm *from)
{
	struct mm_plan *p = mm->plan;
	int r = 0;

	ASSERT_LOCKED();
	ASSERT(p && !mm->space);
	if (from) {
		mm->space = from->space;
		engine->space_set_owner(mm->space, mm);
		from->space = NULL;
		from->dead = true;
	} else {
		r = engine->space_create(mm, &mm->space);
	}
	if (r < 0)
		return r;
	mm->plan = NULL;
	mm->dead = false;
	r = from ? orders_run(mm, p->orders, p->n) : orders_run(mm, p->orders + 1, p->n - 1);
	if (r == 0)
		r = bytes_run(mm, p);
	if (r == -ESRCH)
		mm->dead = true;
	mm->plan = p;
	plan_detach(mm);
	return r == -ESRCH ? -ENOMEM : r;
}
