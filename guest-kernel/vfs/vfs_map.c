// SPDX-License-Identifier: GPL-2.0-or-later
/* Mapping files: which protections the open mode, the mount and seals leave; names for /proc/PID/maps. */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

static int map_source(struct file *f, uint64_t offset, uint64_t len, uint32_t prot, bool shared,
		      struct mapping_source **ret)
{
	if (f->ops->mmap)
		return f->ops->mmap(f, offset, len, prot, shared, ret);
	if (!f->inode->mapping.ops)
		return -ENODEV;
	*ret = &f->inode->mapping;
	return 0;
}

int64_t vfs_mmap(struct file *f, uint64_t hint, uint64_t len, uint32_t prot, uint32_t flags,
		 uint64_t offset)
{
	uint32_t may = PROT_READ | PROT_WRITE | PROT_EXEC, type = flags & MAP_TYPE;
	bool shared = type != MAP_PRIVATE;
	struct mapping_source *source;
	int r;

	if (type == MAP_SHARED_VALIDATE) {
		const uint32_t known = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT |
				       MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED |
				       MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |
				       MAP_HUGETLB | MAP_FIXED_NOREPLACE;

		if (flags & ~known)
			return -EOPNOTSUPP;
		flags = (flags & ~(uint32_t)MAP_TYPE) | MAP_SHARED;
	} else if (type != MAP_SHARED && type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (!f->can_read)
		return -EACCES;
	if (shared && !f->can_write) {
		if (prot & PROT_WRITE)
			return -EACCES;
		may &= ~(uint32_t)PROT_WRITE;
	}
	if (shared && (f->inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
		if (prot & PROT_WRITE)
			return -EPERM;
		may &= ~(uint32_t)PROT_WRITE;
	}
	if (f->path.mount->flags & MS_NOEXEC) {
		if (prot & PROT_EXEC)
			return -EPERM;
		may &= ~(uint32_t)PROT_EXEC;
	}
	if (offset + len < offset || offset + len > INT64_MAX)
		return -EOVERFLOW;
	r = map_source(f, offset, len, prot, shared, &source);
	if (r < 0)
		return r;
	if (f->path.mount)
		inode_touch_atime(&f->path);
	return mm_map(current_task()->mm, hint, len, prot, flags, source, offset, may, 0);
}

/* --- names in maps ------------------------------------------------------------------------------ */

static struct mount *any_mount_of(const struct dentry *d)
{
	struct task *t = current_task();
	struct mount *m;

	list_for_each_entry(m, &mount_list, all_link)
		if (m->sb == d->sb && m->ns && (!t || m->ns == t->mount_ns) &&
		    dentry_is_under(d, m->root))
			return m;
	return NULL;
}

void inode_describe(struct inode *inode, char *buf, size_t len, uint64_t *ret_dev,
		    uint64_t *ret_ino)
{
	char *text = kmalloc(PATH_MAX), *s = NULL;
	struct dentry *d;

	*ret_dev = inode->sb->dev;
	*ret_ino = inode->ino;
	buf[0] = '\0';
	list_for_each_entry(d, &inode->names, names_link) {
		struct path p = { NULL, d };

		if (!text || s)
			break;
		p.mount = d->is_anon ? NULL : any_mount_of(d);
		if (p.mount || d->is_anon)
			s = path_to_string(&p, NULL, text, PATH_MAX);
	}
	if (s)
		(void)str_copy(buf, s, len);
	kfree(text);
}
