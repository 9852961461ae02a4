// SPDX-License-Identifier: GPL-2.0-or-later
/* Growing texts. */
#include "fs/procfs/procfs.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define TEXT_MAX (16u << 20)

static bool text_room(struct proc_text *x, size_t more)
{
	size_t size = x->size ? x->size : 512;
	char *p;

	if (x->failed)
		return false;
	while (size < x->len + more + 1)
		size *= 2;
	if (size > TEXT_MAX) {
		x->failed = true;
		return false;
	}
	if (size == x->size)
		return true;
	p = krealloc(x->buf, size);
	if (!p) {
		x->failed = true;
		return false;
	}
	x->buf = p;
	x->size = size;
	return true;
}

void text_add(struct proc_text *x, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = format_str_va(NULL, 0, fmt, ap);
	va_end(ap);
	if (!text_room(x, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)format_str_va(x->buf + x->len, x->size - x->len, fmt, ap);
	va_end(ap);
	x->len += (size_t)n;
}

void text_add_bytes(struct proc_text *x, const void *data, size_t len)
{
	if (!text_room(x, len))
		return;
	memcpy(x->buf + x->len, data, len);
	x->len += len;
	x->buf[x->len] = '\0';
}
