// SPDX-License-Identifier: GPL-2.0-or-later
/* Credentials across exec: set-user-ID and set-group-ID, and the capability rules of capabilities(7) (without file capabilities). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_stat.h"
#include "core/sched.h"
#include "task/exec_image.h"
#include "task/ptrace.h"

#define SECBIT_NOROOT	 1u
#define SECBIT_KEEP_CAPS 16u

static void gain_ids(struct cred *c, void *file)
{
	uint32_t mode, uid, gid;

	exec_files->suid(file, &mode, &uid, &gid);
	if (c->no_new_privs)
		return;
	if (mode & S_ISUID)
		c->euid = uid;
	/* Without group execute permission the set-group-ID bit means mandatory locking, not privilege. */
	if ((mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
		c->egid = gid;
}

static bool tracer_trusted(const struct task *t)
{
	const struct tracee *tr = t->ptrace;

	return tr && tr->tracer && task_capable(tr->tracer, CAP_SYS_PTRACE);
}

int exec_credentials(struct exec_request *rq)
{
	const struct cred *old = current_task()->cred;
	struct cred *c = cred_copy(old);
	uint64_t permitted, effective;
	bool changed, root_file;

	if (!c)
		return -ENOMEM;
	gain_ids(c, rq->program.file);
	changed = c->euid != old->uid || c->egid != old->gid;
	root_file = !(c->securebits & SECBIT_NOROOT);
	if (c->euid != old->euid || c->egid != old->egid)
		c->cap_ambient = 0;
	permitted = c->cap_ambient;
	effective = c->cap_ambient;
	/* Root's programs count as if they had all file capabilities. */
	if (root_file && (c->uid == 0 || c->euid == 0)) {
		permitted = c->cap_bounding | c->cap_inheritable;
		effective = c->euid == 0 ? permitted : c->cap_ambient;
	}
	c->cap_permitted = permitted;
	c->cap_effective = effective;
	c->securebits &= ~SECBIT_KEEP_CAPS;
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	/* A tracer that may not trace the new program must not get it by tracing the old one. */
	if ((changed || (permitted & ~old->cap_permitted)) && current_task()->ptrace &&
	    !tracer_trusted(current_task())) {
		if (!capable(CAP_SETUID) || c->no_new_privs) {
			c->euid = c->suid = c->fsuid = c->uid;
			c->egid = c->sgid = c->fsgid = c->gid;
		}
		c->cap_permitted = permitted &= old->cap_permitted;
		c->cap_effective = effective & permitted;
		changed = c->euid != old->uid || c->egid != old->gid;
	}
	rq->secure = changed || (c->uid != 0 && (permitted & ~c->cap_ambient));
	rq->cred = c;
	return 0;
}
