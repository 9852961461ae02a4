/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc. Entries are data: tables of struct proc_entry, made into inodes when they are looked up. A file's text is made whole when it is read from
 * position 0 and served from memory after that, so a reader sees one moment.
 *
 * Upper layers add files at the top (or in one folder below it) with procfs_register.
 */
#ifndef FS_PROCFS_PROCFS_H
#define FS_PROCFS_PROCFS_H

#include "lib/types.h"
#include "vfs/vfs.h"

/* A growing text; printing after a failure does nothing. */
struct proc_text {
	char *buf;
	size_t len, size;
	bool failed;
};

void text_add(struct proc_text *x, const char *fmt, ...) printf_like(2, 3);
void text_add_bytes(struct proc_text *x, const void *data, size_t len);

/* What an entry speaks of; task is NULL outside /proc/PID. fd: in /proc/PID/fd and fdinfo. */
struct proc_target {
	struct task *task;
	int fd;
};

enum proc_kind { PROC_FILE, PROC_DIR, PROC_LINK };

/* Who may read: the mode bits alone, or also the ptrace rule of the target. */
enum proc_guard { PROC_OPEN, PROC_PTRACE };

struct proc_entry {
	const char *name;
	enum proc_kind kind;
	uint32_t mode; /* permissions; the owner is the target task's euid, or root */
	enum proc_guard guard;
	/* FILE: may sleep; 0 or -errno. */
	int (*show)(struct proc_text *x, const struct proc_target *p);
	/* FILE: the whole of one write, at most a page, terminated. Bytes taken or -errno. */
	ssize_t (*write)(const struct proc_target *p, const char *text, size_t len);
	/* FILE with operations of its own (mem, kmsg, mounts with poll): used instead of show and write. */
	const struct file_ops *fops;
	/* LINK: its text, or (follow) where it leads. */
	int (*readlink)(char *buf, size_t len, const struct proc_target *p);
	int (*follow)(const struct proc_target *p, struct path *ret);
	/* DIR: a table ended by a NULL name, or functions. */
	const struct proc_entry *children;
	int (*lookup)(const struct proc_target *p, const char *name, size_t len,
		      const struct proc_entry **ret_entry, struct proc_target *ret_target);
	/* Emit entries from *pos (0 at the start; . and .. are emitted by the caller); false: the sink is full. */
	bool (*readdir)(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos);
	/* Permission bits that change while the entry lives. Optional. */
	uint32_t (*mode_now)(const struct proc_target *p);
};

/* 0 or -errno; mounts nothing. */
int procfs_init(const char *command_line);

/* Mount a tree of entries of another kind (sysfs): a super block whose root is root_entry. 0 or -errno. */
int procfs_mount_table(const struct fs_type *type, const struct proc_entry *root_entry,
		       uint64_t magic, uint32_t flags, struct super_block **ret);

/* Add a file below /proc: "net/unix", "umlk/lock". The entry must live on. -EEXIST, -ENOENT (unknown folder), -ENOMEM. */
int procfs_register(const char *folder, const struct proc_entry *entry);

/* For fops of an entry: whom the open file speaks of; the task is looked up anew, NULL when it is gone. */
struct task *procfs_file_task(const struct file *f);

/* procfs_disks.c. alone: without the number and the name in front, as sysfs has it. */
struct block_device;
int procfs_show_diskstats(struct proc_text *x, const struct proc_target *p);
int procfs_show_partitions(struct proc_text *x, const struct proc_target *p);
void procfs_disk_stats(struct proc_text *x, const struct block_device *d, bool alone);

/* procfs_sysrq.c */
ssize_t procfs_write_sysrq(const struct proc_target *p, const char *text, size_t len);

/* Tables of the other files. */
extern const struct proc_entry proc_root_entries[];
extern const struct proc_entry proc_pid_entries[];  /* /proc/PID */
extern const struct proc_entry proc_task_entries[]; /* /proc/PID/task/TID */
extern const struct proc_entry proc_sys_entries[];
extern const char *proc_command_line;

/* drivers/ lies below and cannot be told; boot/ connects these to the tty code: the controlling terminal's device number and foreground group. */
struct thread_group;
extern int (*proc_tty_number)(const struct thread_group *g);
extern int (*proc_tty_pgrp)(const struct thread_group *g);

#endif
