// SPDX-License-Identifier: GPL-2.0-or-later
/* See ubd_cow_header.h. The layouts differ in where the fields lie, which a table says. All but version 1 are big-endian; that one is in its writer's order. */
#include "drivers/ubd_cow_header.h"
#include "abi/abi_errno.h"
#include "lib/string.h"

#define MAGIC	    0x4f4f4f4du
#define SECTOR	    512u
#define ALIGN_NEW   4096u
#define ALIGN_LIMIT (1u << 20)

struct layout {
	uint32_t header_bytes, mtime, size, sector, align, format, path,
		path_bytes; /* offsets; 0: not there */
};

static const struct layout layout_v1 = { 280, 264, 268, 276, 0, 0, 8, 256 };
static const struct layout layout_v2 = { 4120, 4104, 4108, 4116, 0, 0, 8, UBD_COW_PATH };
static const struct layout layout_v3 = { 4128, 8, 12, 20, 24, 28, 32, UBD_COW_PATH };
static const struct layout layout_broken = { 4136, 8, 16, 24, 28, 32, 36, UBD_COW_PATH };

static uint32_t get32(const uint8_t *p, bool little)
{
	uint32_t be = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

	return little ? __builtin_bswap32(be) : be;
}

static uint64_t get64(const uint8_t *p, bool little)
{
	uint64_t first = get32(p, little), second = get32(p + 4, little);

	return little ? second << 32 | first : first << 32 | second;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static const struct layout *choose(const uint8_t *p, size_t len, uint32_t version, bool little)
{
	static const uint8_t zero[4];

	if (little)
		return version == 1 ? &layout_v1 : NULL;
	switch (version) {
	case 1:
		return &layout_v1;
	case 2:
		return &layout_v2;
	case 3:
		/* The first bytes of the path; the broken layout has its format there, which is 0. */
		return len >= 36 && memcmp(p + 32, zero, 4) == 0 ? &layout_broken : &layout_v3;
	default:
		return NULL;
	}
}

/* Bitmap and data: the header does not say where they are. */
static void place(struct ubd_cow_header *h, uint32_t header_bytes, uint32_t align)
{
	uint64_t sectors = (h->bytes + SECTOR - 1) / SECTOR, needed = (sectors + 7) / 8;

	if (h->version < 3) {
		h->bitmap_offset = header_bytes;
		h->bitmap_bytes = sectors / 8;
	} else {
		h->bitmap_offset = ALIGN_UP((uint64_t)header_bytes, (uint64_t)align);
		h->bitmap_bytes = needed;
	}
	h->data_offset = ALIGN_UP(h->bitmap_offset + h->bitmap_bytes, (uint64_t)align);
	/* Where the padding behind it has room for the last bits, that is where they are. */
	if (h->data_offset - h->bitmap_offset >= needed)
		h->bitmap_bytes = needed;
	else
		h->bitmap_short = true;
}

int ubd_cow_parse(const uint8_t *p, size_t len, uint64_t file_bytes, struct ubd_cow_header *ret,
		  const char **ret_why)
{
	struct ubd_cow_header *h = ret;
	const struct layout *l;
	uint32_t align;
	bool little;

	*h = (struct ubd_cow_header){ 0 };
	*ret_why = "";
	if (len < 4 || (get32(p, false) != MAGIC && get32(p, true) != MAGIC))
		return -ENOENT;
	little = get32(p, false) != MAGIC;
	*ret_why = "it ends inside the header";
	if (len < 8)
		return -EINVAL;
	h->version = get32(p + 4, little);
	l = choose(p, len, h->version, little);
	*ret_why = "its version is not 1, 2 or 3";
	if (!l)
		return -EINVAL;
	*ret_why = "it ends inside the header";
	if (len < l->header_bytes || file_bytes < l->header_bytes)
		return -EINVAL;
	h->broken = l == &layout_broken;
	h->mtime = get32(p + l->mtime, little);
	h->bytes = get64(p + l->size, little);
	align = l->align ? get32(p + l->align, little) : SECTOR;
	*ret_why = "its sector size is not 512";
	if (get32(p + l->sector, little) != SECTOR)
		return -EINVAL;
	*ret_why = "its alignment is no power of two from 512 to 1M";
	if (align < SECTOR || align > ALIGN_LIMIT || (align & (align - 1)) != 0)
		return -EINVAL;
	*ret_why = "the form of its bitmap is unknown";
	if (l->format && get32(p + l->format, little) != 0)
		return -EINVAL;
	*ret_why = "the size of its base image is impossible";
	if (h->bytes < SECTOR || h->bytes > UBD_COW_MAX_SIZE)
		return -EINVAL;
	*ret_why = "the path of its base image is empty or has no end";
	if (p[l->path] == '\0' || !memchr(p + l->path, '\0', l->path_bytes))
		return -EINVAL;
	(void)str_copy(h->backing, (const char *)p + l->path, sizeof(h->backing));
	place(h, l->header_bytes, align);
	*ret_why = "it ends inside the bitmap";
	return h->data_offset > file_bytes ? -EINVAL : 0;
}

int ubd_cow_make(const char *backing, uint64_t bytes, uint32_t mtime, struct ubd_cow_header *ret)
{
	*ret = (struct ubd_cow_header){ .version = 3, .mtime = mtime, .bytes = bytes };
	if (backing[0] != '/' || bytes < SECTOR || bytes > UBD_COW_MAX_SIZE)
		return -EINVAL;
	if (str_copy(ret->backing, backing, sizeof(ret->backing)) >= sizeof(ret->backing))
		return -ENAMETOOLONG;
	place(ret, UBD_COW_BYTES, ALIGN_NEW);
	return 0;
}

void ubd_cow_encode(const struct ubd_cow_header *h, uint8_t out[UBD_COW_BYTES])
{
	const struct layout *l = &layout_v3;

	memset(out, 0, UBD_COW_BYTES);
	put32(out, MAGIC);
	put32(out + 4, 3);
	put32(out + l->mtime, h->mtime);
	put32(out + l->size, (uint32_t)(h->bytes >> 32));
	put32(out + l->size + 4, (uint32_t)h->bytes);
	put32(out + l->sector, SECTOR);
	put32(out + l->align, ALIGN_NEW);
	(void)str_copy((char *)out + l->path, h->backing, UBD_COW_PATH);
}
