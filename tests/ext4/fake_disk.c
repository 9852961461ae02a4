// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_thread.h"
#include "lib/string.h"
#include "tests/ext4/fake_disk.h"

uint64_t test_seed = 1;

uint32_t pick(uint32_t n)
{
	test_seed = test_seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((test_seed >> 33) % n);
}

static void *must(void *p)
{
	if (!p) {
		(void)fprintf(stderr, "out of memory\n");
		abort();
	}
	return p;
}

static void maybe_yield(const struct fake_disk *d)
{
	if (d->yield && current_task() && pick(3) == 0)
		sched_give_way();
}

static void add_record(struct fake_disk *d, uint64_t offset, const void *buf, size_t len)
{
	struct disk_record *r;

	if (!d->record)
		return;
	if (d->n_records == d->size_records) {
		d->size_records = d->size_records ? 2 * d->size_records : 256;
		d->records = must(realloc(d->records, d->size_records * sizeof(*d->records)));
	}
	r = &d->records[d->n_records++];
	*r = (struct disk_record){ .offset = offset, .len = (uint32_t)len };
	if (len > 0) {
		r->data = must(malloc(len));
		memcpy(r->data, buf, len);
	}
}

static bool must_fail(struct fake_disk *d)
{
	return d->fail_after > 0 && --d->fail_after == 0 && (d->fail_after = 1);
}

static int disk_read(struct block_device *dev, uint64_t offset, void *buf, size_t len)
{
	struct fake_disk *d = dev->private;

	maybe_yield(d);
	if (offset > dev->bytes || len > dev->bytes - offset)
		return -EIO;
	memcpy(buf, d->bytes + offset, len);
	d->n_reads++;
	return 0;
}

static int disk_write(struct block_device *dev, uint64_t offset, const void *buf, size_t len,
		      unsigned int *ret_flags)
{
	struct fake_disk *d = dev->private;

	if (ret_flags)
		*ret_flags = 0;
	maybe_yield(d);
	if (offset > dev->bytes || len > dev->bytes - offset || must_fail(d))
		return -EIO;
	memcpy(d->bytes + offset, buf, len);
	d->n_writes++;
	add_record(d, offset, buf, len);
	maybe_yield(d);
	return 0;
}

static int disk_flush(struct block_device *dev)
{
	struct fake_disk *d = dev->private;
	unsigned int before = d->n_records;

	/* What is written while it goes on is not promised by it. */
	maybe_yield(d);
	if (must_fail(d))
		return -EIO;
	d->n_flushes++;
	add_record(d, before, NULL, 0);
	maybe_yield(d);
	return 0;
}

/* Each range by itself, and nothing beside it: what is forgotten in a set shows in a crash. */
static int disk_flush_set(struct block_device *dev, const struct flush_set *set)
{
	struct fake_disk *d = dev->private;

	for (unsigned int i = 0; i < set->n; i++) {
		unsigned int before = d->n_records;

		maybe_yield(d);
		if (must_fail(d))
			return -EIO;
		d->n_flushes++;
		add_record(d, before, NULL, 0);
		if (d->record) {
			d->records[d->n_records - 1].from = set->ranges[i].from;
			d->records[d->n_records - 1].to = set->ranges[i].to;
		}
	}
	maybe_yield(d);
	return 0;
}

static int disk_zero(struct block_device *dev, uint64_t offset, uint64_t len, unsigned int *flags)
{
	uint8_t *zero = must(calloc(1, len));
	int r = disk_write(dev, offset, zero, len, flags);

	free(zero);
	return r;
}

static const struct block_ops disk_ops = {
	.read = disk_read,
	.write = disk_write,
	.flush = disk_flush,
	.flush_set = disk_flush_set,
	.zero = disk_zero,
};

struct fake_disk *fake_disk_new(uint64_t bytes)
{
	struct fake_disk *d = must(calloc(1, sizeof(*d)));

	d->bytes = must(calloc(1, bytes));
	(void)snprintf(d->dev.name, sizeof(d->dev.name), "fake");
	d->dev.bytes = bytes;
	d->atomic = BLOCK_SECTOR;
	d->dev.ops = &disk_ops;
	d->dev.private = d;
	if (buffer_cache_create(&d->dev, &d->dev.cache) < 0)
		abort();
	return d;
}

struct fake_disk *fake_disk_load(const char *path)
{
	FILE *f = must(fopen(path, "rb"));
	struct fake_disk *d;
	long size;

	(void)fseek(f, 0, SEEK_END);
	size = ftell(f);
	(void)fseek(f, 0, SEEK_SET);
	d = fake_disk_new((uint64_t)size);
	if (fread(d->bytes, 1, (size_t)size, f) != (size_t)size)
		abort();
	(void)fclose(f);
	return d;
}

void fake_disk_save(const struct fake_disk *d, const char *path)
{
	FILE *f = must(fopen(path, "wb"));

	if (fwrite(d->bytes, 1, d->dev.bytes, f) != d->dev.bytes)
		abort();
	(void)fclose(f);
}

static void drop_records(struct fake_disk *d)
{
	for (unsigned int i = 0; i < d->n_records; i++)
		free(d->records[i].data);
	d->n_records = 0;
}

void fake_disk_free(struct fake_disk *d)
{
	buffer_cache_destroy(d->dev.cache);
	drop_records(d);
	free(d->records);
	free(d->bytes);
	free(d);
}

void fake_disk_forget_buffers(struct fake_disk *d)
{
	buffer_cache_destroy(d->dev.cache);
	if (buffer_cache_create(&d->dev, &d->dev.cache) < 0)
		abort();
}

void fake_disk_start_recording(struct fake_disk *d)
{
	drop_records(d);
	d->record = true;
}

/* Has a flush of a range, one of the first n records, made these bytes of write i durable? */
static bool range_is_durable(const struct fake_disk *d, unsigned int i, unsigned int n, uint64_t at,
			     uint32_t len)
{
	for (unsigned int f = i + 1; f < n; f++) {
		const struct disk_record *r = &d->records[f];

		if (r->len == 0 && r->to != 0 && r->offset > i && at >= r->from &&
		    at + len <= r->to)
			return true;
	}
	return false;
}

void fake_disk_crash(const struct fake_disk *d, const uint8_t *before, unsigned int n, int mode,
		     uint8_t *ret)
{
	unsigned int durable = 0;

	for (unsigned int i = 0; i < n; i++)
		if (d->records[i].len == 0 && d->records[i].to == 0)
			durable = (unsigned int)d->records[i].offset;
	memcpy(ret, before, d->dev.bytes);
	for (unsigned int i = 0; i < n; i++) {
		const struct disk_record *r = &d->records[i];

		for (uint32_t at = 0; at < r->len; at += d->atomic) {
			uint32_t len = MIN(d->atomic, r->len - at);

			if (i < durable || mode == 0 || (mode == 2 && pick(2)) ||
			    range_is_durable(d, i, n, r->offset + at, len))
				memcpy(ret + r->offset + at, r->data + at, len);
		}
	}
}

static int (*kernel_fn)(void);

static void kernel_main(void *arg)
{
	int r;

	(void)arg;
	r = kernel_fn();
	(void)fflush(stdout);
	(void)fflush(stderr);
	host_exit(r);
}

void run_as_kernel(int (*fn)(void))
{
	kernel_fn = fn;
	if (sched_init(1) < 0)
		abort();
	big_lock_take();
	if (!kthread_start("test", kernel_main, NULL))
		abort();
	big_lock_release();
	sched_run();
}
