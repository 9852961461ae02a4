// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of block devices: coming and going, names and numbers, holders. Reading and writing is in block_io.c,
 * nodes are in block_node.c, partitions in block_part.c. */
#include "drivers/block.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "drivers/buffer.h"
#include "lib/string.h"

struct list_head block_list = LIST_HEAD_INIT(block_list);
void (*block_changed)(struct block_device *d, bool added);

int block_register(struct block_device *d)
{
	static uint64_t last_seq;
	int r;

	ASSERT_LOCKED();
	if (block_find(d->rdev) || block_find_by_name(d->name))
		return -EEXIST;
	d->holder = NULL;
	d->openers = 0;
	d->readahead_sectors = 256;
	if (!d->whole) {
		list_init(&d->parts);
		d->seq = ++last_seq;
	} else {
		d->seq = d->whole->seq;
	}
	r = buffer_cache_create(d, &d->cache);
	if (r < 0)
		return r;
	d->device = (struct device){
		.rdev = d->rdev,
		.is_block = true,
		.mode = 0600,
		.name = d->name,
		.fops = &block_file_ops,
		.private = d,
	};
	r = device_register(&d->device);
	if (r < 0) {
		buffer_cache_destroy(d->cache);
		return r;
	}
	/* Partitions behind their disk, in the order of their making. */
	if (!d->whole)
		list_add_tail(&d->link, &block_list);
	else if (list_empty(&d->whole->parts))
		list_add(&d->link, &d->whole->link);
	else
		list_add(&d->link,
			 &list_last_entry(&d->whole->parts, struct block_device, part_link)->link);
	if (block_changed)
		block_changed(d, true);
	return 0;
}

static bool in_use(const struct block_device *d)
{
	return d->openers > 0 || d->holder;
}

int block_unregister(struct block_device *d)
{
	struct block_device *p, *tmp;

	ASSERT_LOCKED();
	if (in_use(d))
		return -EBUSY;
	if (!d->whole) {
		list_for_each_entry(p, &d->parts, part_link)
			if (in_use(p))
				return -EBUSY;
		list_for_each_entry_safe(p, tmp, &d->parts, part_link)
			(void)block_part_remove(d, p->partno);
	}
	if (block_changed)
		block_changed(d, false);
	list_del(&d->link);
	device_unregister(&d->device);
	buffer_cache_destroy(d->cache);
	d->cache = NULL;
	return 0;
}

struct block_device *block_find(uint64_t rdev)
{
	struct block_device *d;

	list_for_each_entry(d, &block_list, link)
		if (d->rdev == rdev)
			return d;
	return NULL;
}

/* --- names -------------------------------------------------------------------------------------- */

static struct block_device *find_plain(const char *name)
{
	struct block_device *d;

	list_for_each_entry(d, &block_list, link)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

/* "98:0", or "6200": the old form, major and minor in two hexadecimal digits each (a minor above 255: as the kernel's new_decode_dev). */
static struct block_device *find_number(const char *name)
{
	const char *colon = strchr(name, ':');
	char major[16];
	uint64_t a, b;

	if (colon) {
		size_t n = (size_t)(colon - name);

		if (n == 0 || n >= sizeof(major))
			return NULL;
		memcpy(major, name, n);
		major[n] = '\0';
		if (!str_to_u64(major, 10, &a) || !str_to_u64(colon + 1, 10, &b) ||
		    a > UINT32_MAX || b > UINT32_MAX)
			return NULL;
		return block_find(MKDEV(a, b));
	}
	if (strlen(name) > 8 || !str_to_u64(name, 16, &a))
		return NULL;
	return block_find(MKDEV((a >> 8) & 0xfff, (a & 0xff) | ((a >> 12) & 0xfff00)));
}

static bool same_text(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
		char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;

		if (x != y)
			return false;
	}
	return *a == *b;
}

static struct block_device *find_identity(const char *uuid, const char *label)
{
	struct block_device *d;

	/* Identifying may sleep, and the list change meanwhile: then the search ends early, which a second mount call mends. */
	list_for_each_entry(d, &block_list, link) {
		struct block_identity id;

		block_identify(d, &id);
		if (list_empty(&d->link))
			return NULL;
		if (uuid ? id.uuid[0] && same_text(id.uuid, uuid)
			 : id.label[0] && strcmp(id.label, label) == 0)
			return d;
	}
	return NULL;
}

static struct block_device *find_partuuid(const char *uuid)
{
	struct block_device *d;

	list_for_each_entry(d, &block_list, link)
		if (d->partuuid[0] && same_text(d->partuuid, uuid))
			return d;
	return NULL;
}

struct block_device *block_find_by_name(const char *name)
{
	struct block_device *d;

	ASSERT_LOCKED();
	if (strncmp(name, "UUID=", 5) == 0)
		return find_identity(name + 5, NULL);
	if (strncmp(name, "LABEL=", 6) == 0)
		return find_identity(NULL, name + 6);
	if (strncmp(name, "PARTUUID=", 9) == 0)
		return find_partuuid(name + 9);
	if (strncmp(name, "/dev/", 5) == 0)
		return find_plain(name + 5);
	d = find_plain(name);
	return d ? d : find_number(name);
}

/* --- holders ------------------------------------------------------------------------------------ */

/* A disk and its partitions exclude each other. */
static bool family_held(const struct block_device *d, const void *holder)
{
	const struct block_device *p;

	if (d->whole)
		return d->whole->holder && d->whole->holder != holder;
	list_for_each_entry(p, &d->parts, part_link)
		if (p->holder && p->holder != holder)
			return true;
	return false;
}

int block_claim(struct block_device *d, const void *holder)
{
	ASSERT_LOCKED();
	if ((d->holder && d->holder != holder) || family_held(d, holder))
		return -EBUSY;
	d->holder = holder;
	return 0;
}

void block_release(struct block_device *d, const void *holder)
{
	ASSERT_LOCKED();
	if (d->holder == holder)
		d->holder = NULL;
}

void block_end(void)
{
	struct block_device *d;

	list_for_each_entry(d, &block_list, link)
		if (d->sync_all)
			d->sync_all(d);
}
