/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of ext4 share: the mounted file system and its inodes in memory, and the functions between the parts.
 *
 * Layers, upper first: ext4_namei.c, ext4_file.c, ext4_xattr.c (operations) - ext4_dir*.c, ext4_inode.c, ext4_orphan.c - ext4_map.c (which blocks a file has:
 * ext4_extents*.c, ext4_blockmap.c) - ext4_alloc*.c, ext4_ialloc.c (bitmaps) - journal.h, drivers/buffer.h.
 *
 * Order of locks: inode->lock, map_lock, handle (ext4_start), data_lock. Nobody takes an inode lock or touches guest memory inside a handle.
 * An inode is brought into memory (ext4_iget) and given back (inode_put) outside handles, because both may need one of their own.
 *
 * Credits: each function that changes something says how many blocks it may change at most; the caller adds up and starts a handle with that. Functions that
 * "use handles of their own" must be called without one.
 */
#ifndef FS_EXT4_EXT4_INTERNAL_H
#define FS_EXT4_EXT4_INTERNAL_H

#include "abi/abi_errno.h"
#include "drivers/block.h"
#include "drivers/buffer.h"
#include "fs/ext4/ext4.h"
#include "fs/ext4/journal.h"
#include "lib/crc32c.h"
#include "lib/string.h"
#include "vfs/vfs.h"

#ifndef EUCLEAN
#define EUCLEAN 117 /* "Structure needs cleaning": what ext4 answers for damage that it finds */
#endif

struct ext4_alloc;  /* the allocators' own, ext4_alloc.c */
struct ext4_orphan; /* ext4_orphan.c */

/* --- the mounted file system -------------------------------------------------------------------- */

struct ext4_options {
	unsigned int errors; /* EXT4_ERRORS_* */
	bool barrier, discard, acl, user_xattr, noload, lazytime, minix_df;
	bool writeback; /* data=writeback was asked for; data is ordered all the same */
	uint32_t resuid, resgid;
	uint32_t commit_seconds;
	uint64_t sb_block;
};

struct ext4_sb {
	struct super_block *sb;
	struct block_device *dev;
	struct journal *journal; /* NULL: there is none */
	bool writing;		 /* mounted read-write: handles may be started */
	bool journal_running, aborted;

	/* Checked at mount and then constant. */
	uint32_t block_size, block_bits, inode_size, desc_size;
	uint64_t blocks_count;
	uint32_t first_data_block, blocks_per_group, inodes_per_group, inodes_count, groups;
	uint32_t descs_per_block, inode_blocks_per_group, first_ino,
		flex_groups;		      /* per flex; 1: none */
	uint32_t compat, incompat, ro_compat; /* may gain large_file and the like */
	bool csum;			      /* metadata_csum */
	bool gdt_csum;			      /* only the older kind, for descriptors */
	uint32_t csum_seed;
	uint32_t hash_seed[4];
	unsigned int hash_version; /* EXT4_HASH_* with signedness resolved */
	uint64_t reserved_blocks;  /* for resuid, resgid, CAP_SYS_RESOURCE */
	uint64_t spare_blocks;	   /* nobody counts on them, for metadata of running changes */

	struct buffer *super_buf;
	struct ext4_super_block *es; /* in super_buf */
	struct buffer **desc_bufs;   /* all blocks of the descriptor table */
	uint32_t n_desc_bufs;

	/* Kept by the allocators; free_blocks is what nobody has, quarantined ones not counted in. */
	uint64_t free_blocks, quarantined_blocks;
	uint32_t free_inodes, dirs;
	struct ext4_alloc *alloc;

	struct ext4_options opt;
	struct list_head *inode_hash; /* by number */
	struct list_head orphans; /* ext4_inode.orphan_link: the list on the disk, newest first */
	struct ext4_orphan *orphan_file;
	struct sleep_lock orphan_lock; /* inside handles */
	struct wait_queue
		inode_wait; /* inodes that were loading or evicting are ready or gone, blocks are filled */
	struct ext4_zone *zones; /* metadata of fixed place, sorted; ext4_group.c */
	uint32_t n_zones, max_zones;
	struct list_head mounted_link;
	uint64_t journal_blocks, overhead;
	struct journal_place *journal_at; /* where the journal lies */
	unsigned int n_journal_at;
	uint32_t next_generation;
	uint64_t sectors_written_start; /* lifetime counter */
};

static inline struct ext4_sb *ext4_sb(const struct super_block *sb)
{
	return sb->private;
}

#define EXT4_HAS_COMPAT(s, f)	 (((s)->compat & EXT4_COMPAT_##f) != 0)
#define EXT4_HAS_INCOMPAT(s, f)	 (((s)->incompat & EXT4_INCOMPAT_##f) != 0)
#define EXT4_HAS_RO_COMPAT(s, f) (((s)->ro_compat & EXT4_RO_COMPAT_##f) != 0)

/* --- inodes ------------------------------------------------------------------------------------- */

#define EXT4_FILLERS 2u
struct ext4_filling {
	uint32_t first, end;
};

struct ext4_inode {
	struct inode *inode;
	struct list_head hash_link; /* ext4_sb.inode_hash */
	bool loading, evicting;	    /* in the hash, but not to be used: wait on inode_wait */
	uint32_t flags;		    /* EXT4_*_FL */
	uint32_t generation, dtime, projid;
	uint16_t extra_isize;
	uint64_t version; /* i_version */
	uint32_t csum_seed;
	uint32_t block
		[EXT4_N_BLOCKS]; /* i_block: root of the map, or a fast symbolic link, or inline data */
	uint64_t file_acl;	 /* the block of extended attributes, 0: none */
	struct sleep_lock data_lock; /* the map of blocks; inside handles */
	struct sleep_lock map_lock;  /* faults against truncate and punch */
	uint64_t map_seq; /* counts removals from the map: who read without a lock looks again */
	struct ext4_filling filling[EXT4_FILLERS]; /* blocks without contents: ext4_filling.c */
	struct list_head orphan_link;		   /* on the list, or empty */
	uint32_t orphan_slot;			   /* in the orphan file, from 1; 0: not there */
	/* As last written to the inode's block: vfs/ changes times by itself, and says nothing. */
	struct timespec_k disk_atime, disk_mtime, disk_ctime;
	uint64_t disk_size, disk_blocks;
	/* On the device: a run whose write-back has not begun. */
	uint64_t written_from, written_to;
	struct flush_set unflushed;	 /* what fsync has to make durable beside the journal */
	uint64_t unflushed_seq;		 /* counts additions to it */
	uint32_t sync_tid, datasync_tid; /* the transactions that fsync must wait for */
	bool has_tid;
	bool was_mapped; /* shared and writable, since its tail was zeroed */

	/* The allocators': where the next block of a growing file is looked for, room kept for it. */
	uint32_t last_lblock;
	uint64_t last_physical;
	void *prealloc;
	bool append_again; /* was opened to be appended to when it had blocks already */
	/* The last run that was found, for look-ups without a walk (under the big lock, 0 length: none). Belongs to ext4_map.c. */
	uint32_t cache_lblock, cache_len;
	uint64_t cache_physical;
	bool cache_unwritten;

	void *arena; /* pages that cannot be mapped from the image: ext4_pages.c */
	uint64_t
		pages_seq; /* counts writes: a page that is being filled from the disk looks again */
	void *dir_private; /* ext4_dir.c */
};

static inline struct ext4_inode *ext4_i(const struct inode *inode)
{
	return inode->private;
}

static inline struct ext4_sb *ext4_isb(const struct inode *inode)
{
	return inode->sb->private;
}

/* ext4_inode.c */

/* The inode of that number: a reference. -ESTALE: not in use; -EUCLEAN, -EIO, -ENOMEM. Outside handles. May sleep. */
int ext4_iget(struct ext4_sb *s, uint32_t ino, struct inode **ret);
/* As above, for the reserved ones (journal, orphan file, resize) and the orphan list, whose link count may be 0. */
int ext4_iget_special(struct ext4_sb *s, uint32_t ino, struct inode **ret);
/* All fields into the inode's block, with checksum. One credit (two if the file is the first of over 2 GiB). */
int ext4_mark_inode_dirty(struct handle *h, struct inode *inode);
/* Times that only changed in memory: into the inode's block, with a handle of its own. */
bool ext4_times_changed(const struct inode *inode);
int ext4_flush_times(struct ext4_sb *s); /* of all inodes in memory */
void ext4_evict(struct inode *inode);
void ext4_hash_add(struct ext4_sb *s, struct ext4_inode *ei);
void ext4_hash_del(struct ext4_sb *s, struct ext4_inode *ei);
struct inode *ext4_inode_alloc(struct ext4_sb *s,
			       uint32_t ino); /* with its ext4_inode, not hashed */
void ext4_choose_ops(struct inode *inode);
#define EXT4_INODE_BUCKETS 8192u
#define EXT4_INODE_CREDITS 2u
/* The block of the inode table with the inode, and the offset in it. A reference. */
int ext4_inode_buffer(struct ext4_sb *s, uint32_t ino, struct buffer **ret, uint32_t *ret_offset);
/*
 * ext4_inode_disk.c: bytes to inode and back, the checksum with them. special: one of the file system's own, whose link count says nothing. -ESTALE: nobody's;
 * -EUCLEAN: damaged, and said so where it is the checksum.
 */
int ext4_inode_decode(struct inode *inode, const struct ext4_disk_inode *d, bool special);
void ext4_inode_encode(struct inode *inode, struct ext4_disk_inode *d);
uint64_t ext4_max_bytes(const struct ext4_sb *s, bool extents);

/* --- errors, checksums -------------------------------------------------------------------------- */

/*
 * Damage was found: says so in the log (with the device's name), notes it in the super block, and does what errors= says (continue, read-only,
 * panic). Returns -EUCLEAN, for `return ext4_error(...)`.
 */
int ext4_error(struct ext4_sb *s, const char *fmt, ...) printf_like(2, 3);
/* buffer_read for bitmaps and inode tables: without them the file system is as good as damaged, and errors= decides, as on Linux. */
int ext4_read_table(struct ext4_sb *s, uint64_t block, const char *what, struct buffer **ret);
void ext4_warn(struct ext4_sb *s, const char *fmt, ...) printf_like(2, 3);

/* Starts of checksums: ext4_csum(s->csum_seed, …), ext4_csum(inode's csum_seed, …). */
static inline uint32_t ext4_csum(uint32_t seed, const void *data, size_t len)
{
	return crc32c(seed, data, len);
}

/* --- handles ------------------------------------------------------------------------------------ */

/*
 * journal_start and its family, also for a file system without a journal (then buffers are simply marked dirty). -EROFS if it is mounted or has become
 * read-only. The functions below take such handles.
 */
int ext4_start(struct ext4_sb *s, unsigned int credits, unsigned int revokes, struct handle **ret);
int ext4_stop(struct handle *h);
bool ext4_extend(struct handle *h, unsigned int credits, unsigned int revokes);
int ext4_restart(struct handle *h, unsigned int credits, unsigned int revokes);
int ext4_get_write(struct handle *h, struct buffer *b);
int ext4_get_create(struct handle *h, struct buffer *b);
int ext4_dirty(struct handle *h, struct buffer *b);
int ext4_forget(struct ext4_sb *s, struct handle *h, struct buffer *b, uint64_t block);
void ext4_data_written(struct handle *h, uint64_t offset, uint64_t len);
/*
 * After a change has failed with r: is it worth another try? -ENOSPC, while blocks that were freed wait for their commit: then it is made now, as Linux
 * does. Outside handles; *tries begins as 0.
 */
bool ext4_should_retry(struct ext4_sb *s, int r, unsigned int *tries);
/* 0 without a journal. */
uint32_t ext4_tid(const struct handle *h);
unsigned int ext4_max_credits(const struct ext4_sb *s);

/* --- group descriptors (ext4_group.c) ----------------------------------------------------------- */

/* The descriptor in its buffer, which stays for the whole mount (no reference). */
struct ext4_group_desc *ext4_group_desc(const struct ext4_sb *s, uint32_t group,
					struct buffer **ret_buf);
/* After a change: the descriptor's checksum. Call between ext4_get_write and ext4_dirty of its buffer. */
void ext4_group_desc_csum_set(const struct ext4_sb *s, uint32_t group);
uint64_t ext4_bg_block_bitmap(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint64_t ext4_bg_inode_bitmap(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint64_t ext4_bg_inode_table(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint32_t ext4_bg_free_blocks(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint32_t ext4_bg_free_inodes(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint32_t ext4_bg_used_dirs(const struct ext4_sb *s, const struct ext4_group_desc *d);
uint32_t ext4_bg_itable_unused(const struct ext4_sb *s, const struct ext4_group_desc *d);
void ext4_bg_set_free_blocks(const struct ext4_sb *s, struct ext4_group_desc *d, uint32_t n);
void ext4_bg_set_free_inodes(const struct ext4_sb *s, struct ext4_group_desc *d, uint32_t n);
void ext4_bg_set_used_dirs(const struct ext4_sb *s, struct ext4_group_desc *d, uint32_t n);
void ext4_bg_set_itable_unused(const struct ext4_sb *s, struct ext4_group_desc *d, uint32_t n);
/* Does the group hold a copy of the super block (and of the descriptor table)? How many blocks its head takes from the group's first one on. */
bool ext4_group_has_super(const struct ext4_sb *s, uint32_t group);
uint32_t ext4_group_head_blocks(const struct ext4_sb *s, uint32_t group);
static inline uint64_t ext4_group_first(const struct ext4_sb *s, uint32_t group)
{
	return s->first_data_block + (uint64_t)group * s->blocks_per_group;
}
/* The last group may be shorter. */
static inline uint32_t ext4_group_blocks(const struct ext4_sb *s, uint32_t group)
{
	return (uint32_t)MIN((uint64_t)s->blocks_per_group,
			     s->blocks_count - ext4_group_first(s, group));
}
int ext4_group_open(struct ext4_sb *s, char *why,
		    size_t len); /* reads and checks the descriptors */
void ext4_group_close(struct ext4_sb *s);
int ext4_zone_add(struct ext4_sb *s, uint64_t first,
		  uint64_t n); /* also sorts: the journal's blocks */
/* Zero what mke2fs left undone of the inode tables. Own handles. */
int ext4_group_init_tables(struct ext4_sb *s);
/* [block, block + n) lies in the file system and hits no metadata of fixed place (super block, descriptors, bitmaps, inode tables). */
bool ext4_blocks_valid(const struct ext4_sb *s, uint64_t block, uint64_t n);

/* --- allocation of blocks (ext4_alloc*.c) ------------------------------------------------------- */

int ext4_alloc_init(struct ext4_sb *s); /* counts free blocks and inodes from the descriptors */
void ext4_alloc_exit(struct ext4_sb *s);
enum {
	EXT4_ALLOC_META = 1, /* not file data: no room is kept behind it */
	EXT4_ALLOC_RESERVED =
		2, /* may use the reserved blocks whoever asks (metadata of a running change) */
	EXT4_ALLOC_EXACT = 4,	/* only at the goal; -ENOSPC otherwise */
	EXT4_ALLOC_NO_GROW = 8, /* file data, and no room is kept behind it */
};
#define EXT4_ALLOC_CREDITS 3u /* bitmap, descriptor, and one to spare */
/*
 * Up to `want` adjacent blocks near goal (0: by the inode's place): *ret_block, *ret_len >= 1. Contents are undefined. Does not
 * change the inode. -ENOSPC, -EIO, -EUCLEAN, -EDQUOT never. May sleep (bitmap).
 */
int ext4_alloc_blocks(struct handle *h, struct inode *inode, uint64_t goal, uint32_t want,
		      unsigned int flags, uint64_t *ret_block, uint32_t *ret_len);
enum { EXT4_FREE_META = 1 /* was journalled: forgotten and revoked, one revoke a block */ };
/*
 * Not handed out again, nor discarded, before the transaction has committed. The caller has seen to it that nothing maps or finds them any more.
 * EXT4_ALLOC_CREDITS for each group the range touches.
 */
int ext4_free_blocks(struct handle *h, struct inode *inode, uint64_t block, uint32_t n,
		     unsigned int flags);
/* journal_config.committed. */
void ext4_alloc_committed(void *owner, uint32_t tid);
/* Room kept for a growing file goes back. On eviction and where blocks are taken away. */
void ext4_alloc_release_prealloc(struct inode *inode);
/* The last writer closes: a log, which is opened to be appended to again and again, keeps a little. */
void ext4_alloc_writer_gone(struct inode *inode);
/* FITRIM: bytes; uses handles of its own if it needs them. */
int ext4_trim(struct ext4_sb *s, uint64_t start, uint64_t len, uint64_t min_len,
	      uint64_t *ret_trimmed);

/* --- allocation of inodes (ext4_ialloc.c) ------------------------------------------------------- */

/* A free number: bitmap and descriptor are changed; the inode's own block is not. dir NULL: anywhere. */
#define EXT4_IALLOC_CREDITS 4u
int ext4_ialloc(struct handle *h, const struct inode *dir, uint32_t mode, uint32_t *ret_ino);
int ext4_ifree(struct handle *h, struct ext4_sb *s, uint32_t ino, bool is_dir);
/* Whether the bitmap says that the number is in use; -EIO, -EUCLEAN. */
int ext4_inode_in_use(struct ext4_sb *s, uint32_t ino);

/* --- which blocks a file has (ext4_map.c, ext4_extents*.c, ext4_blockmap.c) --------------------- */

enum {
	EXT4_MAP_CREATE = 1, /* fill holes */
	EXT4_MAP_UNWRITTEN =
		2, /* with CREATE: what is new is an unwritten extent (extent files only, else -EOPNOTSUPP) */
	EXT4_MAP_CONVERT =
		4, /* unwritten blocks found become written; the caller writes all of them in this handle */
	EXT4_MAP_META = 8, /* blocks of a directory */
	EXT4_MAP_NO_GROW =
		16, /* keep no room behind it (fallocate, the last block of a closed file) */
};
struct ext4_map {
	uint64_t physical; /* 0: a hole */
	uint32_t
		len; /* how many blocks from lblock on are alike, at least 1, at most what was asked for */
	bool unwritten; /* allocated, but reads as zero */
	bool fresh; /* made or converted by this call: contents are undefined until the caller writes */
};
/*
 * The run at lblock. Without CREATE h may be NULL. Takes data_lock. With CREATE or CONVERT: changes i_blocks and marks the inode dirty;
 * ext4_map_credits() credits. Old block maps know no unwritten blocks. -EFBIG behind the last block a map can have, -ENOSPC, -EUCLEAN, -EIO.
 */
int ext4_map_blocks(struct handle *h, struct inode *inode, uint32_t lblock, uint32_t len,
		    unsigned int flags, struct ext4_map *ret);
/* Credits of one call that makes or converts one run. */
unsigned int ext4_map_credits(const struct inode *inode);
/* An empty map in a new inode (in memory: block[], flags). */
void ext4_map_init(struct inode *inode, bool extents);
/* Checks the root in block[] of an inode that was just read; -EUCLEAN. Deeper blocks are checked when they are read. */
int ext4_map_check(struct inode *inode);

/*
 * Take [first, end) out of the map and free the blocks (end UINT32_MAX: to the end, preallocated ones too). Handles of its own, as many as it takes; between
 * them the file is whole with a part of the range gone, the inode is marked dirty and map_seq counted up before blocks are freed. The caller holds inode->lock (or the
 * file has no names and no users) and map_lock, has zapped maps, and has the inode on the orphan list where a crash must go on with it.
 */
int ext4_remove_range(struct inode *inode, uint32_t first, uint32_t end);
/* Remove [first, first + n) and move the rest down; the range is already a hole or is removed here. Extents only: -EOPNOTSUPP. As above. */
int ext4_collapse_range(struct inode *inode, uint32_t first, uint32_t n);
/* Move all from `first` on up by n: a hole comes there. Extents only. As above. */
int ext4_insert_range(struct inode *inode, uint32_t first, uint32_t n);

/* --- blocks of directories and others, read with checks ----------------------------------------- */

/* A block of a file through the buffer cache (directories, orphan file): a reference, or NULL in *ret with 0 for a hole. */
int ext4_bread(struct inode *inode, uint32_t lblock, struct buffer **ret);
/* A new block behind the end: allocated, zeroed, in the handle (get_create done). Credits of ext4_map_credits + 1. */
int ext4_append(struct handle *h, struct inode *inode, uint32_t *ret_lblock, struct buffer **ret);

/* --- orphans (ext4_orphan.c) -------------------------------------------------------------------- */

#define EXT4_ORPHAN_CREDITS 3u
/* A crash from now on finishes the truncation (nlink > 0) or removal (nlink 0) of the inode. Harmless if it is there. */
int ext4_orphan_add(struct handle *h, struct inode *inode);
int ext4_orphan_del(struct handle *h, struct inode *inode);
int ext4_orphan_open(struct ext4_sb *s); /* reads the orphan file's map */
void ext4_orphan_close(struct ext4_sb *s);
int ext4_orphan_recover(struct ext4_sb *s); /* after the journal: what crashed is finished */

/* --- super block -------------------------------------------------------------------------------- */

int ext4_super_check(struct ext4_sb *s, bool readonly, char *why,
		     size_t len); /* fills the constants */
void ext4_super_csum_set(struct ext4_sb *s);
/* Feature bits that a change needs (large_file, ext_attr …); one credit. */
int ext4_set_feature(struct handle *h, struct ext4_sb *s, uint32_t compat, uint32_t ro_compat);
extern const struct super_ops ext4_super_ops;
int ext4_options_parse(struct ext4_options *o, const char *data, char *why, size_t len);
void ext4_options_show(const struct super_block *sb, char *buf, size_t len);

/* --- directories (ext4_hash.c, ext4_dir*.c) ------------------------------------------------------ */

struct ext4_hash {
	uint32_t major, minor;
};
/* -EINVAL: a hash that we do not know. */
int ext4_dir_hash(const struct ext4_sb *s, unsigned int version, const char *name, size_t len,
		  struct ext4_hash *ret);
struct ext4_found {
	struct buffer *buf; /* a reference */
	struct ext4_dir_entry *entry;
	uint32_t lblock;
};
/* -ENOENT. */
int ext4_dir_find(struct inode *dir, const char *name, size_t len, struct ext4_found *ret);
/* Credits for one insert: a block split at each level of the index, and the new blocks. */
unsigned int ext4_dir_credits(const struct inode *dir);
int ext4_dir_add(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		 uint32_t mode);
int ext4_dir_delete(struct handle *h, struct inode *dir, struct ext4_found *f);
int ext4_dir_change(struct handle *h, struct inode *dir, struct ext4_found *f, uint32_t ino,
		    uint32_t mode);
/* First block of a new directory: ".", "..". */
int ext4_dir_init(struct handle *h, struct inode *dir, uint32_t parent);
/* 1, 0, or an error. */
int ext4_dir_is_empty(struct inode *dir);
int ext4_dir_set_parent(struct handle *h, struct inode *dir, uint32_t parent);
int ext4_dir_parent(struct inode *dir, uint32_t *ret);
/* For ext4_dir_htree.c. */
int ext4_dir_block_read(struct inode *dir, uint32_t lblock, struct buffer **ret);
void ext4_dir_block_csum_set(const struct inode *dir, struct buffer *b);
/* Put an entry into a block that has room: -ENOSPC if it has not, -EEXIST. */
int ext4_dir_block_add(struct handle *h, struct inode *dir, struct buffer *b, const char *name,
		       size_t len, uint32_t ino, uint32_t mode);
extern const struct file_ops ext4_dir_ops;
extern const struct inode_ops ext4_dir_inode_ops;

/* --- the operations ------------------------------------------------------------------------------ */

extern const struct inode_ops ext4_file_inode_ops, ext4_link_inode_ops, ext4_special_inode_ops;
extern const struct file_ops ext4_file_ops;
extern const struct mapping_ops ext4_mapping_ops;
int ext4_setattr(struct inode *inode, const struct iattr *a);
int ext4_set_size(struct inode *inode, uint64_t size);
int ext4_getattr(struct inode *inode);
int ext4_fsync(struct inode *inode, bool data_only);
int64_t ext4_ioctl(struct file *f, unsigned int cmd, uint64_t arg);
int ext4_fallocate(struct file *f, int mode, uint64_t offset, uint64_t len);
int ext4_fiemap(struct inode *inode, uint64_t arg);
int ext4_permission(struct inode *inode, int mask);
/* Zero [from, to) of one block of a file if it has data there. Handle of the caller or NULL (then of its own if it needs one). */
int ext4_zero_part(struct inode *inode, uint64_t from, uint64_t to);
/* Stores may happen that nobody is told of: fsync flushes all of the disk. */
void ext4_unflushed_all(struct inode *inode);
/* Write to the device for a file: follows BLOCK_MOVED with a zap of shared maps. */
int ext4_data_write(struct inode *inode, uint64_t pos, uint64_t physical_byte, const void *buf,
		    size_t len);
int ext4_inline_read(struct inode *inode, uint8_t *buf, size_t size, size_t *ret_len);
/*
 * A file or directory with its data in the inode gets blocks, because it is going to be changed. inode->lock is held; a handle of its own. -ENOSPC: as it was.
 */
int ext4_inline_convert(struct inode *inode);

/* ext4_pages.c: pages of a file in the arena, because its blocks cannot be mapped. */
void ext4_pages_drop(
	struct inode *inode); /* write back and give back; nothing maps the file any more */
int ext4_pages_flush_all(struct ext4_sb *s); /* what maps of any file may have changed */

/* ext4_xattr.c, ext4_xattr_change.c: credits for one change, and the pieces that creation needs. */
#define EXT4_XATTR_CREDITS 12u
ssize_t ext4_getxattr(struct inode *inode, const char *name, void *value, size_t len);
int ext4_setxattr(struct inode *inode, const char *name, const void *value, size_t len, int flags);
ssize_t ext4_listxattr(struct inode *inode, char *list, size_t len);
int ext4_removexattr(struct inode *inode, const char *name);
int ext4_xattr_set_in(struct handle *h, struct inode *inode, unsigned int index, const char *name,
		      const void *value, size_t len, int flags);
ssize_t ext4_xattr_get(struct inode *inode, unsigned int index, const char *name, void *value,
		       size_t len);
int ext4_xattr_release(struct handle *h, struct inode *inode); /* the inode goes: its block too */
/* Whether values are in inodes of their own (ea_inode), whose counts nobody here keeps: 1, 0, or an error. */
int ext4_xattr_has_inodes(struct inode *inode);
/* The default list of a directory for what is made in it; changes inode->mode. */
int ext4_acl_inherit(struct handle *h, struct inode *inode, struct inode *dir);
/* The lists as attributes in the form of user space; NULL removes. */
ssize_t ext4_acl_get(struct inode *inode, unsigned int index, void *value, size_t len);
int ext4_acl_set(struct handle *h, struct inode *inode, unsigned int index, const void *value,
		 size_t len);
int ext4_acl_chmod(struct handle *h, struct inode *inode);

/* ext4_ialloc's upper half, ext4_new.c: a new inode in memory and in the handle, not yet named. */
#define EXT4_NEW_INODE_CREDITS (EXT4_IALLOC_CREDITS + EXT4_INODE_CREDITS + EXT4_XATTR_CREDITS)
int ext4_new_inode(struct handle *h, struct inode *dir, uint32_t mode, uint64_t rdev,
		   struct inode **ret);

#endif
