/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers that the files of procfs/ share. */
#ifndef FS_PROCFS_PROCFS_INODE_H
#define FS_PROCFS_PROCFS_INODE_H

#include "fs/procfs/procfs.h"

/* A name that is a decimal number without leading zeros. */
bool procfs_parse_number(const char *name, size_t len, int *ret);

/* procfs_fd.c: the folders fd and fdinfo. */
int proc_fd_lookup(const struct proc_target *p, const char *name, size_t len,
		   const struct proc_entry **ret_entry, struct proc_target *ret_target);
bool proc_fd_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos);
int proc_fdinfo_lookup(const struct proc_target *p, const char *name, size_t len,
		       const struct proc_entry **ret_entry, struct proc_target *ret_target);
bool proc_fdinfo_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos);

/* procfs_debug.c */
int proc_show_syscall(struct proc_text *x, const struct proc_target *p);
int proc_show_stack(struct proc_text *x, const struct proc_target *p);
int proc_show_personality(struct proc_text *x, const struct proc_target *p);
int proc_show_dump_filter(struct proc_text *x, const struct proc_target *p);
ssize_t proc_write_dump_filter(const struct proc_target *p, const char *text, size_t len);

/* procfs_pid_status.c */
int proc_show_stat(struct proc_text *x, const struct proc_target *p);
int proc_show_task_stat(struct proc_text *x, const struct proc_target *p);
int proc_show_statm(struct proc_text *x, const struct proc_target *p);
int proc_show_status(struct proc_text *x, const struct proc_target *p);

/* procfs_maps.c */
int proc_show_maps(struct proc_text *x, const struct proc_target *p);
int proc_show_smaps(struct proc_text *x, const struct proc_target *p);
extern const struct file_ops proc_mem_fops;

#endif
