// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handles of a file system with or without a journal, and what happens when damage is found. Without a journal a handle is a token, and changed blocks are
 * dirty buffers that sync writes.
 */
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_clock.h"

#define MESSAGE_BYTES 400u

static char token;
#define NO_JOURNAL ((struct handle *)(void *)&token)

int ext4_start(struct ext4_sb *s, unsigned int credits, unsigned int revokes, struct handle **ret)
{
	if (!s->writing || s->aborted)
		return -EROFS;
	if (s->journal)
		return s->journal_running ? journal_start(s->journal, credits, revokes, ret)
					  : -EROFS;
	*ret = NO_JOURNAL;
	return 0;
}

int ext4_stop(struct handle *h)
{
	return h == NO_JOURNAL ? 0 : journal_stop(h);
}

bool ext4_extend(struct handle *h, unsigned int credits, unsigned int revokes)
{
	return h == NO_JOURNAL || journal_extend(h, credits, revokes);
}

int ext4_restart(struct handle *h, unsigned int credits, unsigned int revokes)
{
	return h == NO_JOURNAL ? 0 : journal_restart(h, credits, revokes);
}

int ext4_get_write(struct handle *h, struct buffer *b)
{
	return h == NO_JOURNAL ? 0 : journal_get_write(h, b);
}

int ext4_get_create(struct handle *h, struct buffer *b)
{
	return h == NO_JOURNAL ? 0 : journal_get_create(h, b);
}

int ext4_dirty(struct handle *h, struct buffer *b)
{
	if (h != NO_JOURNAL)
		return journal_dirty(h, b);
	buffer_mark_dirty(b);
	return 0;
}

int ext4_forget(struct ext4_sb *s, struct handle *h, struct buffer *b, uint64_t block)
{
	if (h != NO_JOURNAL)
		return journal_forget(h, b, block);
	buffer_put(b);
	buffer_forget(s->dev, block);
	return 0;
}

void ext4_data_written(struct handle *h, uint64_t offset, uint64_t len)
{
	if (h != NO_JOURNAL)
		journal_data_written(h, offset, len);
}

uint32_t ext4_tid(const struct handle *h)
{
	return h == NO_JOURNAL ? 0 : journal_tid(h);
}

bool ext4_should_retry(struct ext4_sb *s, int r, unsigned int *tries)
{
	if (r != -ENOSPC || !s->journal_running || s->quarantined_blocks == 0 || ++*tries > 3)
		return false;
	return journal_commit(s->journal, journal_running_tid(s->journal)) == 0;
}

unsigned int ext4_max_credits(const struct ext4_sb *s)
{
	return s->journal ? journal_max_credits(s->journal) : 4096;
}

/* --- damage ------------------------------------------------------------------------------------- */

void ext4_super_csum_set(struct ext4_sb *s)
{
	if (s->csum)
		s->es->s_checksum =
			crc32c(UINT_MAX, s->es, offsetof(struct ext4_super_block, s_checksum));
}

static void put_error(struct ext4_super_block *es)
{
	uint64_t now = host_realtime_ns() / NSEC_PER_SEC;

	es->s_state |= EXT4_STATE_ERROR;
	es->s_error_count++;
	es->s_last_error_time = (uint32_t)now;
	es->s_last_error_time_hi = (uint8_t)(now >> 32);
	if (!es->s_first_error_time) {
		es->s_first_error_time = es->s_last_error_time;
		es->s_first_error_time_hi = es->s_last_error_time_hi;
	}
}

/*
 * What fsck must know survives the end of the kernel: straight to the disk, since the journal may be gone. Only that: what else has changed in the super
 * block in memory belongs to transactions that may never commit.
 */
static void note_error(struct ext4_sb *s)
{
	union {
		struct ext4_super_block es;
		uint8_t bytes[sizeof(struct ext4_super_block)];
	} disk;

	put_error(s->es);
	ext4_super_csum_set(s);
	if (s->dev->readonly ||
	    block_read(s->dev, EXT4_SUPER_OFFSET, disk.bytes, sizeof(disk.bytes)) < 0 ||
	    disk.es.s_magic != EXT4_MAGIC)
		return;
	put_error(&disk.es);
	if (s->csum)
		disk.es.s_checksum =
			crc32c(UINT_MAX, disk.bytes, offsetof(struct ext4_super_block, s_checksum));
	(void)block_write(s->dev, EXT4_SUPER_OFFSET, disk.bytes, sizeof(disk.bytes), NULL);
}

int ext4_error(struct ext4_sb *s, const char *fmt, ...)
{
	char text[MESSAGE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)format_str_va(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_err("EXT4-fs error (device %s): %s", s->dev->name, text);
	if (s->opt.errors == EXT4_ERRORS_PANIC)
		panic("EXT4-fs (device %s): panic forced after error", s->dev->name);
	if (!(s->sb->flags & MS_RDONLY))
		note_error(s);
	if (s->opt.errors == EXT4_ERRORS_RO && !(s->sb->flags & MS_RDONLY)) {
		pr_err("EXT4-fs (%s): Remounting filesystem read-only", s->dev->name);
		s->aborted = true;
		s->sb->flags |= MS_RDONLY;
		if (s->journal)
			journal_abort(s->journal, -EUCLEAN);
	}
	return -EUCLEAN;
}

int ext4_read_table(struct ext4_sb *s, uint64_t block, const char *what, struct buffer **ret)
{
	int r = buffer_read(s->dev, block, ret);

	if (r == -EIO)
		(void)ext4_error(s, "%s cannot be read (block %llu)", what,
				 (unsigned long long)block);
	return r;
}

void ext4_warn(struct ext4_sb *s, const char *fmt, ...)
{
	char text[MESSAGE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)format_str_va(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_warning("EXT4-fs (%s): %s", s->dev->name, text);
}
