/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the miniature kernel: tasks, address spaces, the loader. */
#ifndef MINI_TASK_H
#define MINI_TASK_H

#include "tests/engine/mini_kernel.h"

#define MINI_TASKS 256

enum mini_state { MINI_FREE, MINI_READY, MINI_FUTEX, MINI_WAIT, MINI_VFORK, MINI_ZOMBIE };

struct mini_mm {
	struct engine_space *space;
	unsigned int refs;
	uint64_t brk, brk_start, mmap_next;
};

struct mini_task {
	enum mini_state state;
	int tid, tgid, parent;
	struct mini_mm *mm;
	struct engine_thread *thread;
	int status;
	uint64_t futex, clear_tid;
	bool vforked;
};

extern struct mini_task mini_tasks[MINI_TASKS];
extern struct mini_result *mini_out;

/* Load a static program into a new space. 0 or -errno; fills mm and the registers to start with. */
int mini_load(const char *file, const char *const argv[], struct mini_mm **ret_mm,
	      struct abi_regs *ret_regs);
void mini_mm_put(struct mini_mm *mm);

/* Serve the system call in t->thread->regs; the result goes into rax. */
void mini_syscall(struct mini_task *t);
void mini_exit(struct mini_task *t, int status, bool group);
struct mini_task *mini_task_new(void);

#endif
