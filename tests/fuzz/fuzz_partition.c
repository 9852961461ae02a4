// SPDX-License-Identifier: GPL-2.0-or-later
/* Partition tables: the input is the beginning of a disk of 64 KiB or 2 MiB (by its length's parity), zeros behind it. */
#include "fuzz_target.h"

#include "drivers/partition.h"

#define PARTS 15u

struct disk {
	const uint8_t *data;
	size_t len;
	uint64_t bytes;
	unsigned int reads;
};

static int read_disk(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct disk *d = arg;

	/* The promise: inside the disk, whole sectors, and an end to it. */
	MUST(offset % 512 == 0 && len % 512 == 0 && len > 0);
	MUST(offset <= d->bytes && len <= d->bytes - offset);
	MUST(++d->reads < 200);
	memset(buf, 0, len);
	if (offset < d->len)
		memcpy(buf, d->data + offset, len < d->len - offset ? len : d->len - offset);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct disk d = { .data = data, .len = len, .bytes = len % 2 ? 65536 : 2u << 20 };
	struct partition_reader reader = { .read = read_disk, .arg = &d, .bytes = d.bytes };
	struct partition_entry *e = malloc(PARTS * sizeof(*e));
	int n = e ? partition_parse(&reader, e, PARTS) : 0;

	MUST(n >= 0 && n <= (int)PARTS);
	for (int i = 0; i < n; i++) {
		MUST(e[i].number >= 1 && e[i].number <= PARTS);
		MUST(e[i].len > 0 && e[i].start < d.bytes && e[i].len <= d.bytes - e[i].start);
		MUST(e[i].start % 512 == 0 && e[i].len % 512 == 0);
		MUST(memchr(e[i].uuid, 0, sizeof(e[i].uuid)));
	}
	free(e);
	return 0;
}
