// SPDX-License-Identifier: GPL-2.0-or-later
/* See disk_record.h. */
#include "drivers/disk_record.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "drivers/disk_io.h"
#include "host/host_disk.h"
#include "host/host_memory.h"
#include "lib/string.h"

struct disk_record {
	unsigned int disk;
	uint64_t n_pages; /* of the file */
	uint64_t *
		seen; /* of each page: a hash of what was noted last; 0: never mapped for writing */
};

static int record_fd = -1;
static uint64_t record_at;

int disk_record_open(const char *path, char *why, size_t len)
{
	if (record_fd >= 0) {
		(void)format_str(why, len, "ubd=record: there is one already");
		return -EBUSY;
	}
	record_fd = host_disk_open(path, HOST_DISK_WRITE | HOST_DISK_CREATE);
	if (record_fd >= 0)
		return 0;
	(void)format_str(why, len, "ubd=record: %s cannot be made (error %d)", path, -record_fd);
	return record_fd;
}

void disk_record_attach(struct disk_file *f, unsigned int disk)
{
	struct host_disk_info info, own;
	struct disk_record *r;

	if (record_fd < 0 || host_disk_info(f->fd, &info) < 0 ||
	    host_disk_info(record_fd, &own) < 0)
		return;
	r = kzalloc(sizeof(*r));
	if (!r)
		return;
	r->disk = disk;
	r->n_pages = info.bytes / PAGE_SIZE;
	r->seen = kzalloc((r->n_pages + 1) * sizeof(*r->seen));
	if (!r->seen) {
		kfree(r);
		return;
	}
	/* A kernel that was restarted goes on where the last one ended. */
	record_at = MAX(record_at, own.bytes);
	f->record = r;
	pr_info("disk: what reaches ubd%u is recorded", disk);
}

void disk_record_detach(struct disk_file *f)
{
	if (f->record)
		kfree(f->record->seen);
	kfree(f->record);
	f->record = NULL;
}

static void put(const struct disk_file *f, uint32_t kind, uint64_t offset, const void *buf,
		uint64_t len)
{
	struct disk_record_entry e = {
		.magic = DISK_RECORD_MAGIC,
		.kind = kind,
		.disk = f->record->disk,
		.offset = offset,
		.len = len,
	};
	int r;

	ASSERT_LOCKED();
	r = host_disk_write(record_fd, &e, sizeof(e), record_at);
	record_at += sizeof(e);
	if (r == 0 && buf) {
		r = host_disk_write(record_fd, buf, len, record_at);
		record_at += len;
	}
	if (r < 0)
		pr_err("disk: the record cannot be written (error %d)", -r);
}

void disk_record_write(const struct disk_file *f, uint64_t offset, const void *buf, size_t len)
{
	if (f->record)
		put(f, DISK_RECORD_WRITE, offset, buf, len);
}

void disk_record_zero(const struct disk_file *f, uint64_t offset, uint64_t len)
{
	if (f->record)
		put(f, DISK_RECORD_ZERO, offset, NULL, len);
}

static uint64_t hash_page(const uint64_t *words)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		h = (h ^ words[i]) * 0x100000001b3ull ^ h >> 29;
	return h | 2; /* neither 0 nor 1 */
}

static void note_mapped_pages(const struct disk_file *f)
{
	uint64_t page[PAGE_SIZE / sizeof(uint64_t)];

	for (uint64_t i = 0; i < f->record->n_pages; i++) {
		uint64_t h;

		if (f->record->seen[i] == 0 ||
		    host_disk_read(f->fd, page, PAGE_SIZE, i * PAGE_SIZE) != PAGE_SIZE)
			continue;
		h = hash_page(page);
		if (h == f->record->seen[i])
			continue;
		f->record->seen[i] = h;
		put(f, DISK_RECORD_WRITE, i * PAGE_SIZE, page, PAGE_SIZE);
	}
}

void disk_record_flush(const struct disk_file *f, const struct flush_set *set, bool done)
{
	if (!f->record)
		return;
	if (!done)
		note_mapped_pages(f);
	if (!set)
		put(f, done ? DISK_RECORD_FLUSHED : DISK_RECORD_FLUSH, 0, NULL, 0);
	for (unsigned int i = 0; set && i < set->n; i++)
		put(f, done ? DISK_RECORD_FLUSHED : DISK_RECORD_FLUSH, set->ranges[i].from, NULL,
		    set->ranges[i].to - set->ranges[i].from);
}

void disk_record_map(const struct disk_file *f, uint64_t offset, uint64_t len)
{
	if (!f->record)
		return;
	for (uint64_t i = offset / PAGE_SIZE;
	     i * PAGE_SIZE < offset + len && i < f->record->n_pages; i++)
		if (f->record->seen[i] == 0)
			f->record->seen[i] = 1;
}
