// SPDX-License-Identifier: GPL-2.0-or-later
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "core/task.h"
#include "engine/engine.h"
#include "fs/ext4/ext4.h"
#include "fs/tmpfs/tmpfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "task/task_init.h"
#include "tests/ext4/ext4_rig.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_init.h"

/* The C library's, by hand: its headers and the kernel's define the same names. */
int printf(const char *fmt, ...) printf_like(1, 2);
unsigned long long strtoull(const char *s, char **end, int base);
char *strtok(char *s, const char *delim);
char *getenv(const char *name);
noreturn void exit(int status);

#define WORDS	    8u
#define PATTERN_MAX (4u << 20)

static void must(int r, const char *what)
{
	if (r < 0) {
		(void)printf("%s: error %d\n", what, r);
		exit(1);
	}
}

void rig_start(void)
{
	struct super_block *sb;
	struct task *t = current_task();

	static const struct engine_ops no_engine;

	engine = &no_engine; /* no guest code here */
	klog_set_console(2, getenv("EXT4_RIG_LOG") ? 8 : 0);
	must(arena_init(64u << 20), "arena");
	must(task_init(NULL), "task");
	must(vfs_init(), "vfs");
	must(tmpfs_init(), "tmpfs");
	must(ext4_init(), "ext4");
	must(tmpfs_create(fs_type_find("tmpfs"), "", &sb), "root");
	t->fs = kzalloc(sizeof(*t->fs));
	t->fs->refs = 1;
	must(mount_root(sb, t), "mount_root");
	must(vfs_mkdir(AT_FDCWD, "/m", 0755), "mkdir /m");
}

void rig_announce(struct fake_disk *d)
{
	static uint32_t minor;

	buffer_cache_destroy(d->dev.cache);
	d->dev.rdev = MKDEV(98, ++minor);
	must(block_register(&d->dev), "block_register");
}

void rig_withdraw(struct fake_disk *d)
{
	must(block_unregister(&d->dev), "block_unregister");
	must(buffer_cache_create(&d->dev, &d->dev.cache), "buffer_cache_create");
}

int rig_mount(struct fake_disk *d, uint32_t flags, const char *options)
{
	int r;

	rig_announce(d);
	r = mount_do(d->dev.name, "/m", "ext4", flags, options);
	if (r < 0)
		rig_withdraw(d);
	return r;
}

int rig_umount(void)
{
	struct block_device *d = block_find_by_name("fake");
	int r = mount_umount("/m", 0);

	if (r == 0 && d)
		rig_withdraw(d->private);
	return r;
}

/* --- commands ----------------------------------------------------------------------------------- */

static unsigned int split(char *line, char **words)
{
	unsigned int n = 0;

	for (char *p = strtok(line, " \t\n"); p && n < WORDS; p = strtok(NULL, " \t\n"))
		words[n++] = p;
	return n;
}

static const char *name(const char *word, unsigned int which)
{
	static char buf[2][4300];

	(void)format_str(buf[which], sizeof(buf[which]), "/m/%s", word);
	return buf[which];
}

static uint64_t number(const char *w)
{
	return w ? strtoull(w, NULL, 0) : 0;
}

static void pattern(uint8_t *buf, size_t len, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		buf[i] = (uint8_t)(seed >> 56);
	}
}

static int open_name(const char *word, uint32_t flags, struct file **ret)
{
	return file_open(AT_FDCWD, name(word, 0), flags, 0644, LOOKUP_FOLLOW, ret);
}

static int do_write(char **w, uint32_t flags)
{
	uint64_t pos = number(w[2]), len = MIN(number(w[3]), (uint64_t)PATTERN_MAX);
	uint8_t *buf = kmalloc(len + 1);
	struct iov_iter it;
	struct file *f;
	ssize_t n;
	int r = open_name(w[1], O_RDWR | O_CREAT | flags, &f);

	if (r == 0) {
		pattern(buf, len, number(w[4]));
		iter_init_kernel(&it, buf, len);
		n = file_write(f, &it, &pos);
		r = n < 0 ? (int)n : (uint64_t)n < len ? -ENOSPC : 0;
		file_put(f);
	}
	kfree(buf);
	return r;
}

static int do_cat(char **w)
{
	uint64_t hash = 14695981039346656037ull, pos = 0;
	static uint8_t buf[65536];
	struct file *f;
	ssize_t n;
	int r = open_name(w[1], O_RDONLY, &f);

	if (r < 0)
		return r;
	while ((n = file_read_kernel(f, buf, sizeof(buf), pos)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			hash = (hash ^ buf[i]) * 1099511628211ull;
		pos += (uint64_t)n;
	}
	(void)printf("%s: %llu bytes %016llx\n", w[1], (unsigned long long)pos,
		     (unsigned long long)hash);
	file_put(f);
	return n < 0 ? (int)n : 0;
}

static int do_ls(char **w)
{
	static char buf[32768];
	struct file *f;
	ssize_t n;
	unsigned int count = 0;
	bool quiet = w[2] != NULL;
	int r = open_name(w[1], O_RDONLY | O_DIRECTORY, &f);

	if (r < 0)
		return r;
	while ((n = vfs_getdents(f, buf, sizeof(buf), false)) > 0) {
		for (ssize_t at = 0; at < n; count++) {
			const char *e = buf + at;

			if (!quiet)
				(void)printf("%s\n", e + 19);
			at += *(const uint16_t *)(const void *)(e + 16);
		}
	}
	(void)printf("%s: %u entries\n", w[1], count);
	file_put(f);
	return (int)n;
}

static int with_file(char **w, int (*fn)(struct file *f, char **w))
{
	struct file *f;
	int r = open_name(w[1], O_RDWR, &f);

	if (r < 0)
		return r;
	r = fn(f, w);
	file_put(f);
	return r;
}

static int do_fallocate(struct file *f, char **w)
{
	return vfs_fallocate(f, (int)number(w[2]), (int64_t)number(w[3]), (int64_t)number(w[4]));
}

static int do_truncate(struct file *f, char **w)
{
	return vfs_ftruncate(f, number(w[2]));
}

static int do_fsync(struct file *f, char **w)
{
	(void)w;
	return file_fsync(f, false);
}

static int with_path(char **w, int (*fn)(const struct path *p, char **w))
{
	struct path p;
	int r = path_lookup(AT_FDCWD, name(w[1], 0), 0, &p);

	if (r < 0)
		return r;
	r = fn(&p, w);
	path_put(&p);
	return r;
}

static int do_stat(const struct path *p, char **w)
{
	struct abi_stat st;

	vfs_fill_stat(p, path_inode(p), &st);
	(void)printf("%s: mode %o nlink %llu size %lld blocks %lld\n", w[1], st.st_mode,
		     (unsigned long long)st.st_nlink, (long long)st.st_size,
		     (long long)st.st_blocks);
	return 0;
}

static int do_setx(const struct path *p, char **w)
{
	static uint8_t value[65536];
	size_t len = MIN(number(w[3]), sizeof(value));

	pattern(value, len, number(w[4]));
	return vfs_setxattr(p, w[2], value, len, 0);
}

static int do_getx(const struct path *p, char **w)
{
	static uint8_t value[65536];
	ssize_t n = vfs_getxattr(p, w[2], value, sizeof(value));
	uint64_t hash = 14695981039346656037ull;

	for (ssize_t i = 0; i < n; i++)
		hash = (hash ^ value[i]) * 1099511628211ull;
	if (n >= 0)
		(void)printf("%s: %s %zd bytes %016llx\n", w[1], w[2], n, (unsigned long long)hash);
	return n < 0 ? (int)n : 0;
}

static int do_rmx(const struct path *p, char **w)
{
	return vfs_removexattr(p, w[2]);
}

static int do_chmod(const struct path *p, char **w)
{
	return vfs_chmod(p, (uint32_t)strtoull(w[2], NULL, 8));
}

/* many N PREFIX what: create, unlink, mkdir, rmdir or look up PREFIX0 … */
static int do_many(char **w)
{
	unsigned int n = (unsigned int)number(w[1]);
	char one[300];
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < n; i++) {
		struct file *f;
		struct path p;

		(void)format_str(one, sizeof(one), "%s%u", w[2], i);
		if (strcmp(w[3], "create") == 0) {
			r = open_name(one, O_RDWR | O_CREAT | O_EXCL, &f);
			if (r == 0)
				file_put(f);
		} else if (strcmp(w[3], "unlink") == 0) {
			r = vfs_unlink(AT_FDCWD, name(one, 0));
		} else if (strcmp(w[3], "mkdir") == 0) {
			r = vfs_mkdir(AT_FDCWD, name(one, 0), 0755);
		} else if (strcmp(w[3], "rmdir") == 0) {
			r = vfs_rmdir(AT_FDCWD, name(one, 0));
		} else {
			r = path_lookup(AT_FDCWD, name(one, 0), 0, &p);
			if (r == 0)
				path_put(&p);
		}
	}
	return r;
}

static int sync_all(void)
{
	super_sync_all();
	return 0;
}

int rig_command(struct fake_disk *d, char *line)
{
	char *w[WORDS + 1] = { 0 };
	unsigned int n = split(line, w);
	const char *c = n ? w[0] : "#";

	if (*c == '#')
		return 0;
	if (strcmp(c, "mount") == 0)
		return rig_mount(d, n > 1 && strcmp(w[1], "ro") == 0 ? MS_RDONLY : 0, w[2]);
	if (strcmp(c, "umount") == 0)
		return rig_umount();
	if (strcmp(c, "sync") == 0)
		return sync_all();
	if (n < 2)
		return -EINVAL;
	if (strcmp(c, "mkdir") == 0)
		return vfs_mkdir(AT_FDCWD, name(w[1], 0), 0755);
	if (strcmp(c, "rmdir") == 0)
		return vfs_rmdir(AT_FDCWD, name(w[1], 0));
	if (strcmp(c, "unlink") == 0)
		return vfs_unlink(AT_FDCWD, name(w[1], 0));
	if (strcmp(c, "cat") == 0)
		return do_cat(w);
	if (strcmp(c, "ls") == 0)
		return do_ls(w);
	if (strcmp(c, "fsync") == 0)
		return with_file(w, do_fsync);
	if (strcmp(c, "stat") == 0)
		return with_path(w, do_stat);
	if (n < 3)
		return -EINVAL;
	if (strcmp(c, "rename") == 0 || strcmp(c, "exchange") == 0)
		return vfs_rename(AT_FDCWD, name(w[1], 0), AT_FDCWD, name(w[2], 1),
				  *c == 'e' ? RENAME_EXCHANGE : 0);
	if (strcmp(c, "link") == 0)
		return vfs_link(AT_FDCWD, name(w[1], 0), AT_FDCWD, name(w[2], 1), 0);
	if (strcmp(c, "symlink") == 0)
		return vfs_symlink(w[1], AT_FDCWD, name(w[2], 0));
	if (strcmp(c, "truncate") == 0)
		return with_file(w, do_truncate);
	if (strcmp(c, "getx") == 0)
		return with_path(w, do_getx);
	if (strcmp(c, "rmx") == 0)
		return with_path(w, do_rmx);
	if (strcmp(c, "chmod") == 0)
		return with_path(w, do_chmod);
	if (n < 4)
		return -EINVAL;
	if (strcmp(c, "many") == 0)
		return do_many(w);
	if (strcmp(c, "write") == 0)
		return do_write(w, 0);
	if (strcmp(c, "append") == 0)
		return do_write(w, O_APPEND);
	if (strcmp(c, "setx") == 0)
		return with_path(w, do_setx);
	if (strcmp(c, "fallocate") == 0)
		return with_file(w, do_fallocate);
	return -EINVAL;
}
