// SPDX-License-Identifier: GPL-2.0-or-later
/* The disks: devices over raw images, start, and removal. Copy-on-write is in ubd_cow.c. */
#include "drivers/ubd.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "drivers/disk_record.h"
#include "drivers/ubd_internal.h"
#include "engine/engine.h"
#include "lib/string.h"

#define MINORS_EACH 16

static struct ubd *ubd_of(struct block_device *d)
{
	return d->private;
}

/* --- raw images --------------------------------------------------------------------------------- */

static int raw_read(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	return disk_read(&ubd_of(d)->top, offset, buf, len);
}

static const void *raw_view(struct block_device *d, uint64_t offset, size_t len, size_t *ret_len)
{
	*ret_len = len;
	return disk_view(&ubd_of(d)->top, offset, len);
}

static int raw_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		     unsigned int *ret_flags)
{
	(void)ret_flags;
	return disk_write(&ubd_of(d)->top, offset, buf, len);
}

static int raw_flush(struct block_device *d)
{
	return disk_flush(&ubd_of(d)->top);
}

static int raw_flush_set(struct block_device *d, const struct flush_set *set)
{
	return disk_flush_set(&ubd_of(d)->top, set);
}

static void raw_writeback(struct block_device *d, uint64_t offset, uint64_t len)
{
	disk_writeback(&ubd_of(d)->top, offset, len);
}

static void raw_readahead(struct block_device *d, uint64_t offset, uint64_t len)
{
	disk_readahead(&ubd_of(d)->top, offset, len);
}

static int raw_discard(struct block_device *d, uint64_t offset, uint64_t len)
{
	return disk_punch(&ubd_of(d)->top, offset, len);
}

static int raw_zero(struct block_device *d, uint64_t offset, uint64_t len, unsigned int *ret_flags)
{
	(void)ret_flags;
	return disk_zero(&ubd_of(d)->top, offset, len);
}

static int raw_map(struct block_device *d, uint64_t offset, uint64_t len, bool write,
		   struct mapping_run *ret, unsigned int *ret_flags)
{
	const struct ubd *u = ubd_of(d);

	(void)ret_flags;
	if (u->plugged)
		return -EOPNOTSUPP;
	if (write)
		disk_record_map(&u->top, offset, len);
	*ret = (struct mapping_run){
		.kind = MAPPING_RUN_HOST,
		.engine_fd = ubd_slot(u, write ? UBD_SLOT_RW : UBD_SLOT_RO),
		.host_offset = offset,
		.len = ALIGN_UP(len, PAGE_SIZE),
		.readonly = !write,
	};
	return 0;
}

static const struct block_ops raw_ops = {
	.read = raw_read,
	.view = raw_view,
	.write = raw_write,
	.flush = raw_flush,
	.flush_set = raw_flush_set,
	.writeback = raw_writeback,
	.discard = raw_discard,
	.zero = raw_zero,
	.map = raw_map,
	.readahead = raw_readahead,
};

/* --- start -------------------------------------------------------------------------------------- */

static int give_to_stubs(const struct ubd *u)
{
	int r = engine->install_fd(u->map_ro_fd, ubd_slot(u, UBD_SLOT_RO));

	if (r == 0 && u->map_rw_fd >= 0)
		r = engine->install_fd(u->map_rw_fd, ubd_slot(u, UBD_SLOT_RW));
	if (r == 0 && u->base_fd >= 0)
		r = engine->install_fd(u->base_fd, ubd_slot(u, UBD_SLOT_BASE));
	return r;
}

static int ubd_start_one(struct ubd *u)
{
	struct block_device *d = &u->disk;
	int r;

	disk_file_init(&u->top, u->fd);
	disk_file_init(&u->base, u->base_fd);
	disk_record_attach(&u->top, u->index);
	*d = (struct block_device){
		.rdev = MKDEV(UBD_MAJOR, u->index * MINORS_EACH),
		.bytes = u->bytes,
		.readonly = u->readonly,
		.image_readonly = u->readonly,
		.ops = u->header ? &ubd_cow_ops : &raw_ops,
		.private = u,
		.max_parts = MINORS_EACH - 1,
		.serial = u->serial,
		.any_bytes = true,
		.has_discard = !u->no_trim && !u->readonly,
	};
	(void)format_str(d->name, sizeof(d->name), "ubd%c", 'a' + (char)u->index);
	r = u->header ? ubd_cow_create(u) : 0;
	if (r == 0 && !u->plugged)
		r = give_to_stubs(u);
	if (r == 0)
		r = block_register(d);
	if (r < 0) {
		disk_record_detach(&u->top);
		ubd_cow_destroy(u);
		disk_file_done(&u->top);
		disk_file_done(&u->base);
		return r;
	}
	u->started = true;
	pr_info("%s: %llu sectors%s%s%s%s", d->name, (unsigned long long)(d->bytes / BLOCK_SECTOR),
		u->header ? ", copy on write" : "", d->readonly ? ", read-only" : "",
		u->note[0] ? ": " : "", u->note);
	r = block_rescan(d);
	if (r < 0)
		pr_warning("%s: the partition table cannot be read (error %d)", d->name, -r);
	return 0;
}

int ubd_start(char *why, size_t len)
{
	for (unsigned int i = 0; i < UBD_MAX; i++) {
		struct ubd *u = &ubd_table[i];
		int r = u->present && !u->started ? ubd_start_one(u) : 0;

		if (r < 0) {
			(void)format_str(why, len, "ubd%u cannot be started (error %d)", i, -r);
			return r;
		}
	}
	return 0;
}

/* --- mconsole ----------------------------------------------------------------------------------- */

static struct ubd *by_name(const char *name)
{
	const char *end;
	int n = ubd_number(name, &end);

	return n < 0 || *end ? NULL : &ubd_table[n];
}

const char *ubd_spec(const char *name)
{
	const struct ubd *u = by_name(name);

	if (!u)
		return NULL;
	return u->present && u->spec ? u->spec : "";
}

int ubd_remove(const char *name, char *why, size_t len)
{
	struct ubd *u = by_name(name);
	int r;

	ASSERT_LOCKED();
	if (!u) {
		(void)format_str(why, len, "Invalid device number - must be between 0 and %d",
				 UBD_MAX - 1);
		return -EINVAL;
	}
	if (!u->started) {
		(void)format_str(why, len, "Device doesn't exist");
		return -ENODEV;
	}
	/* A flush sleeps; an open that comes meanwhile is seen by block_unregister. */
	(void)block_flush(&u->disk);
	r = block_unregister(&u->disk);
	if (r < 0) {
		(void)format_str(why, len, "Device is currently open");
		return r;
	}
	u->started = false;
	/* Stubs keep theirs, which have no lock: the room of a deleted file comes back when the guest ends. */
	disk_record_detach(&u->top);
	ubd_cow_destroy(u);
	disk_file_done(&u->top);
	disk_file_done(&u->base);
	ubd_close(u);
	return 0;
}

int ubd_plug(const char *word, char *why, size_t len)
{
	const char *rest;
	int n = ubd_number(word, &rest), r;

	ASSERT_LOCKED();
	if (n < 0) {
		(void)format_str(why, len, "Couldn't parse device number");
		return n;
	}
	r = ubd_open_confined(word, why, len);
	if (r < 0)
		return r;
	r = ubd_start_one(&ubd_table[n]);
	if (r < 0) {
		(void)format_str(why, len, "ubd%d cannot be started (error %d)", n, -r);
		ubd_close(&ubd_table[n]);
	}
	return r;
}
