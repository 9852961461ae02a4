// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the command line and the files that they name: opened, locked, COW headers read, missing COW files made. Runs in the launcher, so nothing
 * here may want the big lock or a task. What is refused is said in one sentence; what is done differently (read-only) is noted for the boot log.
 */
#include "abi/abi_errno.h"
#include "drivers/disk_fault.h"
#include "drivers/disk_record.h"
#include "drivers/ubd_internal.h"
#include "host/host_disk.h"
#include "host/host_memory.h"
#include "lib/string.h"

struct ubd ubd_table[UBD_MAX];
static bool sync_default;

struct word {
	bool readonly, sync, data, shared, no_trim;
	bool confined; /* the sandbox is closed */
	char *text;    /* owns what the three point to */
	char *file, *backing, *serial;
};

static int refuse(char *why, size_t len, const struct ubd *u, int error, const char *file,
		  const char *what)
{
	(void)format_str(why, len, "ubd%u: %s: %s", u->index, file, what);
	return error;
}

static const char *error_text(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such file";
	case -EACCES:
	case -EPERM:
		return "no permission to open it";
	case -ENOTBLK:
		return "neither a file nor a block device";
	case -EAGAIN:
		return "in use by another guest (the flag c shares it)";
	case -ENOSPC:
		return "no space on its file system";
	case -EROFS:
		return "its file system is read-only";
	default:
		return "cannot be opened";
	}
}

/* --- words -------------------------------------------------------------------------------------- */

int ubd_number(const char *word, const char **ret_end)
{
	const char *p = word + 3;
	unsigned int n = 0;

	if (strncmp(word, "ubd", 3) != 0)
		return -EINVAL;
	if (*p >= 'a' && *p < 'a' + UBD_MAX) {
		*ret_end = p + 1;
		return *p - 'a';
	}
	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (unsigned int)(*p - '0');
		if (n >= UBD_MAX)
			return -EINVAL;
	}
	*ret_end = p;
	return (int)n;
}

static bool set_flag(struct word *w, char c)
{
	switch (c) {
	case 'r':
		w->readonly = true;
		return true;
	case 's':
		w->sync = true;
		return true;
	case 'd':
		w->data = true;
		return true;
	case 'c':
		w->shared = true;
		return true;
	case 't':
		w->no_trim = true;
		return true;
	default:
		return false;
	}
}

/* Cut at the first ',' or ':'; what is behind it, or NULL. */
static char *cut(char *s)
{
	for (; *s; s++)
		if (*s == ',' || *s == ':') {
			*s = '\0';
			return s + 1;
		}
	return NULL;
}

static int parse_word(const char *p, struct word *w)
{
	*w = (struct word){ .sync = sync_default };
	for (; *p && *p != '='; p++)
		if (!set_flag(w, *p))
			return -EINVAL;
	if (*p != '=' || p[1] == '\0')
		return -EINVAL;
	w->text = kstrdup(p + 1);
	if (!w->text)
		return -ENOMEM;
	w->file = w->text;
	w->backing = cut(w->file);
	w->serial = w->backing ? cut(w->backing) : NULL;
	if (w->backing && *w->backing == '\0')
		w->backing = NULL;
	if (*w->file == '\0' || (w->data && w->backing)) {
		kfree(w->text);
		return -EINVAL;
	}
	return 0;
}

/* --- files -------------------------------------------------------------------------------------- */

static int take_lock(int fd, bool exclusive, const struct word *w)
{
	return w->shared ? 0 : host_disk_lock(fd, exclusive);
}

static unsigned int confined(const struct word *w)
{
	return w->confined ? HOST_DISK_CONFINED : 0;
}

/* The image or COW file itself; read-only if the host grants no more. */
static int open_top(struct ubd *u, const struct word *w)
{
	unsigned int how = (w->sync ? HOST_DISK_SYNC : 0) | confined(w);
	int fd = -EACCES;

	u->readonly = w->readonly;
	if (!u->readonly) {
		fd = host_disk_open(w->file, HOST_DISK_WRITE | how);
		if (fd == -EROFS || fd == -EACCES || fd == -EPERM) {
			u->readonly = true;
			(void)format_str(u->note, sizeof(u->note),
					 "may not be written, so the disk is read-only");
		}
	}
	if (u->readonly)
		fd = host_disk_open(w->file, confined(w));
	return fd;
}

static int read_header(struct ubd *u, const struct word *w, char *why, size_t len)
{
	uint8_t *buf = kmalloc(UBD_COW_READ);
	const char *what = "";
	ssize_t n;
	int r = -ENOMEM;

	u->header = kmalloc(sizeof(*u->header));
	if (buf && u->header) {
		n = host_disk_read(u->fd, buf, UBD_COW_READ, 0);
		r = n < 0 ? (int)n : ubd_cow_parse(buf, (size_t)n, u->file_bytes, u->header, &what);
	}
	kfree(buf);
	if (r < 0) {
		kfree(u->header);
		u->header = NULL;
	}
	if (r < 0 && r != -ENOENT)
		(void)format_str(why, len, "ubd%u: %s: a damaged COW file: %s", u->index, w->file,
				 *what ? what : "it cannot be read");
	return r;
}

/* UML's words: the path in the header is replaced if another one names the same image. Only where the layout is the one we write. */
static void switch_backing(struct ubd *u, const struct word *w)
{
	struct ubd_cow_header *h = u->header;
	uint8_t *buf;
	char *real = kmalloc(UBD_COW_PATH);

	if (!real || host_disk_real_path(w->backing, real, UBD_COW_PATH) < 0 ||
	    strcmp(real, h->backing) == 0 || u->readonly || h->version != 3 || h->broken) {
		kfree(real);
		return;
	}
	buf = kmalloc(UBD_COW_BYTES);
	if (buf) {
		/* Only the path: the rest of the header stays what it is. */
		memset(buf, 0, UBD_COW_PATH);
		(void)str_copy((char *)buf, real, UBD_COW_PATH);
		if (host_disk_write(u->fd, buf, UBD_COW_PATH, 32) == 0)
			(void)format_str(u->note, sizeof(u->note), "switched to the base image %s",
					 real);
	}
	kfree(buf);
	kfree(real);
}

/* The base of a COW file whose header has been read: there, of the size and age that the header says, locked for reading. */
static int open_base(struct ubd *u, const struct word *w, char *why, size_t len)
{
	const char *path = w->backing ? w->backing : u->header->backing;
	struct host_disk_info info;
	int r;

	u->base_fd = host_disk_open(path, confined(w));
	if (u->base_fd < 0) {
		r = u->base_fd;
		u->base_fd = -1;
		return refuse(why, len, u, r, path, error_text(r));
	}
	r = host_disk_info(u->base_fd, &info);
	if (r == 0)
		r = take_lock(u->base_fd, false, w);
	if (r < 0)
		return refuse(why, len, u, r, path, error_text(r));
	if (info.bytes != u->header->bytes || (uint32_t)info.mtime != u->header->mtime) {
		(void)format_str(
			why, len,
			"ubd%u: the base image %s has changed since the COW file %s was made over it (size %llu and time %u now, %llu and %u then)",
			u->index, path, w->file, (unsigned long long)info.bytes,
			(unsigned int)info.mtime, (unsigned long long)u->header->bytes,
			u->header->mtime);
		return -EINVAL;
	}
	if (w->backing && !w->confined)
		switch_backing(u, w);
	return 0;
}

/* A new COW file over w->backing: sparse, header last and durable. */
static int create_cow(struct ubd *u, const struct word *w, char *why, size_t len)
{
	unsigned int sync = w->sync ? HOST_DISK_SYNC : 0;
	int base = host_disk_open(w->backing, 0), r;
	struct host_disk_info info;
	uint8_t *buf = kmalloc(UBD_COW_BYTES);
	char *real = kmalloc(UBD_COW_PATH);

	u->header = kmalloc(sizeof(*u->header));
	r = base < 0 ? base : host_disk_info(base, &info);
	if (r == 0 && (!buf || !real || !u->header))
		r = -ENOMEM;
	if (r == 0)
		r = host_disk_real_path(w->backing, real, UBD_COW_PATH);
	if (r == 0)
		r = ubd_cow_make(real, info.bytes, (uint32_t)info.mtime, u->header);
	if (base >= 0)
		host_disk_close(base);
	if (r < 0) {
		(void)refuse(why, len, u, r, w->backing, error_text(r));
		goto out;
	}
	u->fd = host_disk_open(w->file, HOST_DISK_WRITE | HOST_DISK_CREATE | sync);
	r = u->fd;
	if (r >= 0) {
		ubd_cow_encode(u->header, buf);
		u->file_bytes = u->header->data_offset + u->header->bytes;
		r = host_disk_set_size(u->fd, u->file_bytes);
		if (r == 0)
			r = host_disk_write(u->fd, buf, UBD_COW_BYTES, 0);
		if (r == 0)
			r = host_disk_flush(u->fd);
		if (r < 0)
			(void)host_disk_remove(w->file);
	}
	if (r < 0)
		(void)refuse(why, len, u, r, w->file, error_text(r));
	else
		(void)format_str(u->note, sizeof(u->note), "new COW file over %s", real);
out:
	kfree(buf);
	kfree(real);
	return r < 0 ? r : 0;
}

static int open_files(struct ubd *u, const struct word *w, char *why, size_t len)
{
	struct host_disk_info info;
	int r;

	u->fd = open_top(u, w);
	if (u->fd == -ENOENT && w->backing && !w->readonly && !w->confined) {
		u->fd = -1;
		r = create_cow(u, w, why, len);
		if (r < 0)
			return r;
	}
	if (u->fd < 0) {
		r = u->fd;
		u->fd = -1;
		return refuse(why, len, u, r, w->file, error_text(r));
	}
	r = take_lock(u->fd, !u->readonly, w);
	if (r == 0)
		r = host_disk_info(u->fd, &info);
	if (r < 0)
		return refuse(why, len, u, r, w->file, error_text(r));
	u->file_bytes = info.bytes;
	u->bytes = ALIGN_DOWN(info.bytes, (uint64_t)BLOCK_SECTOR);
	r = -ENOENT;
	if (!w->data && !info.is_block) {
		kfree(u->header);
		r = read_header(u, w, why, len);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	if (r == -ENOENT && w->backing)
		return refuse(why, len, u, -EINVAL, w->file,
			      "not a COW file, but a base image is given with it");
	if (r == -ENOENT)
		return 0;
	u->bytes = ALIGN_DOWN(u->header->bytes, (uint64_t)BLOCK_SECTOR);
	if (u->header->bitmap_short && !u->readonly) {
		u->readonly = true;
		(void)format_str(
			u->note, sizeof(u->note),
			"an old COW file whose bitmap lacks its last bits, so the disk is read-only");
	}
	return open_base(u, w, why, len);
}

/* A COW file that ends early (old tools write no more than they must) is made as long as its disk, so that all of it can be mapped. */
static int prepare_maps(struct ubd *u)
{
	uint64_t whole = u->header ? u->header->data_offset + u->bytes : 0;
	int r;

	if (!u->readonly && u->file_bytes < whole) {
		r = host_disk_set_size(u->fd, whole);
		if (r < 0)
			return r;
		u->file_bytes = whole;
	}
	/* Opened anew: a stub that lives on must not keep the lock of a disk that was taken away. */
	if (u->plugged)
		return 0;
	u->map_ro_fd = host_disk_reopen(u->fd, false);
	if (u->map_ro_fd < 0)
		return u->map_ro_fd;
	if (u->readonly)
		return 0;
	u->map_rw_fd = host_disk_reopen(u->fd, true);
	return u->map_rw_fd < 0 ? u->map_rw_fd : 0;
}

void ubd_close(struct ubd *u)
{
	const int fds[] = { u->fd, u->map_ro_fd, u->map_rw_fd, u->base_fd };

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			host_disk_close(fds[i]);
	kfree(u->header);
	kfree(u->spec);
	kfree(u->serial);
	*u = (struct ubd){
		.index = u->index, .fd = -1, .map_ro_fd = -1, .map_rw_fd = -1, .base_fd = -1
	};
}

static int open_word(const char *text, bool is_confined, char *why, size_t len)
{
	const char *rest;
	struct word w;
	struct ubd *u;
	int n, r;

	n = ubd_number(text, &rest);
	r = n < 0 ? n : parse_word(rest, &w);
	if (r == 0 && is_confined && w.sync) {
		kfree(w.text);
		(void)format_str(why, len, "the flag s is for disks that are there from the start");
		return -EINVAL;
	}
	if (r < 0) {
		(void)format_str(why, len,
				 "%s: ubd<0-15>[rsdct]=<file>[,<base image>][,<serial>] is wanted",
				 text);
		return r;
	}
	u = &ubd_table[n];
	if (u->present) {
		(void)format_str(why, len, "ubd%d: Device is already configured", n);
		kfree(w.text);
		return -EBUSY;
	}
	*u = (struct ubd){
		.index = (unsigned int)n, .fd = -1, .map_ro_fd = -1, .map_rw_fd = -1, .base_fd = -1
	};
	u->no_trim = w.no_trim;
	u->plugged = w.confined = is_confined;
	u->spec = kstrdup(strchr(text, '=') + 1);
	u->serial = w.serial && *w.serial ? kstrdup(w.serial) : NULL;
	r = u->spec ? open_files(u, &w, why, len) : -ENOMEM;
	if (r == 0 && u->bytes == 0)
		r = refuse(why, len, u, -EINVAL, w.file, "shorter than a sector");
	if (r == 0) {
		r = prepare_maps(u);
		if (r < 0)
			(void)refuse(why, len, u, r, w.file, error_text(r));
	}
	if (r < 0)
		ubd_close(u);
	else
		u->present = true;
	kfree(w.text);
	return r;
}

int ubd_open(const char *word, char *why, size_t len)
{
	if (strcmp(word, "ubd=sync") == 0) {
		sync_default = true;
		return 0;
	}
	if (strncmp(word, "ubd=record:", 11) == 0)
		return disk_record_open(word + 11, why, len);
	if (strncmp(word, "ubd=fail:", 9) == 0)
		return disk_fault_set(word + 9, why, len);
	return open_word(word, false, why, len);
}

int ubd_open_confined(const char *word, char *why, size_t len)
{
	return open_word(word, true, why, len);
}
