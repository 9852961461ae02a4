// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The events verb: a line for each event until it is interrupted. With -o json each line is one document.
 */
#include <string.h>

#include "cli/cli_output.h"
#include "cli/cli_text.h"
#include "common/parse.h"

struct listener {
	struct ctl *ctl;
	const struct verb_call *call;
	struct client *client;
	uint64_t left; /* events to print before the end; UINT64_MAX: no end */
	bool failed;
};

/* Members that every line shows in a fixed place, or that repeat what it says. */
static bool is_heading(const char *key)
{
	static const char *const keys[] = { "time", "event", "guest", "seq", "epoch", "since" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void print_event_text(struct json_object *e)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	(void)fprintf(out, "%s  %-14s %s", member_string(e, "time"), member_string(e, "event"),
		      member_string(e, "guest"));
	json_object_object_foreach(e, key, value) {
		if (!is_heading(key) && value)
			(void)fprintf(out, " %s=%s", key, json_object_get_string(value));
	}
	if (fclose(out) != 0)
		return;

	cleanup_free char *clean = text_clean(text, TEXT_WORD);

	(void)printf("%s\n", clean ? clean : "");
}

static bool is_wanted(const struct listener *l, struct json_object *event)
{
	const char *guest = member_string(event, "guest");

	for (unsigned int i = 0; i < l->call->n_args; i++)
		if (strcmp(l->call->args[i], guest) == 0)
			return true;
	return l->call->n_args == 0;
}

static void on_event(void *ctx, const char *method, struct json_object *params)
{
	struct listener *l = ctx;
	int r = 0;

	if (strcmp(method, "event") != 0 || !json_object_is_type(params, json_type_object))
		return;
	if (!l->left || !is_wanted(l, params))
		return;
	/* What the caller may not see only keeps the numbers without gaps; people do not need it. */
	if (!l->ctl->json && strcmp(member_string(params, "event"), "hidden") == 0)
		return;
	if (l->ctl->json)
		r = print_json_line(params);
	else
		print_event_text(params);
	if (r < 0 || output_check(NULL) < 0)
		l->failed = true;
	if (l->left != UINT64_MAX)
		l->left--;
	if (!l->left || l->failed)
		l->client->stop = true;
}

static int listen_once(struct listener *l, struct json_object *params, struct error *err)
{
	cleanup_json struct json_object *answer = NULL;
	int r = client_call(l->client, "events.subscribe", params, &answer, err);

	if (r < 0)
		return r;
	return client_listen(l->client, err);
}

int verb_events(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	struct listener l = {
		.ctl = ctl, .call = call, .client = &ctl->client, .left = UINT64_MAX
	};
	const char *count = call_option(call, "count");
	struct json_object *params = json_object_new_object();
	int r = call_params(call, params, err);

	if (r >= 0 && count && parse_u64(count, 1, INT64_MAX, &l.left) < 0)
		r = error_set(err, ERROR_USAGE, "invalid-option",
			      "--count is a whole number from 1 on, not \"%s\"", count);
	if (r < 0) {
		json_object_put(params);
		return r;
	}
	ctl->client.notify = on_event;
	ctl->client.notify_ctx = &l;
	r = listen_once(&l, params, err);
	while (r < 0 && err && strcmp(err->reason, "connection-lost") == 0) {
		error_done(err);
		r = client_reconnect(&ctl->client, err);
		if (r < 0)
			break;
		note(ctl, "umld was restarted; events may have been missed");
		r = listen_once(&l, NULL, err);
	}
	ctl->client.notify = NULL;
	if (l.failed && !error_is_set(err))
		return error_set_errno(err, EPIPE, "cannot write the events");
	return r;
}
