/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching to a console. The stream goes straight to the guest's monitor: once it is open, umld may come and go.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "cli/cli_verb.h"

/*
 * Attach until the user detaches or the stream ends, and tell why it ended. ctl->exit_code is set if the guest
 * crashed. A fatal signal ends the process by that signal, terminal restored.
 */
int console_run(struct ctl *ctl, const char *name, unsigned int console, bool readonly,
		struct error *err);

/* console.attach; returns the stream. */
int console_open(struct ctl *ctl, const char *name, unsigned int console, bool readonly,
		 struct error *err);

/* An optional console number among the arguments. */
int console_number(const struct verb_call *call, unsigned int arg, unsigned int *ret,
		   struct error *err);

/* What is known of how a stream ended. */
struct console_end {
	char state[16], reason[32];
	char bye[512];
	bool said_bye;
};

/* Keep a STATE frame's contents. */
void console_note_state(struct console_end *end, const void *payload, size_t len);

/*
 * Print on standard error why a console's stream has ended, asking umld if the monitor did not say. Sets
 * ctl->exit_code to 1 after a panic, a kill or a failure.
 */
void console_tell_end(struct ctl *ctl, const char *name, const struct console_end *end);

#endif
