// SPDX-License-Identifier: GPL-2.0-or-later
/* See ubd_bitmap.h. */
#include "drivers/ubd_bitmap.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "host/host_disk.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define PIECE_BITS (BITMAP_PIECE * 8u)

struct bitmap_piece {
	uint64_t index;
	bool dirty;
	struct list_head dirty_link;
	uint8_t bits[BITMAP_PIECE];
};

int bitmap_init(struct ubd_bitmap *b, struct disk_file *file, uint64_t offset, uint64_t bytes,
		uint64_t sectors)
{
	*b = (struct ubd_bitmap){
		.file = file, .offset = offset, .bytes = bytes, .sectors = sectors
	};
	list_init(&b->dirty);
	b->n_pieces = (sectors + PIECE_BITS - 1) / PIECE_BITS;
	b->pieces = kzalloc(b->n_pieces * sizeof(struct bitmap_piece *));
	return b->pieces ? 0 : -ENOMEM;
}

void bitmap_free(struct ubd_bitmap *b)
{
	for (uint64_t i = 0; i < b->n_pieces; i++)
		kfree(b->pieces[i]);
	kfree(b->pieces);
	b->pieces = NULL;
}

/* Bytes of a piece that the file has; beyond them no bit is set. */
static size_t piece_len(const struct ubd_bitmap *b, uint64_t index)
{
	uint64_t at = index * BITMAP_PIECE;

	return at >= b->bytes ? 0 : (size_t)MIN(b->bytes - at, (uint64_t)BITMAP_PIECE);
}

static int piece_get(struct ubd_bitmap *b, uint64_t index, struct bitmap_piece **ret)
{
	struct bitmap_piece *p = b->pieces[index];
	size_t len = piece_len(b, index);
	int r = 0;

	ASSERT_LOCKED();
	if (!p) {
		p = kzalloc(sizeof(*p));
		if (!p)
			return -ENOMEM;
		p->index = index;
		list_init(&p->dirty_link);
		if (len > 0)
			r = disk_read(b->file, b->offset + index * BITMAP_PIECE, p->bits, len);
		if (r < 0 || b->pieces[index]) { /* another was faster */
			kfree(p);
			if (r < 0)
				return r;
		} else {
			b->pieces[index] = p;
		}
		p = b->pieces[index];
	}
	*ret = p;
	return 0;
}

/* Bits alike from bit on, at most n, all in this piece. */
static uint32_t run_in_piece(const struct bitmap_piece *p, uint32_t bit, uint32_t n, bool set)
{
	const uint8_t full = set ? 0xff : 0;
	uint32_t i = 0;

	while (i < n) {
		uint32_t at = bit + i;

		if (at % 8 == 0 && n - i >= 8 && p->bits[at / 8] == full)
			i += 8;
		else if (((p->bits[at / 8] >> (at % 8)) & 1) == set)
			i++;
		else
			break;
	}
	return i;
}

static bool bit_is_set(const struct bitmap_piece *p, uint32_t bit)
{
	return p->bits[bit / 8] >> (bit % 8) & 1;
}

int bitmap_run(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_set, uint64_t *ret_n)
{
	uint64_t done = 0;

	*ret_set = false;
	*ret_n = n;
	if (n == 0 || first >= b->sectors || n > b->sectors - first)
		return -EIO;
	while (done < n) {
		uint64_t at = first + done;
		uint32_t bit = (uint32_t)(at % PIECE_BITS), want, got;
		struct bitmap_piece *p;
		int r = piece_get(b, at / PIECE_BITS, &p);

		if (r < 0)
			return r;
		if (done == 0)
			*ret_set = bit_is_set(p, bit);
		want = (uint32_t)MIN(n - done, (uint64_t)(PIECE_BITS - bit));
		got = run_in_piece(p, bit, want, *ret_set);
		done += got;
		if (got < want)
			break;
	}
	*ret_n = done;
	return 0;
}

bool bitmap_run_now(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_set,
		    uint64_t *ret_n)
{
	uint32_t bit = (uint32_t)(first % PIECE_BITS);
	const struct bitmap_piece *p;

	if (n == 0 || first >= b->sectors || n > b->sectors - first)
		return false;
	p = b->pieces[first / PIECE_BITS];
	if (!p)
		return false;
	*ret_set = bit_is_set(p, bit);
	*ret_n = run_in_piece(p, bit, (uint32_t)MIN(n, (uint64_t)(PIECE_BITS - bit)), *ret_set);
	return true;
}

static void mark_dirty(struct ubd_bitmap *b, struct bitmap_piece *p)
{
	if (p->dirty)
		return;
	p->dirty = true;
	list_add_tail(&p->dirty_link, &b->dirty);
}

int bitmap_set(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_changed)
{
	if (first > b->sectors || n > b->sectors - first)
		return -EIO;
	while (n > 0) {
		uint32_t bit = (uint32_t)(first % PIECE_BITS), end;
		struct bitmap_piece *p;
		bool changed = false;
		int r = piece_get(b, first / PIECE_BITS, &p);

		if (r < 0)
			return r;
		end = (uint32_t)MIN(bit + n, (uint64_t)PIECE_BITS);
		n -= end - bit;
		first += end - bit;
		for (; bit < end; bit++) {
			changed = changed || !bit_is_set(p, bit);
			p->bits[bit / 8] |= (uint8_t)(1u << (bit % 8));
		}
		if (changed) {
			mark_dirty(b, p);
			*ret_changed = true;
		}
	}
	return 0;
}

bool bitmap_is_dirty(const struct ubd_bitmap *b)
{
	return !list_empty(&b->dirty);
}

int bitmap_snapshot(struct ubd_bitmap *b, struct list_head *copies)
{
	struct bitmap_copy *c, *tmp;
	struct bitmap_piece *p;

	ASSERT_LOCKED();
	list_for_each_entry(p, &b->dirty, dirty_link) {
		c = kmalloc(sizeof(*c));
		if (!c)
			goto out_memory;
		c->file_offset = b->offset + p->index * BITMAP_PIECE;
		c->len = piece_len(b, p->index);
		memcpy(c->bytes, p->bits, BITMAP_PIECE);
		list_add_tail(&c->link, copies);
	}
	while (!list_empty(&b->dirty)) {
		p = list_first_entry(&b->dirty, struct bitmap_piece, dirty_link);
		p->dirty = false;
		list_del(&p->dirty_link);
	}
	return 0;
out_memory:
	list_for_each_entry_safe(c, tmp, copies, link) {
		list_del(&c->link);
		kfree(c);
	}
	return -ENOMEM;
}

void bitmap_write_now(struct ubd_bitmap *b, int fd)
{
	struct bitmap_piece *p;

	list_for_each_entry(p, &b->dirty, dirty_link)
		(void)host_disk_write(fd, p->bits, piece_len(b, p->index),
				      b->offset + p->index * BITMAP_PIECE);
}
