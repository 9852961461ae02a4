/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's two ways to speak with a kernel, for one run: the notify socket, on which the kernel announces that it is up
 * or that it has panicked, and a queue of mconsole commands, one in flight, each answered within 10 s or failed. The
 * kernel may be hostile: what it sends is bounded, checked and cleaned.
 */
#ifndef DAEMON_MONITOR_MCONSOLE_LINK_H
#define DAEMON_MONITOR_MCONSOLE_LINK_H

#include <uv.h>

#include "common/error.h"
#include "daemon/monitor/run_config.h"

struct mconsole_link;

struct mconsole_link_ops {
	void (*up)(void *ctx); /* once */
	void (*panicked)(void *ctx, const char *text);
};

/* Called exactly once for each command: err is NULL and status, text are the answer, or err says why there is none. */
typedef void (*mconsole_answer_fn)(void *ctx, int status, const char *text,
				   const struct error *err);

/* Makes uml_dir anew. */
int mconsole_link_new(uv_loop_t *loop, const struct run_config *config,
		      const struct mconsole_link_ops *ops, void *ctx, struct mconsole_link **ret,
		      struct error *err);

/* Commands that wait are failed. NULL is fine. */
void mconsole_link_free(struct mconsole_link *l);

/* BUSY if too many wait already; then, and on any other failure, fn is not called. fn may be NULL. */
int mconsole_link_send(struct mconsole_link *l, const char *command, mconsole_answer_fn fn,
		       void *ctx, struct error *err);

/* The kernel is gone: take the notifications that it still sent. */
void mconsole_link_drain(struct mconsole_link *l);

#endif
