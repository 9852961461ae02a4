/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the ptrace engine. A *tracee* is a host thread: the leader of a stub, which is its worker and always stopped unless it
 * carries something out, or a guest thread. All of it belongs to one host thread, the tracer; no locks.
 */
#ifndef ENGINE_PTRACE_H
#define ENGINE_PTRACE_H

#include "engine/engine_common.h"
#include "host/host_ptrace.h"
#include "lib/list.h"

struct ptrace_space;
struct ptrace_thread;

struct tracee {
	int tid; /* 0: reaped */
	bool stashed;
	bool leaving; /* its end is no death of the space */
	struct host_wait_status stash;
	struct ptrace_space *space;
	struct ptrace_thread *thread; /* NULL: the worker */
	struct list_head hash_link;
};

struct ptrace_space {
	struct tracee worker;
	struct abi_regs worker_regs; /* what it had when it first stopped */
	void *owner;
	struct list_head threads; /* those not destroyed */
	struct list_head link;
	unsigned int n_tracees; /* not yet reaped */
	int pid;
	int death_signal;
	bool dead, destroyed, reported;
};

struct ptrace_thread {
	struct engine_thread base;
	struct tracee tracee;
	struct list_head link; /* threads of the space */
	struct abi_regs seen;  /* as the host has them */
	int kick_fd;
	bool running, bases_known, destroyed;
};

void tracee_add(struct tracee *t, int tid, struct ptrace_space *space,
		struct ptrace_thread *thread);

/*
 * Wait for the next stop or the end of a tracee until the deadline. 0 and *ret; -EINTR: fd is readable; -ETIMEDOUT. An end has been
 * booked: the tracee is gone, and what belongs to it alone may have been freed if it had been destroyed.
 */
int tracee_wait(struct tracee *t, int fd, uint64_t deadline_ns, struct host_wait_status *ret);
/* The same for a tracee that owes an answer: -ETIMEDOUT only if it sleeps or runs without end, not because the host has no CPU for it. */
int tracee_wait_answer(struct tracee *t, struct host_wait_status *ret);

/* Take note of all that happened to any tracee. */
void tracee_scan(void);

/* The space after s in the list of all, the first one for NULL; NULL at the end. */
struct ptrace_space *ptrace_space_next(struct ptrace_space *s);

/* Spaces that died and whose owners have not been told. */
struct ptrace_space *ptrace_unreported(void);

void ptrace_space_kill(struct ptrace_space *space);
struct ptrace_space *ptrace_space_alloc(void *owner);
int ptrace_zygote_start(const struct engine_config *config, struct ptrace_space **ret,
			uint64_t *ret_vdso);
/* Free a destroyed space whose tracees are all gone. */
void ptrace_space_put(struct ptrace_space *space);

/* Carry out one host call in a stopped tracee. 0 and *ret_result; -ESRCH: it died or had to be killed. ret_newpid: what clone made, or NULL. */
int tracee_call(struct tracee *t, const struct stub_call *call, int64_t *ret_result,
		int *ret_newpid);

/* Wait for the first stop of what clone made. */
int tracee_first_stop(struct tracee *t);

int ptrace_cmpxchg(struct ptrace_space *space, uint64_t addr, uint32_t expect, uint32_t desired,
		   uint32_t *ret_old);

/* Turn a stop of a guest thread into an event: 1 and *ev, 0: it is none of the guest's business and the thread runs again. */
int ptrace_stop_event(struct ptrace_thread *t, const struct host_wait_status *st,
		      struct engine_event *ev);
int ptrace_thread_go(struct ptrace_thread *t);

#endif
