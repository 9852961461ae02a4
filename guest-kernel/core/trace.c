// SPDX-License-Identifier: GPL-2.0-or-later
/* Trace channels. A line goes to the host's standard error in one write. */
#include "core/trace.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "host/host_clock.h"
#include "host/host_thread.h"
#include "lib/string.h"

uint32_t trace_mask;

static const char *const channel_names[TRACE_MAX] = {
	[TRACE_STRACE] = "strace", [TRACE_SCHED] = "sched",   [TRACE_FAULT] = "fault",
	[TRACE_VFS] = "vfs",	   [TRACE_BLOCK] = "block",   [TRACE_NET] = "net",
	[TRACE_TTY] = "tty",	   [TRACE_SIGNAL] = "signal", [TRACE_EXEC] = "exec",
};

const char *trace_channel_name(enum trace_channel c)
{
	return c < TRACE_MAX ? channel_names[c] : NULL;
}

void trace_write(enum trace_channel c, const char *function, const char *fmt, ...)
{
	char line[1024];
	struct task *t = current_task();
	uint64_t now = host_monotonic_ns();
	va_list ap;
	int n = format_str(line, sizeof(line), "%llu.%06llu %s cpu%d %d(%s) %s: ",
			   (unsigned long long)(now / NSEC_PER_SEC),
			   (unsigned long long)(now % NSEC_PER_SEC / 1000), channel_names[c],
			   current_vcpu(), t ? t->tid : 0, t ? t->comm : "io", function);

	if (n >= (int)sizeof(line))
		n = (int)sizeof(line) - 1;
	va_start(ap, fmt);
	n += format_str_va(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	host_write_raw(2, line, (size_t)n);
}

static int channel_bits(const char *word, size_t len, uint32_t *ret)
{
	for (unsigned int c = 0; c < TRACE_MAX; c++) {
		if (strlen(channel_names[c]) == len && memcmp(channel_names[c], word, len) == 0) {
			*ret = 1u << c;
			return 0;
		}
	}
	if (len == 3 && memcmp(word, "all", 3) == 0) {
		*ret = (1u << TRACE_MAX) - 1;
		return 0;
	}
	return -EINVAL;
}

int trace_set(const char *list)
{
	bool relative = *list == '+' || *list == '-';
	uint32_t mask = relative ? trace_mask : 0;

	if (strcmp(list, "none") == 0) {
		trace_mask = 0;
		return 0;
	}
	while (*list) {
		const char *end = strchr(list, ',');
		size_t len = end ? (size_t)(end - list) : strlen(list);
		bool off = *list == '-';
		uint32_t bits = 0;
		int r;

		if (*list == '+' || off) {
			list++;
			len--;
		}
		r = channel_bits(list, len, &bits);
		if (r < 0)
			return r;
		mask = off ? mask & ~bits : mask | bits;
		list += len + (end ? 1 : 0);
	}
	trace_mask = mask;
	return 0;
}
