/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of an ext4 file system: jbd2's on-disk format (kernel documentation, filesystems/ext4/journal), data=ordered. A *handle* is one
 * change that happens wholly or not at all; handles join the running *transaction*; a commit makes a transaction durable.
 *
 * One handle is a task's at a time and may be nested (a second start joins the first). Rule of order: inode->lock before journal_start; never sleep for another
 * inode's lock inside a handle. Metadata is changed only between journal_get_write (or journal_get_create) and journal_dirty, inside a handle.
 *
 * How a commit goes: no new handle joins; when the last one has stopped, the changed blocks are copied and the next transaction may start. Without the
 * big lock then: file data that the transaction refers to reaches the host (flush), descriptor, revoke and copied blocks are written to the journal, flush,
 * commit block, flush. Then the copies go to their home places; the journal's tail moves on when these are flushed. A block freed in a transaction is
 * handed out again only after that transaction has committed. The flushes of a commit are of what it needs (flush_set.h), not of all that is dirty on the
 * disk; only one of all, as a checkpoint makes, gives room in the log back.
 *
 * An error of the disk aborts the journal: every later start fails with -EROFS, the file system is read-only, nothing more is written but the error itself, into
 * the journal's super block.
 */
#ifndef FS_EXT4_JOURNAL_H
#define FS_EXT4_JOURNAL_H

#include "drivers/buffer.h"

struct journal;
struct handle;

/* Where block n of the journal lies on the device: the journal inode's extents, resolved once at open. */
struct journal_place {
	uint64_t logical, physical; /* in file system blocks */
	uint32_t len;
};

struct journal_config {
	struct block_device *dev;
	uint32_t block_size;
	const struct journal_place *places; /* sorted; copied */
	unsigned int n_places;
	uint64_t total_blocks; /* of the file system: no journalled block may lie outside */
	const uint8_t *uuid;   /* of the file system, 16 bytes */
	void *owner;	       /* given to the callbacks */
	void (*aborted)(void *owner, int error); /* first error: log, remount read-only */
	void (*committed)(
		void *owner,
		uint32_t
			tid); /* freed blocks of that transaction may be used again and discarded */
	bool checksums;	      /* metadata_csum: what we write has checksums too */
	unsigned int commit_seconds; /* a change is durable after so long at the latest; 0: 5 */
};

/*
 * Read and check the journal's super block. -EUCLEAN: damaged; -EOPNOTSUPP: a feature that we do not know, fast commits among them; why gets one sentence that says
 * what to run. Does not replay.
 */
int journal_open(const struct journal_config *config, struct journal **ret, char *why, size_t len);
bool journal_needs_recovery(const struct journal *j);
/* Replay: all whole transactions, revoked blocks left out, checksums (v1, v2, v3) checked; then the journal is empty and that is durable. May sleep. */
int journal_recover(struct journal *j, char *why, size_t len);
/* Begin to use it: it is empty (recovered, if it had to be); starts the commit thread. -EUCLEAN, -ENOMEM. */
int journal_run(struct journal *j);
/* commit_seconds from the next transaction on. */
void journal_set_interval(struct journal *j, unsigned int seconds);
/*
 * Commit and write home everything, mark it empty, durable, and free it, whatever state it is in (only opened, recovered, running, aborted). No handle is
 * open any more. 0 or the error it was aborted with. May sleep.
 */
int journal_close(struct journal *j);

/*
 * Start or join a handle that will change at most `credits` blocks (and revoke at most `revokes`). May sleep for room: nothing read before is to be believed. -EROFS
 * aborted or read-only, -ENOSPC more than a transaction can ever hold, -ENOMEM.
 */
int journal_start(struct journal *j, unsigned int credits, unsigned int revokes,
		  struct handle **ret);
/* That many more without sleeping: true, or false: stop, start again (the caller leaves a state that may be committed: orphan list). */
bool journal_extend(struct handle *h, unsigned int credits, unsigned int revokes);
/* Commit point in the middle of a long change: as stop and start with the same struct. May sleep. */
int journal_restart(struct handle *h, unsigned int credits, unsigned int revokes);
/* O_SYNC: stop waits for the commit. */
void journal_set_sync(struct handle *h);
int journal_stop(struct handle *h);

/* The block will be changed. Keeps what a commit that is going on still needs. */
int journal_get_write(struct handle *h, struct buffer *b);
/* The block is new in this transaction: whatever was in it does not matter. */
int journal_get_create(struct handle *h, struct buffer *b);
/* It has been changed (checksum set): part of the transaction. */
int journal_dirty(struct handle *h, struct buffer *b);
/* A metadata block is freed: out of the transaction, never replayed over what comes there later (revoke record). Takes over the reference b (may be NULL). */
int journal_forget(struct handle *h, struct buffer *b, uint64_t block);
/* File data was written to newly allocated blocks, these bytes of the device (len 0: it is not said which): they are durable before the commit is. */
void journal_data_written(struct handle *h, uint64_t offset, uint64_t len);
/* The same for bytes without a handle: before the running transaction, or the next one, commits. */
void journal_data_before(struct journal *j, uint64_t offset, uint64_t len);
/* The commit of tid, for which journal_will_flush holds, is to make these durable too. */
void journal_flush_too(struct journal *j, uint32_t tid, const struct flush_set *set);

/* The transaction that h is part of, or that runs now; for fsync. */
uint32_t journal_tid(const struct handle *h);
uint32_t journal_running_tid(const struct journal *j);
/* A commit of tid is still to begin: it makes durable what journal_flush_too is told before anybody sleeps. */
bool journal_will_flush(const struct journal *j, uint32_t tid);
/* Wait until tid is durable, starting its commit if need be; waiters share one. 0 at once if it is already. -EIO, -EROFS. May sleep. */
int journal_commit(struct journal *j, uint32_t tid);
bool journal_is_aborted(const struct journal *j);
/* The error that an earlier mount left in the journal's super block (a positive errno), 0: none. */
int journal_old_error(const struct journal *j);
/* Forget it, durably: the file system's own super block says it now. 0 or -EIO. May sleep. */
int journal_clear_error(struct journal *j);
void journal_abort(struct journal *j, int error);
/* Blocks a transaction may hold at most; truncates and big changes cut themselves into pieces below it. */
unsigned int journal_max_credits(const struct journal *j);

#endif
