// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_kernel.h"

#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "image_program.h"
#include "lib/types.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define FILES_MAX 160u
#define DEPTH_MAX 6u

static uint8_t data[70000];
static unsigned int visited;

/* --- reading ------------------------------------------------------------------------------------ */

static void read_attributes(const struct path *p)
{
	static char list[65536];
	ssize_t n = vfs_listxattr(p, list, sizeof(list));

	MUST(n <= (ssize_t)sizeof(list));
	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(list + at) + 1) {
		MUST(memchr(list + at, 0, (size_t)(n - at)));
		if (vfs_getxattr(p, list + at, NULL, 0) < 0)
			continue;
		MUST(vfs_getxattr(p, list + at, data, sizeof(data)) <= (ssize_t)sizeof(data));
		(void)vfs_getxattr(p, list + at, data, 3);
	}
	(void)vfs_listxattr(p, list, 10);
	(void)vfs_getxattr(p, "system.posix_acl_access", data, sizeof(data));
	(void)vfs_getxattr(p, "system.posix_acl_default", data, sizeof(data));
	(void)vfs_getxattr(p, "user.none", data, sizeof(data));
}

static void resolve(struct inode *inode, uint64_t offset, bool write)
{
	struct mapping_run run = { 0 };

	if (!inode->mapping.ops ||
	    inode->mapping.ops->resolve(&inode->mapping, offset, 65536, write, &run) < 0)
		return;
	MUST(run.len > 0 && run.len % 4096 == 0);
}

static void read_at(struct file *f, uint64_t pos, size_t len)
{
	ssize_t n = file_read_kernel(f, data, len, pos);

	MUST(n <= (ssize_t)len);
}

static void read_data(struct file *f)
{
	int64_t at = 0;

	read_at(f, 0, 20000);
	read_at(f, f->inode->size - MIN(f->inode->size, 100ul), 200);
	read_at(f, f->inode->size / 2, 4096);
	read_at(f, (1ull << 42) - 5000, 4096);
	for (unsigned int i = 0; i < 12 && at >= 0; i++)
		at = file_seek(f, at, i % 2 ? 4 : 3); /* SEEK_HOLE, SEEK_DATA */
	resolve(f->inode, 0, false);
	resolve(f->inode, f->inode->size / 2 / 4096 * 4096, false);
}

struct names {
	unsigned int n;
	char name[24][256];
};

/* Names that nobody may see: they would lead elsewhere. */
static void check_name(const char *name)
{
	MUST(name[0] && !strchr(name, '/') && strlen(name) <= 255);
}

static void read_names(struct file *f, struct names *names)
{
	static char buf[8192];
	unsigned int total = 0;
	ssize_t n;

	while (total < 1500 && (n = vfs_getdents(f, buf, sizeof(buf), false)) > 0) {
		MUST(n <= (ssize_t)sizeof(buf));
		for (ssize_t at = 0; at < n; total++) {
			const char *e = buf + at;
			uint16_t len;

			memcpy(&len, e + 16, sizeof(len));
			MUST(len >= 20 && len <= n - at);
			check_name(e + 19);
			if (names->n < 24 && strcmp(e + 19, ".") != 0 && strcmp(e + 19, "..") != 0)
				memcpy(names->name[names->n++], e + 19, strlen(e + 19) + 1);
			at += len;
		}
	}
}

static void visit(const char *name, unsigned int depth);

static void visit_directory(const char *name, struct file *f, unsigned int depth)
{
	struct names *names = calloc(1, sizeof(*names));
	char *below = malloc(4200);

	MUST(names && below);
	read_names(f, names);
	for (unsigned int i = 0; i < names->n && depth < DEPTH_MAX && strlen(name) < 3800; i++) {
		(void)format_str(below, 4200, "%s/%s", name, names->name[i]);
		visit(below, depth + 1);
	}
	free(names);
	free(below);
}

static void visit(const char *name, unsigned int depth)
{
	struct abi_statx stx;
	struct path p;
	struct file *f;
	struct inode *inode;

	if (++visited > FILES_MAX || path_lookup(AT_FDCWD, name, 0, &p) < 0)
		return;
	inode = path_inode(&p);
	(void)vfs_getattr(inode);
	vfs_fill_statx(&p, inode, &stx);
	read_attributes(&p);
	if (S_ISLNK(inode->mode)) {
		struct path to;
		ssize_t n = vfs_readlink(AT_FDCWD, name, (char *)data, 4096);

		MUST(n <= 4096);
		if (path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &to) == 0)
			path_put(&to);
	} else if ((S_ISREG(inode->mode) || S_ISDIR(inode->mode)) &&
		   file_open(AT_FDCWD, name, O_RDONLY, 0, 0, &f) == 0) {
		if (S_ISDIR(f->inode->mode))
			visit_directory(name, f, depth);
		else
			read_data(f);
		file_put(f);
	}
	path_put(&p);
}

void program_walk(void)
{
	struct abi_statfs st;
	struct path p;

	visited = 0;
	visit("/m", 0);
	if (path_lookup(AT_FDCWD, "/m", 0, &p) == 0) {
		MUST(vfs_statfs(&p, &st) <= 0);
		path_put(&p);
	}
	if (path_lookup(AT_FDCWD, "/m/d/no-such-name", 0, &p) == 0)
		path_put(&p);
}

/* --- changing ----------------------------------------------------------------------------------- */

static const char *const objects[] = {
	"/m/f",
	"/m/a",
	"/m/a/b",
	"/m/a/f2",
	"/m/b",
	"/m/e",
	"/m/u",
	"/m/s1",
	"/m/s2",
	"/m/d",
	"/m/d/first",
	"/m/fresh",
	"/m/a/new",
	"/m/new",
	"/m/inl",
	"/m/inldir",
	"/m/inldir/x",
	"/m/ea",
	"/m/long",
	"/m/lost+found",
	"/m/fresh-directory",
	"/m/a/b/c",
	"/m/d/other-name",
	"/m/inldir/sub",
};
#define OBJECTS (sizeof(objects) / sizeof(objects[0]))

static const char *object(uint8_t n)
{
	return objects[n % OBJECTS];
}

static uint64_t place(uint8_t n)
{
	static const uint64_t places[] = { 0,	       1,	   100,	      1000,	4095,
					   4096,       5000,	   12288,     16384,	65536,
					   300000,     1000000,	   1u << 20,  1u << 27, 1u << 31,
					   1ull << 32, 1ull << 40, 1ull << 43 };

	return places[n % (sizeof(places) / sizeof(places[0]))] + (n >= 200 ? n : 0);
}

static void write_to(struct file *f, uint64_t pos, size_t len)
{
	struct iov_iter it;

	memset(data, 'w', len);
	iter_init_kernel(&it, data, len);
	MUST(file_write(f, &it, &pos) <= (ssize_t)len);
}

static void on_file(const char *name, const struct operation *op)
{
	static const uint8_t modes[] = { 0, 1, 2, 3, 8, 16, 32, 0x40 };
	bool create = op->what == 0 || op->what == 1;
	uint64_t at = place(op->argument);
	struct file *f;

	if (file_open(AT_FDCWD, name, O_RDWR | (create ? O_CREAT : 0), 0644, 0, &f) < 0)
		return;
	switch (op->what) {
	case 0:
		write_to(f, at, 3000);
		break;
	case 1:
		write_to(f, f->inode->size, op->argument * 64u);
		break;
	case 2:
		(void)vfs_ftruncate(f, at);
		break;
	case 3:
		(void)vfs_fallocate(f, modes[op->argument % 8], (int64_t)(op->argument / 8 * 4096),
				    (op->argument & 8) ? 4096 : 40960);
		break;
	case 4:
		(void)file_fsync(f, op->argument & 1);
		break;
	case 5:
		read_data(f);
		break;
	case 6:
		resolve(f->inode, at & ~4095ull, true);
		if (f->inode->mapping.ops)
			(void)f->inode->mapping.ops->sync(&f->inode->mapping, 0, UINT64_MAX);
		break;
	default:
		resolve(f->inode, at & ~4095ull, true);
		if (f->inode->mapping.ops)
			f->inode->mapping.ops->unmapped(&f->inode->mapping, 2,
							1); /* write, shared */
	}
	file_put(f);
}

/* Directories that are open, and files that never had a name. */
static void on_directory(const char *name, const struct operation *op)
{
	static char buf[300];
	struct file *f;

	if (file_open(AT_FDCWD, name, O_RDONLY | O_DIRECTORY, 0, 0, &f) < 0)
		return;
	(void)file_seek(f, (int64_t)place(op->argument), SEEK_SET);
	(void)vfs_getdents(f, buf, sizeof(buf), op->argument & 1);
	(void)file_seek(f, 0, SEEK_END);
	(void)file_fsync(f, false);
	file_put(f);
	if (file_open(AT_FDCWD, name, O_RDWR | O_TMPFILE, 0600, 0, &f) < 0)
		return;
	write_to(f, place(op->argument), 100);
	file_put(f);
}

static void on_path(const char *name, const struct operation *op)
{
	static const char *const names[] = { "user.small",
					     "user.other",
					     "user.fresh",
					     "trusted.t",
					     "security.s",
					     "system.posix_acl_access",
					     "system.posix_acl_default",
					     "user.big" };
	static const uint8_t acl[] = {
		2, 0, 0,   0,	1,   0,	  6,  0, 255, 255, 255, 255, 4,	  0,
		4, 0, 255, 255, 255, 255, 32, 0, 4,   0,   255, 255, 255, 255
	};
	const char *xname = names[op->argument % 8];
	struct path p;

	if (path_lookup(AT_FDCWD, name, 0, &p) < 0)
		return;
	memset(data, 'x', 5000);
	switch (op->what) {
	case 10:
		if (strncmp(xname, "system", 6) == 0)
			(void)vfs_setxattr(&p, xname, acl, sizeof(acl), 0);
		else
			(void)vfs_setxattr(&p, xname, data, op->argument * 5u, 0);
		break;
	case 11:
		(void)vfs_removexattr(&p, xname);
		break;
	case 12:
		(void)vfs_chmod(&p, op->argument * 16u);
		break;
	case 13:
		(void)vfs_chown(&p, op->argument, op->argument);
		break;
	default:
		read_attributes(&p);
	}
	path_put(&p);
}

static void on_names(const char *name, const struct operation *op)
{
	const char *other = object(op->argument);
	struct file *f;

	switch (op->what) {
	case 20:
		(void)vfs_unlink(AT_FDCWD, name);
		break;
	case 21:
		(void)vfs_rmdir(AT_FDCWD, name);
		break;
	case 22:
		(void)vfs_mkdir(AT_FDCWD, name, 0755);
		break;
	case 23:
		(void)vfs_rename(AT_FDCWD, name, AT_FDCWD, other, 0);
		break;
	case 24:
		(void)vfs_rename(AT_FDCWD, name, AT_FDCWD, other, 2);
		break;
	case 25:
		(void)vfs_link(AT_FDCWD, name, AT_FDCWD, other, 0);
		break;
	case 26:
		memset(data, 't', 100);
		data[op->argument & 1 ? 5 : 100] = 0;
		(void)vfs_symlink((const char *)data, AT_FDCWD, name);
		break;
	case 27:
		(void)vfs_mknod(AT_FDCWD, name, S_IFCHR | 0600, MKDEV(1, op->argument));
		break;
	case 28: /* unlinked while it is open */
		if (file_open(AT_FDCWD, name, O_RDWR, 0, 0, &f) == 0) {
			(void)vfs_unlink(AT_FDCWD, name);
			write_to(f, place(op->argument), 2000);
			file_put(f);
		}
		break;
	default: {
		char many[64];

		for (unsigned int i = 0; i < op->argument % 32u; i++) {
			(void)format_str(many, sizeof(many), "/m/d/a-name-that-is-made-%u", i);
			if (file_open(AT_FDCWD, many, O_RDWR | O_CREAT, 0644, 0, &f) < 0)
				break;
			file_put(f);
		}
	}
	}
}

static void on_all(const struct operation *op)
{
	switch (op->what) {
	case 40:
		super_sync_all();
		break;
	case 41:
		(void)mount_do("fake", "/m", "ext4", MS_REMOUNT | MS_RDONLY, "");
		break;
	case 42:
		(void)mount_do("fake", "/m", "ext4", MS_REMOUNT, "");
		break;
	case 43:
		vfs_drop_caches();
		break;
	case 44: {
		static char options[400];
		struct path p;

		if (path_lookup(AT_FDCWD, "/m", 0, &p) < 0)
			break;
		path_inode(&p)->sb->ops->show_options(path_inode(&p)->sb, options, sizeof(options));
		path_put(&p);
		break;
	}
	default:
		program_walk();
	}
}

static void run_one(const struct operation *op)
{
	const char *name = object(op->object);

	if (op->what < 10)
		on_file(name, op);
	else if (op->what < 20)
		on_path(name, op);
	else if (op->what == 30)
		on_directory(name, op);
	else if (op->what < 40)
		on_names(name, op);
	else
		on_all(op);
}

void program_run(const struct operation *ops, unsigned int n)
{
	static const struct operation all[] = {
		{ 0, 0, 4 },	{ 0, 4, 10 },  { 1, 5, 40 },  { 0, 6, 6 },   { 6, 6, 5 },
		{ 3, 6, 41 },	{ 3, 5, 43 },  { 2, 4, 6 },   { 0, 11, 0 },  { 4, 11, 0 },
		{ 10, 0, 2 },	{ 10, 0, 55 }, { 10, 1, 61 }, { 11, 0, 0 },  { 11, 6, 1 },
		{ 12, 0, 30 },	{ 10, 6, 7 },  { 10, 17, 3 }, { 22, 20, 0 }, { 23, 0, 12 },
		{ 25, 10, 22 }, { 29, 0, 20 }, { 0, 14, 3 },  { 0, 16, 9 },  { 22, 23, 0 },
		{ 20, 16, 0 },	{ 26, 13, 0 }, { 40, 0, 0 },  { 28, 5, 4 },  { 20, 8, 0 },
		{ 20, 10, 0 },	{ 24, 4, 2 },  { 43, 0, 0 },  { 21, 21, 0 }, { 20, 6, 0 },
		{ 20, 17, 0 },	{ 21, 20, 0 }, { 0, 11, 12 }, { 2, 11, 0 },  { 41, 0, 0 },
		{ 3, 5, 4 },	{ 3, 6, 14 },  { 30, 9, 0 },  { 30, 1, 3 },  { 7, 0, 0 },
		{ 44, 0, 0 },	{ 42, 0, 0 },  { 20, 12, 0 },
	};

	if (n == 0) {
		ops = all;
		n = sizeof(all) / sizeof(all[0]);
	}
	for (unsigned int i = 0; i < n; i++)
		run_one(&ops[i]);
}
