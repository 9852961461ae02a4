// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unpacking the initrd, by the same calls that a guest program would make. The archive is untrusted: every number is checked against what is left before
 * it is used. Format: cpio(5) "newc" (070701) and "crc" (070702, sums are not checked).
 */
#include "fs/initrd.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define HEADER_BYTES 110u

enum field {
	F_INO,
	F_MODE,
	F_UID,
	F_GID,
	F_NLINK,
	F_MTIME,
	F_FILESIZE,
	F_DEVMAJOR,
	F_DEVMINOR,
	F_RDEVMAJOR,
	F_RDEVMINOR,
	F_NAMESIZE,
	F_CHECK,
	FIELDS
};

struct entry {
	uint32_t v[FIELDS];
	char *name; /* in the archive, terminated there */
	const char *data;
};

/* Names of files with several links, by device and inode. */
struct link {
	struct link *next;
	uint32_t ino, major, minor;
	char *name;
};

struct unpacker {
	const char *at;
	size_t left;
	struct link *links;
};

static bool read_hex(const char *p, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		char c = p[i];
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A') + 10;
		else
			return false;
		v = v << 4 | digit;
	}
	*ret = v;
	return true;
}

static void skip(struct unpacker *u, size_t n)
{
	n = MIN(n, u->left);
	u->at += n;
	u->left -= n;
}

/* One header with its name and data; the name is copied, since an archive in shared memory must not change under us. */
static int read_entry(struct unpacker *u, struct entry *e)
{
	size_t name_end, data_end;

	if (u->left < HEADER_BYTES || memcmp(u->at, "07070", 5) != 0 ||
	    (u->at[5] != '1' && u->at[5] != '2'))
		return -EINVAL;
	for (int i = 0; i < FIELDS; i++)
		if (!read_hex(u->at + 6 + 8 * i, &e->v[i]))
			return -EINVAL;
	if (e->v[F_NAMESIZE] == 0 || e->v[F_NAMESIZE] > PATH_MAX ||
	    e->v[F_NAMESIZE] > u->left - HEADER_BYTES)
		return -EINVAL;
	if (u->at[HEADER_BYTES + e->v[F_NAMESIZE] - 1] != '\0')
		return -EINVAL;
	name_end = MIN(ALIGN_UP((size_t)HEADER_BYTES + e->v[F_NAMESIZE], 4ul), u->left);
	if (e->v[F_FILESIZE] > u->left - name_end)
		return -EINVAL;
	e->name = kstrdup(u->at + HEADER_BYTES);
	if (!e->name)
		return -ENOMEM;
	e->data = u->at + name_end;
	data_end = name_end + ALIGN_UP((size_t)e->v[F_FILESIZE], 4ul);
	skip(u, data_end);
	return 0;
}

static struct link *find_link(const struct unpacker *u, const struct entry *e)
{
	struct link *l;

	for (l = u->links; l; l = l->next)
		if (l->ino == e->v[F_INO] && l->major == e->v[F_DEVMAJOR] &&
		    l->minor == e->v[F_DEVMINOR])
			return l;
	return NULL;
}

static int remember_link(struct unpacker *u, const struct entry *e)
{
	struct link *l = kzalloc(sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->name = kstrdup(e->name);
	if (!l->name) {
		kfree(l);
		return -ENOMEM;
	}
	l->ino = e->v[F_INO];
	l->major = e->v[F_DEVMAJOR];
	l->minor = e->v[F_DEVMINOR];
	l->next = u->links;
	u->links = l;
	return 0;
}

static void forget_links(struct unpacker *u)
{
	while (u->links) {
		struct link *l = u->links;

		u->links = l->next;
		kfree(l->name);
		kfree(l);
	}
}

static int write_file(const struct entry *e, const char *name)
{
	size_t done = 0, len = e->v[F_FILESIZE];
	struct file *f;
	int r = file_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_NOFOLLOW, e->v[F_MODE] & 07777, 0,
			  &f);

	if (r < 0)
		return r;
	while (done < len) {
		struct iov_iter it;
		ssize_t n;

		iter_init_kernel(&it, (char *)(uintptr_t)e->data + done, len - done);
		n = file_write_next(f, &it);
		if (n <= 0) {
			r = n < 0 ? (int)n : -EIO;
			break;
		}
		done += (size_t)n;
	}
	file_put(f);
	return r;
}

static int make_regular(struct unpacker *u, const struct entry *e)
{
	struct link *l = e->v[F_NLINK] > 1 ? find_link(u, e) : NULL;
	int r;

	/* Only the last of several links carries the data; it goes where the first one was made. */
	if (l) {
		r = vfs_link(AT_FDCWD, l->name, AT_FDCWD, e->name, 0);
		return r < 0 || e->v[F_FILESIZE] == 0 ? r : write_file(e, l->name);
	}
	r = write_file(e, e->name);
	if (r == 0 && e->v[F_NLINK] > 1)
		r = remember_link(u, e);
	return r;
}

static int make_link(const struct entry *e)
{
	size_t len = e->v[F_FILESIZE];
	char *target;
	int r;

	if (len == 0 || len >= PATH_MAX)
		return -EINVAL;
	target = kmalloc(len + 1);
	if (!target)
		return -ENOMEM;
	memcpy(target, e->data, len);
	target[len] = '\0';
	r = vfs_symlink(target, AT_FDCWD, e->name);
	kfree(target);
	return r;
}

/* Owner, mode and time as in the archive; the owner first, since changing him clears set-ID bits. */
static int set_attributes(const struct entry *e)
{
	struct timespec_k times[2] = { { e->v[F_MTIME], 0 }, { e->v[F_MTIME], 0 } };
	struct path p;
	int r = path_lookup(AT_FDCWD, e->name, 0, &p);

	if (r < 0)
		return r;
	r = vfs_chown(&p, e->v[F_UID], e->v[F_GID]);
	if (r == 0 && !S_ISLNK(e->v[F_MODE]))
		r = vfs_chmod(&p, e->v[F_MODE] & 07777);
	if (r == 0)
		r = vfs_utimens(&p, times);
	path_put(&p);
	return r;
}

static int make_entry(struct unpacker *u, const struct entry *e)
{
	uint32_t mode = e->v[F_MODE];
	int r;

	if (strcmp(e->name, ".") == 0 || strcmp(e->name, "/") == 0)
		return set_attributes(e);
	/* What an earlier archive made at that place gives way, but a directory stays a directory. */
	if (!S_ISDIR(mode) && !(S_ISREG(mode) && e->v[F_NLINK] > 1))
		(void)vfs_unlink(AT_FDCWD, e->name);
	switch (mode & S_IFMT) {
	case S_IFREG:
		r = make_regular(u, e);
		break;
	case S_IFDIR:
		r = vfs_mkdir(AT_FDCWD, e->name, mode & 07777);
		if (r == -EEXIST)
			r = 0;
		break;
	case S_IFLNK:
		r = make_link(e);
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		r = vfs_mknod(AT_FDCWD, e->name, mode, MKDEV(e->v[F_RDEVMAJOR], e->v[F_RDEVMINOR]));
		break;
	default:
		return -EINVAL;
	}
	return r < 0 ? r : set_attributes(e);
}

int initrd_unpack(const void *data, size_t len)
{
	struct unpacker u = { .at = data, .left = len };
	unsigned int n = 0;
	int r = 0;

	while (r == 0 && u.left > 0) {
		struct entry e;

		if (*u.at == '\0') { /* padding between archives */
			skip(&u, 1);
			continue;
		}
		r = read_entry(&u, &e);
		if (r < 0)
			break;
		if (strcmp(e.name, "TRAILER!!!") == 0)
			forget_links(&u);
		else
			r = make_entry(&u, &e);
		if (r < 0)
			pr_err("initrd: %s: error %d", e.name, -r);
		kfree(e.name);
		n++;
	}
	forget_links(&u);
	if (r == 0 && n == 0)
		r = -EINVAL;
	return r;
}
