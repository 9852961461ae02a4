// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks between their coming into the map of a file and the arrival of their contents. What they hold meanwhile is another file's, and should the disk refuse the
 * contents they are taken out of the map again in the same handle, so no commit ever shows them.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_file_internal.h"

void ext4_filling_begin(struct inode *inode, enum ext4_filler who, uint32_t lblock, uint32_t n)
{
	ASSERT_LOCKED();
	ext4_i(inode)->filling[who] = (struct ext4_filling){ lblock, lblock + n };
}

void ext4_filling_end(struct inode *inode, enum ext4_filler who)
{
	ASSERT_LOCKED();
	ext4_i(inode)->filling[who] = (struct ext4_filling){ 0, 0 };
	(void)wait_queue_wake_all(&ext4_isb(inode)->inode_wait);
}

uint32_t ext4_filling_before(const struct inode *inode, enum ext4_filler who, uint32_t lblock,
			     uint32_t n)
{
	const struct ext4_filling *f = &ext4_i(inode)->filling[who];

	if (f->end <= lblock || f->first >= lblock + n)
		return n;
	return f->first > lblock ? f->first - lblock : 0;
}

bool ext4_filling_at(const struct inode *inode, uint32_t lblock)
{
	return ext4_filling_before(inode, EXT4_FILLER_WRITE, lblock, 1) == 0 ||
	       ext4_filling_before(inode, EXT4_FILLER_FAULT, lblock, 1) == 0;
}

void ext4_filling_wait(struct inode *inode, enum ext4_filler who, uint32_t lblock)
{
	while (ext4_filling_before(inode, who, lblock, 1) == 0)
		(void)!wait_queue_sleep(&ext4_isb(inode)->inode_wait, NO_DEADLINE,
					WAIT_UNINTERRUPTIBLE);
}

void ext4_filling_undo(struct inode *inode, uint32_t lblock, uint32_t n)
{
	struct ext4_sb *s = ext4_isb(inode);
	int r = ext4_remove_range(inode, lblock, lblock + n);

	if (r < 0 && s->journal)
		journal_abort(s->journal, r);
}
