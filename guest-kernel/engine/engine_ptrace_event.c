// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stops of guest threads as events. The host tells a tracer of a fault its signal and address, but neither the access nor the
 * trap number: those are only in the signal frame. So the thread is let go for exactly one signal delivery (the handler's first instruction
 * is not reached), the two words are read from the frame, and its registers are put back.
 */
#include "abi/abi_errno.h"
#include "engine/engine_ptrace.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define SYSCALL_STOP (STUB_SIGTRAP | 0x80)

int ptrace_thread_go(struct ptrace_thread *t)
{
	return host_ptrace_go(t->tracee.tid,
			      t->base.single_step ? HOST_PTRACE_SYSEMU_STEP : HOST_PTRACE_SYSEMU,
			      0);
}

/* The frame's words are the guest's to forge by another thread; they mean no more than its registers do. */
static int frame_read(struct ptrace_thread *t, uint32_t *ret_trapno, uint32_t *ret_error)
{
	struct stub_ucontext uc;
	struct abi_regs regs;
	int r;

	r = host_ptrace_getregs(t->tracee.tid, &regs);
	if (r < 0)
		return r;
	if (regs.rdx < STUB_FAULT_STACK ||
	    regs.rdx > STUB_FAULT_STACK + STUB_FAULT_STACK_LEN - sizeof(uc))
		return -EFAULT;
	if (host_process_read(t->tracee.space->pid, regs.rdx, &uc, sizeof(uc)) != sizeof(uc))
		return -EFAULT;
	*ret_trapno = (uint32_t)uc.trapno;
	*ret_error = (uint32_t)uc.error;
	return 0;
}

/* Deliver signo, look at the frame, undo it. base.regs has been read. */
static int fault_details(struct ptrace_thread *t, int signo, uint32_t *ret_trapno,
			 uint32_t *ret_error)
{
	struct abi_regs regs = t->base.regs;
	size_t len = engine_fp_bytes();
	struct host_wait_status st;
	void *fp = kmalloc(len);
	int tid = t->tracee.tid, r;
	ssize_t got;

	if (!fp)
		return -ENOMEM;
	got = host_ptrace_getfp(tid, fp, len);
	r = got < 0 ? (int)got : 0;
	/* A stack pointer inside the fault stack would make the host continue from there. */
	if (r == 0 && regs.rsp - STUB_FAULT_STACK <= STUB_FAULT_STACK_LEN) {
		regs.rsp = 0;
		r = host_ptrace_setregs(tid, &regs, false);
	}
	if (r == 0)
		r = host_ptrace_go(tid, HOST_PTRACE_STEP, signo);
	if (r == 0)
		r = tracee_wait_answer(&t->tracee, &st);
	if (r == 0 && (st.ended || st.signo != STUB_SIGTRAP || st.event != 0))
		r = -ESRCH;
	if (r == 0)
		r = frame_read(t, ret_trapno, ret_error);
	if (r == 0)
		r = host_ptrace_setregs(tid, &t->base.regs, false);
	if (r == 0)
		r = host_ptrace_setfp(tid, fp, (size_t)got);
	kfree(fp);
	return r;
}

static int signal_event(struct ptrace_thread *t, int signo, int code, uint64_t addr,
			struct engine_event *ev)
{
	uint32_t trapno = 1, error = 0;
	int r;

	if (signo == STUB_SIGTRAP) {
		if (code == STUB_SI_KERNEL)
			trapno = 3;
	} else {
		r = fault_details(t, signo, &trapno, &error);
		if (r < 0)
			return r;
	}
	engine_event_signal(ev, signo, code, addr, trapno, error, &t->base.regs);
	return 1;
}

static bool signo_is_fault(int signo)
{
	return signo == STUB_SIGSEGV || signo == STUB_SIGBUS || signo == STUB_SIGFPE ||
	       signo == STUB_SIGILL || signo == STUB_SIGTRAP;
}

static int stop_event(struct ptrace_thread *t, const struct host_wait_status *st,
		      struct engine_event *ev)
{
	int tid = t->tracee.tid, code = 0, r;
	uint64_t addr = 0;

	if (st->event != 0)
		return ptrace_thread_go(t);
	if (st->signo != SYSCALL_STOP) {
		r = host_ptrace_siginfo(tid, &code, &addr);
		if (r < 0)
			return r;
		/* What a process sent is dropped, but for our own request. */
		if (st->signo != STUB_SIGALRM && (code <= 0 || !signo_is_fault(st->signo)))
			return ptrace_thread_go(t);
	}
	r = host_ptrace_getregs(tid, &t->base.regs);
	if (r < 0)
		return r;
	t->seen = t->base.regs;
	t->bases_known = true;
	if (st->signo == SYSCALL_STOP) {
		*ev = (struct engine_event){ .kind = ENGINE_EVENT_SYSCALL };
		ev->compat = t->base.regs.cs != STUB_USER_CS || !host_ptrace_is_native(tid);
		return 1;
	}
	t->base.regs.orig_rax = ~0ull;
	if (st->signo == STUB_SIGALRM) {
		*ev = (struct engine_event){ .kind = ENGINE_EVENT_INTERRUPTED };
		return 1;
	}
	return signal_event(t, st->signo, code, addr, ev);
}

int ptrace_stop_event(struct ptrace_thread *t, const struct host_wait_status *st,
		      struct engine_event *ev)
{
	int r = stop_event(t, st, ev);

	if (r < 0) {
		ptrace_space_kill(t->tracee.space);
		*ev = (struct engine_event){ .kind = ENGINE_EVENT_DEAD,
					     .death_signal = t->tracee.space->death_signal };
		return 1;
	}
	return r;
}
