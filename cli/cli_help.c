// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Help pages, and the two plain listings that completion and the check of the manual page read: `help --list` (one verb a
 * line) and `help --options VERB` (one option a line: NAME, a blank, its value or "-").
 */
#include "cli/cli_help.h"

#include <string.h>

#include "cli/cli_args.h"
#include "cli/cli_output.h"

#define INDENT 26

static const char *const group_titles[GROUP_MAX] = {
	[GROUP_GUEST] = "Guests", [GROUP_LOOK] = "Looking inside", [GROUP_IMAGE] = "Images",
	[GROUP_JOB] = "Jobs",	  [GROUP_OTHER] = "Other",
};

static void print_option(const struct verb_option *o, FILE *out)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", o->letter ? '-' : ' ',
		       o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
		       o->value ? " " : "", o->value ? o->value : "");
	if (strlen(left) >= INDENT)
		(void)fprintf(out, "%s\n%*s%s\n", left, INDENT, "", o->summary);
	else
		(void)fprintf(out, "%-*s%s\n", INDENT, left, o->summary);
}

static void print_options(const char *title, const struct verb_option *o, FILE *out)
{
	if (!o)
		return;
	(void)fprintf(out, "\n%s:\n", title);
	for (; o->name; o++)
		print_option(o, out);
}

void help_overview(FILE *out)
{
	(void)fputs(
		"umlctl creates, runs and connects User Mode Linux guests; umld does the work.\n"
		"\nusage: umlctl [GLOBAL OPTIONS] VERB [OPTIONS] [ARGUMENTS]\n",
		out);
	for (int group = 0; group < GROUP_MAX; group++) {
		(void)fprintf(out, "\n%s:\n", group_titles[group]);
		for (const struct verb *v = verb_table; v->name; v++) {
			char left[64];

			if ((int)v->group != group)
				continue;
			(void)snprintf(left, sizeof(left), "  %s %s", v->name, v->args);
			(void)fprintf(out, "%-*s  %s\n", INDENT, left, v->summary);
		}
	}
	print_options("Global options", global_options, out);
	(void)fputs("\nA first guest, and its console:  umlctl create gonzo --console\n"
		    "More on a verb:                  umlctl help VERB\n",
		    out);
}

void help_verb(const struct verb *v, FILE *out)
{
	(void)fprintf(out, "usage: umlctl %s%s%s%s\n\n%s.\n", v->name,
		      v->options ? " [OPTIONS]" : "", *v->args ? " " : "", v->args, v->summary);
	if (v->help)
		(void)fprintf(out, "\n%s\n", v->help);
	print_options("Options", v->options, out);
	(void)fputs("\nGlobal options (-o json, -q, ...) are listed by `umlctl help`.\n", out);
}

void help_version(FILE *out)
{
	(void)fprintf(out, "umlctl %s\n", UMLD_VERSION);
}

static void list_options(const struct verb_option *o)
{
	for (; o && o->name; o++)
		(void)printf("--%s %s\n", o->name, o->value ? o->value : "-");
}

int verb_help(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	char name[64] = "";
	const struct verb *v;

	for (unsigned int i = 0; i < call->n_args && i < 2; i++)
		(void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%s",
			       i ? " " : "", call->args[i]);
	v = *name ? verb_find(name) : NULL;
	if (call_given(call, "list")) {
		for (v = verb_table; v->name; v++)
			(void)printf("%s\n", v->name);
	} else if (call_given(call, "options")) {
		list_options(v ? v->options : NULL);
		list_options(global_options);
		if (v && *v->args)
			(void)printf("%s\n", v->args);
	} else if (v) {
		help_verb(v, stdout);
	} else if (*name) {
		bool found = false;
		size_t len = strlen(name);

		for (v = verb_table; v->name; v++)
			if (strncmp(v->name, name, len) == 0 && v->name[len] == ' ') {
				(void)printf("umlctl %s %s\n    %s\n", v->name, v->args,
					     v->summary);
				found = true;
			}
		if (!found) {
			const char *near = verb_suggest(name);
			int r = error_set(err, ERROR_USAGE, "unknown-verb",
					  "there is no verb \"%s\"", name);

			error_hint(err,
				   near ? "did you mean `umlctl help %s`?"
					: "`umlctl help` lists all verbs%.0s",
				   near ? near : "");
			return r;
		}
	} else {
		help_overview(stdout);
	}
	return output_check(err);
}

int verb_version(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_error struct error why = ERROR_INIT;
	cleanup_json struct json_object *hello = NULL;
	cleanup_json struct json_object *doc = json_object_new_object();
	int r = ctl_call(ctl, "system.hello", NULL, &hello, &why);

	if (ctl->json) {
		json_object_object_add(doc, "umlctl", json_object_new_string(UMLD_VERSION));
		if (r >= 0)
			json_object_object_add(doc, "umld", json_object_get(hello));
		return print_json(doc, err);
	}
	help_version(stdout);
	if (r < 0)
		note(ctl, "%s", why.message ? why.message : "umld does not answer");
	else
		(void)printf("umld %s, %s mode, pid %lld, state in %s\n",
			     member_string(hello, "version"), member_string(hello, "mode"),
			     (long long)member_int(hello, "pid"),
			     member_string(hello, "state_dir"));
	return output_check(err);
}
