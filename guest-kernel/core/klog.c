// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel log ring. A tiny spin lock of its own guards it, so that any thread may log, with or without the big lock; it is held for
 * a copy of one line only.
 */
#include "core/klog.h"
#include "core/big_lock.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"
#include "host/host_thread.h"
#include "lib/string.h"

#define KLOG_RECORDS 512

static struct klog_record ring[KLOG_RECORDS];
static uint64_t next_seq;
static uint32_t ring_busy;
static int console_fd = -1;
static int console_level = KLOG_DEBUG;
static void (*console_write)(const char *text, size_t len);
static struct wait_queue queue = WAIT_QUEUE_INIT(queue);

static void ring_lock(void)
{
	while (__atomic_exchange_n(&ring_busy, 1, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
}

static void ring_unlock(void)
{
	__atomic_store_n(&ring_busy, 0, __ATOMIC_RELEASE);
}

static void console_line(const struct klog_record *r)
{
	char line[sizeof(r->text) + 64];
	int n = format_str(line, sizeof(line), "[%5llu.%06llu] %s\n",
			   (unsigned long long)(r->time_ns / NSEC_PER_SEC),
			   (unsigned long long)(r->time_ns % NSEC_PER_SEC / 1000), r->text);

	if (n >= (int)sizeof(line))
		n = (int)sizeof(line) - 1;
	if (console_write && big_lock_held())
		console_write(line, (size_t)n);
	else if (console_fd >= 0)
		host_write_raw(console_fd, line, (size_t)n);
}

void klog(int level, const char *fmt, ...)
{
	struct klog_record r = { .time_ns = host_monotonic_ns(), .level = level };
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)format_str_va(r.text, sizeof(r.text), fmt, ap);
	va_end(ap);
	n = strlen(r.text);
	while (n > 0 && r.text[n - 1] == '\n')
		r.text[--n] = '\0';
	ring_lock();
	r.seq = next_seq;
	ring[next_seq % KLOG_RECORDS] = r;
	next_seq++;
	ring_unlock();
	if (level <= console_level)
		console_line(&r);
	if (big_lock_held())
		wait_queue_wake_all(&queue);
}

bool klog_read(uint64_t seq, struct klog_record *ret)
{
	bool found = false;

	ring_lock();
	if (next_seq > KLOG_RECORDS && seq < next_seq - KLOG_RECORDS)
		seq = next_seq - KLOG_RECORDS;
	if (seq < next_seq) {
		*ret = ring[seq % KLOG_RECORDS];
		found = true;
	}
	ring_unlock();
	return found;
}

uint64_t klog_next_seq(void)
{
	return next_seq;
}

void klog_set_console(int host_fd, int level)
{
	console_fd = host_fd;
	console_level = level;
}

void klog_set_writer(void (*write)(const char *text, size_t len))
{
	console_write = write;
}

struct wait_queue *klog_queue(void)
{
	return &queue;
}
