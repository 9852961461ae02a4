/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pipe is a ring of slots, each a page or a part of one, as in Linux: what fits, what blocks and what poll says depends on free slots. pipe->lock is held
 * while a reader or writer copies (a copy drops the big lock); slots change only under it.
 */
#ifndef FS_ANON_PIPE_H
#define FS_ANON_PIPE_H

#include "fs/anon/anon.h"

#define PIPE_BUF	   4096u
#define PIPE_DEFAULT_SLOTS 16u

struct pipe_slot {
	char *page;
	uint32_t offset, len;
	bool packet; /* written with O_DIRECT: one read takes it, the rest is dropped */
};

struct pipe {
	struct sleep_lock lock;
	struct wait_queue read_wait, write_wait;
	struct pipe_slot *slots;
	unsigned int n_slots;	 /* a power of two */
	unsigned int head, tail; /* free-running; head - tail slots are full */
	unsigned int readers, writers, files;
	unsigned int read_opens, write_opens; /* how often each side was opened */
	bool anonymous;			      /* pipe(2), not a fifo */
	bool polled; /* somebody polls: every write is announced (edge-triggered sets) */
	char *spare; /* a free page, charged */
	struct anon_user *user;
};

extern const struct file_ops pipe_file_ops;

int pipe_create(uint32_t flags, struct file *ret[2]); /* O_NONBLOCK, O_DIRECT */
struct pipe *pipe_of(const struct file *f);	      /* NULL if it is not one */

static inline bool pipe_empty(const struct pipe *p)
{
	return p->head == p->tail;
}

static inline bool pipe_full(const struct pipe *p)
{
	return p->head - p->tail >= p->n_slots;
}

static inline struct pipe_slot *pipe_slot(struct pipe *p, unsigned int i)
{
	return &p->slots[i & (p->n_slots - 1)];
}

/* For splice; the lock is held. wait: 0, -EAGAIN (nonblock), -EPIPE (no readers), -ERESTARTSYS; they drop the lock while they sleep. */
int pipe_wait_space(struct pipe *p, bool nonblock);
/* The same for data: 1 there is some, 0 end of file. */
int pipe_wait_data(struct pipe *p, bool nonblock);
/* Fill the next slot with len bytes (at most a page), which the caller wrote to *ret_page. -ENOMEM. */
int pipe_page_get(struct pipe *p, char **ret_page);
void pipe_page_put(struct pipe *p, char *page);
void pipe_push(struct pipe *p, char *page, uint32_t len, bool packet);
void pipe_consume(struct pipe *p, uint32_t len); /* from the tail slot */
void pipe_wake_readers(struct pipe *p);
void pipe_wake_writers(struct pipe *p);

#endif
