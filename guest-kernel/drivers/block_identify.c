// SPDX-License-Identifier: GPL-2.0-or-later
/* What lies on a device: enough for root=UUID= and LABEL=, which is the super block of ext2, ext3 and ext4, and swap space. */
#include "abi/abi_errno.h"
#include "drivers/block.h"
#include "drivers/buffer.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define PROBE_BYTES   4096u
#define EXT_SUPER     1024u
#define EXT_MAGIC     0xef53u
#define HAS_JOURNAL   0x4u
#define EXT4_INCOMPAT 0x2c0u /* extents, 64bit, flex_bg: no ext3 has them */
#define SWAP_MAGIC_AT 4086u

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_uuid(char *to, size_t len, const uint8_t *u)
{
	(void)format_str(to, len,
			 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
			 u[12], u[13], u[14], u[15]);
}

static void put_label(char *to, size_t len, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < len && p[i]; i++)
		to[i] = (char)p[i];
	to[i] = '\0';
}

static void identify(const uint8_t *p, struct block_identity *ret)
{
	const uint8_t *s = p + EXT_SUPER;

	if ((s[56] | s[57] << 8) == EXT_MAGIC) {
		const char *type = le32(s + 96) & EXT4_INCOMPAT ? "ext4"
				   : le32(s + 92) & HAS_JOURNAL ? "ext3"
								: "ext2";

		(void)str_copy(ret->type, type, sizeof(ret->type));
		put_uuid(ret->uuid, sizeof(ret->uuid), s + 104);
		put_label(ret->label, sizeof(ret->label), s + 120, 16);
	} else if (memcmp(p + SWAP_MAGIC_AT, "SWAPSPACE2", 10) == 0) {
		(void)str_copy(ret->type, "swap", sizeof(ret->type));
		put_uuid(ret->uuid, sizeof(ret->uuid), s + 12);
		put_label(ret->label, sizeof(ret->label), s + 28, 16);
	}
}

void block_identify(struct block_device *d, struct block_identity *ret)
{
	uint8_t *buf = kmalloc(PROBE_BYTES);

	*ret = (struct block_identity){ 0 };
	d->openers++; /* reading may sleep; the device stays */
	if (buf && d->bytes >= PROBE_BYTES && buffer_read_range(d, 0, buf, PROBE_BYTES) == 0)
		identify(buf, ret);
	d->openers--;
	kfree(buf);
}
