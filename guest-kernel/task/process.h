/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes: thread groups, process groups, sessions, credentials, limits, and finding them by number. Signals are in task_signal.h.
 */
#ifndef TASK_PROCESS_H
#define TASK_PROCESS_H

#include "core/task.h"
#include "core/wait_queue.h"
#include "lib/list.h"
#include "lib/types.h"

struct tty; /* drivers/: a session's controlling terminal */
struct pid_object;

/* Credentials are immutable; a change makes a new object (cred_copy, cred_commit). */
#define CRED_GROUPS_MAX 65536
struct cred {
	uint32_t refs;
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint32_t *groups;
	unsigned int n_groups;
	uint64_t cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	uint32_t securebits;
	bool no_new_privs;
};
const struct cred *cred_get(const struct cred *c);
void cred_put(const struct cred *c);
struct cred *cred_copy(const struct cred *c);	  /* private, one reference; NULL: memory */
void cred_commit(struct task *t, struct cred *c); /* takes over the reference */
bool capable(int cap);				  /* of the current task, effective set */
bool task_capable(const struct task *t, int cap);
bool cred_in_group(const struct cred *c, uint32_t gid); /* fsgid and supplementary */

struct rlimit_k {
	uint64_t cur, max;
};
#define RLIMITS 16

struct session {
	uint32_t refs;
	int sid;
	struct tty *tty; /* controlling terminal or NULL */
	int old_fg_pgid; /* its foreground group when the terminal hung up; 0: none */
};

struct process_group {
	uint32_t refs;
	int pgid;
	struct session *session;
	struct list_head members; /* thread_group.pgrp_link */
};

struct signal_shared; /* task_signal.c: actions, group-wide pending, timers */

struct thread_group {
	uint32_t refs;
	int tgid;
	struct task *leader;
	struct list_head threads; /* task.group_link */
	unsigned int n_threads;
	struct thread_group *parent;
	struct list_head children, sibling; /* live and zombie */
	struct process_group *pgrp;
	struct list_head pgrp_link;
	struct signal_shared *shared;
	struct wait_queue child_wait; /* wait4 sleeps here */
	struct rlimit_k rlimits[RLIMITS];
	struct task *single_waiter; /* a thread that waits until it is alone (exec) */
	int exit_signal;
	int exit_code; /* of the group once it is exiting */
	bool exiting, zombie, did_exec;
	bool stopped, stop_reported, continued_pending;
	int stop_signo;
	bool child_subreaper;
	bool tty_detached; /* has given up the session's terminal (TIOCNOTTY) */
	int pdeath_signal;
	uint64_t start_ns;
	uint64_t user_ns, system_ns; /* of threads that have ended */
	uint64_t children_user_ns, children_system_ns;
	uint64_t min_flt, maj_flt, children_min_flt, children_maj_flt, nvcsw, nivcsw, max_rss_pages;
	int oom_score_adj;
	uint32_t login_uid, login_session; /* as pam_loginuid has set them; UINT32_MAX: not */
	struct list_head tracees;	   /* struct tracee: threads that its threads trace */
	unsigned int
		ended_tracees;	 /* its own ended threads whose tracers have not waited for them */
	int creator_tid;	 /* the thread that made this process */
	struct core_dump *core;	 /* core_dump.c: a dump is being written */
	struct list_head pidfds; /* fs/anon: woken on exit */
	struct wait_queue pidfd_wait;
	struct list_head all_link;
	void *ipc; /* semaphore undo */
};

extern struct list_head thread_group_list; /* oldest first */
extern struct thread_group *init_group;	   /* pid 1 */

struct task *task_find(int tid); /* no reference; NULL */
struct thread_group *group_find(int tgid);
struct process_group *pgrp_find(int pgid);
struct session *session_find(int sid);

/* Make pid 1: kernel task that runs fn, which then execs. boot/ calls it once. */
struct task *task_create_init(void (*fn)(void *arg), void *arg);

int64_t
task_clone(const struct clone_args_k *args); /* the child's tid, for the parent; may sleep */
/* A vector of kernel strings; bytes counts them with their terminators. */
struct exec_strings {
	char **v;
	unsigned int n;
	size_t bytes;
};
void exec_strings_done(struct exec_strings *s);

/*
 * Replace the current task's image; argv and envp are taken over in any case. 0: the task will go on in the new program (its registers are
 * set, t->keep_regs); negative: nothing has changed. lookup: LOOKUP_* bits. May sleep.
 */
int task_exec(int dirfd, const char *name, unsigned int lookup, struct exec_strings *argv,
	      struct exec_strings *envp);
noreturn void task_exit(int wait_status);	/* this thread */
noreturn void task_exit_group(int wait_status); /* all of the process */
void group_kill(struct thread_group *g,
		int wait_status); /* another process: from out of memory, a dead stub */
int64_t task_wait(int which, int id, uint32_t options, int *ret_status, void *ret_siginfo,
		  void *ret_rusage, int *ret_pid);

/* fs/anon registers what a pidfd is. */
struct file;
struct pidfd_ops {
	int (*tgid)(const struct file *f); /* the process it names; 0: not a pidfd */
	int (*create)(struct thread_group *g,
		      uint32_t flags); /* a descriptor of the current task, close-on-exec; -errno */
	void (*undo)(int fd);	       /* close one that nobody has been told of */
};
extern const struct pidfd_ops *pidfd_ops;

/* The loop of a guest thread: run, dispatch, deliver signals. entry of every user task. */
void task_user_loop(void *arg);

/* The system call table's dispatcher; syscalls/ registers it. */
extern int64_t (*syscall_dispatch)(struct task *t, uint64_t nr, const uint64_t args[6]);

/* True if the current task may look into or signal t (PTRACE_MODE_ATTACH / READ rules). */
bool task_may_ptrace(struct task *t);

uint64_t rlimit(const struct task *t, unsigned int which);

/* How many threads the guest may have at all (kernel.threads-max); clone fails with EAGAIN beyond. */
unsigned int task_threads_max(void);

#endif
