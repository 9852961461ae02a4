/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring that holds the last bytes of a console. Readers keep a position (bytes since the ring was made) of their own and take
 * what they have not seen; a reader that was overtaken finds its position moved and is told by how much. So any number of
 * readers costs nothing here, and none can hold the writer up.
 */
#ifndef DAEMON_MONITOR_SCROLLBACK_H
#define DAEMON_MONITOR_SCROLLBACK_H

#include <stddef.h>
#include <stdint.h>

struct scrollback {
	uint8_t *buf;
	size_t size_bytes;
	uint64_t head; /* position of the next byte to be written */
};

int scrollback_init(struct scrollback *s, size_t size_bytes);
void scrollback_done(struct scrollback *s);

/* More bytes than the ring holds are fine: the last ones stay. */
void scrollback_append(struct scrollback *s, const void *data, size_t len);

/* Position of the oldest byte that is still there. */
uint64_t scrollback_oldest(const struct scrollback *s);

/*
 * Copy at most len bytes from *pos on and move *pos behind them. If bytes at *pos are gone already, *pos is first
 * moved to the oldest and *ret_lost is how many were skipped (else 0). A position beyond the head reads nothing.
 */
size_t scrollback_read(const struct scrollback *s, uint64_t *pos, void *buf, size_t len,
		       uint64_t *ret_lost);

#endif
