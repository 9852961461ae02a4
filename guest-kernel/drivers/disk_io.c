// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Helper threads for host calls that block. Jobs and threads are guarded by the big lock: a thread takes it to fetch a job and to announce its end,
 * and runs the job without it. A job lies on the stack of the task that waits for it, or is a detached one on the heap.
 */
#include "drivers/disk_io.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "drivers/disk_fault.h"
#include "drivers/disk_record.h"
#include "host/host_disk.h"
#include "host/host_memory.h"
#include "host/host_thread.h"
#include "lib/string.h"

#define HELPERS_MAX  8
#define DETACHED_MAX 16		 /* hints that wait for a thread; more are dropped */
#define HELD_BYTES   (16u << 10) /* a copy up to here is not worth giving the big lock up */
#define AHEAD_BYTES  (64u << 10)
#define FLUSH_RANGE_GAIN \
	(1u << 20) /* bytes elsewhere that are not durable yet and worth to be left alone */
#define ZERO_BYTES (64u << 10)

enum job_kind { JOB_READ, JOB_FLUSH, JOB_FLUSH_VIEW, JOB_PUNCH, JOB_WRITEBACK, JOB_AHEAD };

struct job {
	enum job_kind kind;
	int fd;
	uint64_t offset, len;
	void *buf;
	ssize_t result;
	bool done, detached;
	struct task *waiter;
	struct list_head link;
};

struct helper {
	struct host_event event;
	struct list_head idle_link;
	bool idle;
};

static struct list_head jobs = LIST_HEAD_INIT(jobs), idle = LIST_HEAD_INIT(idle);
static unsigned int n_helpers, n_detached;

static void read_ahead(const struct job *j)
{
	uint64_t end = j->offset + j->len, at = j->offset;
	void *buf = kmalloc(AHEAD_BYTES);

	while (buf && at < end) {
		ssize_t n = host_disk_read(j->fd, buf, MIN(end - at, AHEAD_BYTES), at);

		if (n <= 0)
			break;
		at += (uint64_t)n;
	}
	kfree(buf);
}

/* Without the big lock. */
static void job_run(struct job *j)
{
	switch (j->kind) {
	case JOB_READ:
		j->result = host_disk_read(j->fd, j->buf, j->len, j->offset);
		break;
	case JOB_FLUSH:
		j->result = host_disk_flush(j->fd);
		break;
	case JOB_FLUSH_VIEW:
		j->result = host_disk_view_flush(j->buf, j->len);
		break;
	case JOB_PUNCH:
		j->result = host_disk_punch(j->fd, j->offset, j->len);
		break;
	case JOB_WRITEBACK:
		j->result = host_disk_writeback(j->fd, j->offset, j->len);
		break;
	case JOB_AHEAD:
		read_ahead(j);
		break;
	}
}

static void job_end(struct job *j)
{
	if (j->detached) {
		n_detached--;
		kfree(j);
		return;
	}
	j->done = true;
	task_wake(j->waiter);
}

static void helper_main(void *arg)
{
	struct helper *h = arg;

	big_lock_take();
	for (;;) {
		struct job *j;

		if (list_empty(&jobs)) {
			h->idle = true;
			list_add(&h->idle_link, &idle);
			big_lock_release();
			(void)host_event_wait(&h->event, UINT64_MAX);
			big_lock_take();
			if (h->idle)
				list_del(&h->idle_link);
			h->idle = false;
			continue;
		}
		j = list_first_entry(&jobs, struct job, link);
		list_del(&j->link);
		big_lock_release();
		job_run(j);
		big_lock_take();
		job_end(j);
	}
}

static void helper_start(void)
{
	struct helper *h = kzalloc(sizeof(*h));

	if (!h)
		return;
	if (host_event_init(&h->event) < 0) {
		kfree(h);
		return;
	}
	list_init(&h->idle_link);
	/* A failure leaks one descriptor, once in a while, on a host that is out of threads. */
	if (host_thread_start("umlk-disk", helper_main, h) == 0)
		n_helpers++;
	else
		kfree(h);
}

/* False if nobody will ever take it. */
static bool job_queue(struct job *j)
{
	struct helper *h;

	if (!list_empty(&idle)) {
		h = list_first_entry(&idle, struct helper, idle_link);
		list_del(&h->idle_link);
		h->idle = false;
		list_add_tail(&j->link, &jobs);
		host_event_set(&h->event);
		return true;
	}
	if (n_helpers < HELPERS_MAX)
		helper_start();
	if (n_helpers == 0)
		return false;
	list_add_tail(&j->link, &jobs);
	return true;
}

/* Run it on a helper and sleep, or block where there is no task or no thread. */
static ssize_t job_do(struct job *j)
{
	ASSERT_LOCKED();
	j->waiter = current_task();
	if (!j->waiter || !job_queue(j)) {
		job_run(j);
		return j->result;
	}
	while (!j->done)
		(void)!task_sleep(NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	return j->result;
}

static void job_detach(enum job_kind kind, int fd, uint64_t offset, uint64_t len)
{
	struct job *j;

	ASSERT_LOCKED();
	if (n_detached >= DETACHED_MAX || len == 0)
		return;
	j = kzalloc(sizeof(*j));
	if (!j)
		return;
	*j = (struct job){ .kind = kind, .fd = fd, .offset = offset, .len = len, .detached = true };
	n_detached++;
	if (!job_queue(j)) {
		n_detached--;
		kfree(j);
	}
}

/* --- on files ----------------------------------------------------------------------------------- */

void disk_file_init(struct disk_file *f, int fd)
{
	*f = (struct disk_file){ .fd = fd };
	wait_queue_init(&f->flushed);
}

static ssize_t read_now(struct disk_file *f, uint64_t offset, void *buf, size_t len)
{
	bool drop = len > HELD_BYTES && current_task();
	ssize_t n;

	if (drop)
		big_lock_drop();
	n = host_disk_read_now(f->fd, buf, len, offset);
	if (drop)
		big_lock_retake();
	return n;
}

int disk_read(struct disk_file *f, uint64_t offset, void *buf, size_t len)
{
	struct job j = { .kind = JOB_READ, .fd = f->fd };
	ssize_t n = 0;

	ASSERT_LOCKED();
	if (disk_fault_due(DISK_FAULT_READ))
		return -EIO;
	if (!f->no_nowait) {
		n = read_now(f, offset, buf, len);
		if (n == (ssize_t)len)
			return 0;
		if (n == -EOPNOTSUPP || n == -EINVAL)
			f->no_nowait = true;
		n = MAX(n, 0);
	}
	j.offset = offset + (uint64_t)n;
	j.buf = (char *)buf + n;
	j.len = len - (size_t)n;
	return job_do(&j) == (ssize_t)j.len ? 0 : -EIO;
}

static bool view_make(struct disk_file *f)
{
	struct host_disk_info info;

	f->no_view = true;
	if (host_disk_info(f->fd, &info) < 0 || info.bytes < PAGE_SIZE)
		return false;
	f->view_bytes = ALIGN_DOWN(info.bytes, PAGE_SIZE);
	f->view = host_disk_view(f->fd, f->view_bytes);
	f->warm = f->view ? kzalloc(WARM_SLOTS * sizeof(*f->warm)) : NULL;
	return f->view != NULL;
}

/* Asking the host costs as much as a small copy: one answer is good for a second, and for the whole piece. */
static bool piece_is_warm(struct disk_file *f, uint64_t number, uint32_t now)
{
	struct warm_piece *w = &f->warm[number % WARM_SLOTS];
	uint64_t at = number * WARM_PIECE;

	if (w->number == (uint32_t)number && w->seconds == now)
		return true;
	if (!host_disk_view_is_warm(f->view + at, MIN(f->view_bytes - at, (uint64_t)WARM_PIECE)))
		return false;
	*w = (struct warm_piece){ (uint32_t)number, now };
	return true;
}

static bool view_is_warm(struct disk_file *f, uint64_t offset, size_t len)
{
	uint32_t now = (uint32_t)(host_monotonic_ns() / NSEC_PER_SEC) + 1;
	uint64_t end = offset + len, first = offset / WARM_PIECE, last = (end - 1) / WARM_PIECE;

	while (f->warm && first <= last && piece_is_warm(f, first, now))
		first++;
	if (first > last)
		return true;
	offset = MAX(offset, first * WARM_PIECE);
	return host_disk_view_is_warm(f->view + offset, end - offset);
}

const void *disk_view(struct disk_file *f, uint64_t offset, size_t len)
{
	ASSERT_LOCKED();
	if (disk_fault_planned(DISK_FAULT_READ) || (!f->view && (f->no_view || !view_make(f))))
		return NULL;
	if (offset > f->view_bytes || len > f->view_bytes - offset || !view_is_warm(f, offset, len))
		return NULL;
	return f->view + offset;
}

void disk_file_done(struct disk_file *f)
{
	host_disk_unview(f->view, f->view_bytes);
	f->view = NULL;
	f->no_view = true;
	kfree(f->warm);
	f->warm = NULL;
}

int disk_write(struct disk_file *f, uint64_t offset, const void *buf, size_t len)
{
	bool drop = current_task() != NULL;
	ssize_t r;

	ASSERT_LOCKED();
	if (disk_fault_due(DISK_FAULT_WRITE))
		return -EIO;
	if (drop)
		big_lock_drop();
	r = host_disk_write(f->fd, buf, len, offset);
	if (drop)
		big_lock_retake();
	if (r < 0)
		return -EIO;
	f->unflushed += len;
	disk_record_write(f, offset, buf, len);
	return 0;
}

static void flush_failed(struct disk_file *f, int error)
{
	if (f->error)
		return;
	f->error = -EIO;
	pr_err("disk: the host could not make data durable (error %d): the disk is not to be trusted",
	       error);
}

int disk_flush(struct disk_file *f)
{
	/* One that begins from now on. */
	uint64_t want = f->started + 1;

	ASSERT_LOCKED();
	while (f->done < want) {
		struct job j = { .kind = JOB_FLUSH, .fd = f->fd };
		uint64_t mine;

		if (f->flushing) {
			(void)!wait_queue_sleep(&f->flushed, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
			continue;
		}
		f->flushing = true;
		mine = ++f->started;
		f->unflushed = 0;
		disk_record_flush(f, NULL, false);
		if (disk_fault_due(DISK_FAULT_FLUSH))
			j.result = -EIO;
		else if (job_do(&j) == 0)
			disk_record_flush(f, NULL, true);
		if (j.result < 0)
			flush_failed(f, (int)-j.result);
		f->flushing = false;
		f->done = mine;
		(void)wait_queue_wake_all(&f->flushed);
	}
	return f->error;
}

/* Is it less work for the host to look after these ranges alone? Each costs it a flush of its disk's cache. */
static bool ranges_are_better(struct disk_file *f, const struct flush_set *set)
{
	uint64_t bytes = flush_set_bytes(set);

	/* Tests of power cuts want to see what a set lacks. */
	if (set->all || (!f->record && f->unflushed < bytes + FLUSH_RANGE_GAIN) ||
	    (!f->view && (f->no_view || !view_make(f))))
		return false;
	for (unsigned int i = 0; i < set->n; i++)
		if (set->ranges[i].to > f->view_bytes)
			return false;
	return true;
}

int disk_flush_set(struct disk_file *f, const struct flush_set *set)
{
	struct flush_set mine = *set;

	ASSERT_LOCKED();
	if (!ranges_are_better(f, &mine))
		return mine.n > 0 || mine.all ? disk_flush(f) : f->error;
	disk_record_flush(f, &mine, false);
	for (unsigned int i = 0; i < mine.n && f->error == 0; i++) {
		const struct flush_range *r = &mine.ranges[i];
		struct job j = {
			.kind = JOB_FLUSH_VIEW,
			.fd = f->fd,
			.buf = (char *)(uintptr_t)f->view + r->from,
			.len = r->to - r->from,
		};

		if (disk_fault_due(DISK_FAULT_FLUSH))
			j.result = -EIO;
		else
			(void)job_do(&j);
		if (j.result < 0)
			flush_failed(f, (int)-j.result);
	}
	if (f->error)
		return f->error;
	f->unflushed -= MIN(f->unflushed, flush_set_bytes(&mine));
	disk_record_flush(f, &mine, true);
	return 0;
}

int disk_punch(struct disk_file *f, uint64_t offset, uint64_t len)
{
	struct job j = { .kind = JOB_PUNCH, .fd = f->fd, .offset = offset, .len = len };
	ssize_t r;

	if (f->no_punch)
		return -EOPNOTSUPP;
	if (disk_fault_due(DISK_FAULT_PUNCH))
		return -EIO;
	r = job_do(&j);
	if (r == -EOPNOTSUPP || r == -ENOSYS || r == -ENODEV) {
		f->no_punch = true;
		return -EOPNOTSUPP;
	}
	if (r == 0)
		disk_record_zero(f, offset, len);
	return r < 0 ? -EIO : 0;
}

int disk_zero(struct disk_file *f, uint64_t offset, uint64_t len)
{
	int r = disk_punch(f, offset, len);
	void *zeros;

	if (r != -EOPNOTSUPP)
		return r;
	zeros = kzalloc(ZERO_BYTES);
	if (!zeros)
		return -ENOMEM;
	r = 0;
	while (r == 0 && len > 0) {
		size_t n = MIN(len, ZERO_BYTES);

		r = disk_write(f, offset, zeros, n);
		offset += n;
		len -= n;
	}
	kfree(zeros);
	return r;
}

void disk_writeback(struct disk_file *f, uint64_t offset, uint64_t len)
{
	job_detach(JOB_WRITEBACK, f->fd, offset, len);
}

void disk_readahead(struct disk_file *f, uint64_t offset, uint64_t len)
{
	job_detach(JOB_AHEAD, f->fd, offset, MIN(len, 1u << 20));
}
