// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * POSIX access control lists (acl(5)): the form on the disk, the form that user space sees, what they allow, and what new files inherit. The owner's, the mask's
 * or group's, and the others' rights are the same as the mode's; a list that says no more than the mode is not kept.
 */
#include "abi/abi_clone.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"
#include "task/process.h"

enum {
	TAG_USER_OBJ = 1,
	TAG_USER = 2,
	TAG_GROUP_OBJ = 4,
	TAG_GROUP = 8,
	TAG_MASK = 16,
	TAG_OTHER = 32,
};
#define DISK_VERSION 1u
#define USER_VERSION 2u
#define ENTRIES_MAX  500u
#define NO_ID	     UINT_MAX

struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
struct acl {
	unsigned int n;
	struct acl_entry e[ENTRIES_MAX];
};
_Static_assert(sizeof(struct acl_entry) == 8, "the form that user space sees");

static bool has_id(const struct acl_entry *e)
{
	return e->tag == TAG_USER || e->tag == TAG_GROUP;
}

/* --- the two forms ------------------------------------------------------------------------------ */

/* Each kind in its order; named users and groups need a mask. */
static bool is_valid(const struct acl *a)
{
	static const uint8_t sequence[] = { TAG_USER_OBJ, TAG_USER, TAG_GROUP_OBJ,
					    TAG_GROUP,	  TAG_MASK, TAG_OTHER };
	unsigned int seen = 0, at = 0;

	for (unsigned int i = 0; i < a->n; i++) {
		const struct acl_entry *e = &a->e[i];

		while (at < ARRAY_SIZE(sequence) && sequence[at] != e->tag)
			at++;
		if (at == ARRAY_SIZE(sequence) || (e->perm & ~7u) || (has_id(e) && e->id == NO_ID))
			return false;
		seen |= e->tag;
		if (!has_id(e))
			at++;
	}
	return (seen & TAG_USER_OBJ) && (seen & TAG_GROUP_OBJ) && (seen & TAG_OTHER) &&
	       (!(seen & (TAG_USER | TAG_GROUP)) || (seen & TAG_MASK));
}

static int from_user(const uint8_t *p, size_t len, struct acl *a)
{
	uint32_t version;

	if (len < 4 || (len - 4) % sizeof(struct acl_entry))
		return -EINVAL;
	memcpy(&version, p, 4);
	if (version != USER_VERSION)
		return -EOPNOTSUPP;
	if ((len - 4) / sizeof(struct acl_entry) > ENTRIES_MAX)
		return -EINVAL;
	a->n = (unsigned int)((len - 4) / sizeof(struct acl_entry));
	memcpy(a->e, p + 4, len - 4);
	return a->n == 0 || is_valid(a) ? 0 : -EINVAL;
}

static int from_disk(const uint8_t *p, size_t len, struct acl *a)
{
	const uint8_t *end = p + len;
	uint32_t version;

	a->n = 0;
	if (len < 4)
		return -EUCLEAN;
	memcpy(&version, p, 4);
	if (version != DISK_VERSION)
		return -EUCLEAN;
	for (p += 4; p < end; a->n++) {
		struct acl_entry *e = &a->e[a->n];

		if (a->n == ENTRIES_MAX || end - p < 4)
			return -EUCLEAN;
		memcpy(e, p, 4);
		e->id = NO_ID;
		p += 4;
		if (has_id(e)) {
			if (end - p < 4)
				return -EUCLEAN;
			memcpy(&e->id, p, 4);
			p += 4;
		}
	}
	return is_valid(a) ? 0 : -EUCLEAN;
}

static size_t to_disk(const struct acl *a, uint8_t *p)
{
	uint8_t *start = p;
	uint32_t version = DISK_VERSION;

	memcpy(p, &version, 4);
	p += 4;
	for (unsigned int i = 0; i < a->n; i++) {
		size_t n = has_id(&a->e[i]) ? 8 : 4;

		memcpy(p, &a->e[i], n);
		p += n;
	}
	return (size_t)(p - start);
}

/* --- load and store ----------------------------------------------------------------------------- */

/* -ENODATA: there is none. */
static int load(struct inode *inode, unsigned int index, struct acl *a)
{
	size_t size = ext4_isb(inode)->block_size;
	uint8_t *buf;
	ssize_t n;

	if (!ext4_isb(inode)->opt.acl)
		return -ENODATA;
	buf = kmalloc(size);
	if (!buf)
		return -ENOMEM;
	n = ext4_xattr_get(inode, index, "", buf, size);
	if (n >= 0)
		n = from_disk(buf, (size_t)n, a);
	kfree(buf);
	return (int)n;
}

static int store(struct handle *h, struct inode *inode, unsigned int index, const struct acl *a)
{
	uint8_t *buf;
	int r;

	if (!a || a->n == 0) {
		r = ext4_xattr_set_in(h, inode, index, "", NULL, 0, 0);
		return r == -ENODATA ? 0 : r;
	}
	buf = kmalloc(4 + sizeof(a->e));
	if (!buf)
		return -ENOMEM;
	r = ext4_xattr_set_in(h, inode, index, "", buf, to_disk(a, buf), 0);
	kfree(buf);
	return r;
}

static struct acl_entry *entry_of(struct acl *a, unsigned int tag)
{
	for (unsigned int i = 0; i < a->n; i++)
		if (a->e[i].tag == tag)
			return &a->e[i];
	return NULL;
}

static bool is_more_than_mode(const struct acl *a)
{
	return a->n > 3;
}

/* The entry that the middle three bits of the mode stand for. */
static struct acl_entry *group_class(struct acl *a)
{
	struct acl_entry *mask = entry_of(a, TAG_MASK);

	return mask ? mask : entry_of(a, TAG_GROUP_OBJ);
}

static uint32_t mode_of(struct acl *a)
{
	return (uint32_t)entry_of(a, TAG_USER_OBJ)->perm << 6 |
	       (uint32_t)group_class(a)->perm << 3 | entry_of(a, TAG_OTHER)->perm;
}

/* --- as attributes ------------------------------------------------------------------------------ */

ssize_t ext4_acl_get(struct inode *inode, unsigned int index, void *value, size_t len)
{
	struct acl *a = kmalloc(sizeof(*a));
	uint32_t version = USER_VERSION;
	ssize_t n;
	int r;

	if (!a)
		return -ENOMEM;
	r = ext4_isb(inode)->opt.acl ? load(inode, index, a) : -EOPNOTSUPP;
	if (r == 0) {
		n = (ssize_t)(4 + a->n * sizeof(struct acl_entry));
		if (len > 0 && len < (size_t)n) {
			n = -ERANGE;
		} else if (len > 0) {
			memcpy(value, &version, 4);
			memcpy((uint8_t *)value + 4, a->e, (size_t)n - 4);
		}
	} else {
		n = r;
	}
	kfree(a);
	return n;
}

int ext4_acl_set(struct handle *h, struct inode *inode, unsigned int index, const void *value,
		 size_t len)
{
	bool access = index == EXT4_XATTR_ACL_ACCESS;
	struct acl *a;
	int r;

	if (!ext4_isb(inode)->opt.acl || S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	if (!access && !S_ISDIR(inode->mode))
		return value ? -EACCES : 0;
	if (!value)
		return store(h, inode, index, NULL);
	a = kmalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = from_user(value, len, a);
	if (r == 0 && access && a->n > 0) {
		inode->mode = (inode->mode & ~0777u) | mode_of(a);
		if (!is_more_than_mode(a))
			a->n = 0;
	}
	if (r == 0)
		r = store(h, inode, index, a);
	kfree(a);
	return r;
}

int ext4_acl_chmod(struct handle *h, struct inode *inode)
{
	struct acl *a;
	int r;

	if (S_ISLNK(inode->mode) || !ext4_isb(inode)->opt.acl)
		return 0;
	a = kmalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = load(inode, EXT4_XATTR_ACL_ACCESS, a);
	if (r == 0) {
		entry_of(a, TAG_USER_OBJ)->perm = (inode->mode >> 6) & 7;
		group_class(a)->perm = (inode->mode >> 3) & 7;
		entry_of(a, TAG_OTHER)->perm = inode->mode & 7;
		r = store(h, inode, EXT4_XATTR_ACL_ACCESS, a);
	}
	kfree(a);
	return r == -ENODATA ? 0 : r;
}

static int inherit(struct handle *h, struct inode *inode, struct inode *dir)
{
	struct acl *a;
	uint32_t mode = inode->mode;
	int r;

	if (!ext4_isb(inode)->opt.acl ||
	    (!ext4_i(dir)->file_acl && ext4_isb(dir)->inode_size == EXT4_GOOD_OLD_INO_SIZE))
		return -ENODATA;
	a = kmalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = load(dir, EXT4_XATTR_ACL_DEFAULT, a);
	if (r == 0 && S_ISDIR(mode))
		r = store(h, inode, EXT4_XATTR_ACL_DEFAULT, a);
	if (r == 0) {
		entry_of(a, TAG_USER_OBJ)->perm &= (mode >> 6) & 7;
		group_class(a)->perm &= (mode >> 3) & 7;
		entry_of(a, TAG_OTHER)->perm &= mode & 7;
		inode->mode = (mode & ~0777u) | mode_of(a);
		if (is_more_than_mode(a))
			r = store(h, inode, EXT4_XATTR_ACL_ACCESS, a);
	}
	kfree(a);
	return r;
}

/* The umask counts only where no default list stands in for it; vfs leaves it to us (own_umask). */
int ext4_acl_inherit(struct handle *h, struct inode *inode, struct inode *dir)
{
	uint32_t mode = inode->mode;
	int r;

	if (S_ISLNK(mode))
		return 0;
	r = inherit(h, inode, dir);
	if (r == -ENODATA) {
		inode->mode &= ~current_umask();
		r = 0;
	}
	return r < 0 || inode->mode == mode ? r : ext4_mark_inode_dirty(h, inode);
}

/* --- what it allows ----------------------------------------------------------------------------- */

static bool allows(const struct acl_entry *e, const struct acl_entry *mask, int want)
{
	return (want & ~(int)(mask ? e->perm & mask->perm : e->perm) & 7) == 0;
}

/* 1: the mode bits decide (there is no list, or it says the same). */
static int check(struct inode *inode, struct acl *a, const struct cred *c, int want)
{
	const struct acl_entry *mask = entry_of(a, TAG_MASK);
	bool in_group = false;

	if (c->fsuid == inode->uid)
		return 1;
	for (unsigned int i = 0; i < a->n; i++) {
		const struct acl_entry *e = &a->e[i];

		if (e->tag == TAG_USER && e->id == c->fsuid)
			return allows(e, mask, want) ? 0 : -EACCES;
	}
	for (unsigned int i = 0; i < a->n; i++) {
		const struct acl_entry *e = &a->e[i];

		if ((e->tag == TAG_GROUP_OBJ && cred_in_group(c, inode->gid)) ||
		    (e->tag == TAG_GROUP && cred_in_group(c, e->id))) {
			in_group = true;
			if (allows(e, mask, want))
				return 0;
		}
	}
	if (in_group)
		return -EACCES;
	return allows(entry_of(a, TAG_OTHER), NULL, want) ? 0 : -EACCES;
}

static bool may_override(const struct inode *inode, int want)
{
	if (S_ISDIR(inode->mode) ? !(want & MAY_WRITE) : want == MAY_READ)
		if (capable(CAP_DAC_READ_SEARCH))
			return true;
	return (S_ISDIR(inode->mode) || !(want & MAY_EXEC) || (inode->mode & 0111)) &&
	       capable(CAP_DAC_OVERRIDE);
}

int ext4_permission(struct inode *inode, int mask)
{
	const struct task *t = current_task();
	const struct cred *c = t && !t->is_kthread ? t->cred : NULL;
	struct acl *a;
	int r;

	if ((mask & MAY_WRITE) && (ext4_i(inode)->flags & EXT4_IMMUTABLE_FL))
		return -EPERM;
	/* A list shows in the group bits as its mask: if they are all clear and nobody is asked for, it cannot allow more than others have. */
	if (!c || c->fsuid == inode->uid || !(inode->mode & 0070))
		return 1;
	if (!ext4_i(inode)->file_acl && ext4_isb(inode)->inode_size == EXT4_GOOD_OLD_INO_SIZE)
		return 1;
	a = kmalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = load(inode, EXT4_XATTR_ACL_ACCESS, a);
	if (r == 0)
		r = check(inode, a, c, mask);
	else if (r == -ENODATA)
		r = 1;
	kfree(a);
	return r == -EACCES && may_override(inode, mask) ? 0 : r;
}
