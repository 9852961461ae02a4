/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of outgoing lines; see outbox.h. An item's descriptors go out with its first byte and are closed here
 * the moment the kernel has taken them.
 */
#include "daemon/core/outbox.h"

#include <string.h>

#include "common/rpc.h"

struct outbox_item {
	struct outbox_item *next;
	char *line;
	size_t len, sent;
	int fds[RPC_FDS_MAX];
	unsigned int n_fds;
};

static void item_close_fds(struct outbox_item *it)
{
	for (unsigned int i = 0; i < it->n_fds; i++)
		(void)close(it->fds[i]);
	it->n_fds = 0;
}

static void item_free(struct outbox_item *it)
{
	item_close_fds(it);
	free(it->line);
	free(it);
}

int outbox_add(struct outbox *o, char *line, const int *fds, unsigned int n_fds)
{
	struct outbox_item *it = line && n_fds <= RPC_FDS_MAX ? calloc(1, sizeof(*it)) : NULL;

	if (!it) {
		for (unsigned int i = 0; i < n_fds; i++)
			(void)close(fds[i]);
		free(line);
		return -ENOMEM;
	}
	it->line = line;
	it->len = strlen(line);
	for (unsigned int i = 0; i < n_fds; i++)
		it->fds[it->n_fds++] = fds[i];
	if (o->tail)
		o->tail->next = it;
	else
		o->head = it;
	o->tail = it;
	o->bytes += it->len;
	return 0;
}

static void outbox_drop_head(struct outbox *o)
{
	struct outbox_item *it = o->head;

	o->head = it->next;
	if (!o->head)
		o->tail = NULL;
	item_free(it);
}

int outbox_flush(struct outbox *o, int sock)
{
	while (o->head) {
		struct outbox_item *it = o->head;
		ssize_t n =
			fds_send(sock, it->line + it->sent, it->len - it->sent, it->fds, it->n_fds);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		item_close_fds(it);
		it->sent += (size_t)n;
		o->bytes -= (size_t)n;
		if (it->sent == it->len)
			outbox_drop_head(o);
	}
	return 1;
}

void outbox_done(struct outbox *o)
{
	while (o->head)
		outbox_drop_head(o);
	o->bytes = 0;
}
