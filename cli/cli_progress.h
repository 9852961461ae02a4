/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shown on standard error while umlctl waits for longer than a second: a bar (or a counter of seconds where the
 * end is not known) on a terminal, else a line for each phase. Nothing is drawn before the first
 * second is over, so that quick commands stay quiet.
 *
 * The caller owns the waiting: it polls with progress_timeout_ms and calls progress_tick when that has run out. Call
 * progress_end before anything else is printed.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"

struct progress {
	bool enabled; /* set once: not with -q, --no-progress */
	bool is_tty;  /* set once: standard error is a terminal */
	bool active, drawn;
	bool has_end; /* per_mille means something */
	unsigned int per_mille, printed_per_mille;
	int64_t began_ms, next_ms;
	char label[96];
	char phase[64], printed_phase[64];
};

void progress_begin(struct progress *p, const char *fmt, ...) printf_like(2, 3);
void progress_update(struct progress *p, unsigned int per_mille, const char *phase);
void progress_end(struct progress *p);

/* Milliseconds until progress_tick wants to be called; -1: never. */
int progress_timeout_ms(const struct progress *p);
void progress_tick(struct progress *p);

/* The monotonic clock. */
int64_t clock_now_ms(void);

#endif
