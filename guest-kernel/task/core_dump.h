/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Core dumps, see core(5). core_dump.c: whether and where to, stopping the other threads; core_elf.c: what is in the file; core_name.c: its name.
 */
#ifndef TASK_CORE_DUMP_H
#define TASK_CORE_DUMP_H

#include "abi/abi_signal.h"
#include "lib/types.h"

struct task;
struct thread_group;

#define WAIT_CORE_FLAG 0x80

/* kernel.core_pattern and core_uses_pid. */
#define CORE_PATTERN_MAX 127
extern char core_pattern[CORE_PATTERN_MAX + 1];
extern bool core_uses_pid;

/*
 * The current task's process dies of info: write its memory and registers. True if there is a core file now. All its other
 * threads are in core_dump_join until it is written; they end after it. May sleep.
 */
bool core_dump(struct task *t, const struct abi_siginfo *info);
/* A thread has ended without waiting: the dumper looks again. */
void core_dump_left(struct thread_group *g);
/* A thread ends: while a dump of its process is made it waits here, its registers are part of it. May sleep. */
void core_dump_join(struct task *t);

/* Registered by vfs/: where the dump goes. All may sleep. */
struct core_files_ops {
	/* Create for the current task, as Linux does: a new regular file instead of whatever had the name. 0 or -errno. */
	int (*open)(const char *name, void **ret_file);
	ssize_t (*write)(void *file, const void *buf, size_t len, uint64_t pos);
	/* Make it this long: what was not written is a hole. */
	int (*set_size)(void *file, uint64_t size);
	void (*put)(void *file);
	/* The path of what backs memory, the program or a mapped file; "" if there is none. */
	void (*exe_path)(struct task *t, char *buf, size_t len);
};
extern const struct core_files_ops *core_files;

/* core_name.c: the pattern filled in. -ENAMETOOLONG; -EINVAL: empty. */
int core_name(struct task *t, int signo, uint64_t limit, char *buf, size_t len);

/* core_elf.c: write it all, at most limit bytes. True if something was written. */
bool core_elf_write(struct task *t, const struct abi_siginfo *info, void *file, uint64_t limit);

#endif
