/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devpts: the names of pseudo-terminals. Each mount is an instance of its own. */
#ifndef FS_DEVPTS_H
#define FS_DEVPTS_H

int devpts_init(void);

#endif
