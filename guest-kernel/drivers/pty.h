/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix98 pseudo-terminals. fs/devpts.c, above this folder, numbers them and shows the slaves; it registers how. An instance is one mount with names and
 * numbers of its own.
 */
#ifndef DRIVERS_PTY_H
#define DRIVERS_PTY_H

#include "lib/types.h"

struct file;
struct path;
struct tty;

struct pty_names_ops {
	/* The instance that an open of this ptmx file belongs to: the file system it lies in, or what is mounted on "pts" beside it. A reference. -ENODEV. */
	int (*instance_of)(struct file *ptmx, void **ret);
	void (*instance_put)(void *instance);
	/* A free number, and a name for it that opens the slave (pty_open_slave). -ENOSPC, -ENOMEM. */
	int (*add)(void *instance, struct tty *slave);
	void (*remove)(void *instance, int number);
	/* Where the slave is found by the opener of this ptmx file, for TIOCGPTPEER. */
	int (*find)(struct file *ptmx, void *instance, int number, struct path *ret);
};
extern const struct pty_names_ops *pty_names;

extern const struct file_ops ptmx_fops; /* open makes a new pair */

/* devpts' nodes: the file's open. slave: what the node was made for. */
int pty_open_slave(struct tty *slave, struct file *f);

int pty_init(void);

#endif
