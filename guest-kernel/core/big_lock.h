/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The big lock: all kernel code runs under it. A vCPU gives it up while its guest thread runs, while it waits, and around
 * calls that may block in the host (big_lock_drop ... big_lock_retake). Nothing read before a drop may be believed
 * after the retake. A debug=preempt kernel yields at random there.
 */
#ifndef CORE_BIG_LOCK_H
#define CORE_BIG_LOCK_H

#include "core/panic.h"
#include "lib/types.h"

void big_lock_take(void);
void big_lock_release(void);
bool big_lock_held(void);

/* Another vCPU or the I/O thread waits for it. */
bool big_lock_contended(void);

/* How often it has been taken since boot: while the number stays the same nobody else has held it. */
uint64_t big_lock_takes(void);

/* Total time that anybody has waited for it since boot. */
uint64_t big_lock_waited_ns(void);

/* How long a waiter may spin before it sleeps; 0 while no host CPU is free. Set by the vCPU code. */
void big_lock_set_spin(uint64_t spin_ns);

#define ASSERT_LOCKED() ASSERT(big_lock_held())

#endif
