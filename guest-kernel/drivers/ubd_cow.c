// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copy on write: sectors whose bit is set lie in the COW file, all others in the base image.
 *
 * Bits are changed in memory only, after the data is in the file, and written by a flush: data durable, then the bits that were set before it began, then
 * those durable. So a crash of the host at any moment leaves bits only for data that is there; what is lost was never promised. A thread flushes
 * changed bits some seconds after the first change.
 *
 * Whoever writes sectors that are not in the COW file yet holds copy_lock: a page is copied up whole, and a write to another part of it must not get lost in
 * between. Bits only ever go from 0 to 1, so readers and writers of present sectors need no lock. The bitmap is in ubd_bitmap.c.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "drivers/disk_record.h"
#include "drivers/ubd_bitmap.h"
#include "drivers/ubd_internal.h"
#include "host/host_clock.h"
#include "host/host_disk.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define MAP_COPY_BYTES (64u << 10)  /* copied up for one write fault at most */
#define MAP_RUN_BYTES  (256u << 20) /* looked at for one map at most */
#define SYNC_DELAY_NS  (5 * NSEC_PER_SEC)

struct ubd_cow {
	struct ubd *ubd;
	struct ubd_bitmap bitmap;
	struct sleep_lock copy_lock;
	uint64_t data_offset;
	bool flushing, ending;
	uint64_t started, done; /* flushes, as in disk_io.c */
	int error;
	struct wait_queue flushed;
	struct wait_queue changed; /* the thread waits for bits to write */
	bool thread_runs, thread_failed;
};

static struct ubd *ubd_of(const struct block_device *d)
{
	return d->private;
}

static void sync_thread(void *arg);

static int set_present(struct ubd_cow *c, uint64_t offset, uint64_t len, bool *ret_moved)
{
	int r = bitmap_set(&c->bitmap, offset / BLOCK_SECTOR, len / BLOCK_SECTOR, ret_moved);

	if (!bitmap_is_dirty(&c->bitmap))
		return r;
	if (c->thread_runs) {
		(void)wait_queue_wake_all(&c->changed);
	} else if (current_task() && !c->thread_failed) {
		c->thread_runs = kthread_start("ubd-sync", sync_thread, c->ubd) != NULL;
		c->thread_failed = !c->thread_runs;
		if (c->thread_failed)
			pr_warning("%s: no thread to write the bitmap, only a flush does",
				   c->ubd->disk.name);
	}
	return r;
}

/* How many of len bytes from offset lie at the same place; *ret_present: in the COW file. May sleep. */
static int same_place(struct ubd_cow *c, uint64_t offset, uint64_t len, bool *ret_present,
		      uint64_t *ret_len)
{
	uint64_t n;
	int r = bitmap_run(&c->bitmap, offset / BLOCK_SECTOR, len / BLOCK_SECTOR, ret_present, &n);

	*ret_len = n * BLOCK_SECTOR;
	return r;
}

/* --- reading ------------------------------------------------------------------------------------ */

static int read_pieces(struct ubd *u, uint64_t offset, uint8_t *buf, uint64_t len)
{
	struct ubd_cow *c = u->cow;

	while (len > 0) {
		bool present;
		uint64_t n;
		int r = same_place(c, offset, len, &present, &n);

		if (r == 0)
			r = present ? disk_read(&u->top, c->data_offset + offset, buf, n)
				    : disk_read(&u->base, offset, buf, n);
		if (r < 0)
			return r;
		offset += n;
		buf += n;
		len -= n;
	}
	return 0;
}

static int cow_read(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	return read_pieces(ubd_of(d), offset, buf, len);
}

static const void *cow_view(struct block_device *d, uint64_t offset, size_t len, size_t *ret_len)
{
	struct ubd *u = ubd_of(d);
	uint64_t from = ALIGN_DOWN(offset, (uint64_t)BLOCK_SECTOR), n;
	uint64_t sectors = ALIGN_UP(offset + len, (uint64_t)BLOCK_SECTOR) - from;
	bool present;

	if (!bitmap_run_now(&u->cow->bitmap, from / BLOCK_SECTOR, sectors / BLOCK_SECTOR, &present,
			    &n))
		return NULL;
	*ret_len = MIN(len, n * BLOCK_SECTOR - (offset - from));
	return present ? disk_view(&u->top, u->cow->data_offset + offset, *ret_len)
		       : disk_view(&u->base, offset, *ret_len);
}

static void cow_readahead(struct block_device *d, uint64_t offset, uint64_t len)
{
	struct ubd *u = ubd_of(d);
	bool present;
	uint64_t n;

	/* The first piece that lies together; a bitmap that must be read first is not worth it. */
	if (!bitmap_run_now(&u->cow->bitmap, offset / BLOCK_SECTOR, len / BLOCK_SECTOR, &present,
			    &n))
		return;
	if (present)
		disk_readahead(&u->top, u->cow->data_offset + offset, n * BLOCK_SECTOR);
	else
		disk_readahead(&u->base, offset, n * BLOCK_SECTOR);
}

/* --- writing ------------------------------------------------------------------------------------ */

static int all_present(struct ubd_cow *c, uint64_t offset, uint64_t len, bool *ret)
{
	uint64_t n;
	int r = same_place(c, offset, len, ret, &n);

	*ret = *ret && n == len;
	return r;
}

/* The sectors of [offset, offset + len) that are not in the COW file yet are copied there. copy_lock is held. */
static int copy_up(struct ubd *u, uint64_t offset, uint64_t len, bool *ret_moved)
{
	struct ubd_cow *c = u->cow;
	void *buf = kmalloc(MIN(len, (uint64_t)MAP_COPY_BYTES));
	int r = buf ? 0 : -ENOMEM;

	while (r == 0 && len > 0) {
		bool present;
		uint64_t n;

		r = same_place(c, offset, len, &present, &n);
		if (r == 0 && !present) {
			n = MIN(n, (uint64_t)MAP_COPY_BYTES);
			r = disk_read(&u->base, offset, buf, n);
			if (r == 0)
				r = disk_write(&u->top, c->data_offset + offset, buf, n);
			if (r == 0)
				r = set_present(c, offset, n, ret_moved);
		}
		offset += n;
		len -= n;
	}
	kfree(buf);
	return r;
}

/* The rest of the first and of the last page of a range that is about to be written: a page wholly in the COW file can be mapped. */
static int copy_edges(struct ubd *u, uint64_t offset, uint64_t len, bool *ret_moved)
{
	uint64_t end = offset + len;
	uint64_t first = ALIGN_DOWN(offset, PAGE_SIZE), last = ALIGN_DOWN(end - 1, PAGE_SIZE);
	int r = 0;

	if (offset != first || (last == first && end < MIN(first + PAGE_SIZE, u->bytes)))
		r = copy_up(u, first, MIN(PAGE_SIZE, u->bytes - first), ret_moved);
	if (r == 0 && last != first && end < MIN(last + PAGE_SIZE, u->bytes))
		r = copy_up(u, last, MIN(PAGE_SIZE, u->bytes - last), ret_moved);
	return r;
}

static int write_pieces(struct ubd *u, uint64_t offset, const void *buf, uint64_t len,
			bool *ret_moved)
{
	struct ubd_cow *c = u->cow;
	uint64_t from = ALIGN_DOWN(offset, (uint64_t)BLOCK_SECTOR);
	uint64_t sectors = ALIGN_UP(offset + len, (uint64_t)BLOCK_SECTOR) - from;
	bool present;
	int r = all_present(c, from, sectors, &present);

	if (r < 0)
		return r;
	if (present)
		return disk_write(&u->top, c->data_offset + offset, buf, len);
	sleep_lock_take(&c->copy_lock);
	r = copy_edges(u, offset, len, ret_moved);
	if (r == 0)
		r = disk_write(&u->top, c->data_offset + offset, buf, len);
	if (r == 0)
		r = set_present(c, from, sectors, ret_moved);
	sleep_lock_release(&c->copy_lock);
	return r;
}

static int cow_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		     unsigned int *ret_flags)
{
	bool moved = false;
	int r = write_pieces(ubd_of(d), offset, buf, len, &moved);

	if (moved)
		*ret_flags = BLOCK_MOVED;
	return r;
}

static int cow_zero(struct block_device *d, uint64_t offset, uint64_t len, unsigned int *ret_flags)
{
	struct ubd *u = ubd_of(d);
	bool moved = false;
	int r;

	sleep_lock_take(&u->cow->copy_lock);
	r = copy_edges(u, offset, len, &moved);
	if (r == 0)
		r = disk_zero(&u->top, u->cow->data_offset + offset, len);
	if (r == 0)
		r = set_present(u->cow, offset, len, &moved);
	sleep_lock_release(&u->cow->copy_lock);
	if (moved)
		*ret_flags = BLOCK_MOVED;
	return r;
}

/* Room of sectors in the COW file goes back to the host; what was never copied stays as it is. */
static int cow_discard(struct block_device *d, uint64_t offset, uint64_t len)
{
	struct ubd *u = ubd_of(d);
	int r = 0;

	while (r == 0 && len > 0) {
		bool present;
		uint64_t n;

		r = same_place(u->cow, offset, len, &present, &n);
		if (r == 0 && present)
			r = disk_punch(&u->top, u->cow->data_offset + offset, n);
		offset += n;
		len -= n;
	}
	return r;
}

static void cow_writeback(struct block_device *d, uint64_t offset, uint64_t len)
{
	disk_writeback(&ubd_of(d)->top, ubd_of(d)->cow->data_offset + offset, len);
}

/* --- flush -------------------------------------------------------------------------------------- */

static int flush_once(struct ubd *u)
{
	struct ubd_cow *c = u->cow;
	struct list_head bits = LIST_HEAD_INIT(bits);
	bool any = false;
	int r = bitmap_snapshot(&c->bitmap, &bits);

	if (r == 0)
		r = disk_flush(&u->top);
	while (!list_empty(&bits)) {
		struct bitmap_copy *b = list_first_entry(&bits, struct bitmap_copy, link);

		if (r == 0)
			r = disk_write(&u->top, b->file_offset, b->bytes, b->len);
		any = true;
		list_del(&b->link);
		kfree(b);
	}
	return r == 0 && any ? disk_flush(&u->top) : r;
}

static int flush_cow(struct ubd *u)
{
	struct ubd_cow *c = u->cow;
	uint64_t want = c->started + 1;

	ASSERT_LOCKED();
	while (c->done < want) {
		uint64_t mine;
		int r;

		if (c->flushing) {
			(void)!wait_queue_sleep(&c->flushed, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
			continue;
		}
		c->flushing = true;
		mine = ++c->started;
		r = c->error ? c->error : flush_once(u);
		if (r < 0 && c->error == 0) {
			/* Bits that could not be written are lost: nothing may be promised any more. */
			c->error = -EIO;
			pr_err("%s: the COW file's bitmap cannot be kept (error %d)", u->disk.name,
			       -r);
		}
		c->flushing = false;
		c->done = mine;
		(void)wait_queue_wake_all(&c->flushed);
	}
	return c->error;
}

static int cow_flush(struct block_device *d)
{
	return flush_cow(ubd_of(d));
}

/* Bits that nobody flushes reach the file after a while. */
static void sync_thread(void *arg)
{
	struct ubd *u = arg;
	struct ubd_cow *c = u->cow;

	while (!c->ending) {
		uint64_t until;

		if (!bitmap_is_dirty(&c->bitmap)) {
			(void)!wait_queue_sleep(&c->changed, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
			continue;
		}
		until = host_monotonic_ns() + SYNC_DELAY_NS;
		while (!c->ending && host_monotonic_ns() < until)
			(void)!task_sleep(until, WAIT_UNINTERRUPTIBLE);
		if (!c->ending && bitmap_is_dirty(&c->bitmap) && flush_cow(u) < 0)
			break;
	}
	c->thread_runs = false;
	(void)wait_queue_wake_all(&c->flushed);
}

void ubd_cow_end(struct block_device *d)
{
	struct ubd *u = ubd_of(d);
	struct ubd_cow *c = u->cow;

	/* As flush_once, without sleeping and without the end: what the host does after us is its own. */
	if (!c || c->error || !bitmap_is_dirty(&c->bitmap) || host_disk_flush(u->fd) < 0)
		return;
	bitmap_write_now(&c->bitmap, u->fd);
}

/* --- maps --------------------------------------------------------------------------------------- */

/* How many bytes from offset, in whole pages (the disk's last one may be short), lie at one place. 0: half of the first page does. */
static int page_run(struct ubd *u, uint64_t offset, uint64_t len, bool *ret_present,
		    uint64_t *ret_len)
{
	uint64_t end = offset + len, n;
	int r = same_place(u->cow, offset, len, ret_present, &n);

	if (r < 0)
		return r;
	*ret_len = offset + n == end ? n : ALIGN_DOWN(n, PAGE_SIZE);
	return 0;
}

static int map_for_write(struct ubd *u, uint64_t offset, uint64_t len, unsigned int *ret_flags)
{
	bool moved = false, present;
	int r = all_present(u->cow, offset, MIN(len, PAGE_SIZE), &present);

	if (r < 0 || present)
		return r;
	sleep_lock_take(&u->cow->copy_lock);
	r = copy_up(u, offset, MIN(len, (uint64_t)MAP_COPY_BYTES), &moved);
	sleep_lock_release(&u->cow->copy_lock);
	if (moved)
		*ret_flags = BLOCK_MOVED;
	return r;
}

static int cow_map(struct block_device *d, uint64_t offset, uint64_t len, bool write,
		   struct mapping_run *ret, unsigned int *ret_flags)
{
	struct ubd *u = ubd_of(d);
	uint64_t data_offset = u->cow->data_offset, n = 0;
	bool present = false;
	int r = 0;

	len = MIN(MIN(len, d->bytes - offset), (uint64_t)MAP_RUN_BYTES);
	/* Whole pages, but for the last of a disk that does not end at one. */
	len = MIN(ALIGN_UP(len, PAGE_SIZE), d->bytes - offset);
	if (u->plugged || (write && data_offset % PAGE_SIZE != 0))
		return -EOPNOTSUPP;
	if (write)
		r = map_for_write(u, offset, len, ret_flags);
	if (r == 0)
		r = page_run(u, offset, len, &present, &n);
	if (r < 0)
		return r;
	if (n == 0 ||
	    (present && (data_offset % PAGE_SIZE != 0 || data_offset + offset + n > u->file_bytes)))
		return -EOPNOTSUPP;
	if (write)
		disk_record_map(&u->top, data_offset + offset, n);
	*ret = (struct mapping_run){
		.kind = MAPPING_RUN_HOST,
		.engine_fd = ubd_slot(u, !present ? UBD_SLOT_BASE
					 : write  ? UBD_SLOT_RW
						  : UBD_SLOT_RO),
		.host_offset = present ? data_offset + offset : offset,
		.len = ALIGN_UP(n, PAGE_SIZE),
		.readonly = !write,
	};
	return 0;
}

/* --- coming and going --------------------------------------------------------------------------- */

int ubd_cow_create(struct ubd *u)
{
	struct ubd_cow *c = kzalloc(sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->ubd = u;
	c->data_offset = u->header->data_offset;
	sleep_lock_init(&c->copy_lock);
	wait_queue_init(&c->flushed);
	wait_queue_init(&c->changed);
	r = bitmap_init(&c->bitmap, &u->top, u->header->bitmap_offset, u->header->bitmap_bytes,
			u->bytes / BLOCK_SECTOR);
	if (r < 0) {
		kfree(c);
		return r;
	}
	u->cow = c;
	u->disk.sync_all = ubd_cow_end;
	return 0;
}

void ubd_cow_destroy(struct ubd *u)
{
	struct ubd_cow *c = u->cow;

	if (!c)
		return;
	c->ending = true;
	while (c->thread_runs) {
		(void)wait_queue_wake_all(&c->changed);
		(void)!wait_queue_sleep(&c->flushed, host_monotonic_ns() + NSEC_PER_SEC,
					WAIT_UNINTERRUPTIBLE);
	}
	bitmap_free(&c->bitmap);
	kfree(c);
	u->cow = NULL;
}

const struct block_ops ubd_cow_ops = {
	.read = cow_read,
	.view = cow_view,
	.write = cow_write,
	.flush = cow_flush,
	.writeback = cow_writeback,
	.discard = cow_discard,
	.zero = cow_zero,
	.map = cow_map,
	.readahead = cow_readahead,
};
