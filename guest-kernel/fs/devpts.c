// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devpts: one directory with a ptmx node and a node for each pseudo-terminal that was made through it. Each mount has names and numbers of its own
 * (as with Linux since 4.7). Options: uid=, gid=, mode=, ptmxmode=, max=; newinstance is accepted.
 *
 * An instance lives as long as its mount or one of its terminals. A node's inode is made with its terminal and cut off from it when the
 * master is closed: who still holds it opens nothing but -EIO.
 */
#include "fs/devpts.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_tty.h"
#include "core/sched.h"
#include "drivers/pty.h"
#include "drivers/tty.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"

#define PTYS_MAX 4096 /* of all instances, as Linux's kernel.pty.max */
#define PTMX_INO 2
#define NODE_INO 3
#define DEAD_INO (1ull << 32)

struct devpts_options {
	bool has_uid, has_gid;
	uint32_t uid, gid, mode, ptmxmode, max;
};

struct devpts_node {
	int number;
	struct inode *inode;
	struct list_head link;
};

struct devpts {
	uint32_t refs;
	struct super_block *sb; /* NULL once it is unmounted and gone */
	struct devpts_options options;
	struct inode *ptmx;
	struct list_head nodes; /* by number */
	unsigned int n_nodes;
};

static unsigned int n_ptys;

/* --- options ------------------------------------------------------------------------------------ */

static bool option_number(const char *text, unsigned int base, uint64_t max, uint32_t *ret)
{
	uint64_t v;

	if (!str_to_u64(text, base, &v) || v > max)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static int parse_one(void *arg, const char *name, const char *value)
{
	struct devpts_options *o = arg;
	bool good;

	if (!value)
		return strcmp(name, "newinstance") == 0 ? 0 : -EINVAL;
	if (strcmp(name, "uid") == 0)
		good = o->has_uid = option_number(value, 10, UINT32_MAX - 1, &o->uid);
	else if (strcmp(name, "gid") == 0)
		good = o->has_gid = option_number(value, 10, UINT32_MAX - 1, &o->gid);
	else if (strcmp(name, "mode") == 0)
		good = option_number(value, 8, 07777, &o->mode);
	else if (strcmp(name, "ptmxmode") == 0)
		good = option_number(value, 8, 07777, &o->ptmxmode);
	else if (strcmp(name, "max") == 0)
		good = option_number(value, 10, 1048576, &o->max);
	else
		good = false;
	return good ? 0 : -EINVAL;
}

static int parse_options(struct devpts_options *o, const char *data)
{
	*o = (struct devpts_options){ .mode = 0600, .ptmxmode = 0000, .max = 1048576 };
	return mount_options_each(data, parse_one, o);
}

static void devpts_show_options(const struct super_block *sb, char *buf, size_t len)
{
	const struct devpts *d = sb->private;
	const struct devpts_options *o = &d->options;
	size_t n = 0;

	buf[0] = '\0';
	if (o->has_uid)
		n += (size_t)format_str(buf, len, ",uid=%u", o->uid);
	if (o->has_gid && n < len)
		n += (size_t)format_str(buf + n, len - n, ",gid=%u", o->gid);
	if (n < len)
		n += (size_t)format_str(buf + n, len - n, ",mode=%03o,ptmxmode=%03o", o->mode,
					o->ptmxmode);
	if (o->max < 1048576 && n < len)
		(void)format_str(buf + n, len - n, ",max=%u", o->max);
}

/* --- life --------------------------------------------------------------------------------------- */

static void devpts_put(struct devpts *d)
{
	if (--d->refs == 0)
		kfree(d);
}

static int node_open(struct inode *inode, struct file *f)
{
	struct tty *slave = inode->private;

	return slave ? pty_open_slave(slave, f) : -EIO;
}

static const struct file_ops node_fops = { .open = node_open };
static const struct inode_ops node_iops = { 0 };

static struct devpts_node *node_find(struct devpts *d, int number)
{
	struct devpts_node *n;

	list_for_each_entry(n, &d->nodes, link)
		if (n->number == number)
			return n;
	return NULL;
}

/* The lowest free number, and where in the sorted list it belongs. */
static int number_alloc(struct devpts *d, struct list_head **ret_before)
{
	struct devpts_node *n;
	int number = 0;

	*ret_before = &d->nodes;
	list_for_each_entry(n, &d->nodes, link) {
		if (n->number != number) {
			*ret_before = &n->link;
			break;
		}
		number++;
	}
	return number;
}

static struct inode *node_inode(struct devpts *d, int number, struct tty *slave)
{
	const struct cred *c = current_task()->cred;
	struct inode *inode = inode_alloc(d->sb);

	if (!inode)
		return NULL;
	inode->ino = (uint64_t)number + NODE_INO;
	inode->mode = S_IFCHR | d->options.mode;
	inode->uid = d->options.has_uid ? d->options.uid : c ? c->fsuid : 0;
	inode->gid = d->options.has_gid ? d->options.gid : c ? c->fsgid : 0;
	inode->rdev = MKDEV(UNIX98_PTS_MAJOR, (uint32_t)number);
	inode->blksize = 1024;
	inode->ops = &node_iops;
	inode->fops = &node_fops;
	inode->private = slave;
	return inode;
}

static int names_add(void *instance, struct tty *slave)
{
	struct devpts *d = instance;
	struct devpts_node *n;
	struct list_head *before;

	if (!d->sb || d->n_nodes >= d->options.max || n_ptys >= PTYS_MAX)
		return -ENOSPC;
	n = kzalloc(sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->number = number_alloc(d, &before);
	n->inode = node_inode(d, n->number, slave);
	if (!n->inode) {
		kfree(n);
		return -ENOMEM;
	}
	list_add_tail(&n->link, before);
	d->n_nodes++;
	n_ptys++;
	return n->number;
}

static void names_remove(void *instance, int number)
{
	struct devpts *d = instance;
	struct devpts_node *n = node_find(d, number);

	if (!n)
		return;
	list_del(&n->link);
	d->n_nodes--;
	n_ptys--;
	n->inode->private = NULL;
	n->inode->nlink = 0;
	/* The number may be used again at once: the name cache tells inodes apart by theirs. */
	n->inode->ino += DEAD_INO;
	inode_put(n->inode);
	kfree(n);
}

static void names_put(void *instance)
{
	devpts_put(instance);
}

/* --- finding ------------------------------------------------------------------------------------ */

static struct fs_type devpts_type;

static struct devpts *path_instance(const struct path *p)
{
	struct inode *inode = path_inode(p);

	return inode && inode->sb && inode->sb->type == &devpts_type ? inode->sb->private : NULL;
}

/* A ptmx inside an instance belongs to it; the one in /dev to what is mounted on /dev/pts in the opener's tree. */
static int names_instance_of(struct file *ptmx, void **ret)
{
	struct devpts *d = path_instance(&ptmx->path);
	struct path p;
	int r;

	if (!d) {
		r = path_lookup(AT_FDCWD, "/dev/pts", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);
		if (r < 0)
			return -ENODEV;
		d = path_instance(&p);
		if (d)
			d->refs++;
		path_put(&p);
	} else {
		d->refs++;
	}
	*ret = d;
	return d ? 0 : -ENODEV;
}

static int names_find(struct file *ptmx, void *instance, int number, struct path *ret)
{
	struct path base = { ptmx->path.mount, ptmx->path.mount ? ptmx->path.mount->root : NULL };
	char name[16];
	int r = -ENOENT;

	(void)format_str(name, sizeof(name), "%d", number);
	if (base.mount && path_instance(&ptmx->path) == instance)
		r = path_lookup_at(&base, name, 0, ret);
	if (r == 0)
		return 0;
	/* /dev/ptmx, or a ptmx that is bound there alone. */
	r = path_lookup(AT_FDCWD, "/dev/pts", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &base);
	if (r < 0)
		return r;
	r = path_instance(&base) == instance ? path_lookup_at(&base, name, 0, ret) : -ENODEV;
	path_put(&base);
	return r;
}

static const struct pty_names_ops names_ops = {
	.instance_of = names_instance_of,
	.instance_put = names_put,
	.add = names_add,
	.remove = names_remove,
	.find = names_find,
};

/* --- the directory ------------------------------------------------------------------------------ */

static int root_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct devpts *d = dir->sb->private;
	char text[12];
	uint64_t number;
	struct devpts_node *n;

	if (len == 4 && memcmp(name, "ptmx", 4) == 0) {
		inode_get(d->ptmx);
		*ret = d->ptmx;
		return 0;
	}
	if (len >= sizeof(text) || (len > 1 && name[0] == '0'))
		return -ENOENT;
	memcpy(text, name, len);
	text[len] = '\0';
	if (!str_to_u64(text, 10, &number) || number > INT_MAX)
		return -ENOENT;
	n = node_find(d, (int)number);
	if (!n)
		return -ENOENT;
	inode_get(n->inode);
	*ret = n->inode;
	return 0;
}

/* Positions: 0 and 1 the dots, 2 ptmx, 3 + n terminal n. */
static int root_readdir(struct file *f, struct dir_sink *sink)
{
	struct devpts *d = f->inode->sb->private;
	struct devpts_node *n;

	for (; f->pos < 2; f->pos++)
		if (!sink->emit(sink, "..", f->pos + 1, f->inode->ino, DT_DIR, f->pos + 1))
			return 0;
	if (f->pos == 2) {
		if (!sink->emit(sink, "ptmx", 4, PTMX_INO, DT_CHR, 3))
			return 0;
		f->pos = 3;
	}
	list_for_each_entry(n, &d->nodes, link) {
		uint64_t next = (uint64_t)n->number + 4;
		char name[16];
		int len = format_str(name, sizeof(name), "%d", n->number);

		if (f->pos >= next)
			continue;
		if (!sink->emit(sink, name, (size_t)len, n->inode->ino, DT_CHR, next))
			return 0;
		f->pos = next;
	}
	return 0;
}

static const struct inode_ops root_iops = { .lookup = root_lookup };
static const struct file_ops root_fops = { .readdir = root_readdir };

/* --- mounting ----------------------------------------------------------------------------------- */

static int devpts_statfs(struct super_block *sb, struct abi_statfs *ret)
{
	*ret = (struct abi_statfs){ .f_type = (int64_t)sb->magic,
				    .f_bsize = PAGE_SIZE,
				    .f_namelen = 255,
				    .f_frsize = PAGE_SIZE };
	return 0;
}

static int devpts_remount(struct super_block *sb, uint32_t flags, const char *data)
{
	struct devpts *d = sb->private;
	struct devpts_options o;
	int r = parse_options(&o, data);

	(void)flags;
	if (r < 0)
		return r;
	d->options = o;
	if (d->ptmx)
		d->ptmx->mode = S_IFCHR | o.ptmxmode;
	return 0;
}

static void devpts_shutdown(struct super_block *sb)
{
	struct devpts *d = sb->private;
	struct inode *ptmx = d->ptmx;

	/* Terminals that are still open go on without a name. */
	d->sb = NULL;
	d->ptmx = NULL;
	inode_put(ptmx);
}

static void devpts_free(struct super_block *sb)
{
	devpts_put(sb->private);
}

static const struct super_ops devpts_super_ops = {
	.statfs = devpts_statfs,
	.remount = devpts_remount,
	.shutdown = devpts_shutdown,
	.show_options = devpts_show_options,
	.free = devpts_free,
};

static int fill_super(struct super_block *sb, struct devpts *d)
{
	struct inode *root = inode_alloc(sb);

	d->ptmx = root ? inode_alloc(sb) : NULL;
	if (!d->ptmx) {
		inode_put(root);
		return -ENOMEM;
	}
	root->ino = 1;
	root->mode = S_IFDIR | 0755;
	root->nlink = 2;
	root->ops = &root_iops;
	root->fops = &root_fops;
	root->blksize = 1024;
	d->ptmx->ino = PTMX_INO;
	d->ptmx->mode = S_IFCHR | d->options.ptmxmode;
	d->ptmx->rdev = MKDEV(TTYAUX_MAJOR, 2);
	d->ptmx->ops = &node_iops;
	d->ptmx->fops = &ptmx_fops;
	return super_set_root(sb, root);
}

static int devpts_mount(const struct fs_type *type, const char *source, uint32_t flags,
			const char *data, struct super_block **ret)
{
	struct devpts_options o;
	struct super_block *sb;
	struct devpts *d;
	int r = parse_options(&o, data);

	(void)source;
	if (r < 0)
		return r;
	d = kzalloc(sizeof(*d));
	if (!d)
		return -ENOMEM;
	sb = super_alloc(type, &devpts_super_ops);
	if (!sb) {
		kfree(d);
		return -ENOMEM;
	}
	d->refs = 1;
	d->sb = sb;
	d->options = o;
	list_init(&d->nodes);
	sb->private = d;
	sb->flags = flags;
	sb->magic = DEVPTS_SUPER_MAGIC;
	sb->no_dentry_cache = true;
	r = fill_super(sb, d);
	if (r < 0) {
		if (d->ptmx)
			inode_put(d->ptmx);
		super_put(sb);
		return r;
	}
	*ret = sb;
	return 0;
}

static struct fs_type devpts_type = { .name = "devpts", .mount = devpts_mount };

int devpts_init(void)
{
	fs_type_register(&devpts_type);
	pty_names = &names_ops;
	return 0;
}
