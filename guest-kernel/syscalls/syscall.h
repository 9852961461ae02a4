/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one system call table (syscall_table.def) and what is generated from it: dispatch, strace, docs/syscalls.md, the
 * list of unimplemented calls. A line:
 *
 *	SYSCALL(number, name, handler, "argument kinds", STATUS, "note")
 *
 * handler: int64_t sys_name(struct task *t, const uint64_t a[6]), or sys_unimplemented. Argument kinds for strace: d int, u unsigned,
 * x hex, p pointer, s string, f descriptor, F descriptor or AT_FDCWD, m mode, z size, o open flags, S signal, P protection. STATUS: FULL, PARTIAL (the note says
 * what is missing), NONE (answers -ENOSYS and is counted), REFUSED (on purpose; the note says why).
 *
 * Handlers only decode, copy and call into the folder that owns the mechanism; one longer than 40 lines is in the wrong file.
 */
#ifndef SYSCALLS_SYSCALL_H
#define SYSCALLS_SYSCALL_H

#include "core/task.h"
#include "lib/types.h"

#define SYSCALL_HANDLER(name) int64_t name(struct task *t, const uint64_t a[6])

enum syscall_status { SYSCALL_FULL, SYSCALL_PARTIAL, SYSCALL_NONE, SYSCALL_REFUSED };

struct syscall_entry {
	const char *name;
	int64_t (*handler)(struct task *t, const uint64_t a[6]);
	const char *kinds;
	enum syscall_status status;
	const char *note;
	uint64_t calls;
};

/* Registers the dispatcher with task/. */
void syscalls_init(void);
const struct syscall_entry *syscall_entry(uint64_t nr); /* NULL beyond the table */

#endif
