// SPDX-License-Identifier: GPL-2.0-or-later
/* tmpfs as a file system: mount options, accounting, inodes, and memfd on a tree of the kernel's own. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "fs/tmpfs/tmpfs.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm_account.h"
#include "vfs/vfs_special.h"

/* --- inodes ------------------------------------------------------------------------------------- */

static void choose_ops(struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &tmpfs_file_inode_ops;
		inode->fops = &tmpfs_file_ops;
		mapping_source_init(&inode->mapping, &tmpfs_mapping_ops);
		break;
	case S_IFDIR:
		inode->ops = &tmpfs_dir_inode_ops;
		inode->fops = &tmpfs_dir_ops;
		break;
	case S_IFLNK:
		inode->ops = &tmpfs_link_inode_ops;
		break;
	default:
		inode->ops = &tmpfs_special_inode_ops;
	}
}

struct inode *tmpfs_inode_alloc(struct super_block *sb, const struct inode *dir, uint32_t mode,
				uint64_t rdev, int *ret_error)
{
	struct tmpfs_super *s = tmpfs_sb(sb);
	struct tmpfs_inode *t;
	struct inode *inode;

	*ret_error = -ENOSPC;
	if (s->max_inodes && s->inodes >= s->max_inodes)
		return NULL;
	*ret_error = -ENOMEM;
	t = kzalloc(sizeof(*t));
	if (!t)
		return NULL;
	list_init(&t->xattrs);
	inode = inode_alloc(sb);
	if (!inode) {
		kfree(t);
		return NULL;
	}
	inode->private = t;
	inode->rdev = rdev;
	inode_init_owner(inode, dir, mode);
	choose_ops(inode);
	list_add_tail(&inode->sb_link, &s->all);
	s->inodes++;
	*ret_error = 0;
	return inode;
}

void tmpfs_evict(struct inode *inode)
{
	struct tmpfs_inode *t = tmpfs_i(inode);

	/* Nothing maps it: a map would hold the inode. */
	tmpfs_remove_pages(inode, 0, UINT64_MAX, false);
	if (S_ISDIR(inode->mode))
		tmpfs_dir_clear(inode);
	tmpfs_dir_free(&t->dir);
	tmpfs_xattrs_free(t);
	kfree(t->target);
	kfree(t);
	tmpfs_sb(inode->sb)->inodes--;
}

/* --- options ------------------------------------------------------------------------------------ */

/* "64m", "1g", "50%"; bytes. */
static bool parse_size(const char *text, uint64_t *ret)
{
	char digits[24];
	size_t n = strlen(text);
	unsigned int shift = 0;
	struct memory_stats m;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n + 1);
	switch (digits[n - 1]) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	case '%':
		digits[n - 1] = '\0';
		if (!str_to_u64(digits, 10, ret) || *ret > 100)
			return false;
		memory_stats_get(&m);
		*ret = m.total_bytes / 100 * *ret;
		return true;
	default:
		return str_to_u64(digits, 0, ret);
	}
	digits[n - 1] = '\0';
	if (!str_to_u64(digits, 0, ret) || *ret > UINT64_MAX >> shift)
		return false;
	*ret <<= shift;
	return true;
}

static bool parse_id(const char *text, uint32_t *ret)
{
	uint64_t v;

	if (!str_to_u64(text, 10, &v) || v >= UINT_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool set_option(struct tmpfs_super *s, const char *name, const char *value)
{
	uint64_t v;

	if (strcmp(name, "size") == 0 || strcmp(name, "nr_blocks") == 0) {
		if (!parse_size(value, &v))
			return false;
		s->max_pages = name[0] == 's' ? ALIGN_UP(v, PAGE_SIZE) / PAGE_SIZE : v;
		return true;
	}
	if (strcmp(name, "nr_inodes") == 0)
		return parse_size(value, &s->max_inodes);
	if (strcmp(name, "mode") == 0) {
		if (!str_to_u64(value, 8, &v))
			return false;
		s->mode = (uint32_t)v & 07777;
		return true;
	}
	if (strcmp(name, "uid") == 0)
		return parse_id(value, &s->uid);
	if (strcmp(name, "gid") == 0)
		return parse_id(value, &s->gid);
	return strcmp(name, "huge") == 0 || strcmp(name, "mpol") == 0 ||
	       strcmp(name, "inode32") == 0 || strcmp(name, "inode64") == 0;
}

static int parse_one(void *arg, const char *name, const char *value)
{
	return set_option(arg, name, value ? value : "") ? 0 : -EINVAL;
}

static int parse_options(struct tmpfs_super *s, const char *data)
{
	return mount_options_each(data, parse_one, s);
}

static void show_options(const struct super_block *sb, char *buf, size_t len)
{
	const struct tmpfs_super *s = tmpfs_sb(sb);
	size_t n = 0;

	buf[0] = '\0';
	if (s->max_pages)
		n += (size_t)format_str(buf, len, ",size=%lluk",
					(unsigned long long)s->max_pages * PAGE_SIZE / 1024);
	if (s->max_inodes && n < len)
		n += (size_t)format_str(buf + n, len - n, ",nr_inodes=%llu",
					(unsigned long long)s->max_inodes);
	if (s->mode != 01777 && n < len)
		n += (size_t)format_str(buf + n, len - n, ",mode=%o", s->mode);
	if (s->uid && n < len)
		n += (size_t)format_str(buf + n, len - n, ",uid=%u", s->uid);
	if (s->gid && n < len)
		(void)format_str(buf + n, len - n, ",gid=%u", s->gid);
}

/* --- the file system ---------------------------------------------------------------------------- */

static int statfs(struct super_block *sb, struct abi_statfs *ret)
{
	const struct tmpfs_super *s = tmpfs_sb(sb);
	struct memory_stats m;

	memory_stats_get(&m);
	ret->f_type = TMPFS_MAGIC;
	ret->f_bsize = PAGE_SIZE;
	ret->f_namelen = NAME_MAX;
	if (s->max_pages) {
		ret->f_blocks = s->max_pages;
		ret->f_bfree = MIN(s->max_pages - s->pages, m.free_bytes / PAGE_SIZE);
		ret->f_bavail = ret->f_bfree;
	}
	if (s->max_inodes) {
		ret->f_files = s->max_inodes;
		ret->f_ffree = s->max_inodes - s->inodes;
	}
	return 0;
}

static int remount(struct super_block *sb, uint32_t flags, const char *data)
{
	struct tmpfs_super *s = tmpfs_sb(sb), n = *s;
	int r = parse_options(&n, data);

	(void)flags;
	if (r < 0)
		return r;
	if ((n.max_pages && n.max_pages < s->pages) || (n.max_inodes && n.max_inodes < s->inodes))
		return -EINVAL;
	s->max_pages = n.max_pages;
	s->max_inodes = n.max_inodes;
	return 0;
}

/* Each directory lets go of what is in it; what nobody else holds is gone then. */
static void shutdown(struct super_block *sb)
{
	struct tmpfs_super *s = tmpfs_sb(sb);

	while (!list_empty(&s->all)) {
		struct inode *inode = list_first_entry(&s->all, struct inode, sb_link);

		inode_get(inode);
		list_del(&inode->sb_link);
		if (S_ISDIR(inode->mode))
			tmpfs_dir_clear(inode);
		inode_put(inode);
	}
}

static void super_free(struct super_block *sb)
{
	kfree(sb->private);
}

static const struct super_ops super_ops = {
	.evict = tmpfs_evict,
	.statfs = statfs,
	.remount = remount,
	.shutdown = shutdown,
	.show_options = show_options,
	.free = super_free,
};

int tmpfs_create(const struct fs_type *type, const char *data, struct super_block **ret)
{
	struct tmpfs_super *s = kzalloc(sizeof(*s));
	struct super_block *sb;
	struct memory_stats m;
	struct inode *root;
	int r;

	if (!s)
		return -ENOMEM;
	memory_stats_get(&m);
	*s = (struct tmpfs_super){
		.max_pages = m.total_bytes / PAGE_SIZE / 2,
		.max_inodes = m.total_bytes / PAGE_SIZE / 2,
		.mode = 01777,
	};
	list_init(&s->all);
	r = parse_options(s, data);
	sb = r == 0 ? super_alloc(type, &super_ops) : NULL;
	if (!sb) {
		kfree(s);
		return r < 0 ? r : -ENOMEM;
	}
	sb->private = s;
	sb->magic = TMPFS_MAGIC;
	root = tmpfs_inode_alloc(sb, NULL, S_IFDIR | s->mode, 0, &r);
	if (!root)
		goto out;
	root->uid = s->uid;
	root->gid = s->gid;
	root->nlink = 2;
	root->size = 40;
	r = super_set_root(sb, root);
	if (r < 0)
		goto out;
	*ret = sb;
	return 0;
out:
	super_put(sb);
	return r;
}

static int tmpfs_mount(const struct fs_type *type, const char *source, uint32_t flags,
		       const char *data, struct super_block **ret)
{
	int r = tmpfs_create(type, data, ret);

	(void)source;
	if (r == 0)
		(*ret)->flags = flags;
	return r;
}

static struct fs_type tmpfs_type = { .name = "tmpfs", .mount = tmpfs_mount };

/* --- memfd -------------------------------------------------------------------------------------- */

static struct super_block *memfd_super;

int memfd_open(const char *name, uint32_t flags, struct file **ret)
{
	char shown[NAME_MAX + 16];
	struct inode *inode;
	int r;

	if (strlen(name) > NAME_MAX - 6)
		return -EINVAL;
	inode = tmpfs_inode_alloc(memfd_super, NULL,
				  S_IFREG | (flags & MFD_NOEXEC_SEAL ? 0666 : 0777), 0, &r);
	if (!inode)
		return r;
	inode->nlink = 0;
	if (flags & MFD_NOEXEC_SEAL)
		inode->seals = F_SEAL_EXEC;
	else if (flags & MFD_ALLOW_SEALING)
		inode->seals = 0;
	(void)format_str(shown, sizeof(shown), "/memfd:%s", name);
	r = file_create_on(inode, shown, &tmpfs_file_ops, NULL, O_RDWR | O_LARGEFILE, ret);
	inode_put(inode);
	return r;
}

int tmpfs_init(void)
{
	int r;

	fs_type_register(&tmpfs_type);
	r = tmpfs_create(&tmpfs_type, "size=0,nr_inodes=0", &memfd_super);
	if (r == 0)
		super_activate(memfd_super);
	return r;
}
