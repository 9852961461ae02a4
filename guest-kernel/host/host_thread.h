/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host threads, and the fair lock that the big kernel lock is made of. */
#ifndef HOST_THREAD_H
#define HOST_THREAD_H

#include "lib/types.h"

/* Start a detached host thread with all signals blocked but those of its own faults. name: at most 15 bytes. 0 or -errno. */
int host_thread_start(const char *name, void (*fn)(void *arg), void *arg);

int host_gettid(void);

/* Bind the calling thread (tid 0) or another to one CPU of the host, or to all that the process may use (-1). 0 or -errno. */
int host_thread_pin(int tid, int cpu);

/* The CPUs this process may use, as numbers; returns how many (at most max). */
unsigned int host_cpus(int *cpus, unsigned int max);

/*
 * A fair lock: waiters get it in the order they came. A waiter spins at most spin_ns (0: never) before it sleeps in a futex.
 * It wakes just its successor.
 */
struct host_lock {
	uint32_t next;	    /* ticket of the next who comes */
	uint32_t serving;   /* ticket that holds the lock; futex word */
	uint32_t sleepers;  /* how many sleep in the futex */
	int owner;	    /* host tid, for assertions */
	uint64_t waited_ns; /* total time that lockers waited (under the lock) */
};

void host_lock_take(struct host_lock *l, uint64_t spin_ns);
void host_lock_release(struct host_lock *l);
bool host_lock_held(const struct host_lock *l); /* by the calling thread */

/* Somebody waits for the lock: a good moment to give it up. */
bool host_lock_contended(const struct host_lock *l);

/*
 * An event that one thread waits for and any thread sets; set before the wait counts. An eventfd: cheaper here than a futex when
 * both ends share a CPU (6.7 to 11 us).
 */
struct host_event {
	int fd;
};

int host_event_init(struct host_event *e); /* 0 or -errno */
void host_event_set(struct host_event *e);
/* Returns true when it was set (and clears it), false at the deadline (monotonic ns; UINT64_MAX: none). */
bool host_event_wait(struct host_event *e, uint64_t deadline_ns);

/* End the process at once with this status; nothing is cleaned up. */
noreturn void host_exit(int status);
noreturn void host_abort(void);

/* Write to a host descriptor, over short writes and EINTR; errors are dropped. Safe at any time, also in a panic. */
void host_write_raw(int fd, const void *data, size_t len);

/*
 * Faults of the kernel's own code (SIGSEGV, SIGBUS, SIGFPE, SIGILL) call fn on a stack apart; fn does not return. Each host thread that runs kernel
 * code calls host_fault_stack once, so that a kernel stack that overflows is reported too.
 */
void host_catch_faults(void (*fn)(int signo, const void *addr, const void *ip));
void host_fault_stack(void);

/* Return addresses of the calling stack, innermost first. */
unsigned int host_backtrace(void **frames, unsigned int max);
/* "function+0x12 (object)" for an address, as well as the host knows it. */
void host_symbol_name(const void *addr, char *buf, size_t len);

#endif
