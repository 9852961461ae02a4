// SPDX-License-Identifier: GPL-2.0-or-later
/* futex(2) and the robust list. */
#include "abi/abi_errno.h"
#include "abi/abi_futex.h"
#include "abi/abi_time.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_clock.h"
#include "task/task_futex.h"
#include "task/task_restart.h"

enum { WAIT_ADDR, WAIT_SHARED, WAIT_VALUE, WAIT_DEADLINE, WAIT_BITSET };

static int64_t wait_again(struct task *t, const struct restart_block *b)
{
	int r = futex_wait(b->args[WAIT_ADDR], b->args[WAIT_SHARED] != 0,
			   (uint32_t)b->args[WAIT_VALUE], b->args[WAIT_DEADLINE],
			   (uint32_t)b->args[WAIT_BITSET]);

	return r == -ERESTARTSYS ? task_restart_with(t, b) : r;
}

static int64_t wait_first(struct task *t, uint64_t addr, bool shared, uint32_t value,
			  uint64_t deadline, uint32_t bitset)
{
	struct restart_block b = {
		.fn = wait_again,
		.args = { addr, shared, value, deadline, bitset },
	};

	if (deadline == NO_DEADLINE)
		return futex_wait(addr, shared, value, deadline, bitset);
	return wait_again(t, &b);
}

/* The timeout argument as a deadline: FUTEX_WAIT's is relative, the others' absolute on the clock that op says. */
static int read_deadline(uint64_t from, int op, bool realtime, uint64_t *ret)
{
	struct abi_timespec ts;
	uint64_t ns, now = host_monotonic_ns();

	*ret = NO_DEADLINE;
	if (from == 0)
		return 0;
	if (copy_from_user(&ts, UADDR(from), sizeof(ts)) < 0)
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	if ((uint64_t)ts.sec >= TIME_NS_MAX / NSEC_PER_SEC)
		ns = TIME_NS_MAX;
	else
		ns = (uint64_t)ts.sec * NSEC_PER_SEC + (uint64_t)ts.nsec;
	if (op == FUTEX_WAIT)
		*ret = ns > TIME_NS_MAX - now ? TIME_NS_MAX : now + ns;
	else
		*ret = realtime ? task_clock_to_monotonic(CLOCK_REALTIME, ns) : ns;
	return 0;
}

static bool has_timeout(int op)
{
	return op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET || op == FUTEX_LOCK_PI ||
	       op == FUTEX_LOCK_PI2 || op == FUTEX_WAIT_REQUEUE_PI;
}

SYSCALL_HANDLER(sys_futex)
{
	int op = (int)a[1] & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
	bool shared = !(a[1] & FUTEX_PRIVATE_FLAG), realtime = (a[1] & FUTEX_CLOCK_REALTIME) != 0;
	uint64_t deadline = NO_DEADLINE, addr = a[0], addr2 = a[4];
	uint32_t value = (uint32_t)a[2], value3 = (uint32_t)a[5], n2 = (uint32_t)a[3];
	int r;

	if (realtime && op != FUTEX_WAIT_BITSET && op != FUTEX_WAIT_REQUEUE_PI &&
	    op != FUTEX_LOCK_PI2)
		return -ENOSYS;
	if (op == FUTEX_LOCK_PI)
		realtime = true;
	if (has_timeout(op)) {
		r = read_deadline(a[3], op, realtime, &deadline);
		if (r < 0)
			return r;
	}
	switch (op) {
	case FUTEX_WAIT:
		return wait_first(t, addr, shared, value, deadline, FUTEX_BITSET_ALL);
	case FUTEX_WAIT_BITSET:
		return wait_first(t, addr, shared, value, deadline, value3);
	case FUTEX_WAKE:
		return futex_wake(addr, shared, value, FUTEX_BITSET_ALL);
	case FUTEX_WAKE_BITSET:
		return futex_wake(addr, shared, value, value3);
	case FUTEX_REQUEUE:
		return futex_requeue(addr, addr2, shared, value, n2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(addr, addr2, shared, value, n2, &value3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(addr, addr2, shared, value, n2, value3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return futex_lock_pi(addr, shared, deadline, false);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(addr, shared, NO_DEADLINE, true);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(addr, shared);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(addr, addr2, shared, value, deadline,
					     FUTEX_BITSET_ALL);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(addr, addr2, shared, value, n2, value3);
	default:
		return -ENOSYS;
	}
}

SYSCALL_HANDLER(sys_set_robust_list)
{
	if (a[1] != sizeof(struct abi_robust_list_head))
		return -EINVAL;
	t->robust_list = UADDR(a[0]);
	return 0;
}

SYSCALL_HANDLER(sys_get_robust_list)
{
	struct task *of = a[0] ? task_find((int)a[0]) : t;
	uint64_t len = sizeof(struct abi_robust_list_head), head;

	if (!of || !of->group)
		return -ESRCH;
	if (!task_may_ptrace(of))
		return -EPERM;
	head = of->robust_list.a;
	if (put_user(len, UADDR(a[2])) < 0)
		return -EFAULT;
	return put_user(head, UADDR(a[1]));
}
