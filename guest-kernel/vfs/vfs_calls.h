/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file calls behind the system calls: each does what the call of that name does, with names and structures already in kernel memory. All may sleep
 * and return 0 (or what is said) or -errno. Names are relative to dirfd as in the *at calls.
 */
#ifndef VFS_VFS_CALLS_H
#define VFS_VFS_CALLS_H

#include "abi/abi_fcntl.h"
#include "vfs/vfs.h"

struct abi_pollfd;

/* vfs_file.c: read and write at the file's own position, and move it. */
ssize_t file_read_next(struct file *f, struct iov_iter *to);
ssize_t file_write_next(struct file *f, struct iov_iter *from);
int64_t file_seek(struct file *f, int64_t offset, int whence);
int64_t file_seek_to(struct file *f, uint64_t base, int64_t offset);
/* A file system's llseek. seek_data finds the next data or hole from an offset inside the file on and ends with file_seek_to; -ENXIO: there is none. */
typedef int64_t (*file_seek_data_fn)(struct file *f, uint64_t offset, bool hole);
int64_t file_seek_generic(struct file *f, int64_t offset, int whence, file_seek_data_fn seek_data);
int file_fsync(struct file *f, bool data_only);
int file_size_limit(const struct inode *inode, uint64_t pos, uint64_t *len);

/* vfs_fdtable.c */
int fd_replace(struct file *f, int fd,
	       bool cloexec); /* dup2: keeps the reference of f on success */
int fd_set_cloexec(int fd, bool on);
int fd_close_range(unsigned int first, unsigned int last, unsigned int flags);

/* vfs_change.c, vfs_rename.c */
int vfs_mkdir(int dirfd, const char *name, uint32_t mode);
int vfs_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev);
int vfs_symlink(const char *target, int dirfd, const char *name);
int vfs_link(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags);
int vfs_unlink(int dirfd, const char *name);
int vfs_rmdir(int dirfd, const char *name);
int vfs_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned int flags);

/* vfs_attr.c */
int vfs_chmod(const struct path *p, uint32_t mode);
int vfs_chown(const struct path *p, uint32_t uid, uint32_t gid); /* UINT_MAX: keep */
/* times NULL: now. nsec may be UTIME_NOW or UTIME_OMIT. */
int vfs_utimens(const struct path *p, const struct timespec_k times[2]);
int vfs_truncate(const struct path *p, uint64_t size);
int vfs_ftruncate(struct file *f, uint64_t size);
int vfs_fallocate(struct file *f, int mode, int64_t offset, int64_t len);
int vfs_access(int dirfd, const char *name, int mode, int flags);
int vfs_statfs(const struct path *p, struct abi_statfs *ret);
void vfs_fill_stat(const struct path *p, struct inode *inode, struct abi_stat *ret);
void vfs_fill_statx(const struct path *p, struct inode *inode, struct abi_statx *ret);
int vfs_getattr(struct inode *inode);
ssize_t vfs_readlink(int dirfd, const char *name, char *buf, size_t len);

/* vfs_getdents.c: entries as getdents64 lays them out, into a kernel buffer; bytes. old: struct linux_dirent. */
ssize_t vfs_getdents(struct file *f, char *buf, size_t len, bool old);

/* vfs_xattr.c; f NULL: by path. */
ssize_t vfs_getxattr(const struct path *p, const char *name, void *value, size_t len);
int vfs_setxattr(const struct path *p, const char *name, const void *value, size_t len, int flags);
ssize_t vfs_listxattr(const struct path *p, char *list, size_t len);
int vfs_removexattr(const struct path *p, const char *name);

/* vfs_lock.c */
int lock_get(struct file *f, struct abi_flock *l, bool ofd);
int lock_set(struct file *f, const struct abi_flock *l, bool ofd, bool wait);
int lock_flock(struct file *f, int op);

/* vfs_poll.c: deadline as in wait_queue_sleep. How many are ready, 0, -ERESTARTNOHAND. */
int poll_wait_for(struct abi_pollfd *fds, unsigned int n, uint64_t deadline_ns);
/* Bit sets of n bits, read and overwritten; each may be NULL. */
int select_wait_for(unsigned int n, uint64_t *in, uint64_t *out, uint64_t *ex,
		    uint64_t deadline_ns);

/* vfs_context calls */
int vfs_chdir(const struct path *p);
int vfs_chroot(const struct path *p);
/* Length with the terminator, or -ERANGE, -ENOENT. */
ssize_t vfs_getcwd(char *buf, size_t len);

/* vfs_map.c: what mmap(2) of a file comes to. */
int64_t vfs_mmap(struct file *f, uint64_t hint, uint64_t len, uint32_t prot, uint32_t flags,
		 uint64_t offset);

#endif
