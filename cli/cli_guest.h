/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers that the guest verbs share.
 */
#ifndef CLI_GUEST_H
#define CLI_GUEST_H

#include "cli/cli_table.h"
#include "cli/cli_verb.h"

/* A params object {"name": name}. */
struct json_object *guest_params(const char *name);

/* guest.start with progress. */
int guest_start(struct ctl *ctl, const char *name, struct json_object **ret, struct error *err);

/* "running", or "stopped (panic)"; buf of 64 bytes. */
const char *guest_state_text(struct json_object *guest, char *buf, size_t len);
enum table_colour guest_state_colour(struct json_object *guest);

/* One thing done to one name; ret gets a document about it. */
typedef int (*name_fn)(struct ctl *ctl, const struct verb_call *call, const char *name,
		       struct json_object **ret, struct error *err);

/*
 * Do it for every name of the call, going on after a failure; failures are printed as they happen, ctl->exit_code is the first
 * one's. Prints "NAME: state" for each, or with -o json an array at the end.
 */
int names_each(struct ctl *ctl, const struct verb_call *call, name_fn fn, struct error *err);

#endif
