// SPDX-License-Identifier: GPL-2.0-or-later
/* syslog(2): reading the kernel log as text, and which messages go to the console. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_reboot.h"
#include "core/klog.h"
#include "core/wait_queue.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

#define LINE_MAX   640
#define LOG_BYTES  262144 /* what SIZE_BUFFER answers */
#define CONSOLE_FD 1

/* READ goes on from here, also inside a record. */
static uint64_t read_seq;
static size_t read_offset;
static uint64_t clear_seq;
static int console_level = 7, saved_level = -1;

static size_t format_line(const struct klog_record *r, char *line)
{
	int n = format_str(line, LINE_MAX, "<%d>[%5llu.%06llu] %s\n", r->level,
			   (unsigned long long)(r->time_ns / NSEC_PER_SEC),
			   (unsigned long long)(r->time_ns % NSEC_PER_SEC / 1000), r->text);

	return MIN((size_t)n, (size_t)LINE_MAX - 1);
}

static int64_t log_read(uint64_t buf, size_t len)
{
	struct klog_record rec;
	char line[LINE_MAX];
	size_t done = 0;

	while (!klog_read(read_seq, &rec)) {
		int r = wait_queue_sleep(klog_queue(), NO_DEADLINE, WAIT_INTERRUPTIBLE);

		if (r < 0)
			return r;
	}
	while (done < len && klog_read(read_seq, &rec)) {
		size_t n = format_line(&rec, line), part;

		if (rec.seq != read_seq)
			read_offset = 0; /* some were lost */
		read_seq = rec.seq;
		part = MIN(n - MIN(n, read_offset), len - done);
		if (copy_to_user(UADDR(buf + done), line + read_offset, part) < 0)
			return done > 0 ? (int64_t)done : -EFAULT;
		done += part;
		read_offset += part;
		if (read_offset < n)
			break;
		read_seq++;
		read_offset = 0;
	}
	return (int64_t)done;
}

/* The newest records since the last clear that fit. */
static int64_t log_read_all(uint64_t buf, size_t len, bool clear)
{
	uint64_t end = klog_next_seq(), seq;
	struct klog_record rec;
	char line[LINE_MAX];
	size_t total = 0, done = 0;

	for (seq = clear_seq; seq < end && klog_read(seq, &rec); seq = rec.seq + 1)
		total += format_line(&rec, line);
	for (seq = clear_seq; total > len && klog_read(seq, &rec); seq = rec.seq + 1)
		total -= format_line(&rec, line);
	for (; seq < end && klog_read(seq, &rec); seq = rec.seq + 1) {
		size_t n = format_line(&rec, line);

		if (done + n > len)
			break;
		if (copy_to_user(UADDR(buf + done), line, n) < 0)
			return -EFAULT;
		done += n;
	}
	if (clear)
		clear_seq = end;
	return (int64_t)done;
}

static int64_t unread_bytes(void)
{
	struct klog_record rec;
	char line[LINE_MAX];
	size_t total = 0;

	for (uint64_t seq = read_seq; klog_read(seq, &rec); seq = rec.seq + 1)
		total += format_line(&rec, line);
	return (int64_t)(total - MIN(total, read_offset));
}

/* Messages below this level go to the console. */
static int64_t set_console_level(int level)
{
	console_level = level;
	klog_set_console(CONSOLE_FD, level - 1);
	return 0;
}

static int64_t console_switch(int action, uint64_t level)
{
	if (action == SYSLOG_ACTION_CONSOLE_OFF) {
		if (saved_level < 0)
			saved_level = console_level;
		return set_console_level(1);
	}
	if (action == SYSLOG_ACTION_CONSOLE_ON) {
		int back = saved_level;

		saved_level = -1;
		return back < 0 ? 0 : set_console_level(back);
	}
	if ((int)level < 1 || (int)level > 8)
		return -EINVAL;
	saved_level = -1;
	return set_console_level((int)level);
}

SYSCALL_HANDLER(sys_syslog)
{
	int action = (int)a[0];
	size_t len = (size_t)(int)a[2];

	(void)t;
	if (action != SYSLOG_ACTION_READ_ALL && action != SYSLOG_ACTION_SIZE_BUFFER &&
	    !capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (action >= SYSLOG_ACTION_READ && action <= SYSLOG_ACTION_READ_CLEAR) {
		if (a[1] == 0 || (int)a[2] < 0)
			return -EINVAL;
		if (len == 0)
			return 0;
	}
	switch (action) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0;
	case SYSLOG_ACTION_READ:
		return log_read(a[1], len);
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		return log_read_all(a[1], len, action == SYSLOG_ACTION_READ_CLEAR);
	case SYSLOG_ACTION_CLEAR:
		clear_seq = klog_next_seq();
		return 0;
	case SYSLOG_ACTION_CONSOLE_OFF:
	case SYSLOG_ACTION_CONSOLE_ON:
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		return console_switch(action, a[2]);
	case SYSLOG_ACTION_SIZE_UNREAD:
		return unread_bytes();
	case SYSLOG_ACTION_SIZE_BUFFER:
		return LOG_BYTES;
	default:
		return -EINVAL;
	}
}
