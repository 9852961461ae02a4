// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verbs that define guests and look at them: create, set, show, list, delete, rename, mconsole. What changes a guest's
 * state is in cli_guest_state.c.
 */
#include "cli/cli_guest.h"

#include <string.h>

#include "cli/cli_console.h"
#include "cli/cli_output.h"

struct json_object *guest_params(const char *name)
{
	struct json_object *params = json_object_new_object();

	if (params)
		json_object_object_add(params, "name", json_object_new_string(name));
	return params;
}

static struct json_object *guest_end(struct json_object *guest)
{
	struct json_object *end = member(guest, "end");

	return strcmp(member_string(guest, "state"), "stopped") == 0 ? end : NULL;
}

const char *guest_state_text(struct json_object *guest, char *buf, size_t len)
{
	const char *reason = member_string(guest_end(guest), "reason");

	(void)snprintf(buf, len, *reason ? "%s (%s)" : "%s%.0s", member_string(guest, "state"),
		       reason);
	return buf;
}

enum table_colour guest_state_colour(struct json_object *guest)
{
	const char *state = member_string(guest, "state");
	const char *reason = member_string(guest_end(guest), "reason");

	if (strcmp(reason, "panic") == 0 || strcmp(reason, "failed") == 0)
		return COLOUR_BAD;
	if (strcmp(state, "running") == 0)
		return COLOUR_GOOD;
	if (strcmp(state, "stopped") == 0)
		return COLOUR_DIM;
	return COLOUR_WARN;
}

/* --- create, set -------------------------------------------------------------------------------- */

static void say_created(struct ctl *ctl, const char *name, struct json_object *guest)
{
	const char *image = member_string(guest, "image");
	const char *why = member_string(guest, "why_kernel");
	char mem[24];

	say(ctl, "%s: created%s%s, %s of memory, kernel %s", name, *image ? " on image " : "",
	    image, member_size(guest, "mem", mem, sizeof(mem)), member_string(guest, "kernel"));
	if (*why)
		say(ctl, "%s: that kernel because %s", name, why);
}

int verb_create(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	const char *name = call->args[0];
	bool console = call_given(call, "console");
	bool start = console || call_given(call, "start");
	cleanup_json struct json_object *guest = NULL;
	struct json_object *params = guest_params(name);
	int r;

	if (console && ctl->json) {
		json_object_put(params);
		return error_set(err, ERROR_USAGE, "invalid-option",
				 "--console cannot be combined with -o json");
	}
	r = call_params(call, params, err);
	if (r < 0) {
		json_object_put(params);
		return r;
	}
	progress_begin(&ctl->progress, "creating %s", name);
	r = ctl_call(ctl, "guest.create", params, &guest, err);
	if (r < 0)
		return r;
	say_created(ctl, name, guest);

	if (start) {
		cleanup_json struct json_object *started = NULL;

		r = guest_start(ctl, name, &started, err);
		if (r < 0)
			return r;
		if (console)
			return console_run(ctl, name, 0, false, err);
		say(ctl, "%s: %s", name, member_string(started, "state"));
		json_object_put(guest);
		guest = TAKE_PTR(started);
	} else {
		say(ctl, "start it with `umlctl start %s`", name);
	}
	return ctl->json ? print_json(guest, err) : 0;
}

int verb_set(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	const char *name = call->args[0];
	cleanup_json struct json_object *guest = NULL;
	struct json_object *params;
	int r;

	if (!call->n_values) {
		r = error_set(err, ERROR_USAGE, "nothing-to-set", "set needs at least one option");
		error_hint(err, "`umlctl help set` lists them");
		return r;
	}
	params = guest_params(name);
	r = call_params(call, params, err);
	if (r < 0) {
		json_object_put(params);
		return r;
	}
	r = ctl_call(ctl, "guest.set", params, &guest, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(guest, err);
	say(ctl, "%s: changed", name);
	return 0;
}

/* --- show --------------------------------------------------------------------------------------- */

static void print_text_field(struct json_object *o, const char *title, const char *key)
{
	const char *value = member_string(o, key);

	if (*value)
		print_field(title, value);
}

static void print_number(struct json_object *o, const char *title, const char *key)
{
	char buf[32];

	if (!member(o, key))
		return;
	(void)snprintf(buf, sizeof(buf), "%lld", (long long)member_int(o, key));
	print_field(title, buf);
}

static void print_size(struct json_object *o, const char *title, const char *key)
{
	char buf[24];

	if (member_int(o, key) > 0)
		print_field(title, member_size(o, key, buf, sizeof(buf)));
}

static void print_end(struct json_object *end)
{
	const char *reason = member_string(end, "reason");
	const char *message = member_string(end, "message");
	const char *tail = member_string(end, "console_tail");
	char line[512], age[24];

	if (!*reason)
		return;
	(void)format_age(member_string(end, "time"), age, sizeof(age));
	(void)snprintf(line, sizeof(line), "%s%s%s%s%s%s", reason, *message ? ": " : "", message,
		       *age ? " (" : "", age, *age ? " ago)" : "");
	print_field("last end", line);
	if (*tail && (strcmp(reason, "panic") == 0 || strcmp(reason, "failed") == 0))
		print_field("last output", tail);
}

static void print_net(struct json_object *net)
{
	char line[256];
	size_t used;

	if (json_object_is_type(net, json_type_string)) {
		print_field("network", json_object_get_string(net));
		return;
	}
	if (!net)
		return;
	used = (size_t)snprintf(line, sizeof(line), "%s", member_string(net, "mode"));
	for (const char *const *key =
		     (const char *const[]){ "tap", "bridge", "mac", "address", NULL };
	     *key; key++)
		if (*member_string(net, *key) && used < sizeof(line))
			used += (size_t)snprintf(line + used, sizeof(line) - used, ", %s %s", *key,
						 member_string(net, *key));
	print_field("network", line);
}

static void print_state(struct json_object *guest)
{
	char age[24], line[128];
	const char *state = member_string(guest, "state");

	(void)format_age(member_string(guest, "since"), age, sizeof(age));
	(void)snprintf(line, sizeof(line), "%s%s%s", state, *age ? " for " : "", age);
	print_field("state", line);
	if (member_int(guest, "pid") > 0)
		print_number(guest, "pid", "pid");
	if (member_int(guest, "restarts") > 0)
		print_number(guest, "restarts", "restarts");
}

static void print_kernel(struct json_object *guest)
{
	const char *path = member_string(guest, "kernel_path");
	char line[512];

	(void)snprintf(line, sizeof(line), "%s%s%s%s", member_string(guest, "kernel"),
		       *path ? " (" : "", path, *path ? ")" : "");
	print_field("kernel", line);
	print_text_field(guest, "initrd", "initrd");
	print_text_field(guest, "append", "append");
}

static void print_guest(struct json_object *guest)
{
	struct json_object *disks = member(guest, "disks");
	char line[32];

	print_text_field(guest, "name", "name");
	print_text_field(guest, "damage", "damage");
	print_state(guest);
	print_end(member(guest, "end"));
	print_kernel(guest);
	print_size(guest, "memory", "mem");
	print_number(guest, "CPUs", "ncpus");
	print_text_field(guest, "image", "image");
	for (size_t i = 0; disks && i < json_object_array_length(disks); i++)
		print_field("disk", json_object_get_string(json_object_array_get_idx(disks, i)));
	print_size(guest, "swap", "swap");
	print_net(member(guest, "net"));
	print_number(guest, "consoles", "consoles");
	print_text_field(guest, "on reboot", "on_reboot");
	print_text_field(guest, "on crash", "on_crash");
	if (member(guest, "stop_timeout")) {
		(void)snprintf(line, sizeof(line), "%lld s",
			       (long long)member_int(guest, "stop_timeout"));
		print_field("stop timeout", line);
	}
	if (member(guest, "owner"))
		print_field("owner", json_object_get_string(member(guest, "owner")));
	print_text_field(guest, "uuid", "uuid");
	print_text_field(guest, "created", "created");
}

int verb_show(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *guest = NULL;
	int r = ctl_call(ctl, "guest.show", guest_params(call->args[0]), &guest, err);

	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(guest, err);
	print_guest(guest);
	return output_check(err);
}

/* --- list --------------------------------------------------------------------------------------- */

static const struct table_column list_columns[] = {
	{ .title = "NAME" },
	{ .title = "STATE", .shrink = true },
	{ .title = "FOR", .right = true },
	{ .title = "MEM", .right = true },
	{ .title = "CPUS", .right = true },
	{ .title = "IMAGE", .shrink = true },
	{ .title = "ADDRESS" },
};

static void list_row(struct table *t, struct json_object *guest)
{
	char buf[64];

	table_cell(t, member_string(guest, "name"), COLOUR_NONE);
	table_cell(t, guest_state_text(guest, buf, sizeof(buf)), guest_state_colour(guest));
	table_cell(t, format_age(member_string(guest, "since"), buf, sizeof(buf)), COLOUR_NONE);
	table_cell(t, member_size(guest, "mem", buf, sizeof(buf)), COLOUR_NONE);
	(void)snprintf(buf, sizeof(buf), "%lld", (long long)member_int(guest, "ncpus"));
	table_cell(t, buf, COLOUR_NONE);
	table_cell(t, member_string(guest, "image"), COLOUR_NONE);
	table_cell(t, member_string(member(guest, "net"), "address"), COLOUR_NONE);
}

int verb_list(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *result = NULL;
	cleanup_table struct table *t = table_new(list_columns, ARRAY_SIZE(list_columns));
	struct json_object *guests;
	size_t n;
	int r = ctl_call(ctl, "guest.list", NULL, &result, err);

	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(result, err);
	guests = member(result, "guests");
	n = json_object_is_type(guests, json_type_array) ? json_object_array_length(guests) : 0;
	for (size_t i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);

		if (ctl->quiet)
			(void)printf("%s\n", member_string(guest, "name"));
		else
			list_row(t, guest);
	}
	if (ctl->quiet)
		return output_check(err);
	if (!n) {
		note(ctl, "there are no guests; make one with `umlctl create NAME`");
		return 0;
	}
	return print_table(t, err);
}

/* --- the rest ----------------------------------------------------------------------------------- */

static int delete_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		      struct json_object **ret, struct error *err)
{
	struct json_object *params = guest_params(name);
	int r;

	if (params && call_given(call, "force"))
		json_object_object_add(params, "force", json_object_new_boolean(true));
	progress_begin(&ctl->progress, "deleting %s", name);
	r = ctl_call(ctl, "guest.delete", params, NULL, err);
	if (r < 0)
		return r;
	*ret = guest_params(name);
	if (*ret)
		json_object_object_add(*ret, "state", json_object_new_string("deleted"));
	return 0;
}

int verb_delete(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, delete_one, err);
}

int verb_rename(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *guest = NULL;
	struct json_object *params = guest_params(call->args[0]);
	int r;

	if (params)
		json_object_object_add(params, "new_name", json_object_new_string(call->args[1]));
	r = ctl_call(ctl, "guest.rename", params, &guest, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(guest, err);
	say(ctl, "%s: is now %s", call->args[0], call->args[1]);
	return 0;
}

int verb_mconsole(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *result = NULL;
	struct json_object *params = guest_params(call->args[0]);
	char command[512];
	size_t used = 0;
	int r;

	for (unsigned int i = 1; i < call->n_args && used < sizeof(command); i++)
		used += (size_t)snprintf(command + used, sizeof(command) - used, "%s%s",
					 i > 1 ? " " : "", call->args[i]);
	if (used >= sizeof(command)) {
		json_object_put(params);
		return error_set(err, ERROR_USAGE, "command-too-long",
				 "the command is longer than %zu bytes", sizeof(command) - 1);
	}
	if (params)
		json_object_object_add(params, "command", json_object_new_string(command));
	r = ctl_call(ctl, "guest.mconsole", params, &result, err);
	if (r < 0)
		return r;
	if (member_int(result, "status") != 0)
		ctl->exit_code = ERROR_FAILED;
	if (ctl->json)
		return print_json(result, err);
	print_block(member_string(result, "text"), ctl->exit_code ? stderr : stdout);
	return output_check(err);
}
