/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The anonymous kinds: pipes, epoll, eventfd, timerfd, signalfd, inotify, pidfd, splice. What their files share, and the functions behind their
 * system calls. All under the big lock. Functions that make a descriptor return it, or -errno.
 */
#ifndef FS_ANON_ANON_H
#define FS_ANON_ANON_H

#include "abi/abi_fcntl.h"
#include "vfs/vfs.h"

int anon_init(void);

/* --- limits (anon_user.c) ----------------------------------------------------------------------- */

/* What one user has of things that are bounded for each user. */
struct anon_user {
	struct list_head link;
	uint32_t uid, refs;
	uint64_t pipe_pages;
	unsigned int inotify_instances, inotify_watches, epoll_watches, fds_in_flight;
};
struct anon_user *anon_user_get(uint32_t uid); /* a reference; NULL: memory */
void anon_user_put(struct anon_user *u);       /* NULL is fine */

/* Memory that guests make the kernel keep, bounded by a share of mem=. False: it would be too much. */
bool must_check anon_charge(size_t bytes);
void anon_uncharge(size_t bytes);

/* --- common pieces ------------------------------------------------------------------------------ */

/* SIGPIPE to the current task. */
void send_sigpipe(void);

/* file_create_anon and fd_install in one: O_CLOEXEC and O_NONBLOCK of flags are honoured. private is not freed on failure. */
int anon_fd(const char *name, const struct file_ops *ops, void *private, uint32_t flags);

/* lseek of most kinds: does nothing, successfully. */
int64_t anon_llseek(struct file *f, int64_t offset, int whence);

/* A descriptor of the current task if it is of that kind: a reference. -EBADF, or wrong_kind. */
int anon_file_of(int fd, const struct file_ops *ops, int wrong_kind, struct file **ret);

/* Nanoseconds of a timespec: -EINVAL unless it is normal and not negative; capped far in the future. */
int timespec_to_ns(const struct abi_timespec *ts, uint64_t *ret);

/* --- the kinds ---------------------------------------------------------------------------------- */

int eventfd_create(uint64_t initial, uint32_t flags); /* EFD_* */
int ktimerfd_create(int clock, uint32_t flags);
struct abi_itimerspec;
int ktimerfd_settime(int fd, uint32_t flags, const struct abi_itimerspec *value,
		     struct abi_itimerspec *ret_old);
int ktimerfd_gettime(int fd, struct abi_itimerspec *ret);
int signalfd_set(int fd, uint64_t mask, uint32_t flags);
int inotify_create(uint32_t flags);
/* What inotify_watch would say of the descriptor and the mask: Linux judges them before it reads the name. */
int inotify_watch_check(int fd, uint32_t mask);
int inotify_watch(int fd, const char *name, uint32_t mask);
int inotify_unwatch(int fd, int wd);
int kinotify_init(void);
int epoll_init(void);
int pidfd_init(void);

#endif
