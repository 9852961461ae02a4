// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading directories: entries as getdents64 and the old getdents lay them out. The file system names "." and ".." itself. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

struct abi_dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
} __attribute__((packed));

struct abi_dirent {
	uint64_t ino, off;
	uint16_t reclen;
	char name[];
} __attribute__((packed));

struct getdents {
	struct dir_sink sink;
	char *buf;
	size_t len, used;
	bool old, too_small, bad_name;
};

/* A damaged disk may say anything: a name that is empty, or leads elsewhere, is nobody's (-EIO, as on Linux). */
static bool name_ok(const char *name, size_t len)
{
	return len > 0 && !memchr(name, '/', len) && !memchr(name, '\0', len);
}

static bool emit(struct dir_sink *s, const char *name, size_t len, uint64_t ino, unsigned int type,
		 uint64_t next_pos)
{
	struct getdents *g = container_of(s, struct getdents, sink);
	size_t head = g->old ? sizeof(struct abi_dirent) : sizeof(struct abi_dirent64);
	/* The old form has its type in the last byte, behind the name's end. */
	size_t bytes = ALIGN_UP(head + len + 1 + (g->old ? 1 : 0), 8ul);
	char *at = g->buf + g->used;

	if (!name_ok(name, len)) {
		g->bad_name = true;
		return false;
	}
	if (g->len - g->used < bytes) {
		g->too_small = g->used == 0;
		return false;
	}
	memset(at, 0, bytes);
	if (g->old) {
		struct abi_dirent d = { ino, next_pos, (uint16_t)bytes };

		memcpy(at, &d, sizeof(d));
		at[bytes - 1] = (char)type;
	} else {
		struct abi_dirent64 d = { ino, (int64_t)next_pos, (uint16_t)bytes, (uint8_t)type };

		memcpy(at, &d, sizeof(d));
	}
	memcpy(at + head, name, len);
	g->used += bytes;
	return true;
}

ssize_t vfs_getdents(struct file *f, char *buf, size_t len, bool old)
{
	struct getdents g = { .sink.emit = emit, .buf = buf, .len = len, .old = old };
	struct inode *dir = f->inode;
	bool dead;
	int r;

	if (!f->ops->readdir || !S_ISDIR(dir->mode))
		return -ENOTDIR;
	sleep_lock_take(&f->pos_lock);
	sleep_lock_take(&dir->lock);
	dead = dir->nlink == 0;
	r = dead ? -ENOENT : f->ops->readdir(f, &g.sink);
	sleep_lock_release(&dir->lock);
	sleep_lock_release(&f->pos_lock);
	/* Whatever came of it, as on Linux. */
	if (!dead) {
		notify_file(f, NOTIFY_ACCESS);
		if (!(f->flags & O_NOATIME))
			inode_touch_atime(&f->path);
	}
	if (g.used > 0)
		return (ssize_t)g.used;
	if (g.bad_name)
		return -EIO;
	if (r == 0 && g.too_small)
		return -EINVAL;
	return r;
}
