// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracees of the ptrace engine: a table by host thread id, waiting for them, making them carry out host calls. */
#include "abi/abi_errno.h"
#include "engine/engine_ptrace.h"
#include "host/host_clock.h"
#include "host/host_memory.h"

#define HASH_SIZE 1024u

static struct list_head hash[HASH_SIZE];
static struct list_head spaces = LIST_HEAD_INIT(spaces);

static struct list_head *hash_head(int tid)
{
	struct list_head *h = &hash[(unsigned int)tid % HASH_SIZE];

	if (!h->next)
		list_init(h);
	return h;
}

static struct tracee *tracee_find(int tid)
{
	struct tracee *t;

	list_for_each_entry(t, hash_head(tid), hash_link)
		if (t->tid == tid)
			return t;
	return NULL;
}

void tracee_add(struct tracee *t, int tid, struct ptrace_space *space, struct ptrace_thread *thread)
{
	t->tid = tid;
	t->space = space;
	t->thread = thread;
	list_add(&t->hash_link, hash_head(tid));
	space->n_tracees++;
}

struct ptrace_space *ptrace_space_alloc(void *owner)
{
	struct ptrace_space *s = kzalloc(sizeof(*s));

	if (!s)
		return NULL;
	s->owner = owner;
	list_init(&s->threads);
	list_init(&s->worker.hash_link);
	list_add_tail(&s->link, &spaces);
	return s;
}

void ptrace_space_put(struct ptrace_space *s)
{
	if (s->destroyed && s->n_tracees == 0) {
		list_del(&s->link);
		kfree(s);
	}
}

void ptrace_space_kill(struct ptrace_space *s)
{
	s->dead = true;
	if (s->worker.tid)
		(void)host_kill(s->pid, STUB_SIGKILL);
}

struct ptrace_space *ptrace_space_next(struct ptrace_space *s)
{
	struct list_head *next = s ? s->link.next : spaces.next;

	return next == &spaces ? NULL : list_entry(next, struct ptrace_space, link);
}

struct ptrace_space *ptrace_unreported(void)
{
	struct ptrace_space *s;

	list_for_each_entry(s, &spaces, link)
		if (s->dead && !s->reported && !s->destroyed)
			return s;
	return NULL;
}

static void tracee_gone(struct tracee *t, const struct host_wait_status *st)
{
	struct ptrace_space *s = t->space;
	struct ptrace_thread *thread = t->thread;

	list_del(&t->hash_link);
	t->tid = 0;
	s->n_tracees--;
	if (!t->leaving || !thread) {
		if (!s->dead)
			s->death_signal = st->signo;
		ptrace_space_kill(s);
	}
	if (thread && thread->destroyed)
		kfree(thread);
	ptrace_space_put(s);
}

void tracee_scan(void)
{
	struct host_wait_status st;
	struct tracee *t;

	while (host_wait_try(-1, &st) > 0) {
		t = tracee_find(st.pid);
		if (!t)
			continue;
		if (st.ended) {
			tracee_gone(t, &st);
		} else if (t->leaving) {
			(void)host_ptrace_go(t->tid, HOST_PTRACE_CONT, 0);
		} else {
			t->stash = st;
			t->stashed = true;
		}
	}
}

/* 1: *ret is filled. */
static int tracee_look(struct tracee *t, struct host_wait_status *ret)
{
	int r;

	if (t->stashed) {
		t->stashed = false;
		*ret = t->stash;
		return 1;
	}
	if (t->tid == 0) {
		*ret = (struct host_wait_status){ .ended = true };
		return 1;
	}
	r = host_wait_try(t->tid, ret);
	if (r == 0)
		return 0;
	if (r < 0)
		*ret = (struct host_wait_status){ .pid = t->tid, .ended = true };
	if (ret->ended)
		tracee_gone(t, ret);
	return 1;
}

int tracee_wait(struct tracee *t, int fd, uint64_t deadline_ns, struct host_wait_status *ret)
{
	while (!tracee_look(t, ret)) {
		if (host_ptrace_sleep(fd, deadline_ns))
			return -EINTR;
		if (deadline_ns != UINT64_MAX && host_monotonic_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
	return 0;
}

/* A tracee that is overdue has failed if it used its CPU for this long since. */
#define OVERDUE_RUN_NS (2 * NSEC_PER_SEC)

int tracee_wait_answer(struct tracee *t, struct host_wait_status *ret)
{
	uint64_t run = 0;
	int pid = t->space->pid;

	for (unsigned int look = 0;; look++) {
		int r = tracee_wait(
			t, -1, host_monotonic_ns() + ENGINE_ORDER_TIMEOUT_MS * NSEC_PER_MSEC, ret);
		uint64_t now;

		if (r != -ETIMEDOUT)
			return r;
		now = host_thread_run_ns(pid, t->tid);
		if (look == 0)
			run = now;
		/* Waiting for a CPU or a disk is the host's affair. Sleep is not: it may just have ended, hence the second look. */
		if (look > 0 &&
		    (host_thread_state(pid, t->tid) == 'S' || now > run + OVERDUE_RUN_NS))
			return -ETIMEDOUT;
	}
}

/* Let a tracee run from regs until the breakpoint behind the injected instruction; *ret_signo: which signal stopped it. */
static int tracee_run(struct tracee *t, const struct abi_regs *regs, int *ret_signo,
		      int *ret_newpid)
{
	struct host_wait_status st;
	int r;

	if (t->tid == 0)
		return -ESRCH;
	r = host_ptrace_setregs(t->tid, regs, false);
	for (;;) {
		if (r == 0)
			r = host_ptrace_go(t->tid, HOST_PTRACE_CONT, 0);
		if (r == 0)
			r = tracee_wait_answer(t, &st);
		if (r < 0)
			goto out_kill;
		if (st.ended)
			return -ESRCH;
		if (st.event == 0 && (st.signo == STUB_SIGTRAP || st.signo == STUB_SIGSEGV ||
				      st.signo == STUB_SIGBUS)) {
			*ret_signo = st.signo;
			return 0;
		}
		if (st.event != 0 && ret_newpid)
			*ret_newpid = host_ptrace_newpid(t->tid);
		/* Any other signal came from outside and is dropped. */
	}

out_kill:
	ptrace_space_kill(t->space);
	return -ESRCH;
}

int tracee_call(struct tracee *t, const struct stub_call *call, int64_t *ret_result,
		int *ret_newpid)
{
	struct abi_regs regs = t->space->worker_regs;
	int signo, r;

	regs.rip = engine_stub_header()->inject_syscall;
	regs.orig_rax = ~0ull;
	regs.rax = call->nr;
	regs.rdi = call->args[0];
	regs.rsi = call->args[1];
	regs.rdx = call->args[2];
	regs.r10 = call->args[3];
	regs.r8 = call->args[4];
	regs.r9 = call->args[5];
	r = tracee_run(t, &regs, &signo, ret_newpid);
	if (r == 0)
		r = host_ptrace_getregs(t->tid, &regs);
	if (r == 0 && signo != STUB_SIGTRAP)
		r = -ESRCH;
	if (r < 0 || ((call->flags & STUB_CALL_CHECK) && regs.rax != call->expect)) {
		ptrace_space_kill(t->space);
		return -ESRCH;
	}
	*ret_result = (int64_t)regs.rax;
	return 0;
}

int tracee_first_stop(struct tracee *t)
{
	struct host_wait_status st;

	if (tracee_wait_answer(t, &st) < 0 || st.ended) {
		ptrace_space_kill(t->space);
		return -ESRCH;
	}
	return 0;
}

int ptrace_cmpxchg(struct ptrace_space *s, uint64_t addr, uint32_t expect, uint32_t desired,
		   uint32_t *ret_old)
{
	struct abi_regs regs = s->worker_regs;
	int signo, r;

	regs.rip = engine_stub_header()->inject_cmpxchg;
	regs.orig_rax = ~0ull;
	regs.rdi = addr;
	regs.rax = expect;
	regs.rdx = desired;
	r = tracee_run(&s->worker, &regs, &signo, NULL);
	if (r == 0 && signo != STUB_SIGTRAP)
		return -EFAULT;
	if (r == 0)
		r = host_ptrace_getregs(s->worker.tid, &regs);
	if (r == 0)
		*ret_old = (uint32_t)regs.rax;
	return r;
}
