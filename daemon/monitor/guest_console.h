/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One console of a guest: the pty, the scrollback ring, the log and the viewers. Kernels come and go (restarts), the console
 * stays. Output goes into the ring only; log and viewers read from there (console_log.h, console_viewer.h), so neither can
 * hold the guest up. Input goes through a small queue: while the guest does not take it, no more is read from viewers.
 */
#ifndef DAEMON_MONITOR_GUEST_CONSOLE_H
#define DAEMON_MONITOR_GUEST_CONSOLE_H

#include <stdbool.h>
#include <uv.h>

#include "common/console_proto.h"
#include "common/error.h"
#include "daemon/monitor/console_log.h"
#include "daemon/monitor/scrollback.h"

#define CONSOLE_INPUT_BYTES \
	(3u * CONSOLE_PAYLOAD_MAX) /* more than one read from a viewer can yield */
#define CONSOLE_VIEWERS_MAX 1000u

struct console_viewer;

struct guest_console {
	uv_loop_t *loop;
	const char *guest; /* borrowed */
	unsigned int index;
	int master, slave; /* the slave stays open so that the pty survives between two kernels */
	uv_poll_t poll;
	struct scrollback ring;
	struct console_log *log;
	uint64_t run_start; /* ring position at which the present run began */

	uint8_t input[CONSOLE_INPUT_BYTES];
	size_t input_len, input_sent;

	struct console_viewer *viewers; /* the most recently active first */
	unsigned int n_viewers;

	/* What viewers are still to be told; each remembers how far it is. */
	char state_json[512];
	uint64_t state_seq, state_pos; /* state_pos: told after the output before it */
	char *bye;		       /* not NULL: the last frame */
	void (*viewers_gone_fn)(void *ctx);
	void *viewers_gone_ctx;
};

int guest_console_new(uv_loop_t *loop, int guest_dirfd, const char *guest, unsigned int index,
		      uint64_t log_bytes, struct guest_console **ret, struct error *err);

/* Closes the handles; the memory goes when the loop has run once more. The log must be idle or abandoned. NULL is fine. */
void guest_console_free(struct guest_console *c);

/*
 * Before a kernel starts: the terminal gets its first settings again, the run's output begins here, and the caller gets a slave
 * descriptor (CLOEXEC) with an open file description that no earlier kernel has touched. -errno.
 */
int guest_console_begin_run(struct guest_console *c);

/* Take what is still in the pty after the kernel's end. */
void guest_console_drain(struct guest_console *c);

/* The last bytes (at most max) of this run's output as clean text; NULL if there is no memory. */
char *guest_console_tail(const struct guest_console *c, size_t max);

/* A viewer's stream (connected Unix stream socket); taken over in any case. */
int guest_console_attach(struct guest_console *c, int fd, bool readonly, struct error *err);

void guest_console_tell_state(struct guest_console *c, const char *state, const char *reason);

/* Viewers get what they have not seen, then BYE, and are closed. fn is called when the last one is gone (not if there is none). */
void guest_console_say_bye(struct guest_console *c, const char *text, void (*fn)(void *ctx),
			   void *ctx);

/* --- for console_viewer.c ----------------------------------------------------------------------- */

/* Keyboard input; only while guest_console_takes_input. */
bool guest_console_takes_input(const struct guest_console *c);
void guest_console_input(struct guest_console *c, const uint8_t *data, size_t len);

void guest_console_set_size(struct guest_console *c, unsigned int cols, unsigned int rows);

#endif
