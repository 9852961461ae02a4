// SPDX-License-Identifier: GPL-2.0-or-later
/* The big lock is one fair host lock. */
#include "core/big_lock.h"
#include "host/host_thread.h"

static struct host_lock big_lock;
static uint64_t big_lock_spin_ns;
static uint64_t big_lock_n_takes; /* under the lock itself */

void big_lock_take(void)
{
	host_lock_take(&big_lock, __atomic_load_n(&big_lock_spin_ns, __ATOMIC_RELAXED));
	big_lock_n_takes++;
}

void big_lock_release(void)
{
	host_lock_release(&big_lock);
}

bool big_lock_held(void)
{
	return host_lock_held(&big_lock);
}

bool big_lock_contended(void)
{
	return host_lock_contended(&big_lock);
}

uint64_t big_lock_takes(void)
{
	return big_lock_n_takes;
}

uint64_t big_lock_waited_ns(void)
{
	return big_lock.waited_ns;
}

void big_lock_set_spin(uint64_t spin_ns)
{
	__atomic_store_n(&big_lock_spin_ns, spin_ns, __ATOMIC_RELAXED);
}
