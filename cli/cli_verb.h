/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a verb is. The one table of verbs (cli_verbs.c) is the only place that knows names, arguments and options: the
 * parser, help, completion, and the check of umlctl(1) all read it. The functions behind the verbs are
 * declared here because they all have the same shape.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include <json-c/json.h>
#include <stdbool.h>

#include "cli/cli_client.h"
#include "cli/cli_progress.h"
#include "common/error.h"

#define CALL_VALUES_MAX 128
#define VERB_MANY	1024u /* max_args of a verb that takes any number */

/* How an option's word becomes a parameter of the request. */
enum option_kind {
	OPTION_FLAG,	/* no word; true */
	OPTION_STRING,	/* as it is; sizes and durations too, umld reads those */
	OPTION_INT,	/* a whole number */
	OPTION_PATH,	/* made absolute; "none" clears it */
	OPTION_DISKS,	/* FILE[,ro], repeatable, made absolute; "none" means no disks */
	OPTION_STRINGS, /* words with commas between them, repeatable */
};

struct verb_option {
	const char *name; /* without the dashes; NULL ends a list */
	char letter;	  /* or 0 */
	enum option_kind kind;
	const char *value; /* what help and completion call the word; "a|b" are choices */
	const char
		*param; /* the request's parameter that it fills, or NULL: the verb asks for it */
	const char *summary; /* one line, no full stop */
};

enum verb_group { GROUP_GUEST, GROUP_LOOK, GROUP_IMAGE, GROUP_JOB, GROUP_OTHER, GROUP_MAX };

struct ctl;
struct verb_call;

struct verb {
	const char *name; /* "start", "image build" */
	enum verb_group group;
	const char *args; /* as usage shows them: "GUEST...", "" for none */
	unsigned int min_args, max_args;
	const struct verb_option *options; /* or NULL */
	const char *summary;
	const char *help; /* paragraphs, without a newline at the end */
	/* 0 (ctl->exit_code counts), or negative with err set. */
	int (*run)(struct ctl *ctl, const struct verb_call *call, struct error *err);
};

/* Both end with a NULL name. */
extern const struct verb verb_table[];
extern const struct verb_option global_options[];

struct call_value {
	const struct verb_option *option;
	const char *value; /* NULL for flags */
};

/* A parsed command line; all strings are borrowed from argv. */
struct verb_call {
	const struct verb *verb;
	bool want_help, want_version;
	const char *const *args;
	unsigned int n_args;
	const char **args_storage;
	struct call_value values[CALL_VALUES_MAX];
	unsigned int n_values;
};

/* What one run of umlctl has. */
struct ctl {
	const char *socket; /* --socket, or NULL */
	bool json, quiet;
	int exit_code; /* of a verb that reported a failure by itself and went on */
	struct progress progress;
	struct client client;
};

/* The last word given for an option, or NULL; whether it was given at all. */
const char *call_option(const struct verb_call *call, const char *name);
bool call_given(const struct verb_call *call, const char *name);

/* Put all options that have a param into an object. USAGE if a number is none. */
int call_params(const struct verb_call *call, struct json_object *params, struct error *err);

/* client_call with the connection of ctl. */
int ctl_call(struct ctl *ctl, const char *method, struct json_object *params,
	     struct json_object **ret_result, struct error *err);

int verb_create(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_set(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_show(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_list(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_start(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_stop(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_kill(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_restart(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_pause(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_resume(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_wait(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_delete(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_rename(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_mconsole(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_console(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_log(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_image_build(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_image_import(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_image_list(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_image_show(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_image_delete(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_job_list(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_job_show(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_job_wait(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_job_cancel(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_events(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_rpc(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_help(struct ctl *ctl, const struct verb_call *call, struct error *err);
int verb_version(struct ctl *ctl, const struct verb_call *call, struct error *err);

#endif
