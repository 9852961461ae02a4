/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of the I/O thread (ktimer.c); called once by sched_init, before any timer or watch is used. 0 or -errno. */
#ifndef CORE_IO_THREAD_H
#define CORE_IO_THREAD_H

int io_thread_start(void);

#endif
