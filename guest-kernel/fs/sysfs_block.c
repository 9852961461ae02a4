// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks in /sys as lsblk, blkid, udev and findmnt read them: devices/platform/uml-blkdev.N/block/ubdX with its partitions, and the links block/,
 * class/block/ and dev/block/ that lead there. What an entry speaks of is a minor number in proc_target.fd.
 */
#include "fs/sysfs_block.h"
#include "abi/abi_errno.h"
#include "abi/abi_stat.h"
#include "drivers/block.h"
#include "drivers/buffer.h"
#include "drivers/ubd.h"
#include "lib/string.h"

#define MINORS_EACH 16u

static struct block_device *device_of(const struct proc_target *p)
{
	return p->fd < 0 ? NULL : block_find(MKDEV(UBD_MAJOR, (unsigned int)p->fd));
}

static unsigned int disk_number(const struct block_device *d)
{
	return DEV_MINOR(d->rdev) / MINORS_EACH;
}

/* --- attributes --------------------------------------------------------------------------------- */

#define NUMBER_ATTR(name, expr)                                                  \
	static int show_##name(struct proc_text *x, const struct proc_target *p) \
	{                                                                        \
		const struct block_device *d = device_of(p);                     \
                                                                                 \
		if (!d)                                                          \
			return -ENODEV;                                          \
		text_add(x, "%llu\n", (unsigned long long)(expr));               \
		return 0;                                                        \
	}
#define DISCARD_MAX (2ull << 30)

NUMBER_ATTR(size, d->bytes / BLOCK_SECTOR)
NUMBER_ATTR(ro, d->readonly)
NUMBER_ATTR(start, d->start / BLOCK_SECTOR)
NUMBER_ATTR(partition, d->partno)
NUMBER_ATTR(diskseq, d->seq)
NUMBER_ATTR(range, (uint64_t)(d->max_parts + 1))
NUMBER_ATTR(ext_range, d->max_parts + 1 > 1 ? 256ull : 1)
NUMBER_ATTR(zero, (uint64_t)(d->seq * 0))
NUMBER_ATTR(one, (uint64_t)(d->seq > 0))
NUMBER_ATTR(sector_bytes, d->seq ? BLOCK_SECTOR : 0)
NUMBER_ATTR(page_bytes, d->seq ? PAGE_SIZE : 0)
NUMBER_ATTR(max_kb, d->seq ? 1280 : 0)
NUMBER_ATTR(read_ahead, d->readahead_sectors / 2)
NUMBER_ATTR(discard_unit, d->has_discard ? PAGE_SIZE : 0)
NUMBER_ATTR(discard_max, d->has_discard ? DISCARD_MAX : 0)

static int show_dev(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENODEV;
	text_add(x, "%u:%u\n", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev));
	return 0;
}

static int show_serial(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENODEV;
	text_add(x, "%s\n", d->serial ? d->serial : "");
	return 0;
}

static int show_word(struct proc_text *x, const char *word)
{
	text_add(x, "%s\n", word);
	return 0;
}

static int show_scheduler(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	return show_word(x, "[none]");
}

static int show_write_cache(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	return show_word(x, "write back");
}

static int show_zoned(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	return show_word(x, "none");
}

static int show_inflight(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENODEV;
	text_add(x, "%8u %8u\n", d->stats.in_flight, 0);
	return 0;
}

static int show_stat(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENODEV;
	procfs_disk_stats(x, d, true);
	return 0;
}

static int show_uevent(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENODEV;
	text_add(x, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=%s\nDISKSEQ=%llu\n",
		 DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev), d->name, d->whole ? "partition" : "disk",
		 (unsigned long long)d->seq);
	if (d->whole)
		text_add(x, "PARTN=%u\n", d->partno);
	return 0;
}

/* "add" and the like: there is nobody to tell again yet. */
static ssize_t write_uevent(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	(void)text;
	return (ssize_t)len;
}

static int link_subsystem(char *buf, size_t len, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENOENT;
	return format_str(buf, len, "%s../../../../../class/block", d->whole ? "../" : "");
}

static int link_device(char *buf, size_t len, const struct proc_target *p)
{
	const struct block_device *d = device_of(p);

	if (!d)
		return -ENOENT;
	return format_str(buf, len, "../../../uml-blkdev.%u", disk_number(d));
}

/* The rest of the path of a device below /sys/devices. */
static int device_path(char *buf, size_t len, const char *up, const struct block_device *d)
{
	return format_str(buf, len, "%sdevices/platform/uml-blkdev.%u/block/%s%s%s", up,
			  disk_number(d), d->whole ? d->whole->name : d->name, d->whole ? "/" : "",
			  d->whole ? d->name : "");
}

#define ATTR(n, fn)                                 \
	{                                           \
		.name = n, .mode = 0444, .show = fn \
	}
#define LINK(n, fn)                                                        \
	{                                                                  \
		.name = n, .kind = PROC_LINK, .mode = 0777, .readlink = fn \
	}
#define FOLDER(n, table)                                                     \
	{                                                                    \
		.name = n, .kind = PROC_DIR, .mode = 0755, .children = table \
	}

static const struct proc_entry nothing[] = { { 0 } };

static const struct proc_entry queue_entries[] = {
	ATTR("add_random", show_zero),
	ATTR("chunk_sectors", show_zero),
	ATTR("dax", show_zero),
	ATTR("discard_granularity", show_discard_unit),
	ATTR("discard_max_bytes", show_discard_max),
	ATTR("discard_max_hw_bytes", show_discard_max),
	ATTR("discard_zeroes_data", show_zero),
	ATTR("fua", show_zero),
	ATTR("hw_sector_size", show_sector_bytes),
	ATTR("io_poll", show_zero),
	ATTR("iostats", show_one),
	ATTR("logical_block_size", show_sector_bytes),
	ATTR("max_hw_sectors_kb", show_max_kb),
	ATTR("max_sectors_kb", show_max_kb),
	ATTR("minimum_io_size", show_page_bytes),
	ATTR("nomerges", show_zero),
	ATTR("nr_zones", show_zero),
	ATTR("optimal_io_size", show_zero),
	ATTR("physical_block_size", show_page_bytes),
	ATTR("read_ahead_kb", show_read_ahead),
	ATTR("rotational", show_zero),
	ATTR("scheduler", show_scheduler),
	ATTR("stable_writes", show_zero),
	ATTR("write_cache", show_write_cache),
	ATTR("write_same_max_bytes", show_zero),
	ATTR("write_zeroes_max_bytes", show_discard_max),
	ATTR("zoned", show_zoned),
	{ 0 },
};

#define UEVENT                                                                             \
	{                                                                                  \
		.name = "uevent", .mode = 0644, .show = show_uevent, .write = write_uevent \
	}

static const struct proc_entry part_entries[] = {
	ATTR("alignment_offset", show_zero),
	ATTR("dev", show_dev),
	ATTR("discard_alignment", show_zero),
	FOLDER("holders", nothing),
	ATTR("inflight", show_inflight),
	ATTR("partition", show_partition),
	ATTR("ro", show_ro),
	ATTR("size", show_size),
	ATTR("start", show_start),
	ATTR("stat", show_stat),
	LINK("subsystem", link_subsystem),
	UEVENT,
	{ 0 },
};

static const struct proc_entry disk_entries[] = {
	ATTR("alignment_offset", show_zero),
	ATTR("capability", show_zero),
	ATTR("dev", show_dev),
	LINK("device", link_device),
	ATTR("discard_alignment", show_zero),
	ATTR("diskseq", show_diskseq),
	ATTR("ext_range", show_ext_range),
	ATTR("hidden", show_zero),
	FOLDER("holders", nothing),
	ATTR("inflight", show_inflight),
	FOLDER("queue", queue_entries),
	ATTR("range", show_range),
	ATTR("removable", show_zero),
	ATTR("ro", show_ro),
	ATTR("serial", show_serial),
	ATTR("size", show_size),
	FOLDER("slaves", nothing),
	ATTR("stat", show_stat),
	LINK("subsystem", link_subsystem),
	UEVENT,
	{ 0 },
};

/* --- folders ------------------------------------------------------------------------------------ */

static bool same_name(const char *a, const char *name, size_t len)
{
	return strlen(a) == len && memcmp(a, name, len) == 0;
}

static void speak_of(const struct block_device *d, struct proc_target *ret)
{
	*ret = (struct proc_target){ .fd = (int)DEV_MINOR(d->rdev) };
}

static const struct proc_entry part_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0755, .children = part_entries
};

static int disk_lookup(const struct proc_target *p, const char *name, size_t len,
		       const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	const struct block_device *d = device_of(p), *part;

	if (!d)
		return -ENOENT;
	*ret_target = *p;
	for (const struct proc_entry *e = disk_entries; e->name; e++)
		if (same_name(e->name, name, len)) {
			*ret_entry = e;
			return 0;
		}
	list_for_each_entry(part, &d->parts, part_link)
		if (same_name(part->name, name, len)) {
			speak_of(part, ret_target);
			*ret_entry = &part_dir;
			return 0;
		}
	return -ENOENT;
}

/* Emit number i of a folder if the reader is not past it. False: the sink is full. */
static bool emit_at(struct dir_sink *sink, uint64_t *pos, uint64_t i, const char *name,
		    unsigned int type, uint64_t ino)
{
	if (i < *pos)
		return true;
	if (!sink->emit(sink, name, strlen(name), ino, type, i + 3))
		return false;
	*pos = i + 1;
	return true;
}

static bool disk_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	static const unsigned int types[] = {
		[PROC_FILE] = DT_REG, [PROC_DIR] = DT_DIR, [PROC_LINK] = DT_LNK
	};
	const struct block_device *d = device_of(p), *part;
	uint64_t i = 0;

	if (!d)
		return true;
	for (const struct proc_entry *e = disk_entries; e->name; e++, i++)
		if (!emit_at(sink, pos, i, e->name, types[e->kind], 0x100 + i))
			return false;
	list_for_each_entry(part, &d->parts, part_link)
		if (!emit_at(sink, pos, i++, part->name, DT_DIR, 0x200 + part->partno))
			return false;
	return true;
}

static const struct proc_entry disk_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0755, .lookup = disk_lookup, .readdir = disk_readdir
};

/* devices/platform/uml-blkdev.N/block: its one disk. */
static int one_lookup(const struct proc_target *p, const char *name, size_t len,
		      const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	const struct block_device *d = device_of(p);

	if (!d || !same_name(d->name, name, len))
		return -ENOENT;
	*ret_target = *p;
	*ret_entry = &disk_dir;
	return 0;
}

static bool one_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	const struct block_device *d = device_of(p);

	return !d || emit_at(sink, pos, 0, d->name, DT_DIR, 0x300);
}

static const struct proc_entry controller_entries[] = {
	{ .name = "block",
	  .kind = PROC_DIR,
	  .mode = 0755,
	  .lookup = one_lookup,
	  .readdir = one_readdir },
	ATTR("serial", show_serial),
	{ 0 },
};
static const struct proc_entry controller_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0755, .children = controller_entries
};

static const struct block_device *nth(uint64_t n, bool disks_only)
{
	const struct block_device *d;

	list_for_each_entry(d, &block_list, link)
		if ((!disks_only || !d->whole) && n-- == 0)
			return d;
	return NULL;
}

/* What a device is called in one of the folders. */
enum folder { FOLDER_BLOCK, FOLDER_CLASS, FOLDER_DEV, FOLDER_PLATFORM };

static void name_in(enum folder f, const struct block_device *d, char *buf, size_t len)
{
	if (f == FOLDER_DEV)
		(void)format_str(buf, len, "%u:%u", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev));
	else if (f == FOLDER_PLATFORM)
		(void)format_str(buf, len, "uml-blkdev.%u", disk_number(d));
	else
		(void)str_copy(buf, d->name, len);
}

static bool disks_only(enum folder f)
{
	return f == FOLDER_BLOCK || f == FOLDER_PLATFORM;
}

static bool list_folder(enum folder f, struct dir_sink *sink, uint64_t *pos)
{
	const struct block_device *d;

	for (uint64_t i = 0; (d = nth(i, disks_only(f))); i++) {
		char name[40];

		name_in(f, d, name, sizeof(name));
		if (!emit_at(sink, pos, i, name, f == FOLDER_PLATFORM ? DT_DIR : DT_LNK,
			     0x400 + DEV_MINOR(d->rdev)))
			return false;
	}
	return true;
}

static int find_in(enum folder f, const char *name, size_t len, struct proc_target *ret)
{
	const struct block_device *d;

	for (uint64_t i = 0; (d = nth(i, disks_only(f))); i++) {
		char buf[40];

		name_in(f, d, buf, sizeof(buf));
		if (same_name(buf, name, len)) {
			speak_of(d, ret);
			return 0;
		}
	}
	return -ENOENT;
}

#define LINK_FOLDER(kind, id, up)                                                          \
	static int id##_link(char *buf, size_t len, const struct proc_target *p)           \
	{                                                                                  \
		const struct block_device *d = device_of(p);                               \
                                                                                           \
		return d ? device_path(buf, len, up, d) : -ENOENT;                         \
	}                                                                                  \
	static const struct proc_entry id##_link_entry = LINK("", id##_link);              \
	int sysfs_##id##_lookup(const struct proc_target *p, const char *name, size_t len, \
				const struct proc_entry **ret_entry,                       \
				struct proc_target *ret_target)                            \
	{                                                                                  \
		(void)p;                                                                   \
		*ret_entry = &id##_link_entry;                                             \
		return find_in(kind, name, len, ret_target);                               \
	}                                                                                  \
	bool sysfs_##id##_readdir(const struct proc_target *p, struct dir_sink *sink,      \
				  uint64_t *pos)                                           \
	{                                                                                  \
		(void)p;                                                                   \
		return list_folder(kind, sink, pos);                                       \
	}
LINK_FOLDER(FOLDER_BLOCK, block, "../")
LINK_FOLDER(FOLDER_CLASS, class_block, "../../")
LINK_FOLDER(FOLDER_DEV, dev_block, "../../")

int sysfs_platform_lookup(const struct proc_target *p, const char *name, size_t len,
			  const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	(void)p;
	*ret_entry = &controller_dir;
	return find_in(FOLDER_PLATFORM, name, len, ret_target);
}

bool sysfs_platform_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	(void)p;
	return list_folder(FOLDER_PLATFORM, sink, pos);
}
