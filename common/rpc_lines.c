// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes in, lines out; see rpc.h. Linear in the bytes that pass through, however they are cut: each
 * byte is looked at once when it comes, once when its line is taken, and moved at most once in
 * between (rpc_lines_next compacts only when no whole line is left, and then only what follows the
 * lines that were taken).
 */
#include "common/rpc.h"

#include <string.h>

#define FIRST_SIZE 512u

void rpc_lines_done(struct rpc_lines *l)
{
	if (!l)
		return;
	free(l->buf);
	*l = (struct rpc_lines){ .max = l->max };
}

static size_t line_max(const struct rpc_lines *l)
{
	return l->max ? l->max : RPC_LINE_MAX;
}

/*
 * The length of the trailing partial line once data has come, or -EMSGSIZE if any line on the way
 * is too long.
 */
static ssize_t measure_lines(size_t max, size_t partial, const char *data, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(data, '\n', len);
		size_t n = newline ? (size_t)(newline - data) : len;

		if (n > max - partial)
			return -EMSGSIZE;
		partial = newline ? 0 : partial + n;
		if (newline)
			n++;
		data += n;
		len -= n;
	}
	return (ssize_t)partial;
}

/* Room for need bytes behind len. */
static int reserve(struct rpc_lines *l, size_t need)
{
	size_t unread = l->len - l->start;
	size_t size = l->size ? l->size : FIRST_SIZE;
	char *grown;

	if (l->size - l->len >= need)
		return 0;
	/* Worth moving only if that frees at least as much as is moved. */
	if (l->start >= unread && l->start > 0) {
		memmove(l->buf, l->buf + l->start, unread);
		l->start = 0;
		l->len = unread;
		if (l->size - l->len >= need)
			return 0;
	}
	while (size - l->len < need)
		size *= 2;
	grown = realloc(l->buf, size);
	if (!grown)
		return -ENOMEM;
	l->buf = grown;
	l->size = size;
	return 0;
}

int rpc_lines_feed(struct rpc_lines *l, const void *data, size_t len)
{
	ssize_t partial;
	int r;

	if (len == 0)
		return 0;
	if (l->len - l->start > line_max(l))
		return -ENOBUFS;
	partial = measure_lines(line_max(l), l->partial, data, len);
	if (partial < 0)
		return (int)partial;
	r = reserve(l, len);
	if (r < 0)
		return r;
	memcpy(l->buf + l->len, data, len);
	l->len += len;
	l->partial = (size_t)partial;
	return 0;
}

/* No whole line is left: give back what an idle connection does not need. */
static void shrink(struct rpc_lines *l)
{
	size_t unread = l->len - l->start;
	char *smaller;

	if (unread == 0) {
		rpc_lines_done(l);
		return;
	}
	if (l->start == 0)
		return;
	memmove(l->buf, l->buf + l->start, unread);
	l->start = 0;
	l->len = unread;
	if (l->size <= FIRST_SIZE || unread > l->size / 4)
		return;
	smaller = realloc(l->buf, unread < FIRST_SIZE ? FIRST_SIZE : unread);
	if (!smaller)
		return;
	l->buf = smaller;
	l->size = unread < FIRST_SIZE ? FIRST_SIZE : unread;
}

char *rpc_lines_next(struct rpc_lines *l, size_t *ret_len)
{
	size_t unread = l->len - l->start;
	char *line, *newline;
	size_t len;

	if (unread == l->partial) {
		shrink(l);
		return NULL;
	}
	line = l->buf + l->start;
	newline = memchr(line, '\n', unread);
	if (!newline)
		return NULL; /* cannot be: partial says that there is one */
	len = (size_t)(newline - line);
	l->start += len + 1;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	*ret_len = len;
	return line;
}
