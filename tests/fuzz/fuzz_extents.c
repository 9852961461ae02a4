// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look-ups in a hostile map of blocks. The first byte chooses extents or the old map, 60 bytes are i_block, and the rest are blocks of a small disk from block 8 on; the
 * numbers in them are taken modulo the disk's size often enough to hit. The kernel's code runs in a kernel task on a thread of its own.
 */
#include "fuzz_target.h"

#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/ext4/ext4_extents_internal.h"
#include "host/host_memory.h"
#include "host/host_thread.h"

#define BLOCK  1024u
#define BLOCKS 64u
#define FIRST  8u

static uint8_t disk[BLOCKS * BLOCK];
static struct block_device dev;
static struct host_event given, done;
static const uint8_t *input;
static size_t input_len;

static int disk_read(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	MUST(offset <= d->bytes && len <= d->bytes - offset);
	memcpy(buf, disk + offset, len);
	return 0;
}

static int disk_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		      unsigned int *flags)
{
	(void)d, (void)offset, (void)buf, (void)len, (void)flags;
	MUST(!"a look-up writes");
	return 0;
}

static const struct block_ops ops = { .read = disk_read, .write = disk_write };

static void look_up(struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint32_t at = 0;

	if (ext4_map_check(inode) < 0)
		return;
	for (unsigned int i = 0; i < 64; i++) {
		struct ext4_map m;

		if (ext4_map_blocks(NULL, inode, at, i % 2 ? 1 : 100000, 0, &m) < 0) {
			ext4_i(inode)->cache_len = 0;
			at += 4099;
			continue;
		}
		MUST(m.len >= 1 && !m.fresh);
		if (m.physical && ext4_i(inode)->cache_len == 0)
			MUST(ext4_blocks_valid(s, m.physical, m.len));
		at = i % 3 ? at + m.len : at * 7 + 13;
	}
}

static void one_input(void)
{
	struct ext4_super_block es = { .s_magic = EXT4_MAGIC };
	struct super_block sb = { .flags = 1 };
	struct ext4_sb s = { .sb = &sb,
			     .dev = &dev,
			     .block_size = BLOCK,
			     .block_bits = 10,
			     .blocks_count = BLOCKS,
			     .first_data_block = 1,
			     .blocks_per_group = 8192,
			     .groups = 1,
			     .es = &es };
	struct inode inode = { .sb = &sb, .ino = 12, .mode = 0100644 };
	struct ext4_inode ei = { .inode = &inode };

	sb.private = &s;
	inode.private = &ei;
	sleep_lock_init(&ei.data_lock);
	ei.flags = input[0] & 1 ? EXT4_EXTENTS_FL : 0;
	memcpy(ei.block, input + 1, sizeof(ei.block));
	memset(disk, 0, sizeof(disk));
	input_len -= 1 + sizeof(ei.block);
	memcpy(disk + FIRST * BLOCK, input + 1 + sizeof(ei.block),
	       input_len < sizeof(disk) - FIRST * BLOCK ? input_len : sizeof(disk) - FIRST * BLOCK);
	look_up(&inode);
	buffer_invalidate(&dev);
}

static void kernel_main(void *arg)
{
	(void)arg;
	dev.ops = &ops;
	dev.bytes = sizeof(disk);
	MUST(buffer_cache_create(&dev, &dev.cache) == 0);
	MUST(buffer_set_size(&dev, BLOCK) == 0);
	for (;;) {
		big_lock_drop();
		while (!host_event_wait(&given, UINT64_MAX)) /* a signal */
			;
		big_lock_retake();
		one_input();
		host_event_set(&done);
	}
}

static void kernel_thread(void *arg)
{
	(void)arg;
	big_lock_take();
	MUST(kthread_start("fuzz", kernel_main, NULL));
	big_lock_release();
	sched_run();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool begun;

	if (!begun) {
		begun = true;
		MUST(host_event_init(&given) == 0 && host_event_init(&done) == 0);
		MUST(sched_init(1) == 0);
		MUST(host_thread_start("kernel", kernel_thread, NULL) == 0);
	}
	if (len < 61)
		return 0;
	input = data;
	input_len = len;
	host_event_set(&given);
	while (!host_event_wait(&done, UINT64_MAX)) /* a signal */
		;
	return 0;
}
