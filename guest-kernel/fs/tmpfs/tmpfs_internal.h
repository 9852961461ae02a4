/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of tmpfs share. All under the big lock. */
#ifndef FS_TMPFS_TMPFS_INTERNAL_H
#define FS_TMPFS_TMPFS_INTERNAL_H

#include "lib/list.h"
#include "vfs/vfs.h"

#define TMPFS_PAGE_ABSENT UINT64_MAX

/* A sparse table from page number to the page's place in the arena. */
struct tmpfs_pages {
	void *root;
	unsigned int height;
	uint64_t count;
};

uint64_t tmpfs_pages_get(const struct tmpfs_pages *p, uint64_t index);
int tmpfs_pages_set(struct tmpfs_pages *p, uint64_t index, uint64_t place); /* index is absent */
uint64_t tmpfs_pages_take(struct tmpfs_pages *p, uint64_t index);
/* The first page at or behind *index that is there. */
bool tmpfs_pages_next(const struct tmpfs_pages *p, uint64_t *index);

struct tmpfs_entry {
	struct list_head hash_link;
	struct inode *inode; /* a reference */
	uint64_t cookie;     /* position in readdir; grows */
	uint32_t hash;
	uint32_t len;
	char name[];
};

struct tmpfs_slot {
	uint64_t cookie;
	struct tmpfs_entry *entry; /* NULL: removed */
};

struct tmpfs_dir {
	struct list_head *buckets;
	unsigned int n_buckets; /* a power of two, or 0 */
	unsigned int count;
	struct tmpfs_slot *slots; /* by cookie */
	unsigned int n_slots, size;
	uint64_t next_cookie;
};

struct tmpfs_xattr {
	struct list_head link;
	char *name;
	size_t len;
	char value[];
};

struct tmpfs_inode {
	struct tmpfs_dir dir;
	struct tmpfs_pages pages;
	bool was_mapped;
	char *target; /* symbolic links */
	struct list_head xattrs;
	size_t xattr_bytes;
	struct inode *doomed_next; /* its directory has gone and nobody else holds it */
};

struct tmpfs_super {
	uint64_t max_pages, pages;   /* max 0: no limit but the arena's */
	uint64_t max_inodes, inodes; /* likewise */
	uint32_t mode, uid, gid;
	struct list_head all; /* inode.sb_link */
};

static inline struct tmpfs_inode *tmpfs_i(const struct inode *inode)
{
	return inode->private;
}

static inline struct tmpfs_super *tmpfs_sb(const struct super_block *sb)
{
	return sb->private;
}

struct inode *tmpfs_inode_alloc(struct super_block *sb, const struct inode *dir, uint32_t mode,
				uint64_t rdev, int *ret_error);
void tmpfs_evict(struct inode *inode);

/* tmpfs_dir.c */
extern const struct inode_ops tmpfs_dir_inode_ops;
extern const struct file_ops tmpfs_dir_ops;
void tmpfs_dir_clear(struct inode *dir); /* drop all entries, when the file system ends */
void tmpfs_dir_free(struct tmpfs_dir *d);

/* tmpfs_file.c */
extern const struct inode_ops tmpfs_file_inode_ops, tmpfs_link_inode_ops, tmpfs_special_inode_ops;
extern const struct file_ops tmpfs_file_ops;
extern const struct mapping_ops tmpfs_mapping_ops;
/* Give back the pages [first, end). The caller has seen to it that nothing finds or maps them any more, or zap says that it must be done here. */
void tmpfs_remove_pages(struct inode *inode, uint64_t first, uint64_t end, bool zap);

/* tmpfs_xattr.c */
ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *value, size_t len);
int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t len, int flags);
ssize_t tmpfs_listxattr(struct inode *inode, char *list, size_t len);
int tmpfs_removexattr(struct inode *inode, const char *name);
void tmpfs_xattrs_free(struct tmpfs_inode *t);

#endif
