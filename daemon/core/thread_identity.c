/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Per-thread credentials; see thread_identity.h. Coming back must not fail: a thread that stayed somebody else would do later
 * work with the wrong rights, so that ends the process (guests do not notice).
 */
#include "daemon/core/thread_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

static int identity_set(const struct thread_identity *id, uid_t uid, gid_t gid)
{
	if (id->spawn) {
		if (syscall(SYS_setresgid, gid, gid, 0) < 0 ||
		    syscall(SYS_setresuid, uid, uid, 0) < 0)
			return -errno;
		return 0;
	}
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	/* They return the previous value and no error: ask again to see whether it took. */
	if ((uid_t)setfsuid((uid_t)-1) != uid || (gid_t)setfsgid((gid_t)-1) != gid)
		return -EPERM;
	return 0;
}

int thread_identity_enter(struct thread_identity *id, uid_t uid, gid_t gid, bool spawn)
{
	int r;

	memset(id, 0, sizeof(*id));
	/* As itself nothing changes; in a user namespace of one user, groups could not even be set. */
	if (geteuid() != 0 || uid == 0)
		return 0;
	id->n_groups = (int)syscall(SYS_getgroups, 64, id->groups);
	if (id->n_groups < 0)
		return -errno;
	if (syscall(SYS_setgroups, 0, NULL) < 0)
		return -errno;
	id->active = true;
	id->spawn = spawn;
	r = identity_set(id, uid, gid);
	if (r < 0)
		thread_identity_leave(id);
	return r;
}

void thread_identity_leave(struct thread_identity *id)
{
	long r = 0;

	if (!id->active)
		return;
	if (id->spawn)
		r = syscall(SYS_setresuid, 0, 0, 0) | syscall(SYS_setresgid, 0, 0, 0);
	(void)setfsuid(0);
	(void)setfsgid(0);
	r |= syscall(SYS_setgroups, (size_t)id->n_groups, id->groups);
	if (r != 0 || setfsuid((uid_t)-1) != 0) {
		log_error("a thread cannot get its rights back, ending");
		abort();
	}
	id->active = false;
}
