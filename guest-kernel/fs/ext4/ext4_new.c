// SPDX-License-Identifier: GPL-2.0-or-later
/* New inodes: number, first contents on the disk, what they inherit. */
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

#define INHERITED                                                                       \
	(EXT4_SECRM_FL | EXT4_UNRM_FL | EXT4_COMPR_FL | EXT4_SYNC_FL | EXT4_NODUMP_FL | \
	 EXT4_NOATIME_FL | EXT4_JOURNAL_DATA_FL | EXT4_NOTAIL_FL | EXT4_DIRSYNC_FL |    \
	 EXT4_PROJINHERIT_FL)

static uint32_t inherited_flags(const struct inode *dir, uint32_t mode)
{
	uint32_t flags = ext4_i(dir)->flags & INHERITED;

	if (S_ISDIR(mode))
		return flags;
	if (S_ISREG(mode))
		return flags & ~(uint32_t)(EXT4_DIRSYNC_FL | EXT4_PROJINHERIT_FL);
	return flags & (EXT4_NODUMP_FL | EXT4_NOATIME_FL);
}

/* Nothing of an earlier file is left in the slot. */
static int clear_slot(struct handle *h, struct ext4_sb *s, uint32_t ino)
{
	struct buffer *b;
	uint32_t offset;
	int r = ext4_inode_buffer(s, ino, &b, &offset);

	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r == 0) {
		memset(b->data + offset, 0, s->inode_size);
		r = ext4_dirty(h, b);
	}
	buffer_put(b);
	return r;
}

static void fill(struct inode *inode, struct inode *dir, uint32_t mode, uint64_t rdev)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	uint32_t want = s->es->s_want_extra_isize;

	inode_init_owner(inode, dir, mode);
	inode->rdev = rdev;
	ei->generation = s->next_generation++;
	ei->flags = dir ? inherited_flags(dir, mode) : 0;
	(void)ext4_getattr(inode);
	if (dir && (ei->flags & EXT4_PROJINHERIT_FL))
		ei->projid = ext4_i(dir)->projid;
	if (s->inode_size > EXT4_GOOD_OLD_INO_SIZE) {
		if (want < 32 || want % 4 || want > s->inode_size - EXT4_GOOD_OLD_INO_SIZE)
			want = 32;
		ei->extra_isize = (uint16_t)want;
	}
	if (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode))
		ext4_map_init(inode, EXT4_HAS_INCOMPAT(s, EXTENTS));
	ext4_choose_ops(inode);
}

int ext4_new_inode(struct handle *h, struct inode *dir, uint32_t mode, uint64_t rdev,
		   struct inode **ret)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct inode *inode;
	uint32_t ino;
	int r = ext4_ialloc(h, dir, mode, &ino);

	if (r < 0)
		return r;
	inode = ext4_inode_alloc(s, ino);
	if (!inode) {
		(void)ext4_ifree(h, s, ino, S_ISDIR(mode));
		return -ENOMEM;
	}
	fill(inode, dir, mode, rdev);
	ext4_hash_add(s, ext4_i(inode));
	r = clear_slot(h, s, ino);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	if (r == 0)
		r = ext4_acl_inherit(h, inode, dir);
	if (r < 0) {
		/* Not on the orphan list, but its eviction frees it all the same; the caller puts it after the handle. */
		inode->nlink = 0;
		(void)ext4_orphan_add(h, inode);
	}
	*ret = inode;
	return r;
}
