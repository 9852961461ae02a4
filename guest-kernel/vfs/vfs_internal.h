/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of vfs/ share and nobody else needs: names, mounts, name spaces, descriptor tables. All under the big lock.
 *
 * A dentry holds references of its parent and its inode. A hashed dentry whose references are gone stays in the cache until it is among the oldest of
 * too many; an unhashed one (unlinked, renamed over) goes with its last reference.
 */
#ifndef VFS_VFS_INTERNAL_H
#define VFS_VFS_INTERNAL_H

#include "abi/abi_fcntl.h"
#include "core/task.h"
#include "vfs/vfs.h"

struct cred;

struct dentry {
	uint32_t refs;
	uint32_t hash;
	struct dentry *parent; /* NULL: a root, or a name without a place */
	struct inode *inode;   /* NULL: a negative entry */
	struct super_block *sb;
	char *name;
	uint32_t name_len;
	uint32_t n_mounts; /* mounts upon it, in any name space */
	bool hashed, is_anon;
	struct list_head hash_link, lru_link, names_link;
};

int dentry_cache_init(void);
struct dentry *dentry_alloc(struct super_block *sb, struct dentry *parent, const char *name,
			    size_t len, struct inode *inode); /* unhashed; takes own references */
void dentry_get(struct dentry *d);
void dentry_put(struct dentry *d); /* may sleep; NULL is fine */
/* The entry of that name, perhaps negative. _locked: the directory's lock is held. A reference in *ret. May sleep. */
int dentry_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **ret);
int dentry_lookup_locked(struct dentry *dir, const char *name, size_t len, struct dentry **ret);
/* A negative entry gets its inode (takes over the reference). */
void dentry_fill(struct dentry *d, struct inode *inode);
/* The name is gone from the file system. */
void dentry_drop(struct dentry *d);
/* Of a directory that has been removed and that the caller holds: names cached as missing in it would keep it, and its inode on the disk. */
void dentry_drop_children(struct dentry *d);
void dentry_move(struct dentry *d, struct dentry *to); /* to's name and place; to is dropped */
void dentry_exchange(struct dentry *a, struct dentry *b);
bool dentry_is_under(const struct dentry *d, const struct dentry *top); /* or the same */
/* Forget all unused names of a super block. May sleep. */
void dentry_prune(const struct super_block *sb);
bool dentry_is_dead(const struct dentry *d); /* unhashed, and not a root */

/* --- super blocks ------------------------------------------------------------------------------- */

void super_get(struct super_block *sb);
extern struct list_head fs_type_list;

/* --- walking ------------------------------------------------------------------------------------ */

enum last_kind { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

struct walk {
	struct path at;	  /* where the walk stands: a directory */
	struct path root; /* what ".." does not leave */
	unsigned int flags;
	char *text; /* owned; rest points into it */
	char *rest;
	unsigned int links;
	enum last_kind kind;
	const char *last; /* in text, not terminated */
	size_t last_len;
	bool slash; /* something like "/" or "/." follows: it must be a directory */
};

int walk_start(struct walk *w, int dirfd, const struct path *base, const char *name,
	       unsigned int flags);
void walk_end(struct walk *w);
/* Walk all but the last component. */
int walk_parent(struct walk *w);
/* Look the last component up from w->at (which stays), crossing mounts; -ENOENT if there is none. */
int walk_last(struct walk *w, struct path *ret);
/* p is a symbolic link found there: go on with its target, or *ret_jumped with *p replaced (magic links). Consumes p otherwise. */
int walk_link(struct walk *w, struct path *p, bool *ret_jumped);
int walk_final(struct walk *w, struct path *ret); /* parent, last and links by flags */

/* Cross what is mounted on p; go from the top of a mount to the place it is mounted on (false: at the top of all). */
void path_follow_mounts(struct path *p);
bool path_up(struct path *p);
bool path_is_under(const struct path *p, const struct path *top);
bool path_equal(const struct path *a, const struct path *b);
void task_root(
	struct path *ret); /* of the current task; the first one's for kernel tasks. A reference. */
void task_cwd(struct path *ret);

/*
 * For making and removing names: the directory, locked, and the entry in it. Release with name_end. want_new: -EEXIST if it is there, writable
 * mount and directory permission checked in the order Linux reports them.
 */
struct name_op {
	struct path dir;
	struct dentry *dentry;
	bool slash;
	bool locked;
};
int name_create_begin(int dirfd, const char *name, bool want_dir, struct name_op *op);
void name_end(struct name_op *op);

/* --- permissions -------------------------------------------------------------------------------- */

const struct cred *vfs_cred(void); /* of the current task; NULL for the kernel's own: may do all */
bool inode_owner_or_capable(const struct inode *inode);
int path_want_write(const struct path *p); /* -EROFS */
int dir_may_create(struct inode *dir);
int dir_may_delete(struct inode *dir, const struct dentry *victim, bool is_dir);
bool sticky_forbids(const struct inode *dir, const struct inode *inode);
int inode_want_write(struct inode *inode); /* write_count: -ETXTBSY */
void inode_done_write(struct inode *inode);
int inode_setattr(struct inode *inode, const struct iattr *a); /* lock held; through the ops */
int inode_truncate(struct inode *inode, uint64_t size); /* takes the lock; strips set-ID bits */
int inode_strip_ids(struct inode *inode); /* lock held: after a write by the unprivileged */
void inode_touch_atime(const struct path *p);
uint32_t create_mode(const struct inode *dir, uint32_t mode, bool is_dir, uint32_t *ret_gid);

/* --- mounts ------------------------------------------------------------------------------------- */

struct mount_ns {
	uint32_t refs;
	struct mount *root;
	struct list_head mounts;
	unsigned int n_mounts;
	uint64_t n_planned; /* while mounts are being counted before they are made */
	uint64_t event;
	struct wait_queue queue;
};
extern struct list_head mount_list; /* all_link */
extern struct mount_ns *init_mount_ns;

struct mount *mount_alloc(struct super_block *sb, struct dentry *root, const char *source,
			  uint32_t flags);
void mount_get(struct mount *m);
void mount_put(struct mount *m);	      /* may sleep */
struct mount *mount_at(const struct path *p); /* what is mounted there; no reference */
void mount_attach(struct mount *m, const struct path *at);
void mount_detach(
	struct mount *m); /* from its parent and name space; drops the name space's reference */
/* Only the place in the tree; references of the name space stay as they are. */
void mount_hook(struct mount *m, const struct path *at);
void mount_unhook(struct mount *m);
void mount_ns_changed(struct mount_ns *ns);
/* Attach a tree, and its copies wherever that place is propagated to. Takes over the reference on success. */
int mount_graft(struct mount *tree, const struct path *at);
bool mount_may_make(uint64_t more); /* false: too many in all name spaces */
void mount_limits_init(uint64_t memory_bytes);
void mount_ns_put(struct mount_ns *ns);
struct mount *mount_clone(struct mount *m, struct dentry *root);
/* Copy m and what is below it; unbindable ones are left out, or all kept (for a new name space). */
struct mount *mount_clone_tree(struct mount *m, struct dentry *root, bool recursive, bool all);
void mount_drop_tree(struct mount *m); /* a tree that is in no name space */
struct mount *mount_next(const struct mount *m, const struct mount *top); /* pre-order */

/* vfs_propagate.c */
/* Calls fn for every place (no reference kept) that at is propagated to; type of the copies made there by *peer / *master. */
struct propagation {
	struct path at;
	bool slave; /* below a slave: the copy's master is the group of what it was copied from */
};
int propagate_collect(const struct path *at, struct propagation **ret, unsigned int *ret_n);
bool propagate_busy(struct mount *m);
void propagate_umount(struct mount *m);
int mount_change_type(struct mount *m, uint32_t type, bool recursive);
void mount_tree_share(struct mount *m);
void mount_tree_unshare(struct mount *m);
void mount_tree_enslave(struct mount *m);

/* --- open files --------------------------------------------------------------------------------- */

struct files {
	uint32_t refs;
	struct file **fd;
	uint64_t *cloexec;
	unsigned int size; /* slots; a multiple of 64 */
	unsigned int low;  /* no free slot below */
};

int fs_context_init(void);
int files_init(void);
int exec_files_init(void);
int core_files_init(void);
int anon_files_init(void);
int mount_init(void);

struct file *file_alloc(uint32_t flags); /* NULL: file_alloc_error() says why */
int file_alloc_error(void);
struct inode *anon_inode_alloc(uint32_t mode);
int file_open_at(const struct path *p, uint32_t flags, struct file *f);
struct fs_context *fs_context_copy(const struct fs_context *c);

/* vfs_lock.c: a process closes a descriptor of the file; an open file goes away. */
void locks_close(struct file *f, struct files *owner);
void locks_release(struct file *f);
void locks_free(struct inode *inode);

#endif
