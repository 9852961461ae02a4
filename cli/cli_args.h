/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From argv to a verb_call. Options may stand anywhere ("--" ends them), global ones before the verb too. Everything that
 * is wrong is a USAGE error whose sentence names the word and whose hint names the nearest right one.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/cli_verb.h"

/*
 * Fills ret (release with args_done even after a failure) and the global settings of ctl. With --help or --version
 * the number of arguments is not checked.
 */
int args_parse(struct ctl *ctl, int argc, char **argv, struct verb_call *ret, struct error *err);
void args_done(struct verb_call *call);

/* The verb of that name ("start", "image build"), or NULL. */
const struct verb *verb_find(const char *name);

/* The verb somebody may have meant, or NULL if nothing is near. */
const char *verb_suggest(const char *word);

#endif
