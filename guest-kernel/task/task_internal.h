/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of task/ share and nobody else needs. All under the big lock. */
#ifndef TASK_TASK_INTERNAL_H
#define TASK_TASK_INTERNAL_H

#include "task/process.h"

/* Numbers. pid_alloc: the id or -EAGAIN; exact: clone3's set_tid. */
int pid_alloc(struct task *t);
int pid_alloc_exact(struct task *t, int id);
void pid_free(struct task *t);
/* Keep a number from being given out again, without a task that has it. */
void pid_reserve(int id);
void pid_unreserve(int id);
void pid_take_over(struct task *t, struct task *leader);

struct thread_group *group_create(struct task *leader, struct thread_group *parent);
void group_get(struct thread_group *g);
void group_put(struct thread_group *g);
void group_set_parent(struct thread_group *g, struct thread_group *parent);

void pgrp_join(struct thread_group *g, struct process_group *p);
void pgrp_leave(struct thread_group *g);
/* setsid and setpgid for a process; the callers have checked who may. */
int session_start(struct thread_group *g);
int pgrp_set(struct thread_group *g, int pgid);

/* No member but leaving has a parent in another group of the session (a shell that could continue it). */
bool pgrp_is_orphaned(const struct process_group *p, const struct thread_group *leaving);

/* The parent of a vfork waits until its child has released the address space. */
void vfork_release(struct task *t);

/* Take the address space of t away: wakes vfork's parent, clears child_tid, walks the robust list (futex_exit, task_futex.c). */
void task_mm_release(struct task *t);
void futex_exit(struct task *t);

/* The extended state of a fresh program, signal_frame.c. 0 or -errno of engine->fp_set. */
int signal_fp_reset(struct task *t);

/* A thread of user space is gone (for the limit on their number). */
void task_count_exit(void);
/* A task came or went, or became another user's. */
void task_count_changed(void);

/* vfs/ registers how the executable's open file is kept (mm->exe_file). */
extern void (*exe_file_get)(void *file);
extern void (*exe_file_put)(void *file);

/* task_futex.c: wake waiters of a word of an address space. */
void futex_wake_address(struct mm *mm, uint64_t addr, unsigned int n);

/* task_signal.c: the parent ignores SIGCHLD or has SA_NOCLDWAIT; or SA_NOCLDSTOP. */
bool signal_autoreap(struct thread_group *parent);
bool signal_nocldstop(struct thread_group *parent);

/*
 * task_deliver.c. Before the return to user space: restart or EINTR of an interrupted call (the ERESTART codes in regs.rax when in_syscall), stops,
 * default actions, frames. May sleep (stopped) or not return (killed).
 */
struct engine_event;
void signal_deliver(struct task *t, bool in_syscall);
/* Keep a fault's trap number, error code and address for the frame's sigcontext. */
void signal_fault_context(struct task *t, const struct engine_event *ev);

/* End all other threads of the current process and wait until they are gone; -EAGAIN if another thread ends the group already. */
int group_single_thread(void);

/* Take a zombie away for good: numbers, accounting into the parent, memory. */
void group_reap(struct thread_group *g);
/* Tell the parent that the state changed: SIGCHLD and the waiters. code: CLD_*. */
void group_notify_parent(struct thread_group *g, int code, int status);

#endif
