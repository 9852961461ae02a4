/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Help, all of it made from the verb table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cli_verb.h"

/* The page without a verb, and a verb's page. */
void help_overview(FILE *out);
void help_verb(const struct verb *v, FILE *out);

/* "umlctl 0.1.0" */
void help_version(FILE *out);

#endif
