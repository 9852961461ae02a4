// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Byte ranges through the buffer cache. Blocks that are present are newer than the disk and are used; all others go straight to the device, so that
 * reading a whole disk does not push the metadata out. Writes reach the device at once: its write cache is the host's.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "drivers/buffer_internal.h"
#include "lib/string.h"

static bool range_ok(const struct block_device *d, uint64_t offset, size_t len)
{
	return d->cache && offset <= d->bytes && len <= d->bytes - offset;
}

/* How many bytes from offset lie in no present block; at most len. The present block at offset, if there is one, is *ret (0 is returned). */
static size_t absent_bytes(const struct buffer_cache *c, uint64_t offset, size_t len,
			   struct buffer **ret)
{
	size_t n = 0;

	*ret = NULL;
	if (c->count == 0)
		return len;
	while (n < len) {
		uint64_t block = (offset + n) / c->size;
		struct buffer *b = buffer_lookup(c, block);

		if (b && b->uptodate) {
			if (n == 0)
				*ret = b;
			return n;
		}
		n += (size_t)(c->size - (offset + n) % c->size);
	}
	return len;
}

/* From the device itself, at any byte. */
static int read_device(struct block_device *d, uint64_t offset, uint8_t *buf, size_t len)
{
	uint8_t sector[BLOCK_SECTOR];

	while (len > 0) {
		size_t skip = offset % BLOCK_SECTOR, n;
		int r;

		if (skip == 0 && len >= BLOCK_SECTOR) {
			n = ALIGN_DOWN(len, (size_t)BLOCK_SECTOR);
			r = block_read(d, offset, buf, n);
		} else {
			n = MIN(len, BLOCK_SECTOR - skip);
			r = block_read(d, offset - skip, sector, BLOCK_SECTOR);
			if (r == 0)
				memcpy(buf, sector + skip, n);
		}
		if (r < 0)
			return r;
		offset += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int buffer_read_range(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	uint8_t *to = buf;

	ASSERT_LOCKED();
	if (!range_ok(d, offset, len))
		return -EIO;
	while (len > 0) {
		struct buffer *b;
		size_t n = absent_bytes(d->cache, offset, len, &b);

		if (b) {
			size_t skip = offset % b->size;

			n = MIN(len, b->size - skip);
			memcpy(to, b->data + skip, n);
		} else {
			int r = read_device(d, offset, to, n);

			if (r < 0)
				return r;
			/* The device may have gone while we slept. */
			if (!d->cache)
				return -EIO;
		}
		offset += n;
		to += n;
		len -= n;
	}
	return 0;
}

static int write_sector_part(struct block_device *d, uint64_t offset, const uint8_t *buf, size_t n)
{
	size_t skip = offset % BLOCK_SECTOR;
	uint8_t sector[BLOCK_SECTOR];
	int r;

	sleep_lock_take(&d->cache->rmw);
	r = buffer_read_range(d, offset - skip, sector, BLOCK_SECTOR);
	if (r == 0) {
		memcpy(sector + skip, buf, n);
		r = block_write(d, offset - skip, sector, BLOCK_SECTOR, NULL);
	}
	sleep_lock_release(&d->cache->rmw);
	return r;
}

static int write_device(struct block_device *d, uint64_t offset, const uint8_t *buf, size_t len)
{
	while (len > 0) {
		size_t skip = offset % BLOCK_SECTOR, n;
		int r;

		if (skip == 0 && len >= BLOCK_SECTOR) {
			n = ALIGN_DOWN(len, (size_t)BLOCK_SECTOR);
			r = block_write(d, offset, buf, n, NULL);
		} else {
			n = MIN(len, BLOCK_SECTOR - skip);
			r = write_sector_part(d, offset, buf, n);
		}
		if (r < 0)
			return r;
		offset += n;
		buf += n;
		len -= n;
	}
	return 0;
}

static void update_present(struct block_device *d, uint64_t offset, const uint8_t *from, size_t len)
{
	const struct buffer_cache *c = d->cache;

	while (c->count > 0 && len > 0) {
		struct buffer *b = buffer_lookup(c, offset / c->size);
		size_t skip = offset % c->size, n = MIN(len, c->size - skip);

		/* One that is being read gets what the device has by then. */
		if (b && b->uptodate) {
			memcpy(b->data + skip, from, n);
			b->verified = false;
		}
		offset += n;
		from += n;
		len -= n;
	}
}

int buffer_write_range(struct block_device *d, uint64_t offset, const void *buf, size_t len)
{
	int r;

	ASSERT_LOCKED();
	if (!range_ok(d, offset, len))
		return -EIO;
	/* Memory first: a journal that writes such a block home meanwhile writes the new bytes. */
	update_present(d, offset, buf, len);
	r = write_device(d, offset, buf, len);
	if (r == 0 && d->cache)
		update_present(d, offset, buf, len);
	return r;
}
