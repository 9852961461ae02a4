// SPDX-License-Identifier: GPL-2.0-or-later
/* Credentials: user and group ids, supplementary groups, capabilities. The rules are those of credentials(7) and capabilities(7). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

#define ID_NONE		       UINT32_MAX
#define SECBIT_NO_SETUID_FIXUP 4u
#define SECBIT_KEEP_CAPS       16u

SYSCALL_HANDLER(sys_getuid)
{
	return t->cred->uid;
}

SYSCALL_HANDLER(sys_geteuid)
{
	return t->cred->euid;
}

SYSCALL_HANDLER(sys_getgid)
{
	return t->cred->gid;
}

SYSCALL_HANDLER(sys_getegid)
{
	return t->cred->egid;
}

static int put_three(const uint64_t a[6], uint32_t x, uint32_t y, uint32_t z)
{
	if (put_user(x, UADDR(a[0])) < 0 || put_user(y, UADDR(a[1])) < 0 ||
	    put_user(z, UADDR(a[2])) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_HANDLER(sys_getresuid)
{
	return put_three(a, t->cred->uid, t->cred->euid, t->cred->suid);
}

SYSCALL_HANDLER(sys_getresgid)
{
	return put_three(a, t->cred->gid, t->cred->egid, t->cred->sgid);
}

/* What a change of user ids does to capabilities. */
static void caps_after_setuid(const struct cred *old, struct cred *c)
{
	bool had_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool has_root = c->uid == 0 || c->euid == 0 || c->suid == 0;

	if (c->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		if (!(c->securebits & SECBIT_KEEP_CAPS))
			c->cap_permitted = 0;
		c->cap_effective = 0;
		c->cap_ambient = 0;
	}
	if (old->euid == 0 && c->euid != 0)
		c->cap_effective = 0;
	if (old->euid != 0 && c->euid == 0)
		c->cap_effective = c->cap_permitted;
}

/* CAP_FS_SET follows the file system uid. */
static void caps_after_setfsuid(const struct cred *old, struct cred *c)
{
	uint64_t fs = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) |
		      BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) |
		      BIT(CAP_MKNOD) | BIT(CAP_MAC_OVERRIDE);

	if (c->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (old->fsuid == 0 && c->fsuid != 0)
		c->cap_effective &= ~fs;
	if (old->fsuid != 0 && c->fsuid == 0)
		c->cap_effective |= c->cap_permitted & fs;
}

static int64_t commit_ids(struct task *t, struct cred *c)
{
	const struct cred *old = t->cred;
	bool changed = c->euid != old->euid || c->egid != old->egid || c->fsuid != old->fsuid ||
		       c->fsgid != old->fsgid;

	caps_after_setuid(old, c);
	/* A process that changed its powers may hold secrets of the old ones. */
	if (changed) {
		if (t->mm)
			t->mm->dumpable = false;
		t->group->pdeath_signal = 0;
	}
	cred_commit(t, c);
	return 0;
}

static bool one_of(uint32_t id, uint32_t x, uint32_t y, uint32_t z)
{
	return id == ID_NONE || id == x || id == y || id == z;
}

/* User and group ids follow one set of rules: those of one kind in a credential, and the capability that lifts the rules. */
struct ids {
	uint32_t *real, *effective, *saved, *fs;
	int cap;
};
typedef struct ids (*ids_fn)(struct cred *c);

static struct ids user_ids(struct cred *c)
{
	return (struct ids){ &c->uid, &c->euid, &c->suid, &c->fsuid, CAP_SETUID };
}

static struct ids group_ids(struct cred *c)
{
	return (struct ids){ &c->gid, &c->egid, &c->sgid, &c->fsgid, CAP_SETGID };
}

static bool one_of_mine(uint32_t id, const struct ids *i)
{
	return one_of(id, *i->real, *i->effective, *i->saved);
}

/* What ends all of them: the fs id follows the effective one. */
static int64_t commit_followed(struct task *t, struct cred *c, const struct ids *i)
{
	*i->fs = *i->effective;
	return commit_ids(t, c);
}

static int64_t refuse(struct cred *c)
{
	cred_put(c);
	return -EPERM;
}

static int64_t set_one(struct task *t, ids_fn kind, uint32_t id)
{
	struct cred *c;
	struct ids i;

	if (id == ID_NONE)
		return -EINVAL;
	c = cred_copy(t->cred);
	if (!c)
		return -ENOMEM;
	i = kind(c);
	if (capable(i.cap))
		*i.real = *i.saved = id;
	else if (id != *i.real && id != *i.saved)
		return refuse(c);
	*i.effective = id;
	return commit_followed(t, c, &i);
}

static int64_t set_two(struct task *t, ids_fn kind, uint32_t real, uint32_t effective)
{
	struct cred *c = cred_copy(t->cred);
	uint32_t old_real;
	struct ids i;

	if (!c)
		return -ENOMEM;
	i = kind(c);
	if (!capable(i.cap) &&
	    (!one_of(real, *i.real, *i.effective, *i.effective) || !one_of_mine(effective, &i)))
		return refuse(c);
	old_real = *i.real;
	if (real != ID_NONE)
		*i.real = real;
	if (effective != ID_NONE)
		*i.effective = effective;
	if (real != ID_NONE || (effective != ID_NONE && effective != old_real))
		*i.saved = *i.effective;
	return commit_followed(t, c, &i);
}

static int64_t set_three(struct task *t, ids_fn kind, uint32_t real, uint32_t effective,
			 uint32_t saved)
{
	struct cred *c = cred_copy(t->cred);
	struct ids i;

	if (!c)
		return -ENOMEM;
	i = kind(c);
	if (!capable(i.cap) &&
	    (!one_of_mine(real, &i) || !one_of_mine(effective, &i) || !one_of_mine(saved, &i)))
		return refuse(c);
	if (real != ID_NONE)
		*i.real = real;
	if (effective != ID_NONE)
		*i.effective = effective;
	if (saved != ID_NONE)
		*i.saved = saved;
	return commit_followed(t, c, &i);
}

/* The old id is the answer, whether it was changed or not. */
static int64_t set_fs(struct task *t, ids_fn kind, uint32_t id)
{
	uint32_t old = kind == user_ids ? t->cred->fsuid : t->cred->fsgid;
	struct cred *c = cred_copy(t->cred);
	struct ids i;

	if (!c)
		return old;
	i = kind(c);
	if (id == ID_NONE || id == old || (!one_of_mine(id, &i) && !capable(i.cap))) {
		cred_put(c);
		return old;
	}
	*i.fs = id;
	caps_after_setfsuid(t->cred, c);
	cred_commit(t, c);
	return old;
}

SYSCALL_HANDLER(sys_setuid)
{
	return set_one(t, user_ids, (uint32_t)a[0]);
}

SYSCALL_HANDLER(sys_setgid)
{
	return set_one(t, group_ids, (uint32_t)a[0]);
}

SYSCALL_HANDLER(sys_setreuid)
{
	return set_two(t, user_ids, (uint32_t)a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_setregid)
{
	return set_two(t, group_ids, (uint32_t)a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_setresuid)
{
	return set_three(t, user_ids, (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2]);
}

SYSCALL_HANDLER(sys_setresgid)
{
	return set_three(t, group_ids, (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2]);
}

SYSCALL_HANDLER(sys_setfsuid)
{
	return set_fs(t, user_ids, (uint32_t)a[0]);
}

SYSCALL_HANDLER(sys_setfsgid)
{
	return set_fs(t, group_ids, (uint32_t)a[0]);
}

/* --- supplementary groups ----------------------------------------------------------------------- */

SYSCALL_HANDLER(sys_getgroups)
{
	int size = (int)a[0];
	unsigned int n = t->cred->n_groups;

	if (size < 0)
		return -EINVAL;
	if (size == 0)
		return n;
	if ((unsigned int)size < n)
		return -EINVAL;
	return copy_to_user(UADDR(a[1]), t->cred->groups, n * sizeof(uint32_t)) < 0 ? -EFAULT
										    : (int64_t)n;
}

SYSCALL_HANDLER(sys_setgroups)
{
	unsigned int n = (unsigned int)a[0];
	uint32_t *groups = NULL;
	struct cred *c;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (n > CRED_GROUPS_MAX)
		return -EINVAL;
	if (n > 0) {
		groups = kmalloc(n * sizeof(*groups));
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups, UADDR(a[1]), n * sizeof(*groups)) < 0) {
			kfree(groups);
			return -EFAULT;
		}
	}
	c = cred_copy(t->cred);
	if (!c) {
		kfree(groups);
		return -ENOMEM;
	}
	kfree(c->groups);
	c->groups = groups;
	c->n_groups = n;
	cred_commit(t, c);
	return 0;
}

/* --- capabilities ------------------------------------------------------------------------------- */

struct cap_header {
	uint32_t version;
	int32_t pid;
};

struct cap_data {
	uint32_t effective, permitted, inheritable;
};

enum { CAP_VERSION_1 = 0x19980330, CAP_VERSION_2 = 0x20071026, CAP_VERSION_3 = 0x20080522 };

/* How many 32-bit words the version has; an unknown one is answered with the version that is preferred. */
static int cap_words(uint64_t addr, struct cap_header *h)
{
	if (copy_from_user(h, UADDR(addr), sizeof(*h)) < 0)
		return -EFAULT;
	if (h->version == CAP_VERSION_1)
		return 1;
	if (h->version == CAP_VERSION_2 || h->version == CAP_VERSION_3)
		return 2;
	h->version = CAP_VERSION_3;
	return copy_to_user(UADDR(addr), h, sizeof(*h)) < 0 ? -EFAULT : -EINVAL;
}

SYSCALL_HANDLER(sys_capget)
{
	struct cap_data d[2] = { 0 };
	struct cap_header h;
	struct task *target = t;
	int words = cap_words(a[0], &h);

	if (words < 0)
		return words == -EINVAL && a[1] == 0 ? 0 : words;
	if (h.pid < 0)
		return -EINVAL;
	if (h.pid > 0)
		target = task_find(h.pid);
	if (!target || !target->cred)
		return -ESRCH;
	for (int i = 0; i < 2; i++) {
		d[i].effective = (uint32_t)(target->cred->cap_effective >> (32 * i));
		d[i].permitted = (uint32_t)(target->cred->cap_permitted >> (32 * i));
		d[i].inheritable = (uint32_t)(target->cred->cap_inheritable >> (32 * i));
	}
	if (a[1] == 0)
		return 0;
	return copy_to_user(UADDR(a[1]), d, (size_t)words * sizeof(d[0])) < 0 ? -EFAULT : 0;
}

SYSCALL_HANDLER(sys_capset)
{
	struct cap_data d[2] = { 0 };
	uint64_t eff, perm, inh;
	struct cap_header h;
	struct cred *c;
	const struct cred *old = t->cred;
	int words = cap_words(a[0], &h);

	if (words < 0)
		return words;
	if (h.pid != 0 && h.pid != t->tid)
		return -EPERM;
	if (copy_from_user(d, UADDR(a[1]), (size_t)words * sizeof(d[0])) < 0)
		return -EFAULT;
	eff = (d[0].effective | (uint64_t)d[1].effective << 32) & CAP_FULL;
	perm = (d[0].permitted | (uint64_t)d[1].permitted << 32) & CAP_FULL;
	inh = (d[0].inheritable | (uint64_t)d[1].inheritable << 32) & CAP_FULL;
	if ((perm & ~old->cap_permitted) || (eff & ~perm) ||
	    (inh & ~(old->cap_inheritable | old->cap_bounding)) ||
	    (!capable(CAP_SETPCAP) && (inh & ~(old->cap_inheritable | old->cap_permitted))))
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	c->cap_effective = eff;
	c->cap_permitted = perm;
	c->cap_inheritable = inh;
	c->cap_ambient &= perm & inh;
	cred_commit(t, c);
	return 0;
}
