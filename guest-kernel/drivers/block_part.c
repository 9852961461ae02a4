// SPDX-License-Identifier: GPL-2.0-or-later
/* Partitions as block devices: windows on a disk. They hold nothing of their own but their place; block_io.c finds the disk. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "drivers/block.h"
#include "drivers/partition.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define PARTS_MAX 64u

static bool inside(const struct block_device *d, uint64_t offset, uint64_t len)
{
	return offset <= d->bytes && len <= d->bytes - offset;
}

/* --- coming and going --------------------------------------------------------------------------- */

static struct block_device *part_find(struct block_device *d, unsigned int number)
{
	struct block_device *p;

	list_for_each_entry(p, &d->parts, part_link)
		if (p->partno == number)
			return p;
	return NULL;
}

static bool overlaps(const struct block_device *d, const struct block_device *but, uint64_t start,
		     uint64_t len)
{
	const struct block_device *p;

	list_for_each_entry(p, &d->parts, part_link)
		if (p != but && start < p->start + p->bytes && p->start < start + len)
			return true;
	return false;
}

/* As Linux names them: a p between a digit and the number. */
static void part_name(char *to, size_t len, const char *disk, unsigned int number)
{
	char last = disk[strlen(disk) - 1];

	(void)format_str(to, len, last >= '0' && last <= '9' ? "%sp%u" : "%s%u", disk, number);
}

static int part_make(struct block_device *d, unsigned int number, uint64_t start, uint64_t len,
		     const char *uuid)
{
	struct block_device *p;
	int r;

	if (number == 0 || number > d->max_parts || len == 0 || (start | len) % BLOCK_SECTOR != 0 ||
	    !inside(d, start, len))
		return -EINVAL;
	if (part_find(d, number))
		return -EBUSY;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	part_name(p->name, sizeof(p->name), d->name, number);
	p->rdev = d->rdev + number;
	p->bytes = len;
	p->readonly = d->readonly;
	p->whole = d;
	p->start = start;
	p->partno = number;
	p->any_bytes = d->any_bytes;
	p->has_discard = d->has_discard;
	p->image_readonly = d->image_readonly;
	(void)str_copy(p->partuuid, uuid, sizeof(p->partuuid));
	r = block_register(p);
	if (r < 0) {
		kfree(p);
		return r;
	}
	list_add_tail(&p->part_link, &d->parts);
	return 0;
}

int block_part_add(struct block_device *d, unsigned int number, uint64_t start, uint64_t len)
{
	ASSERT_LOCKED();
	if (!inside(d, start, len))
		return -EINVAL;
	if (overlaps(d, NULL, start, len))
		return -EBUSY;
	return part_make(d, number, start, len, "");
}

int block_part_remove(struct block_device *d, unsigned int number)
{
	struct block_device *p = part_find(d, number);
	int r;

	ASSERT_LOCKED();
	if (!p)
		return -ENXIO;
	r = block_unregister(p);
	if (r < 0)
		return r;
	list_del(&p->part_link);
	kfree(p);
	return 0;
}

/* Only the size may change, as on Linux. */
int block_part_resize(struct block_device *d, unsigned int number, uint64_t start, uint64_t len)
{
	struct block_device *p = part_find(d, number);

	ASSERT_LOCKED();
	if (!p)
		return -ENXIO;
	if (start != p->start || !inside(d, start, len))
		return -EINVAL;
	if (overlaps(d, p, start, len))
		return -EBUSY;
	p->bytes = len;
	return 0;
}

static int read_table(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct block_device *d = arg;

	return block_read(d, offset, buf, len);
}

static bool parts_in_use(const struct block_device *d)
{
	const struct block_device *p;

	list_for_each_entry(p, &d->parts, part_link)
		if (p->openers > 0 || p->holder)
			return true;
	return false;
}

int block_rescan(struct block_device *d)
{
	struct partition_reader reader = { .read = read_table, .arg = d, .bytes = d->bytes };
	struct partition_entry *e;
	struct block_device *p, *tmp;
	int n;

	ASSERT_LOCKED();
	if (d->whole || d->max_parts == 0)
		return -EINVAL;
	if (parts_in_use(d))
		return -EBUSY;
	e = kmalloc(PARTS_MAX * sizeof(*e));
	if (!e)
		return -ENOMEM;
	d->openers++; /* it must not go while its table is read */
	n = partition_parse(&reader, e, MIN(d->max_parts, PARTS_MAX));
	d->openers--;
	if (n >= 0 && parts_in_use(d))
		n = -EBUSY;
	if (n >= 0)
		list_for_each_entry_safe(p, tmp, &d->parts, part_link)
			(void)block_part_remove(d, p->partno);
	for (int i = 0; i < n; i++)
		if (part_make(d, e[i].number, e[i].start, e[i].len, e[i].uuid) < 0)
			pr_warning("%s: partition %u cannot be made, ignoring", d->name,
				   e[i].number);
	kfree(e);
	return n < 0 ? n : 0;
}
