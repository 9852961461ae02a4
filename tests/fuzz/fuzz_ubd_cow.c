// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest kernel's reader of COW headers against the one of common/: what both take must mean the same. Input as in fuzz_cow.c. */
#include "fuzz_target.h"

#include "common/cow.h"
#include "drivers/ubd_cow_header.h"

static void same(const struct ubd_cow_header *k, const struct cow_header *h)
{
	MUST(k->version == h->version && k->broken == (h->is_broken_v3 != 0));
	MUST(k->mtime == h->mtime && k->bytes == h->size_bytes);
	MUST(k->bitmap_offset == h->bitmap_offset && k->data_offset == h->data_offset);
	MUST(strcmp(k->backing, h->backing) == 0);
	MUST(k->bitmap_short || k->bitmap_bytes * 8 >= (k->bytes + 511) / 512);
	MUST(k->bitmap_offset + k->bitmap_bytes <= k->data_offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ubd_cow_header *k = malloc(sizeof(*k));
	cleanup_error struct error err = ERROR_INIT;
	struct cow_header h = { 0 };
	uint64_t file_bytes;
	const char *why;
	uint8_t *copy;
	int r, host;

	if (!k || len < sizeof(file_bytes)) {
		free(k);
		return 0;
	}
	memcpy(&file_bytes, data, sizeof(file_bytes));
	len -= sizeof(file_bytes);
	copy = exact_copy(data + sizeof(file_bytes), len);
	r = ubd_cow_parse(copy, len, file_bytes, k, &why);
	host = cow_header_parse(copy, len, file_bytes, &h, &err);
	MUST(r == 0 || r == -ENOENT || (r == -EINVAL && *why));
	MUST((r == -ENOENT) == (host == -ENOMSG));
	/* The host's programs take sizes that a disk of ours cannot have. */
	if (host == 0 && (h.size_bytes < 512 || h.size_bytes > UBD_COW_MAX_SIZE))
		MUST(r == -EINVAL);
	else if (file_bytes < UBD_COW_MAX_SIZE)
		MUST((r == 0) == (host == 0));
	if (r == 0 && host == 0)
		same(k, &h);
	free(copy);
	free(k);
	return 0;
}
