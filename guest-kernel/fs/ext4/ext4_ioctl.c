// SPDX-License-Identifier: GPL-2.0-or-later
/* The requests of chattr, lsattr, filefrag, fstrim, tune2fs and mount on files of ext4. */
#include "abi/abi_clone.h"
#include "abi/abi_ext4.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/ext4/ext4_file_internal.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "task/process.h"

#define USER_VISIBLE                                                                       \
	(EXT4_SECRM_FL | EXT4_UNRM_FL | EXT4_COMPR_FL | EXT4_SYNC_FL | EXT4_IMMUTABLE_FL | \
	 EXT4_APPEND_FL | EXT4_NODUMP_FL | EXT4_NOATIME_FL | EXT4_INDEX_FL |               \
	 EXT4_JOURNAL_DATA_FL | EXT4_NOTAIL_FL | EXT4_DIRSYNC_FL | EXT4_TOPDIR_FL |        \
	 EXT4_EXTENTS_FL | EXT4_VERITY_FL | EXT4_INLINE_DATA_FL | EXT4_PROJINHERIT_FL |    \
	 EXT4_EA_INODE_FL | EXT4_HUGE_FILE_FL)
#define USER_SETTABLE                                                                           \
	(EXT4_SECRM_FL | EXT4_UNRM_FL | EXT4_COMPR_FL | EXT4_SYNC_FL | EXT4_IMMUTABLE_FL |      \
	 EXT4_APPEND_FL | EXT4_NODUMP_FL | EXT4_NOATIME_FL | EXT4_NOTAIL_FL | EXT4_DIRSYNC_FL | \
	 EXT4_TOPDIR_FL | EXT4_PROJINHERIT_FL)

/* --- flags -------------------------------------------------------------------------------------- */

static int commit_inode(struct inode *inode)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	inode_times_now(inode, ATTR_CTIME);
	r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static bool owner_or_capable(const struct inode *inode)
{
	const struct task *t = current_task();

	return !t || t->is_kthread || t->cred->fsuid == inode->uid || capable(CAP_FOWNER);
}

static int may_set(const struct file *f)
{
	const struct inode *inode = f->inode;

	if (!ext4_isb(inode)->writing || (f->path.mount && (f->path.mount->flags & 1)))
		return -EROFS;
	return owner_or_capable(inode) ? 0 : -EPERM;
}

static int set_flags(struct file *f, uint32_t flags)
{
	struct inode *inode = f->inode;
	struct ext4_inode *ei = ext4_i(inode);
	int r = may_set(f);

	if (r < 0)
		return r;
	if (!S_ISDIR(inode->mode) &&
	    (flags & (EXT4_DIRSYNC_FL | EXT4_TOPDIR_FL | EXT4_PROJINHERIT_FL)))
		return -EOPNOTSUPP;
	if (((flags ^ ei->flags) & (EXT4_IMMUTABLE_FL | EXT4_APPEND_FL)) &&
	    !capable(CAP_LINUX_IMMUTABLE))
		return -EPERM;
	if ((flags ^ ei->flags) & (EXT4_JOURNAL_DATA_FL | EXT4_EXTENTS_FL))
		return -EOPNOTSUPP;
	ei->flags = (ei->flags & ~(uint32_t)USER_SETTABLE) | (flags & USER_SETTABLE);
	(void)ext4_getattr(inode); /* removal looks at the attributes */
	return commit_inode(inode);
}

static int64_t set_flags_from(struct file *f, uint64_t arg)
{
	uint32_t flags;
	int r;

	if (get_user(flags, UADDR(arg)) < 0)
		return -EFAULT;
	sleep_lock_take(&f->inode->lock);
	r = set_flags(f, flags);
	sleep_lock_release(&f->inode->lock);
	return r;
}

static int64_t set_version(struct file *f, uint64_t arg)
{
	struct inode *inode = f->inode;
	uint32_t generation;
	int r = may_set(f);

	/* The checksums of everything that belongs to the inode begin with it. */
	if (r == 0 && ext4_isb(inode)->csum)
		r = -ENOTTY;
	if (r < 0)
		return r;
	if (get_user(generation, UADDR(arg)) < 0)
		return -EFAULT;
	sleep_lock_take(&inode->lock);
	ext4_i(inode)->generation = generation;
	r = commit_inode(inode);
	sleep_lock_release(&inode->lock);
	return r;
}

/* --- struct fsxattr ----------------------------------------------------------------------------- */

static const struct {
	uint32_t flag, xflag;
} xflags[] = {
	{ EXT4_SYNC_FL, FS_XFLAG_SYNC },       { EXT4_IMMUTABLE_FL, FS_XFLAG_IMMUTABLE },
	{ EXT4_APPEND_FL, FS_XFLAG_APPEND },   { EXT4_NODUMP_FL, FS_XFLAG_NODUMP },
	{ EXT4_NOATIME_FL, FS_XFLAG_NOATIME }, { EXT4_PROJINHERIT_FL, FS_XFLAG_PROJINHERIT },
};

static int64_t get_fsxattr(const struct inode *inode, uint64_t arg)
{
	struct abi_fsxattr x = { .fsx_projid = ext4_i(inode)->projid };

	for (size_t i = 0; i < ARRAY_SIZE(xflags); i++)
		if (ext4_i(inode)->flags & xflags[i].flag)
			x.fsx_xflags |= xflags[i].xflag;
	return copy_to_user(UADDR(arg), &x, sizeof(x));
}

static int64_t set_fsxattr(struct file *f, uint64_t arg)
{
	struct ext4_inode *ei = ext4_i(f->inode);
	struct abi_fsxattr x;
	uint32_t flags;
	int r;

	if (copy_from_user(&x, UADDR(arg), sizeof(x)) < 0)
		return -EFAULT;
	if (x.fsx_projid != ei->projid && !EXT4_HAS_RO_COMPAT(ext4_isb(f->inode), PROJECT))
		return -EOPNOTSUPP;
	sleep_lock_take(&f->inode->lock);
	flags = ei->flags;
	for (size_t i = 0; i < ARRAY_SIZE(xflags); i++) {
		flags &= ~xflags[i].flag;
		if (x.fsx_xflags & xflags[i].xflag)
			flags |= xflags[i].flag;
	}
	r = may_set(f);
	if (r == 0)
		ei->projid = x.fsx_projid;
	if (r == 0)
		r = set_flags(f, flags);
	sleep_lock_release(&f->inode->lock);
	return r;
}

/* --- extents ------------------------------------------------------------------------------------ */

static int emit_extent(uint64_t arg, struct abi_fiemap *head, const struct abi_fiemap_extent *e)
{
	uint64_t at = arg + sizeof(*head) + (uint64_t)head->fm_mapped_extents * sizeof(*e);

	head->fm_mapped_extents++;
	return head->fm_extent_count ? copy_to_user(UADDR(at), e, sizeof(*e)) : 0;
}

int ext4_fiemap(struct inode *inode, uint64_t arg)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct abi_fiemap head;
	struct abi_fiemap_extent e = { 0 };
	uint64_t at, end;
	bool have = false;
	int r = 0;

	if (copy_from_user(&head, UADDR(arg), sizeof(head)) < 0)
		return -EFAULT;
	if (head.fm_flags & ~FIEMAP_FLAG_SYNC) {
		head.fm_flags &= ~FIEMAP_FLAG_SYNC;
		return copy_to_user(UADDR(arg), &head, sizeof(head)) < 0 ? -EFAULT : -EBADR;
	}
	if (head.fm_length == 0)
		return -EINVAL;
	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		return -EOPNOTSUPP;
	head.fm_mapped_extents = 0;
	at = head.fm_start >> s->block_bits;
	if (head.fm_start > inode->sb->max_bytes)
		return -EFBIG;
	end = head.fm_start + MIN(head.fm_length, inode->sb->max_bytes - head.fm_start);
	end = MIN((end + s->block_size - 1) >> s->block_bits, (uint64_t)UINT_MAX);
	while (r == 0 && at < end) {
		struct ext4_map m;

		r = ext4_map_blocks(NULL, inode, (uint32_t)at, (uint32_t)(end - at), 0, &m);
		if (r == -EFBIG) {
			r = 0;
			break;
		}
		if (r < 0)
			return r;
		if (m.physical) {
			/* One later, so that the last is known as such. */
			if (have)
				r = emit_extent(arg, &head, &e);
			have = true;
			e = (struct abi_fiemap_extent){
				.fe_logical = at << s->block_bits,
				.fe_physical = m.physical << s->block_bits,
				.fe_length = (uint64_t)m.len << s->block_bits,
				.fe_flags = m.unwritten ? FIEMAP_EXTENT_UNWRITTEN : 0,
			};
			if (head.fm_extent_count &&
			    head.fm_mapped_extents == head.fm_extent_count) {
				have = false;
				break;
			}
		}
		at += m.len;
	}
	/* The last of the range that was asked for, as Linux has it, whatever lies behind. */
	if (r == 0 && have) {
		e.fe_flags |= FIEMAP_EXTENT_LAST;
		r = emit_extent(arg, &head, &e);
	}
	return r < 0 ? r : copy_to_user(UADDR(arg), &head, sizeof(head));
}

/* --- the file system ---------------------------------------------------------------------------- */

static int64_t trim(struct ext4_sb *s, uint64_t arg)
{
	struct abi_fstrim_range range;
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!s->dev->has_discard)
		return -EOPNOTSUPP;
	if (copy_from_user(&range, UADDR(arg), sizeof(range)) < 0)
		return -EFAULT;
	r = ext4_trim(s, range.start, range.len, range.minlen, &range.len);
	if (r < 0)
		return r;
	return copy_to_user(UADDR(arg), &range, sizeof(range));
}

static int64_t get_label(const struct ext4_sb *s, uint64_t arg)
{
	char label[FSLABEL_MAX] = "";

	memcpy(label, s->es->s_volume_name, sizeof(s->es->s_volume_name));
	return copy_to_user(UADDR(arg), label, sizeof(label));
}

static int64_t set_label(struct ext4_sb *s, uint64_t arg)
{
	char label[FSLABEL_MAX];
	struct handle *h;
	size_t len;
	int r, r2;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(label, UADDR(arg), sizeof(label)) < 0)
		return -EFAULT;
	len = strnlen(label, sizeof(label));
	if (len > sizeof(s->es->s_volume_name))
		return -EINVAL;
	r = ext4_start(s, 1, 0, &h);
	if (r < 0)
		return r;
	r = ext4_get_write(h, s->super_buf);
	if (r == 0) {
		memset(s->es->s_volume_name, 0, sizeof(s->es->s_volume_name));
		memcpy(s->es->s_volume_name, label, len);
		ext4_super_csum_set(s);
		r = ext4_dirty(h, s->super_buf);
	}
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static int64_t get_uuid(const struct ext4_sb *s, uint64_t arg)
{
	struct abi_fsuuid u;

	if (copy_from_user(&u, UADDR(arg), 8) < 0)
		return -EFAULT;
	if (u.fsu_len == 0) {
		u.fsu_len = sizeof(u.fsu_uuid);
		return copy_to_user(UADDR(arg), &u, 8);
	}
	if (u.fsu_len < sizeof(u.fsu_uuid) || u.fsu_flags)
		return -EINVAL;
	u.fsu_len = sizeof(u.fsu_uuid);
	memcpy(u.fsu_uuid, s->es->s_uuid, sizeof(u.fsu_uuid));
	return copy_to_user(UADDR(arg), &u, sizeof(u));
}

int64_t ext4_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct inode *inode = f->inode;
	const struct ext4_inode *ei = ext4_i(inode);

	switch (cmd) {
	case FS_IOC_GETFLAGS:
		return put_user((uint32_t)(ei->flags & USER_VISIBLE), UADDR(arg));
	case FS_IOC_SETFLAGS:
		return set_flags_from(f, arg);
	case FS_IOC_GETVERSION:
	case EXT4_IOC_GETVERSION:
		return put_user((uint32_t)ei->generation, UADDR(arg));
	case FS_IOC_SETVERSION:
	case EXT4_IOC_SETVERSION:
		return set_version(f, arg);
	case FS_IOC_FSGETXATTR:
		return get_fsxattr(inode, arg);
	case FS_IOC_FSSETXATTR:
		return set_fsxattr(f, arg);
	case FS_IOC_FIEMAP:
		return ext4_fiemap(inode, arg);
	case FITRIM:
		return trim(ext4_isb(inode), arg);
	case FS_IOC_GETFSLABEL:
		return get_label(ext4_isb(inode), arg);
	case FS_IOC_SETFSLABEL:
		return set_label(ext4_isb(inode), arg);
	case EXT4_IOC_GETFSUUID:
		return get_uuid(ext4_isb(inode), arg);
	default:
		return -ENOTTY;
	}
}
