/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log: a ring of records that syslog(2), /dev/kmsg and mconsole read, and that boot prints to the console. May be called by any thread, locked or
 * not; never sleeps.
 */
#ifndef CORE_KLOG_H
#define CORE_KLOG_H

#include "lib/types.h"

enum {
	KLOG_EMERG,
	KLOG_ALERT,
	KLOG_CRIT,
	KLOG_ERR,
	KLOG_WARNING,
	KLOG_NOTICE,
	KLOG_INFO,
	KLOG_DEBUG
};

void klog(int level, const char *fmt, ...) printf_like(2, 3);

#define pr_err(...)	klog(KLOG_ERR, __VA_ARGS__)
#define pr_warning(...) klog(KLOG_WARNING, __VA_ARGS__)
#define pr_info(...)	klog(KLOG_INFO, __VA_ARGS__)
#define pr_debug(...)	klog(KLOG_DEBUG, __VA_ARGS__)

struct klog_record {
	uint64_t seq;	  /* from 0, without gaps */
	uint64_t time_ns; /* since boot */
	int level;
	char text[512]; /* one line, no newline */
};

/* The first record with a number of at least seq. false if there is none yet. */
bool klog_read(uint64_t seq, struct klog_record *ret);
uint64_t klog_next_seq(void);

/* Records below this level (numerically) are also written to the host descriptor; boot sets it, the tty driver replaces it by registering a writer. */
void klog_set_console(int host_fd, int level);
void klog_set_writer(void (*write)(const char *text, size_t len));

/* Woken whenever a record is added (under the big lock by the next vCPU that holds it). */
struct wait_queue;
struct wait_queue *klog_queue(void);

#endif
