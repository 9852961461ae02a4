// SPDX-License-Identifier: GPL-2.0-or-later
/* See partition.h. Formats: the MBR as every PC has it; GPT of the UEFI specification, chapter 5. Numbers on disk are little-endian. */
#include "drivers/partition.h"
#include "abi/abi_errno.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define SECTOR		512u
#define MBR_ENTRIES	446u
#define MBR_DISK_ID	440u
#define EBR_MAX		64u /* links of the chain of logical partitions that are followed */
#define GPT_ENTRIES_MAX 1024u
#define GPT_ENTRY_MAX	4096u
#define TYPE_GPT	0xee

struct table {
	const struct partition_reader *reader;
	struct partition_entry *out;
	unsigned int n, max;
};

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static uint32_t crc32_ieee(uint32_t crc, const uint8_t *p, size_t len)
{
	for (; len > 0; len--) {
		crc ^= *p++;
		for (unsigned int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static int read_sectors(const struct table *t, uint64_t lba, void *buf, size_t n)
{
	uint64_t sectors = t->reader->bytes / SECTOR;

	if (lba >= sectors || n > sectors - lba)
		return -ENXIO;
	return t->reader->read(t->reader->arg, lba * SECTOR, buf, n * SECTOR);
}

/* What lies outside the disk is left out or cut off. */
static struct partition_entry *add(struct table *t, unsigned int number, uint64_t lba,
				   uint64_t sectors)
{
	uint64_t all = t->reader->bytes / SECTOR;
	struct partition_entry *e;

	if (lba >= all || sectors == 0 || t->n >= t->max || number > t->max)
		return NULL;
	sectors = MIN(sectors, all - lba);
	e = &t->out[t->n++];
	*e = (struct partition_entry){ .number = number,
				       .start = lba * SECTOR,
				       .len = sectors * SECTOR };
	return e;
}

/* --- MBR ---------------------------------------------------------------------------------------- */

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool mbr_valid(const uint8_t *sector)
{
	if (sector[510] != 0x55 || sector[511] != 0xaa)
		return false;
	/* A boot sector of a file system has the signature too, but other things where the boot flags would be. */
	for (unsigned int i = 0; i < 4; i++)
		if (sector[MBR_ENTRIES + 16 * i] & 0x7f)
			return false;
	return true;
}

static void mbr_add(struct table *t, unsigned int number, uint64_t lba, uint64_t sectors,
		    uint32_t disk_id)
{
	struct partition_entry *e = add(t, number, lba, sectors);

	if (e)
		(void)format_str(e->uuid, sizeof(e->uuid), "%08x-%02x", disk_id, number);
}

/* The chain of extended boot records: the first entry of each is a logical partition, relative to the record, the second the next record, relative to the first. */
static int parse_logical(struct table *t, uint64_t base, uint32_t disk_id)
{
	uint64_t lba = base;
	unsigned int number = 5;
	uint8_t s[SECTOR];

	for (unsigned int i = 0; i < EBR_MAX && number <= t->max; i++) {
		uint64_t next = 0;
		int r = read_sectors(t, lba, s, 1);

		if (r == -ENXIO || (r == 0 && !mbr_valid(s)))
			return 0;
		if (r < 0)
			return r;
		for (unsigned int j = 0; j < 4; j++) {
			const uint8_t *p = s + MBR_ENTRIES + 16 * j;

			if (le32(p + 12) == 0)
				continue;
			if (is_extended(p[4])) {
				if (next == 0)
					next = base + le32(p + 8);
				continue;
			}
			if (p[4] != 0 && j < 2)
				mbr_add(t, number++, lba + le32(p + 8), le32(p + 12), disk_id);
		}
		if (next == 0 || next == lba)
			return 0;
		lba = next;
	}
	return 0;
}

static int parse_mbr(struct table *t, const uint8_t *sector)
{
	uint32_t disk_id = le32(sector + MBR_DISK_ID);
	uint64_t extended = 0;

	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *p = sector + MBR_ENTRIES + 16 * i;
		uint64_t lba = le32(p + 8), n = le32(p + 12);

		if (n == 0 || p[4] == 0)
			continue;
		if (is_extended(p[4])) {
			if (extended == 0)
				extended = lba;
			/* Linux shows two sectors of it, for a boot loader. */
			n = MIN(n, 2u);
		}
		mbr_add(t, i + 1, lba, n, disk_id);
	}
	return extended ? parse_logical(t, extended, disk_id) : 0;
}

/* --- GPT ---------------------------------------------------------------------------------------- */

struct gpt {
	uint64_t first_usable, last_usable, entries_lba;
	uint32_t n, entry_bytes, entries_crc;
};

static bool gpt_header(const uint8_t *h, uint64_t lba, struct gpt *ret)
{
	static const uint8_t zero[4];
	uint32_t bytes = le32(h + 12), crc;

	if (memcmp(h, "EFI PART", 8) != 0 || bytes < 92 || bytes > SECTOR || le64(h + 24) != lba)
		return false;
	crc = crc32_ieee(~0u, h, 16);
	crc = crc32_ieee(crc, zero, 4);
	crc = ~crc32_ieee(crc, h + 20, bytes - 20);
	if (crc != le32(h + 16))
		return false;
	*ret = (struct gpt){ .first_usable = le64(h + 40),
			     .last_usable = le64(h + 48),
			     .entries_lba = le64(h + 72),
			     .n = le32(h + 80),
			     .entry_bytes = le32(h + 84),
			     .entries_crc = le32(h + 88) };
	return ret->n > 0 && ret->n <= GPT_ENTRIES_MAX && ret->entry_bytes >= 128 &&
	       ret->entry_bytes <= GPT_ENTRY_MAX && ret->entry_bytes % 8 == 0;
}

static void gpt_uuid(char *to, size_t len, const uint8_t *g)
{
	(void)format_str(to, len,
			 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11],
			 g[12], g[13], g[14], g[15]);
}

/* The entries of a header whose checksum is right. False: they are damaged. */
static int gpt_entries(struct table *t, const struct gpt *g)
{
	static const uint8_t unused[16];
	size_t bytes = (size_t)g->n * g->entry_bytes;
	size_t sectors = (bytes + SECTOR - 1) / SECTOR;
	uint8_t *buf = kmalloc(sectors * SECTOR);
	int r;

	if (!buf)
		return -ENOMEM;
	r = read_sectors(t, g->entries_lba, buf, sectors);
	if (r == 0 && ~crc32_ieee(~0u, buf, bytes) != g->entries_crc)
		r = -ENXIO;
	for (unsigned int i = 0; r == 0 && i < g->n && i < t->max; i++) {
		const uint8_t *p = buf + (size_t)i * g->entry_bytes;
		uint64_t first = le64(p + 32), last = le64(p + 40);
		struct partition_entry *e;

		if (memcmp(p, unused, 16) == 0 || first < g->first_usable ||
		    last > g->last_usable || last < first)
			continue;
		e = add(t, i + 1, first, last - first + 1);
		if (e)
			gpt_uuid(e->uuid, sizeof(e->uuid), p + 16);
	}
	kfree(buf);
	return r;
}

/* The first header, or the backup in the last sector. */
static int parse_gpt(struct table *t)
{
	const uint64_t places[] = { 1, t->reader->bytes / SECTOR - 1 };
	uint8_t s[SECTOR];
	struct gpt g;
	int r = -ENXIO;

	for (unsigned int i = 0; r == -ENXIO && i < ARRAY_SIZE(places); i++) {
		r = read_sectors(t, places[i], s, 1);
		if (r == 0)
			r = gpt_header(s, places[i], &g) ? gpt_entries(t, &g) : -ENXIO;
	}
	return r == -ENXIO ? 0 : r;
}

static void sort(struct table *t)
{
	for (unsigned int i = 1; i < t->n; i++)
		for (unsigned int j = i; j > 0 && t->out[j - 1].number > t->out[j].number; j--) {
			struct partition_entry e = t->out[j];

			t->out[j] = t->out[j - 1];
			t->out[j - 1] = e;
		}
}

int partition_parse(const struct partition_reader *reader, struct partition_entry *ret,
		    unsigned int max)
{
	struct table t = { .reader = reader, .out = ret, .max = max };
	uint8_t s[SECTOR];
	bool gpt = false;
	int r;

	if (reader->bytes < 2 * SECTOR)
		return 0;
	r = read_sectors(&t, 0, s, 1);
	if (r < 0 || !mbr_valid(s))
		return r;
	for (unsigned int i = 0; i < 4; i++)
		gpt = gpt || s[MBR_ENTRIES + 16 * i + 4] == TYPE_GPT;
	r = gpt ? parse_gpt(&t) : parse_mbr(&t, s);
	sort(&t);
	return r < 0 ? r : (int)t.n;
}
