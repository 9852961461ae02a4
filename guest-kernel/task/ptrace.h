/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest debuggers: ptrace(2). A *tracee* is a thread that another thread, its tracer, watches. It stops for its tracer in one place,
 * ptrace_stop, on its own kernel stack; all that the tracer does to it happens while it sleeps there.
 *
 * ptrace_link.c: who traces whom; ptrace_stop.c: the stops, as the tracee's code calls them; ptrace_request.c: what a tracer asks of
 * a stopped tracee; ptrace_regs.c: its registers; task_wait.c tells the tracer. All under the big lock.
 */
#ifndef TASK_PTRACE_H
#define TASK_PTRACE_H

#include "abi/abi_ptrace.h"
#include "abi/abi_signal.h"
#include "core/task.h"
#include "lib/list.h"
#include "lib/types.h"

struct thread_group;

/* How a tracee was let go: what else stops it. */
enum tracee_mode {
	TRACEE_CONT,
	TRACEE_SYSCALL, /* at the entry and exit of system calls */
	TRACEE_SYSEMU,	/* at the entry, and the call is not made */
};

/*
 * t->ptrace of a thread that is traced. Lives on, without a task, when a traced thread that leads no process has ended and its
 * tracer has not waited for it yet.
 */
struct tracee {
	uint32_t refs;
	struct task *task;     /* NULL: it has ended */
	struct task *tracer;   /* NULL: it has been let go */
	struct list_head link; /* thread_group.tracees of the tracer's process */
	bool seized;
	uint32_t options; /* PTRACE_O_* */
	enum tracee_mode mode;

	bool stopped;	/* it sleeps in ptrace_stop: requests are allowed */
	bool listening; /* PTRACE_LISTEN: it sleeps there, but only a new event counts */
	bool in_exit; /* the stop is the one at its end, which only the end of the whole process cuts short */
	bool trap_wanted; /* stop as soon as possible (INTERRUPT, attach to a stopped thread, birth) */
	bool notify_group; /* seized: its process was continued; tell by a new stop */
	int wait_code;	   /* what wait tells of the stop: signal | event << 8; 0: told */
	bool has_info;
	struct abi_siginfo info;
	uint64_t message;  /* PTRACE_GETEVENTMSG */
	int resume_signal; /* what the tracer let it go with */

	/* After the end of the thread. */
	struct thread_group *group; /* a reference */
	int tid, exit_status;
	uint64_t user_ns, system_ns;
	uint32_t uid;
};

/* --- for system calls and /proc ------------------------------------------------------------------ */

/* The tracer's thread number, 0 if t is not traced. */
int ptrace_tracer_tid(const struct task *t);
/* PTRACE_MODE_ATTACH_REALCREDS: the caller's real ids decide, as ptrace(2) and process_vm_readv(2) judge. */
bool ptrace_may_attach(struct task *t);

/* 0 or -errno. attach: seize with options, or ATTACH; may sleep. */
int ptrace_traceme(void);
int ptrace_attach(struct task *t, bool seize, uint32_t options);
/* The tracee with that number if the current task traces it and (stopped) it is in a stop; NULL otherwise. */
struct tracee *ptrace_find(int tid, bool stopped);
/* Let it run; signal as in PTRACE_CONT. The caller has checked the signal's number. */
void ptrace_resume(struct tracee *tr, enum tracee_mode mode, bool single_step, int signal);
void ptrace_detach(struct tracee *tr, int signal);
int ptrace_interrupt(struct tracee *tr); /* -EIO: not seized */
int ptrace_listen(struct tracee *tr);	 /* -EIO: no group stop */

/* ptrace_request.c. The tracee is stopped. Those that name addresses of the caller copy to or from it: may sleep. 0 or -errno unless said. */
int ptrace_set_options(struct tracee *tr, uint64_t options);
int ptrace_get_siginfo(struct tracee *tr, uint64_t to);
int ptrace_set_siginfo(int tid, uint64_t from);
int64_t ptrace_peek_siginfo(int tid, uint64_t args, uint64_t to); /* how many */
int ptrace_get_sigmask(struct tracee *tr, uint64_t size, uint64_t to);
int ptrace_set_sigmask(int tid, uint64_t size, uint64_t from);
int64_t ptrace_syscall_info(struct tracee *tr, uint64_t size, uint64_t to); /* bytes there are */
int ptrace_peek(struct tracee *tr, uint64_t addr, uint64_t to);
int ptrace_poke(struct tracee *tr, uint64_t addr, uint64_t value);

/* ptrace_regs.c; likewise. */
int ptrace_get_regs(struct tracee *tr, uint64_t to);
int ptrace_set_regs(int tid, uint64_t from);
int ptrace_get_fpregs(struct tracee *tr, uint64_t to);
int ptrace_set_fpregs(int tid, uint64_t from);
int ptrace_get_regset(int tid, uint32_t type, uint64_t iov);
int ptrace_set_regset(int tid, uint32_t type, uint64_t iov);
int ptrace_peek_user(struct tracee *tr, uint64_t offset, uint64_t to);
int ptrace_poke_user(struct tracee *tr, uint64_t offset, uint64_t value);
/* The general registers as Linux shows them to a debugger; for core dumps too. */
void ptrace_regs_show(const struct task *t, struct abi_regs *ret);
/* Extended state in XSAVE layout with the CPU's feature mask where debuggers look for it; engine_fp_bytes() bytes. The thread does not run. */
int ptrace_xstate_show(const struct task *t, char *buf, size_t len);

/* --- for the rest of task/ ----------------------------------------------------------------------- */

static inline struct tracee *tracee_of(const struct task *t)
{
	return t->ptrace;
}

void tracee_put(struct tracee *tr);
/* Traced by another process than its parent. */
bool ptrace_by_stranger(const struct thread_group *g);
/* The end of the relation: t goes on alone, stopped if its process is. */
void ptrace_unlink(struct tracee *tr);
/* t ends: those that it traces are let go or killed. */
void ptrace_tracer_exit(struct task *t);
/* A traced thread that is not its process' first has ended: it stays for its tracer's wait. */
void ptrace_thread_ended(struct task *t, int status);
/* The tracer has waited for an ended thread. */
void ptrace_thread_reap(struct tracee *tr);
/* A traced thread has ended silently (exec by another thread of its process takes its number). */
void ptrace_thread_gone(struct task *t);
/* The process is killed or ends: the stop at the end of one of its threads is over. */
void ptrace_killed(struct thread_group *g);

/*
 * Stop for the tracer with a wait status code (signal | event << 8). info NULL: a group stop of an attached tracee. Returns the signal to go on with; 0
 * too if it has a tracer no longer or is being killed. May sleep; t->ptrace may be NULL afterwards.
 */
int ptrace_stop(struct task *t, int code, const struct abi_siginfo *info, int cld,
		uint64_t message);
/* A stop of the kind that is asked for from outside (INTERRUPT, group stops). */
static inline bool ptrace_trap_pending(const struct task *t)
{
	const struct tracee *tr = t->ptrace;

	return tr && (tr->trap_wanted || tr->notify_group);
}
void ptrace_trap(struct task *t);
/* The process of t was continued by SIGCONT. */
void ptrace_continued(struct task *t);
/* A signal is about to be delivered: its number, perhaps another one with a new *info, or 0. */
int ptrace_signal(struct task *t, int signo, struct abi_siginfo *info);
/* At the entry of a system call: false: it is not to be made. */
bool ptrace_syscall_enter(struct task *t);
void ptrace_syscall_leave(struct task *t);
/* A handler's frame has just been made under a single step. */
void ptrace_step_into_handler(struct task *t);
void ptrace_exit_event(struct task *t, int status);
void ptrace_exec_event(struct task *t, int old_tid);
/* Which PTRACE_EVENT_* a clone is to the tracer, 0: none. */
int ptrace_clone_event(const struct task *parent, uint64_t flags, int exit_signal);
/* The child of a traced task is traced too from its birth; before it runs. 0 or -ENOMEM. */
int ptrace_clone_child(const struct task *parent, struct task *child);
void ptrace_event(struct task *t, int event, uint64_t message);

#endif
