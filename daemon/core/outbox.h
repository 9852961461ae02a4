/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that wait to be written to a non-blocking stream socket, with the descriptors that travel with them. Used
 * towards clients and towards monitors. Knows no event loop: the owner flushes when the socket is writable and
 * decides how much may wait. Zero-initialise.
 */
#ifndef DAEMON_CORE_OUTBOX_H
#define DAEMON_CORE_OUTBOX_H

#include <stddef.h>

struct outbox_item;

struct outbox {
	struct outbox_item *head, *tail;
	size_t bytes; /* not yet written */
};

/* Both line (malloc'ed, NUL-terminated) and the descriptors are taken over, on failure too. At most RPC_FDS_MAX. */
int outbox_add(struct outbox *o, char *line, const int *fds, unsigned int n_fds);

/* Write what the socket takes. 1: all is written, 0: more waits, -errno: the peer is gone. */
int outbox_flush(struct outbox *o, int sock);

void outbox_done(struct outbox *o);

#endif
