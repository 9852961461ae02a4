/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct task: a guest thread (or kernel thread) as every layer knows it. The parts that upper folders own are
 * forward-declared pointers; those folders register a task_part to be told of clone, exec and exit, in the order of registration for
 * init/clone and in reverse for exit.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include "core/ktimer.h"
#include "core/wait_queue.h"
#include "lib/list.h"
#include "lib/types.h"

struct engine_thread;
struct mm;	     /* mm/ */
struct files;	     /* vfs/: descriptor table */
struct fs_context;   /* vfs/: root, cwd, umask */
struct mount_ns;     /* vfs/ */
struct uts_ns;	     /* task/ */
struct cred;	     /* task/: credentials, shared and immutable once set */
struct thread_group; /* task/: the process: signals shared, limits, timers, children */
struct task_signals; /* task/: pending, mask, alternate stack of this thread */

enum task_state {
	TASK_NEW,
	TASK_RUNNABLE,
	TASK_RUNNING,
	TASK_SLEEPING, /* with sleep_flags */
	TASK_STOPPED,  /* job control or ptrace */
	TASK_ZOMBIE,
	TASK_DEAD,
};

struct task {
	int tid; /* unique; tgid is group->tgid */
	char comm[16];
	enum task_state state;
	bool is_kthread;
	uint32_t refs; /* task_get/task_put; memory only */

	/* Owned by upper layers. */
	struct thread_group *group;
	struct list_head group_link;
	struct mm *mm;
	struct files *files;
	struct fs_context *fs;
	struct mount_ns *mount_ns;
	struct uts_ns *uts_ns;
	const struct cred *cred;
	struct task_signals *signals;
	uaddr_t clear_child_tid; /* set_tid_address */
	uaddr_t robust_list;
	int exit_code;	      /* wait status format */
	uint32_t personality; /* PER_* bits of personality(2) */
	void *ptrace;	      /* struct tracee of task/ptrace.h while somebody traces it */
	void *seccomp;	      /* its newest filter, task/task_seccomp.c */
	uint8_t seccomp_mode;
	void *restart;	   /* restart_syscall block, task/ */
	void *vfork;	   /* the parent that waits for us, task_clone.c */
	bool keep_regs;	   /* the system call has set all registers itself (exec, rt_sigreturn) */
	bool signals_lent; /* its engine thread has its signal actions */
	bool exit_wanted;  /* another thread's exec ends this one */

	/* The scheduler's. */
	struct engine_thread *thread;
	void *kstack;
	void *kstack_sp; /* saved stack pointer while it does not run */
	struct list_head run_link;
	struct list_head all_link;
	int last_vcpu;
	int nice;
	uint64_t timer_slack_default_ns; /* the creator's at birth */
	uint64_t timer_slack_ns;	 /* PR_SET_TIMERSLACK; kept, timers here are exact */
	uint64_t affinity;		 /* bit for each vCPU */
	uint64_t vruntime_ns;		 /* weighted run time; the least runs next */
	uint64_t slice_start_ns;	 /* when it was put on its vCPU */
	unsigned int sleep_flags;
	int sleep_result;
	struct ktimer sleep_timer;
	bool woken;
	bool in_guest;	      /* published before resume, cleared after wait */
	uint64_t guest_entry; /* number of its last entry into guest code, among all tasks' */
	bool interrupt_wanted;
	uint64_t start_ns; /* monotonic */
	uint64_t user_ns, system_ns;
	uint64_t nvcsw, nivcsw, min_flt, maj_flt;
	void (*entry)(void *arg); /* first function of the coroutine */
	void *entry_arg;
};

struct clone_args_k {
	uint64_t flags; /* CLONE_* without the exit signal */
	int exit_signal;
	uaddr_t stack, parent_tid, child_tid, pidfd, tls;
	uint64_t stack_size;
	const int *set_tid;
	unsigned int n_set_tid;
};

/*
 * What an upper layer does when tasks begin and end. All optional. clone fills the new task's part (child's fields are NULL before) and
 * may fail: the parts cloned so far are then undone by exit. exec runs past the point of no return.
 */
struct task_part {
	const char *name;
	int (*clone)(struct task *parent, struct task *child, const struct clone_args_k *args);
	void (*exec)(struct task *t);
	void (*exit)(struct task *t);
	struct list_head link;
};

void task_part_register(struct task_part *part);
int task_parts_clone(struct task *parent, struct task *child, const struct clone_args_k *args);
void task_parts_exec(struct task *t);
void task_parts_exit(struct task *t);

/* What sleeping needs to know of signals; task/ registers it. pending: a signal that ends a sleep with these flags. */
struct signal_ops {
	bool (*pending)(struct task *t, unsigned int sleep_flags);
};
extern const struct signal_ops *signal_ops;

/* An object with a kernel stack, TASK_NEW, one reference; entry(entry_arg) is what it will run. NULL if memory is out. */
struct task *task_alloc(void (*entry)(void *arg), void *entry_arg);
void task_get(struct task *t);
void task_put(struct task *t);

/* All tasks, oldest first. */
extern struct list_head task_list;

#endif
