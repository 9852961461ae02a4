/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of the file layer and their operations. Reading order: inode (a file, whatever its kind), dentry (a name, cached), mount (a file system at a
 * place), path (mount + dentry), file (an open file), files (a descriptor table).
 *
 * References: x_get and x_put; a structure that is returned through ret_* carries one reference for the caller. The big lock protects
 * everything; operations marked "may sleep" may drop it. inode->lock (a sleeping lock) is held by the caller where a member says so.
 */
#ifndef VFS_VFS_H
#define VFS_VFS_H

#include "abi/abi_stat.h"
#include "core/wait_queue.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/mm.h"
#include "mm/user_copy.h"

struct dentry;
struct file;
struct inode;
struct mount;
struct super_block;
struct task;
struct poll_table;
struct file_lock_state; /* vfs/vfs_lock.c: posix, ofd and flock locks of an inode */
struct watch_list;	/* fs/anon/inotify.c */

/* A place in the tree: a name on a mount. Holds a reference of both. */
struct path {
	struct mount *mount;
	struct dentry *dentry;
};

struct timespec_k {
	int64_t sec;
	int32_t nsec;
};

/* --- inodes ------------------------------------------------------------------------------------- */

struct inode {
	uint32_t refs;
	struct super_block *sb;
	uint64_t ino;
	uint32_t mode; /* S_IF* and permissions */
	uint32_t nlink;
	uint32_t uid, gid;
	uint64_t rdev; /* major << 32 | minor for devices */
	uint64_t size;
	uint64_t blocks; /* of 512 bytes */
	uint32_t blksize;
	struct timespec_k atime, mtime, ctime, btime;
	uint32_t
		attributes; /* STATX_ATTR_*, as getattr says; sb->attributes_mask tells which can be set */
	bool no_atime; /* reading does not change its atime (chattr +A) */
	uint64_t version;
	const struct inode_ops *ops;
	const struct file_ops *
		fops; /* what open gives to the file; NULL for kinds that vfs/ opens itself (fifos, devices, sockets) */
	struct sleep_lock lock;
	struct mapping_source mapping; /* if the kind can be mapped */
	struct file_lock_state *locks;
	struct watch_list *watches;
	int write_count;	/* > 0: open for writing; < 0: being executed (ETXTBSY) */
	uint32_t seals;		/* F_SEAL_*; F_SEAL_SEAL where sealing is not offered */
	bool linkable;		/* an unnamed file (O_TMPFILE) that linkat may give a name */
	void *pipe, *socket;	/* the object behind a fifo or a bound socket */
	struct list_head names; /* dentries in the cache that name it */
	struct list_head sb_link;
	void *private; /* the file system's */
};

struct iattr {
	uint32_t valid; /* ATTR_* */
	uint32_t mode, uid, gid;
	uint64_t size;
	struct timespec_k atime, mtime;
};
enum {
	ATTR_MODE = 1,
	ATTR_UID = 2,
	ATTR_GID = 4,
	ATTR_SIZE = 8,
	ATTR_ATIME = 16,
	ATTR_MTIME = 32,
	ATTR_CTIME = 64
};

/* A directory reader's sink: returns false when it is full. type: DT_*. next_pos: what to continue from after this entry. */
struct dir_sink {
	bool (*emit)(struct dir_sink *s, const char *name, size_t len, uint64_t ino,
		     unsigned int type, uint64_t next_pos);
};

/*
 * All optional unless said; NULL means -EPERM for changes of a directory (a read-only kind), -EOPNOTSUPP for the rest. The caller has checked
 * permissions, name length (255), read-only mounts, and holds dir->lock (both directories' for rename, in address order). All may sleep.
 */
struct inode_ops {
	/* Required for directories. Fill *ret (a reference) or return -ENOENT. */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **ret);
	int (*create)(struct inode *dir, const char *name, size_t len, uint32_t mode,
		      struct inode **ret);
	int (*mkdir)(struct inode *dir, const char *name, size_t len, uint32_t mode,
		     struct inode **ret);
	int (*mknod)(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		     struct inode **ret);
	int (*symlink)(struct inode *dir, const char *name, size_t len, const char *target,
		       struct inode **ret);
	int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*rmdir)(struct inode *dir, const char *name, size_t len, struct inode *target);
	/* flags: RENAME_EXCHANGE only (NOREPLACE was checked); to_inode NULL if the name is free. */
	int (*rename)(struct inode *from_dir, const char *from, size_t from_len,
		      struct inode *inode, struct inode *to_dir, const char *to, size_t to_len,
		      struct inode *to_inode, unsigned int flags);
	/* An unnamed file (O_TMPFILE). */
	int (*tmpfile)(struct inode *dir, uint32_t mode, struct inode **ret);
	/* Symbolic links: the target into buf (not terminated); its length. */
	ssize_t (*readlink)(struct inode *inode, char *buf, size_t len);
	/* Magic links (/proc/PID/fd/N, exe, cwd): jump straight to a path instead of reading text. */
	int (*follow)(struct inode *inode, struct task *t, struct path *ret);
	/* Dynamic attributes before stat; default: the inode's fields are right. */
	int (*getattr)(struct inode *inode);
	/* Apply a; permission and ATTR_SIZE limits were checked. Default: copy into the inode (no ATTR_SIZE). */
	int (*setattr)(struct inode *inode, const struct iattr *a);
	/* xattrs: name with its prefix. get: bytes, -ENODATA, -ERANGE (len 0: the size). list: names separated by NUL. */
	ssize_t (*getxattr)(struct inode *inode, const char *name, void *value, size_t len);
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t len,
			int flags);
	ssize_t (*listxattr)(struct inode *inode, char *list, size_t len);
	int (*removexattr)(struct inode *inode, const char *name);
	/* Permission beyond mode bits (procfs). Return 0, -EACCES, or 1 for "use the mode bits". */
	int (*permission)(struct inode *inode, int mask);
};

struct inode *inode_alloc(
	struct super_block *
		sb); /* one reference; ino from the super block's counter; times now; NULL: memory */
/* Mode, owner and times of a into the inode, as a->valid says; the size is the file system's work. */
void inode_copy_attr(struct inode *inode, const struct iattr *a);
void inode_get(struct inode *inode);
void inode_put(
	struct
	inode *inode); /* the last put of an inode without names frees it (super_ops->evict); may sleep */
void inode_times_now(struct inode *inode,
		     uint32_t which); /* ATTR_ATIME | ATTR_MTIME | ATTR_CTIME */

/* Owner and mode of a new inode: the current task's, group and set-group-ID bit by the directory (NULL: none). */
void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode);

/* mapping_ops.describe for an inode: one of its names. */
void inode_describe(struct inode *inode, char *buf, size_t len, uint64_t *ret_dev,
		    uint64_t *ret_ino);

/* MAY_* against the current task's credentials. 0 or -EACCES. */
enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };
int inode_permission(struct inode *inode, int mask);

/* --- super blocks, file system types ------------------------------------------------------------ */

struct super_ops {
	void (*evict)(
		struct
		inode *inode); /* last reference gone: free data if nlink is 0; free private. May sleep */
	int (*statfs)(struct super_block *sb, struct abi_statfs *ret);
	int (*sync)(struct super_block *sb); /* optional; may sleep */
	int (*remount)(struct super_block *sb, uint32_t flags, const char *data);
	void (*shutdown)(struct super_block *sb); /* last unmount; may sleep */
	/* ",size=…" for /proc/PID/mounts; optional. */
	void (*show_options)(const struct super_block *sb, char *buf, size_t len);
	void (*free)(struct super_block *sb); /* optional: after the last inode; free sb->private */
};

struct super_block {
	uint32_t refs;	 /* inodes, and one while active > 0 */
	uint32_t active; /* mounts, and whoever must keep the tree */
	const struct fs_type *type;
	const struct super_ops *ops;
	uint64_t dev; /* st_dev */
	uint64_t magic;
	uint32_t flags;	  /* MS_RDONLY */
	uint32_t writers; /* sum of its inodes' counts of opens for writing */
	uint64_t next_ino;
	uint64_t max_bytes;
	uint32_t attributes_mask;   /* STATX_ATTR_* that its inodes may have */
	bool no_btime;		    /* it does not know when a file was made */
	bool whole_seconds;	    /* of its times */
	int64_t time_min, time_max; /* seconds that its inodes can hold; both 0: all */
	struct dentry *root;
	bool no_dentry_cache; /* names may change behind vfs' back (procfs): look up each time */
	bool own_umask; /* takes the umask off new modes itself: not where a default ACL stands */
	char source[256];
	void *private;
};

struct fs_type {
	const char *name;
	bool needs_device;
	/* Make or find a super block for a mount with that source and data; sb->root set. May sleep. */
	int (*mount)(const struct fs_type *type, const char *source, uint32_t flags,
		     const char *data, struct super_block **ret);
	struct list_head link;
};
void fs_type_register(struct fs_type *type);
struct fs_type *fs_type_find(const char *name);

void super_activate(struct super_block *sb);   /* somebody needs the tree: a mount, or the kernel */
void super_deactivate(struct super_block *sb); /* the last one shuts it down; may sleep */
void super_put(struct super_block *sb);
void super_sync_all(void); /* sync(2): all file systems, then super_sync_devices; may sleep */
/* What was written through the nodes of disks becomes durable. Set by drivers. May sleep. */
extern void (*super_sync_devices)(void);
/* Names were made or removed below the file layer: what is cached and unused goes, missing names are looked up again. May sleep. */
void super_forget_names(struct super_block *sb);
struct super_block *super_alloc(const struct fs_type *type,
				const struct super_ops *ops);	/* anonymous st_dev */
int super_set_root(struct super_block *sb, struct inode *root); /* takes over the reference */
/* Mount data "name=value,name,…": set is called for each, value NULL where there is none; its first error ends it and is returned. NULL data is no options. -ENOMEM. */
typedef int (*mount_option_fn)(void *arg, const char *name, const char *value);
int mount_options_each(const char *data, mount_option_fn set, void *arg);

/* --- names -------------------------------------------------------------------------------------- */

/* For "..": the inode number of the directory above; of d itself at a root. */
uint64_t dentry_parent_ino(const struct dentry *d);
/* Forget the names that nobody uses (/proc/sys/vm/drop_caches). May sleep. */
void vfs_drop_caches(void);
struct inode *dentry_inode(const struct dentry *d); /* no reference; NULL for a negative entry */
void path_get(const struct path *p);
void path_put(struct path *p); /* also clears it; may sleep */

enum {
	LOOKUP_FOLLOW = 1,    /* follow a final symbolic link */
	LOOKUP_DIRECTORY = 2, /* the result must be a directory */
	LOOKUP_NO_SYMLINKS = 4,
	LOOKUP_NO_MAGICLINKS = 8,
	LOOKUP_NO_XDEV = 16,
	LOOKUP_BENEATH = 32,
	LOOKUP_IN_ROOT = 64, /* openat2 */
	LOOKUP_EMPTY = 128,  /* an empty name is dirfd itself (AT_EMPTY_PATH) */
	LOOKUP_PARENT = 256, /* internal */
};

/*
 * Walk name from dirfd (AT_FDCWD or a descriptor of the current task). -ENOENT, -ENOTDIR, -ELOOP (40 links), -EACCES, -ENAMETOOLONG, -EBADF. May sleep.
 */
int path_lookup(int dirfd, const char *name, unsigned int flags, struct path *ret);
/* From a given place, for the kernel itself. */
int path_lookup_at(const struct path *base, const char *name, unsigned int flags, struct path *ret);
/* Mount a file system of that type for the kernel itself: no guest finds it in a mount namespace. References in *ret, for path_put. May sleep. */
int vfs_mount_hidden(const char *type, struct path *ret);
/* fs.protected_symlinks, _hardlinks, _regular, _fifos of sysctl. */
extern int protected_symlinks, protected_hardlinks, protected_regular, protected_fifos;
/* A user string into a fresh buffer of PATH_MAX; -EFAULT, -ENAMETOOLONG, -ENOENT for an empty one unless allow_empty. Free with kfree. */
int path_name_from_user(uaddr_t name, bool allow_empty, char **ret);
/*
 * The path as seen from root (NULL: the current task's): "(unreachable)" before what lies outside, " (deleted)" behind what has no name. A pointer into
 * buf or NULL if it does not fit.
 */
char *path_to_string(const struct path *p, const struct path *root, char *buf, size_t len);
struct inode *path_inode(const struct path *p);

/* --- open files --------------------------------------------------------------------------------- */

struct file {
	uint32_t refs;
	struct path path; /* of an anonymous file: an unlinked name in a tree of the kernel's own */
	struct inode *inode; /* a reference */
	const struct file_ops *ops;
	uint32_t flags; /* O_*; access mode in the low bits */
	bool can_read, can_write;
	bool is_writer;	   /* counted in inode->write_count */
	bool denies_write; /* open for execution: write_count is negative meanwhile */
	uint64_t pos;
	struct sleep_lock pos_lock;
	const struct cred *cred;       /* of the opener; a reference */
	struct wait_queue *poll_queue; /* where readiness is announced; NULL: always ready */
	int owner_pid, owner_signo;    /* F_SETOWN, F_SETSIG */
	struct list_head epoll_items;
	uint32_t in_flight; /* a Unix socket's: references that are from messages */
	uint64_t readahead;
	void *private;
};

/*
 * All optional: missing read -EINVAL, poll always ready, ioctl -ENOTTY, mmap -ENODEV, fsync -EINVAL, llseek per flags. `pos` is the file's position or
 * pread's; advance it by what was done. read and write return bytes, 0 at the end, or -errno; -EAGAIN if O_NONBLOCK and nothing can be done.
 */
struct file_ops {
	int (*open)(struct inode *inode, struct file *file); /* after the generic part */
	void (*release)(struct file *file);		     /* last reference; may sleep */
	int (*flush)(struct file *file);		     /* each close(2) */
	ssize_t (*read)(struct file *file, struct iov_iter *to, uint64_t *pos);
	ssize_t (*write)(
		struct file *file, struct iov_iter *from,
		uint64_t *
			pos); /* regular files: inode->lock is held, O_APPEND and limits were handled */
	int (*readdir)(struct file *file,
		       struct dir_sink *sink); /* from file->pos, which it advances */
	uint32_t (*poll)(
		struct file *file,
		struct poll_table *table); /* POLL* now; adds its queues to table if not NULL */
	int64_t (*ioctl)(struct file *file, unsigned int cmd, uint64_t arg);
	/* fcntl commands of one kind (F_SETPIPE_SZ, F_ADD_SEALS); vfs/ knows the general ones. Missing: -EINVAL (-EBADF for pipe sizes). */
	int64_t (*fcntl)(struct file *file, int cmd, uint64_t arg);
	/* What mmap maps; the default is &inode->mapping if its ops are set. Gives no reference. */
	int (*mmap)(struct file *file, uint64_t offset, uint64_t len, uint32_t prot, bool shared,
		    struct mapping_source **ret);
	int (*fsync)(struct file *file, bool data_only);
	int64_t (*llseek)(struct file *file, int64_t offset, int whence);
	int (*fallocate)(struct file *file, int mode, uint64_t offset,
			 uint64_t len); /* inode->lock is held */
	/* Text for /proc/PID/fdinfo/N. */
	void (*show_fdinfo)(struct file *file, char *buf, size_t len);
	bool no_seek; /* pipes, sockets, ttys: lseek is -ESPIPE, pread too */
	bool no_pos;  /* read and write ignore the position and need no pos_lock */
};

/* open(2)'s work: flags O_*, mode for creation. LOOKUP_* extra for openat2. A reference in *ret. May sleep. */
int file_open(int dirfd, const char *name, uint32_t flags, uint32_t mode, unsigned int lookup,
	      struct file **ret);
int file_open_path(const struct path *p, uint32_t flags, struct file **ret);
/* An anonymous file ("anon_inode:[name]"): eventfd, epoll, pidfd … mode bits 0600. */
int file_create_anon(const char *name, const struct file_ops *ops, void *private, uint32_t flags,
		     struct file **ret);
void file_get(struct file *f);
void file_put(struct file *f);

/*
 * What /proc/PID/fd/N shows: a path (" (deleted)" behind it), "pipe:[ino]", "socket:[ino]", "anon_inode:[name]". A pointer into buf; NULL
 * if it does not fit.
 */
char *file_describe(struct file *f, char *buf, size_t len);

/* As the calls of the same name, with access checks, on kernel or user memory. May sleep. */
ssize_t file_read(struct file *f, struct iov_iter *to, uint64_t *pos);
ssize_t file_write(struct file *f, struct iov_iter *from, uint64_t *pos);
/* For the kernel itself: a plain buffer at an offset. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos);

/* --- descriptor tables -------------------------------------------------------------------------- */

struct file *
fd_get(int fd); /* of the current task: a reference, or NULL (-EBADF); O_PATH files are refused */
struct file *fd_get_raw(int fd); /* O_PATH too */
struct file *fd_get_of(struct task *t, int fd);
/* The lowest free descriptor >= min, below RLIMIT_NOFILE. Takes over the reference on success. -EMFILE. */
int fd_install(struct file *f, int min, bool cloexec);
/* -EMFILE if there is no free descriptor now: asked before a call has effects that cannot be taken back. */
int fd_room(void);
int fd_close(int fd);
/* Visit all of a task's: fn returns false to stop. For /proc/PID/fd. */
void fd_for_each(struct task *t, bool (*fn)(void *ctx, int fd, struct file *f), void *ctx);
bool fd_is_cloexec(struct task *t, int fd);

/* --- readiness ---------------------------------------------------------------------------------- */

/* A poller collects queues; file_ops->poll calls poll_wait for each queue that may change the answer. */
struct poll_table {
	void (*add)(struct poll_table *t, struct wait_queue *q);
};

static inline void poll_wait(struct poll_table *t, struct wait_queue *q)
{
	if (t)
		t->add(t, q);
}

uint32_t file_poll(struct file *f, struct poll_table *t);

/* --- the task's place in the tree --------------------------------------------------------------- */

struct fs_context {
	uint32_t refs;
	struct path root, cwd;
	uint32_t umask;
};

/* The current task's; 0 for the kernel's own. */
uint32_t current_umask(void);
/* What vfs/ has to take off the mode of something that is made in dir. */
uint32_t umask_for(const struct inode *dir);

/* --- devices ------------------------------------------------------------------------------------ */

#define MKDEV(major, minor) (((uint64_t)(major) << 32) | (uint32_t)(minor))
#define DEV_MAJOR(d)	    ((uint32_t)((d) >> 32))
#define DEV_MINOR(d)	    ((uint32_t)(d))

/* Drivers fill the table, devtmpfs makes the nodes, opening a node finds the driver. */
struct device {
	uint64_t rdev;
	bool is_block;
	uint32_t mode; /* permissions of the node */
	uint32_t uid, gid;
	const char *name; /* path below /dev; NULL: no node */
	const struct file_ops *fops;
	void *private; /* file->private gets this before fops->open */
	struct list_head link;
};
int device_register(struct device *d); /* -EEXIST */
void device_unregister(struct device *d);
struct device *device_find(uint64_t rdev, bool is_block);
extern struct list_head device_list;
/* devtmpfs is told of devices that come and go. */
extern void (*device_changed)(struct device *d, bool added);

/* --- mounts ------------------------------------------------------------------------------------- */

struct mount {
	uint32_t refs;
	int id;
	struct super_block *sb;
	struct mount *parent; /* NULL for a root */
	struct dentry *mountpoint;
	struct dentry *root; /* what is seen at the place (bind mounts: a subtree) */
	uint32_t flags;	     /* MNT_* as MS_* bits: RDONLY NOSUID NODEV NOEXEC NOATIME RELATIME */
	int peer_group, master_group; /* propagation */
	bool unbindable;
	struct list_head ns_link, children, child_link;
	struct list_head all_link; /* every mount of the kernel, for propagation */
	char *source;		   /* as given to mount(2) */
	struct mount *copy;	   /* while a tree is being copied */
	bool expire_mark;	   /* MNT_EXPIRE has seen it unused once */
	uint64_t collected;	   /* by this round of propagation */
	struct mount_ns *ns;
};

/* The very first mount: makes the namespace of the first task and its root. */
int mount_root(struct super_block *sb, struct task *first);
int mount_do(const char *source, const char *target, const char *type, uint32_t flags,
	     const char *data);
int mount_umount(const char *target, int flags);
int mount_pivot_root(const char *new_root, const char *put_old);
/* /proc/PID/mounts is readable "anew" (POLLERR | POLLPRI) when this changes; readers wait on the queue. */
uint64_t mount_event(struct task *t, struct wait_queue **ret_queue);
/* unshare(2): a private copy of what the current task shares. */
int mount_ns_unshare(void);
int files_unshare(void);
int fs_context_unshare(void);

#endif
