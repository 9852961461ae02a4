// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line's parser. Not getopt: options must be known for each verb, may follow arguments in any
 * locale, and a wrong word shall be answered with the right one.
 */
#include "cli/cli_args.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

#define SUGGEST_WORD_MAX 31

/* What people type who know other tools. */
static const struct {
	const char *word, *verb;
} synonyms[] = {
	{ "ls", "list" },	    { "ps", "list" },	      { "rm", "delete" },
	{ "remove", "delete" },	    { "undefine", "delete" }, { "destroy", "kill" },
	{ "shutdown", "stop" },	    { "poweroff", "stop" },   { "halt", "stop" },
	{ "reboot", "restart" },    { "boot", "start" },      { "run", "start" },
	{ "new", "create" },	    { "define", "create" },   { "attach", "console" },
	{ "login", "console" },	    { "info", "show" },	      { "status", "show" },
	{ "inspect", "show" },	    { "edit", "set" },	      { "logs", "log" },
	{ "suspend", "pause" },	    { "unpause", "resume" },  { "mv", "rename" },
	{ "images", "image list" }, { "jobs", "job list" },
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verb_table; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b; words are short. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int d[SUGGEST_WORD_MAX + 1][SUGGEST_WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > SUGGEST_WORD_MAX || lb > SUGGEST_WORD_MAX)
		return UINT_MAX;
	for (unsigned int i = 0; i <= la; i++)
		d[i][0] = i;
	for (unsigned int j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

/* Keep name as the best guess for word if it is nearer than the last; a third of the letters may be wrong. */
static void consider(const char *word, const char *name, unsigned int *best, const char **ret)
{
	unsigned int distance = edit_distance(word, name);
	size_t len = strlen(word);

	if (len >= 3 && strncmp(name, word, len) == 0)
		distance = 1; /* the beginning of it */
	if (distance < *best && distance <= 1 + len / 4 && distance < len) {
		*best = distance;
		*ret = name;
	}
}

const char *verb_suggest(const char *word)
{
	unsigned int best = UINT_MAX;
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (strcmp(synonyms[i].word, word) == 0)
			return synonyms[i].verb;
	for (const struct verb *v = verb_table; v->name; v++)
		consider(word, v->name, &best, &found);
	return found;
}

/* --- finding the verb --------------------------------------------------------------------------- */

/* Whether word is the first of two-word verbs ("image"). */
static bool is_family(const char *word)
{
	size_t len = strlen(word);

	for (const struct verb *v = verb_table; v->name; v++)
		if (strncmp(v->name, word, len) == 0 && v->name[len] == ' ')
			return true;
	return false;
}

static int unknown_verb(const char *word, struct error *err)
{
	const char *near = verb_suggest(word);
	int r = error_set(err, ERROR_USAGE, "unknown-verb", "there is no verb \"%s\"", word);

	if (near)
		error_hint(err, "did you mean `umlctl %s`?", near);
	else
		error_hint(err, "`umlctl help` lists all verbs");
	return r;
}

static int family_verb(const char *family, const char *word, const struct verb **ret,
		       struct error *err)
{
	char name[2 * SUGGEST_WORD_MAX + 2];
	const struct verb *v = NULL;
	int r;

	if (word && strlen(family) + strlen(word) + 2 <= sizeof(name)) {
		(void)snprintf(name, sizeof(name), "%s %s", family, word);
		v = verb_find(name);
	}
	if (v) {
		*ret = v;
		return 0;
	}
	if (word)
		r = error_set(err, ERROR_USAGE, "unknown-verb", "there is no verb \"%s %s\"",
			      family, word);
	else
		r = error_set(err, ERROR_USAGE, "missing-verb", "\"%s\" needs a second word",
			      family);

	char list[256] = "";
	size_t len = strlen(family), used = 0;

	for (v = verb_table; v->name; v++)
		if (strncmp(v->name, family, len) == 0 && v->name[len] == ' ')
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", v->name + len + 1);
	error_hint(err, "it is one of: %s", list);
	return r;
}

/* --- options ------------------------------------------------------------------------------------ */

static const struct verb_option *option_in(const struct verb_option *list, const char *name,
					   size_t len)
{
	for (; list && list->name; list++)
		if (strlen(list->name) == len && strncmp(list->name, name, len) == 0)
			return list;
	return NULL;
}

static const struct verb_option *letter_in(const struct verb_option *list, char letter)
{
	for (; list && list->name; list++)
		if (list->letter && list->letter == letter)
			return list;
	return NULL;
}

static const struct verb_option *verb_options(const struct verb *v)
{
	return v ? v->options : NULL;
}

static int unknown_option(const struct verb *v, const char *word, struct error *err)
{
	unsigned int best = UINT_MAX;
	const char *near = NULL;
	char bare[SUGGEST_WORD_MAX + 1];
	const char *name = word + strspn(word, "-");
	int r = error_set(err, ERROR_USAGE, "unknown-option",
			  v ? "\"%s\" is no option of %s" : "\"%s\" is no global option%.0s", word,
			  v ? v->name : "");

	(void)snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(name, "="), name);
	for (const struct verb_option *o = verb_options(v); o && o->name; o++)
		consider(bare, o->name, &best, &near);
	for (const struct verb_option *o = global_options; o->name; o++)
		consider(bare, o->name, &best, &near);
	if (near)
		error_hint(err, "did you mean --%s?", near);
	else if (v)
		error_hint(err, "`umlctl help %s` lists its options", v->name);
	else
		error_hint(err, "options of a verb stand behind it; `umlctl help` tells more");
	return r;
}

static int set_global(struct ctl *ctl, struct verb_call *call, const char *name, const char *value,
		      struct error *err)
{
	if (strcmp(name, "help") == 0)
		call->want_help = true;
	else if (strcmp(name, "version") == 0)
		call->want_version = true;
	else if (strcmp(name, "quiet") == 0)
		ctl->quiet = true;
	else if (strcmp(name, "no-progress") == 0)
		ctl->progress.enabled = false;
	else if (strcmp(name, "socket") == 0)
		ctl->socket = value;
	else if (value && (strcmp(value, "json") == 0 || strcmp(value, "text") == 0))
		ctl->json = strcmp(value, "json") == 0;
	else
		return error_set(err, ERROR_USAGE, "invalid-option",
				 "--output is text or json, not \"%s\"", value ? value : "");
	return 0;
}

struct parser {
	struct ctl *ctl;
	int argc, at;
	char **argv;
	struct verb_call *call;
};

/* Note an option with its word, which is the rest of this argument or the next argument. */
static int take_option(struct parser *p, const struct verb_option *o, bool global, const char *rest,
		       struct error *err)
{
	const char *value = rest;
	struct verb_call *call = p->call;

	if (o->kind != OPTION_FLAG && !value) {
		if (p->at >= p->argc)
			return error_set(err, ERROR_USAGE, "missing-value", "--%s needs %s",
					 o->name, o->value);
		value = p->argv[p->at++];
	}
	if (global)
		return set_global(p->ctl, call, o->name, value, err);
	if (call->n_values == CALL_VALUES_MAX)
		return error_set(err, ERROR_USAGE, "too-many-options", "more than %d options",
				 CALL_VALUES_MAX);
	call->values[call->n_values++] = (struct call_value){ o, value };
	return 0;
}

static int parse_long(struct parser *p, const char *word, struct error *err)
{
	const char *name = word + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct verb_option *o = option_in(verb_options(p->call->verb), name, len);
	bool global = !o;

	if (!o)
		o = option_in(global_options, name, len);
	if (!o)
		return unknown_option(p->call->verb, word, err);
	if (o->kind == OPTION_FLAG && equals)
		return error_set(err, ERROR_USAGE, "unexpected-value", "--%s takes no value",
				 o->name);
	return take_option(p, o, global, equals ? equals + 1 : NULL, err);
}

static int parse_letters(struct parser *p, const char *word, struct error *err)
{
	for (const char *c = word + 1; *c; c++) {
		const struct verb_option *o = letter_in(verb_options(p->call->verb), *c);
		bool global = !o;
		int r;

		if (!o)
			o = letter_in(global_options, *c);
		if (!o)
			return unknown_option(p->call->verb, word, err);
		if (o->kind != OPTION_FLAG)
			return take_option(p, o, global, c[1] ? c + 1 : NULL, err);
		r = take_option(p, o, global, NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the whole line ----------------------------------------------------------------------------- */

static int check_counts(const struct verb_call *call, struct error *err)
{
	const struct verb *v = call->verb;
	int r = 0;

	if (call->n_args < v->min_args)
		r = error_set(err, ERROR_USAGE, "missing-argument", "%s needs %s", v->name,
			      v->args);
	else if (call->n_args > v->max_args)
		r = error_set(err, ERROR_USAGE, "too-many-arguments",
			      "%s cannot do anything with \"%s\"", v->name,
			      call->args[v->max_args]);
	if (r < 0)
		error_hint(err, "usage: umlctl %s%s%s%s", v->name, v->options ? " [OPTIONS]" : "",
			   *v->args ? " " : "", v->args);
	return r;
}

static int parse_word(struct parser *p, const char *word, const char **family, struct error *err)
{
	struct verb_call *call = p->call;

	if (call->verb) {
		call->args_storage[call->n_args++] = word;
		return 0;
	}
	if (*family)
		return family_verb(*family, word, &call->verb, err);
	if (is_family(word)) {
		*family = word;
		return 0;
	}
	call->verb = verb_find(word);
	return call->verb ? 0 : unknown_verb(word, err);
}

int args_parse(struct ctl *ctl, int argc, char **argv, struct verb_call *ret, struct error *err)
{
	struct parser p = { .ctl = ctl, .argc = argc, .at = 1, .argv = argv, .call = ret };
	const char *family = NULL;
	bool options = true;

	*ret = (struct verb_call){ 0 };
	ret->args_storage = calloc((size_t)argc + 1, sizeof(*ret->args_storage));
	if (!ret->args_storage)
		return error_set_errno(err, ENOMEM, "cannot read the command line");
	ret->args = ret->args_storage;
	while (p.at < argc) {
		const char *word = argv[p.at++];
		int r;

		if (options && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (options && word[0] == '-' && word[1] == '-')
			r = parse_long(&p, word, err);
		else if (options && word[0] == '-' && word[1])
			r = parse_letters(&p, word, err);
		else
			r = parse_word(&p, word, &family, err);
		if (r < 0)
			return r;
	}
	if (ret->want_help || ret->want_version)
		return 0;
	if (!ret->verb && family)
		return family_verb(family, NULL, &ret->verb, err);
	return ret->verb ? check_counts(ret, err) : 0;
}

void args_done(struct verb_call *call)
{
	free(call->args_storage);
	call->args_storage = NULL;
	call->args = NULL;
}

/* --- options to parameters ---------------------------------------------------------------------- */

const char *call_option(const struct verb_call *call, const char *name)
{
	for (unsigned int i = call->n_values; i-- > 0;)
		if (strcmp(call->values[i].option->name, name) == 0)
			return call->values[i].value;
	return NULL;
}

bool call_given(const struct verb_call *call, const char *name)
{
	for (unsigned int i = 0; i < call->n_values; i++)
		if (strcmp(call->values[i].option->name, name) == 0)
			return true;
	return false;
}

/* A path as umld shall see it. Symbolic links are left alone: the file is opened with the guest owner's rights. */
static struct json_object *absolute_path(const char *path)
{
	cleanup_free char *cwd = NULL;
	cleanup_free char *full = NULL;

	if (path[0] == '/' || !path[0])
		return json_object_new_string(path);
	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&full, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path) < 0)
		return NULL;
	return json_object_new_string(full);
}

/* The array under key, made when it is first asked for. */
static struct json_object *array_in(struct json_object *params, const char *key)
{
	struct json_object *array = json_object_object_get(params, key);

	if (!array) {
		array = json_object_new_array();
		if (array)
			json_object_object_add(params, key, array);
	}
	return array;
}

static void add_words(struct json_object *array, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, ",");

		if (len)
			json_object_array_add(array, json_object_new_string_len(words, (int)len));
		words += len + (words[len] == ',');
	}
}

static int add_param(struct json_object *params, const struct call_value *v, struct error *err)
{
	const struct verb_option *o = v->option;
	struct json_object *value = NULL;
	uint64_t number;

	switch (o->kind) {
	case OPTION_FLAG:
		value = json_object_new_boolean(true);
		break;
	case OPTION_STRING:
		value = json_object_new_string(v->value);
		break;
	case OPTION_INT:
		if (parse_u64(v->value, 0, INT64_MAX, &number) < 0)
			return error_set(err, ERROR_USAGE, "invalid-option",
					 "--%s is a whole number, not \"%s\"", o->name, v->value);
		value = json_object_new_int64((int64_t)number);
		break;
	case OPTION_PATH:
		value = absolute_path(strcmp(v->value, "none") == 0 ? "" : v->value);
		break;
	case OPTION_DISKS:
		value = array_in(params, o->param);
		if (value && strcmp(v->value, "none") != 0)
			json_object_array_add(value, absolute_path(v->value));
		return value ? 0 : error_set_errno(err, ENOMEM, "--%s", o->name);
	case OPTION_STRINGS:
		value = array_in(params, o->param);
		if (value)
			add_words(value, v->value);
		return value ? 0 : error_set_errno(err, ENOMEM, "--%s", o->name);
	}
	if (!value)
		return error_set_errno(err, ENOMEM, "--%s", o->name);
	return json_object_object_add(params, o->param, value) == 0
		       ? 0
		       : error_set_errno(err, ENOMEM, "--%s", o->name);
}

int call_params(const struct verb_call *call, struct json_object *params, struct error *err)
{
	for (unsigned int i = 0; i < call->n_values; i++) {
		int r = call->values[i].option->param ? add_param(params, &call->values[i], err)
						      : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
