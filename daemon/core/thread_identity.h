/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acting on files as somebody else, in one thread of the pool. System calls are made directly: libc's wrappers would change all
 * threads of the process. Between enter and leave the thread has no right that the user does not have, and the
 * loop's thread is not affected. Without root, and for root itself, both do nothing.
 *
 * With spawn, real and effective ids change as well, so that a program started in between runs as the user and
 * cannot come back (exec drops the saved id). Use it for that only: meanwhile the user may signal umld.
 */
#ifndef DAEMON_CORE_THREAD_IDENTITY_H
#define DAEMON_CORE_THREAD_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct thread_identity {
	bool active, spawn;
	int n_groups;
	gid_t groups[64];
};

int thread_identity_enter(struct thread_identity *id, uid_t uid, gid_t gid, bool spawn);
void thread_identity_leave(struct thread_identity *id);

#endif
