/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client side of the management console protocol of User Mode Linux: datagrams on a Unix socket, magic
 * 0xcafebabe, version 2, host byte order. Asynchronous: the caller owns the event loop, sends with
 * mconsole_send and calls mconsole_receive when mconsole_fd is readable. One command in flight.
 *
 * The peer is a guest kernel and may be hostile: replies are accepted only from the address the request was sent
 * to, lengths are checked, and an answer is cut at MCONSOLE_ANSWER_MAX.
 */
#ifndef COMMON_MCONSOLE_H
#define COMMON_MCONSOLE_H

#include <stdint.h>

#include "common/error.h"

#define MCONSOLE_MAGIC	    0xcafebabeu
#define MCONSOLE_VERSION    2u
#define MCONSOLE_DATA_MAX   512u
#define MCONSOLE_ANSWER_MAX (64u * 1024)

enum mconsole_notify_type {
	MCONSOLE_NOTIFY_SOCKET = 0, /* payload: path of the console's socket; the kernel is up */
	MCONSOLE_NOTIFY_PANIC = 1,  /* payload: the panic's text */
	MCONSOLE_NOTIFY_HANG = 2,
	MCONSOLE_NOTIFY_USER = 3,
};

struct mconsole_notify {
	enum mconsole_notify_type type;
	char text[MCONSOLE_DATA_MAX]; /* NUL-terminated, control bytes replaced by '?' */
};

/* Decode one notify datagram. -EBADMSG if it is not one. */
int mconsole_notify_parse(const void *data, size_t len, struct mconsole_notify *ret);

struct mconsole;

/* A client for the socket at path (not connected yet). Autobound abstract address, non-blocking. */
int mconsole_new(const char *path, struct mconsole **ret);
void mconsole_free(struct mconsole *m);
int mconsole_fd(const struct mconsole *m);

/*
 * Send one command, at most 511 bytes. -EBUSY if one is in flight, -EMSGSIZE, -ENOENT/-ECONNREFUSED if nobody
 * listens. A late answer to an abandoned command is dropped (see mconsole_abandon).
 */
int mconsole_send(struct mconsole *m, const char *command);

/*
 * Take what has arrived. Returns 1 when the answer is complete (text and status are then valid until the next
 * send; status 0 is OK, else the peer's error number), 0 if more is to come, -errno on failure (the command is over then; after
 * -EBADMSG call mconsole_abandon before the next one). The text is valid UTF-8 but may have control bytes.
 */
int mconsole_receive(struct mconsole *m);
const char *mconsole_answer(const struct mconsole *m, int *ret_status);

/*
 * Give up waiting; the client uses a fresh address from now on so that a late answer is not taken for another. mconsole_fd
 * changes: stop watching the old descriptor before the call. -errno leaves everything as it was.
 */
int mconsole_abandon(struct mconsole *m);

#endif
