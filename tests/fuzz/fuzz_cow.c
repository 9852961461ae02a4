// SPDX-License-Identifier: GPL-2.0-or-later
/* COW headers. The first eight bytes of an input are the file's size, the rest its beginning. */
#include "fuzz_target.h"

#include "common/cow.h"

static void check_header(const struct cow_header *h, uint64_t file_bytes)
{
	uint64_t sectors = (h->size_bytes + 511) / 512;
	struct cow_header made;

	MUST(h->version >= 1 && h->version <= 3);
	MUST(h->sector_bytes == COW_SECTOR && h->size_bytes > 0);
	MUST(h->backing[0] && memchr(h->backing, 0, sizeof(h->backing)));
	MUST(h->bitmap_offset >= 280);
	MUST(h->bitmap_offset + h->bitmap_bytes <= h->data_offset);
	MUST(h->data_offset <= file_bytes);
	MUST(h->data_offset + h->size_bytes > h->data_offset);
	MUST(h->version < 3 || h->bitmap_bytes * 8 >= sectors);
	if (cow_header_make(h->backing, h->size_bytes, h->mtime, &made) == 0) {
		unsigned char bytes[COW_HEADER_BYTES];
		struct cow_header back;

		cow_header_encode(&made, bytes);
		MUST(cow_header_parse(bytes, sizeof(bytes), made.data_offset, &back, NULL) == 0);
		MUST(back.size_bytes == made.size_bytes && back.mtime == made.mtime);
		MUST(back.data_offset == made.data_offset && !back.is_broken_v3);
		MUST(strcmp(back.backing, made.backing) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	struct cow_header h;
	uint64_t file_bytes;
	void *copy;
	int r;

	if (len < sizeof(file_bytes))
		return 0;
	memcpy(&file_bytes, data, sizeof(file_bytes));
	len -= sizeof(file_bytes);
	copy = exact_copy(data + sizeof(file_bytes), len);
	r = cow_header_parse(copy, len, file_bytes, &h, &err);
	MUST(r == 0 || r == -ENOMSG || (r == -EBADMSG && error_is_set(&err)));
	if (r == 0)
		check_header(&h, file_bytes);
	free(copy);
	return 0;
}
