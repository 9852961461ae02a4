/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem= as a promise: how much memory the guest uses, and what happens when it is more than it has.
 *
 * Used is what the arena has handed out, the private pages of all spaces and the kernel's own memory. Private pages appear in the host without a word to
 * us, so they are sampled: while guest code runs and could exceed what is left, at a period in which it can hardly fill
 * that; and large maps are given in chunks, before each of which there is a look. Nothing is sampled while all that could become private pages fits (the usual state of a small guest) or no guest code runs. Over the
 * limit the pages are counted anew, exactly this time (a page shared since a fork counts in parts), and if that is still too
 * much the out-of-memory killer is asked. What a guest can be over by is a few chunks, and what
 * the copies of pages that a fork shared grow to within a period.
 */
#ifndef MM_MM_ACCOUNT_H
#define MM_MM_ACCOUNT_H

#include "lib/types.h"

struct mm;

/* vm.overcommit_memory and vm.overcommit_ratio. */
enum { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
extern unsigned int mm_overcommit_memory, mm_overcommit_ratio;

/* May this many pages be promised on top of what is? 0 or -ENOMEM, by the rules of Linux for vm.overcommit_memory. */
int mm_may_commit(uint64_t pages);
/* Pages that may become private memory come or go (modulo 2^64). For mm_vma.c. */
void mm_account_commit(uint64_t pages, bool stack);

void mm_account_add(struct mm *mm);
void mm_account_remove(struct mm *mm);

/* Around guest code: one of its threads runs. */
void mm_account_enter(struct mm *mm);
void mm_account_leave(struct mm *mm);

/*
 * Large private maps begin without access and get it in chunks as they are touched, so that a guest cannot fill them between two looks: is a map of this
 * length one of those? And may a chunk at addr in [start, end) be given? *ret_start and *ret_len (bytes) say which part; -ENOMEM if memory is used
 * up. May sleep.
 */
bool mm_account_is_large(uint64_t len);
int mm_account_chunk(uint64_t addr, uint64_t start, uint64_t end, uint64_t *ret_start,
		     uint64_t *ret_len);
/* Memory that the guest can now fill at once: small maps, what a fork may copy. */
void mm_account_given(uint64_t pages);

/* Called before a process is killed: give back what is only kept because it may be useful. vfs/ registers it. May sleep. */
extern void (*mm_shrink_caches)(void);

/* Pages that the arena may still hand out. */
uint64_t mm_account_room(void);

/* Start the kernel task that counts exactly and asks for victims; says in the log how mem= is kept. 0 or -ENOMEM. */
int mm_account_start(void);

/* A space by the host's count, in pages, right now. */
struct mm_usage {
	uint64_t resident, anon, shared; /* shared: of files, the arena and the stub */
	uint64_t max_resident;
};
void mm_usage_get(struct mm *mm, struct mm_usage *ret);

struct memory_stats {
	uint64_t total_bytes;  /* mem= */
	uint64_t arena_bytes;  /* handed out of the arena: tmpfs, shared memory */
	uint64_t anon_bytes;   /* private memory of all spaces */
	uint64_t kernel_bytes; /* umlk's own */
	uint64_t free_bytes;
	uint64_t committed_bytes, commit_limit_bytes;
};
/* As last sampled, or anew if that was a while ago. */
void memory_stats_get(struct memory_stats *ret);
/* The same with pages that are shared since a fork counted once. May sleep. */
void memory_stats_exact(struct memory_stats *ret);

#endif
