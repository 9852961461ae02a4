// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers of User Mode Linux copy-on-write files, see cow.h. The layouts differ only in where the
 * fields lie, so a table of offsets describes them. Making files is in cow_create.c.
 *
 * The first fields (magic, version) tell the layout. Version 1 has the byte order of the machine
 * that wrote it, which the magic shows; all later ones are big-endian. The "broken" version 3 has
 * four zero bytes (its cow_format) where the real one has the first bytes of the path.
 */
#include "common/cow.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_LEN_V1  256u
#define ALIGN_MAX    (1024u * 1024)
#define SIZE_MAX_COW ((uint64_t)1 << 60) /* far from any overflow in what is added to it */
#define BROKEN_BYTES 4136u

enum { ABSENT = 0 };

struct cow_layout {
	unsigned int header_bytes;
	unsigned int mtime, size, sector, align, format, path, path_bytes; /* offsets; ABSENT */
};

static const struct cow_layout layout_v1 = { 280, 264, 268, 276, ABSENT, ABSENT, 8, PATH_LEN_V1 };
static const struct cow_layout layout_v2 = { 4120,   4104,   4108, 4116,
					     ABSENT, ABSENT, 8,	   COW_BACKING_MAX };
static const struct cow_layout layout_v3 = { 4128, 8, 12, 20, 24, 28, 32, COW_BACKING_MAX };
static const struct cow_layout layout_broken = { BROKEN_BYTES, 8,  16, 24,
						 28,	       32, 36, COW_BACKING_MAX };

static uint32_t load_u32(const unsigned char *p, bool little)
{
	if (little)
		return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t load_u64(const unsigned char *p, bool little)
{
	uint64_t first = load_u32(p, little);
	uint64_t second = load_u32(p + 4, little);

	return little ? second << 32 | first : first << 32 | second;
}

static void store_u32(unsigned char *p, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

static int refuse(struct error *err, const char *what)
{
	(void)error_set(err, ERROR_FAILED, "bad-cow-header", "bad COW header: %s", what);
	return -EBADMSG;
}

static const struct cow_layout *choose_layout(const unsigned char *p, size_t len, uint32_t version)
{
	static const unsigned char zero[4];

	switch (version) {
	case 1:
		return &layout_v1;
	case 2:
		return &layout_v2;
	case 3:
		return len >= 36 && memcmp(p + 32, zero, 4) == 0 ? &layout_broken : &layout_v3;
	default:
		return NULL;
	}
}

/* Offsets of bitmap and data, which the header does not contain. */
static void place_bitmap(struct cow_header *h, unsigned int header_bytes)
{
	uint64_t sectors = (h->size_bytes + h->sector_bytes - 1) / h->sector_bytes;

	if (h->version < 3) {
		/* The old formats round the bitmap down; their files are laid out so. */
		h->bitmap_offset = header_bytes;
		h->bitmap_bytes =
			(h->size_bytes + h->sector_bytes - 1) / (8 * (uint64_t)h->sector_bytes);
	} else {
		h->bitmap_offset = round_up(header_bytes, h->align_bytes);
		h->bitmap_bytes = (sectors + 7) / 8;
	}
	h->data_offset = round_up(h->bitmap_offset + h->bitmap_bytes, h->align_bytes);
}

static int check_ranges(const struct cow_header *h, uint64_t file_bytes, struct error *err)
{
	/* User Mode Linux itself mishandles every other sector size. */
	if (h->sector_bytes != COW_SECTOR)
		return refuse(err, "the sector size is not 512");
	if (h->align_bytes < COW_SECTOR || h->align_bytes > ALIGN_MAX ||
	    (h->align_bytes & (h->align_bytes - 1)) != 0)
		return refuse(err, "the alignment is no power of two from 512 to 1M");
	if (h->size_bytes == 0 || h->size_bytes > SIZE_MAX_COW)
		return refuse(err, "impossible size of the backing file");
	if (file_bytes > SIZE_MAX_COW)
		return refuse(err, "impossible size of the file");
	return 0;
}

static int check_path(const unsigned char *field, size_t field_bytes, struct error *err)
{
	if (!memchr(field, '\0', field_bytes))
		return refuse(err, "the path of the backing file has no end");
	if (field[0] == '\0')
		return refuse(err, "the path of the backing file is empty");
	return 0;
}

int cow_header_parse(const void *data, size_t len, uint64_t file_bytes, struct cow_header *ret,
		     struct error *err)
{
	const unsigned char *p = data;
	const struct cow_layout *layout;
	struct cow_header h = { 0 };
	bool little = false;
	int r;

	if (len < 4)
		return -ENOMSG;
	if (load_u32(p, false) != COW_MAGIC) {
		if (load_u32(p, true) != COW_MAGIC)
			return -ENOMSG;
		little = true;
	}
	if (len < 8)
		return refuse(err, "the file ends inside the header");
	h.version = load_u32(p + 4, little);
	layout = choose_layout(p, len, h.version);
	if (!layout || (little && h.version != 1))
		return refuse(err, "unknown version");
	if (len < layout->header_bytes || file_bytes < layout->header_bytes)
		return refuse(err, "the file ends inside the header");
	h.is_broken_v3 = layout == &layout_broken;
	h.mtime = load_u32(p + layout->mtime, little);
	h.size_bytes = load_u64(p + layout->size, little);
	h.sector_bytes = load_u32(p + layout->sector, little);
	h.align_bytes = layout->align ? load_u32(p + layout->align, little) : h.sector_bytes;
	if (layout->format && load_u32(p + layout->format, little) != 0)
		return refuse(err, "unknown format of the bitmap");
	r = check_ranges(&h, file_bytes, err);
	if (r == 0)
		r = check_path(p + layout->path, layout->path_bytes, err);
	if (r < 0)
		return r;
	place_bitmap(&h, layout->header_bytes);
	if (h.data_offset > file_bytes)
		return refuse(err, "the file ends inside the bitmap");
	memcpy(h.backing, p + layout->path, strlen((const char *)p + layout->path));
	*ret = h;
	return 0;
}

int cow_header_read(int fd, struct cow_header *ret, struct error *err)
{
	unsigned char buf[BROKEN_BYTES];
	size_t have = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "reading a COW header");
	while (have < sizeof(buf)) {
		ssize_t n = pread(fd, buf + have, sizeof(buf) - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, errno, "reading a COW header");
		if (n == 0)
			break;
		have += (size_t)n;
	}
	/* A device has no st_size and is no COW file. */
	return cow_header_parse(buf, have, st.st_size > 0 ? (uint64_t)st.st_size : 0, ret, err);
}

int cow_header_make(const char *backing, uint64_t size_bytes, uint32_t mtime,
		    struct cow_header *ret)
{
	struct cow_header h = {
		.version = 3,
		.mtime = mtime,
		.size_bytes = size_bytes,
		.sector_bytes = COW_SECTOR,
		.align_bytes = COW_ALIGN,
	};
	size_t len = strlen(backing);

	if (backing[0] != '/' || size_bytes == 0)
		return -EINVAL;
	if (len >= sizeof(h.backing))
		return -ENAMETOOLONG;
	if (size_bytes > SIZE_MAX_COW)
		return -EFBIG;
	memcpy(h.backing, backing, len + 1);
	place_bitmap(&h, COW_HEADER_BYTES);
	*ret = h;
	return 0;
}

void cow_header_encode(const struct cow_header *h, unsigned char out[COW_HEADER_BYTES])
{
	const struct cow_layout *layout = &layout_v3;

	memset(out, 0, COW_HEADER_BYTES);
	store_u32(out, COW_MAGIC);
	store_u32(out + 4, 3);
	store_u32(out + layout->mtime, h->mtime);
	store_u32(out + layout->size, (uint32_t)(h->size_bytes >> 32));
	store_u32(out + layout->size + 4, (uint32_t)h->size_bytes);
	store_u32(out + layout->sector, h->sector_bytes);
	store_u32(out + layout->align, h->align_bytes);
	memcpy(out + layout->path, h->backing, strnlen(h->backing, COW_BACKING_MAX - 1));
}

int cow_check_backing(const struct cow_header *h, const char *backing, struct error *err)
{
	struct stat st;
	bool size_fits, mtime_fits;

	if (stat(backing, &st) < 0)
		return error_set_errno(err, errno, "backing file %s", backing);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_USAGE, "not-a-regular-file",
				 "backing file %s is not a regular file", backing);
	size_fits = (uint64_t)st.st_size == h->size_bytes;
	mtime_fits = (uint32_t)st.st_mtime == h->mtime;
	if (size_fits && mtime_fits)
		return 0;
	(void)error_set(
		err, ERROR_FAILED, "backing-changed",
		"backing file %s has changed since the COW file over it was made: size %" PRIu64
		", mtime %" PRIu32 "; the COW header says size %" PRIu64 ", mtime %" PRIu32,
		backing, (uint64_t)st.st_size, (uint32_t)st.st_mtime, h->size_bytes, h->mtime);
	return -ESTALE;
}
