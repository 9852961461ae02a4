/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of fs_operations share: chance, names, and a line of output for each operation. */
#ifndef FS_OPERATIONS_H
#define FS_OPERATIONS_H

#include <sys/types.h>

#include "fs_random.h"

#define MAX_FILE (6u << 20)
#define BUFFER	 (1u << 20)

extern struct fs_random rnd;
extern unsigned char buffer[BUFFER];

unsigned int below(unsigned int n); /* 0 … n - 1 */
/* "what name: result", or the error's name for a negative result. */
void said(const char *what, const char *name, long result);
/* One of some 60 names in up to three levels; long ones among them. */
const char *some_name(char buf[512]);
const char *some_dir(char buf[512]);
unsigned int some_offset(void);
unsigned int some_length(void);
/* open(2) of some name; what went wrong has been said. */
int open_some(int flags, char name[512]);

/* fs_op_contents.c */
void op_write(void);
void op_read(void);
void op_truncate(void);
void op_fallocate(void);
void op_map(void);
void op_map_changes(void);
void op_copy(void);
void op_direct(void);
void op_seek(void);

/* fs_op_attributes.c */
void op_attributes(void);
void op_xattr(void);
void op_acl(void);
void op_flags(void);
void op_stat(void);
void op_changed_times(void);
void op_as_user(void);
void op_sync(void);
void op_file_system(void);
void op_remount(void);

#endif
