/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory devices: null, zero, full, random, urandom, kmsg. */
#ifndef DRIVERS_MEM_H
#define DRIVERS_MEM_H

int mem_init(void);

#endif
