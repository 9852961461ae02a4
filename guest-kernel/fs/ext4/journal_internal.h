/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the journal share: journal_super.c (open, super block, start and end), journal_recover.c (replay), journal_handle.c (handles and what
 * they change), journal_commit.c (the thread that writes transactions and checkpoints), journal_revoke.c (tables of revoked blocks).
 *
 * The life of a changed block: `spare` is memory for a copy, got before the change so that a commit cannot run out of memory; the commit fills it and makes it
 * `copy`; once the transaction is durable it becomes `home`: the newest content that is in the log and not yet at its place. The next commit of the same block
 * replaces it, a checkpoint writes it. Only the commit thread touches copy and home.
 */
#ifndef FS_EXT4_JOURNAL_INTERNAL_H
#define FS_EXT4_JOURNAL_INTERNAL_H

#include "abi/abi_errno.h"
#include "core/ktimer.h"
#include "core/wait_queue.h"
#include "fs/ext4/journal.h"
#include "fs/ext4/journal_format.h"

/* Block numbers with a transaction each: open addressing, a power of two of slots. */
struct revoke_slot {
	uint64_t block; /* REVOKE_FREE: nothing here */
	uint32_t tid;
};
struct revoke_table {
	struct revoke_slot *slots;
	uint32_t n_slots, count;
};
#define REVOKE_FREE UINT64_MAX

/* Adds, or raises the transaction of one that is there. -ENOMEM; -EFBIG: more than anybody may ask for (a hostile journal). */
int revoke_add(struct revoke_table *t, uint64_t block, uint32_t tid);
void revoke_remove(struct revoke_table *t, uint64_t block);
bool revoke_find(const struct revoke_table *t, uint64_t block, uint32_t *ret_tid);
void revoke_clear(struct revoke_table *t);

/* Numbers of transactions wrap around. */
static inline bool tid_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

struct transaction {
	uint32_t tid;
	bool locked;	      /* to be committed: no new handle */
	bool data;	      /* file data was written for it */
	struct flush_set set; /* that data, and what an fsync waits for */
	unsigned int handles; /* open ones */
	unsigned int credits; /* reserved by open handles and not used */
	unsigned int revoke_credits;
	unsigned int n_dirty;
	struct list_head blocks; /* journal_block.link */
	struct revoke_table revokes;
};

struct journal_block {
	struct buffer *buf; /* pinned by its journal pointer */
	uint64_t block;
	struct transaction *txn; /* the running one, if it has this block */
	bool dirty;		 /* in txn: changed */
	struct list_head link;
	uint8_t *spare, *copy, *home;
	bool escaped;		    /* copy begins with zeroes instead of the magic number */
	struct list_head home_link; /* journal.homes */
};

struct handle {
	struct journal *journal;
	struct transaction *txn;
	struct task *task;
	unsigned int depth;
	unsigned int credits, revokes; /* left */
	bool sync;
	struct list_head link; /* journal.handles */
};

struct journal {
	struct journal_config config;
	struct block_device *dev;
	struct journal_place *places;	/* by logical block */
	struct journal_place *physical; /* the same by physical block */
	uint8_t uuid[16];
	struct journal_format format;
	uint8_t *super;		/* a block; the first SUPER_BYTES count */
	uint32_t first, maxlen; /* the log is [first, maxlen) */
	uint32_t start;		/* from the super block; 0: empty */
	uint32_t next_tid;

	int aborted;	  /* first error, negative */
	bool abort_noted; /* it is in the super block, or cannot be */
	bool running_state, closing, thread_gone;

	/* Run time. */
	uint32_t head; /* where the next transaction goes */
	uint32_t used; /* blocks behind head that a crash may still need */
	uint32_t
		released; /* of those: free as soon as the super block that was written is durable */
	bool super_live;  /* the super block on the disk names a start */
	unsigned int max_blocks; /* of one transaction */
	struct transaction *running, *committing;
	uint32_t committed_tid, requested_tid;
	struct list_head handles;
	struct list_head homes;
	unsigned int n_homes;
	struct list_head lost; /* journal_block.link: of a commit that failed */
	struct flush_set
		early; /* data that must be durable before the next transaction is, while none runs */
	bool timer_fired;
	struct ktimer timer;
	struct wait_queue thread_queue; /* the commit thread sleeps here */
	struct wait_queue room_queue;	/* journal_start and journal_commit wait here */

	uint8_t *bounce; /* BOUNCE_BLOCKS blocks, the thread's */
};

#define BOUNCE_BLOCKS 64u

/* --- journal_super.c ---- */

/* Physical block of a block of the journal, and how many follow it there. False outside. */
bool journal_map(const struct journal *j, uint32_t logical, uint64_t *ret_block, uint32_t *ret_len);
/* Whether a block of the file system is one of the journal's own. */
bool journal_owns(const struct journal *j, uint64_t block);
/* Write the super block; start 0: empty. No flush. */
int journal_write_super(struct journal *j, uint32_t start, uint32_t tid);
int journal_flush(struct journal *j);

/* --- journal_commit.c ---- */

void journal_thread(void *arg);
void journal_timer(struct ktimer *t);
/* The block is in no transaction any more and has nothing to write: the buffer is let go. */
void journal_block_drop(struct journal_block *jb);
void journal_arm_timer(struct journal *j);
void journal_drop_all(struct journal *j);
/* Blocks of the log that a transaction with so many blocks and revokes takes. */
uint64_t journal_log_blocks(const struct journal *j, uint64_t blocks, uint64_t revokes);

#endif
