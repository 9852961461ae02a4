// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verbs that change a guest's state, and wait. umld answers stop, kill and restart at once; waiting for what comes of
 * it is a second request (guest.wait) that also survives a restart of umld.
 */
#include <string.h>

#include "cli/cli_console.h"
#include "cli/cli_guest.h"
#include "cli/cli_output.h"

int names_each(struct ctl *ctl, const struct verb_call *call, name_fn fn, struct error *err)
{
	cleanup_json struct json_object *results = json_object_new_array();

	for (unsigned int i = 0; i < call->n_args; i++) {
		cleanup_error struct error why = ERROR_INIT;
		struct json_object *one = NULL;
		char buf[64];
		int r = fn(ctl, call, call->args[i], &one, &why);

		progress_end(&ctl->progress);
		if (r < 0) {
			report_error(ctl, &why);
			if (!ctl->exit_code)
				ctl->exit_code = (int)why.code;
			if (why.code == ERROR_UNREACHABLE)
				break; /* the others would fail alike */
			continue;
		}
		say(ctl, "%s: %s", call->args[i], guest_state_text(one, buf, sizeof(buf)));
		if (!results || json_object_array_add(results, one) < 0)
			json_object_put(one);
	}
	return ctl->json ? print_json(results, err) : 0;
}

/* Wait until the guest is in a state; timeout NULL: for ever. */
static int wait_state(struct ctl *ctl, const char *name, const char *state, const char *timeout,
		      struct json_object **ret, struct error *err)
{
	struct json_object *params = guest_params(name);
	int r;

	if (params)
		json_object_object_add(params, "state", json_object_new_string(state));
	if (params && timeout)
		json_object_object_add(params, "timeout", json_object_new_string(timeout));
	r = client_call_again(&ctl->client, "guest.wait", params, ret, err);
	progress_end(&ctl->progress);
	return r;
}

int guest_start(struct ctl *ctl, const char *name, struct json_object **ret, struct error *err)
{
	progress_begin(&ctl->progress, "starting %s", name);
	return ctl_call(ctl, "guest.start", guest_params(name), ret, err);
}

static int start_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		     struct json_object **ret, struct error *err)
{
	return guest_start(ctl, name, ret, err);
}

int verb_start(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *guest = NULL;
	int r;

	if (!call_given(call, "console"))
		return names_each(ctl, call, start_one, err);
	if (call->n_args > 1 || ctl->json)
		return error_set(err, ERROR_USAGE, "invalid-option",
				 call->n_args > 1 ? "--console works for one guest only"
						  : "--console cannot be combined with -o json");
	r = guest_start(ctl, call->args[0], &guest, err);
	return r < 0 ? r : console_run(ctl, call->args[0], 0, false, err);
}

/* stop, kill and restart: ask, then wait for what comes of it. */
static int ask_and_wait(struct ctl *ctl, const struct verb_call *call, const char *method,
			const char *name, const char *state, struct json_object **ret,
			struct error *err)
{
	struct json_object *params = guest_params(name);
	cleanup_json struct json_object *answer = NULL;
	int r = call_params(call, params, err);

	if (r < 0) {
		json_object_put(params);
		return r;
	}
	r = client_call(&ctl->client, method, params, &answer, err);
	if (r < 0)
		return r;
	if (!call_given(call, "no-wait"))
		return wait_state(ctl, name, state, NULL, ret, err);
	if (json_object_is_type(answer, json_type_object) && !member(answer, "name"))
		json_object_object_add(answer, "name", json_object_new_string(name));
	*ret = TAKE_PTR(answer);
	return 0;
}

static int stop_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		    struct json_object **ret, struct error *err)
{
	progress_begin(&ctl->progress, "stopping %s", name);
	return ask_and_wait(ctl, call, "guest.stop", name, "stopped", ret, err);
}

static int kill_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		    struct json_object **ret, struct error *err)
{
	progress_begin(&ctl->progress, "killing %s", name);
	return ask_and_wait(ctl, call, "guest.kill", name, "stopped", ret, err);
}

static int restart_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		       struct json_object **ret, struct error *err)
{
	cleanup_json struct json_object *guest = NULL;
	const char *message;
	int r;

	progress_begin(&ctl->progress, "restarting %s", name);
	r = ask_and_wait(ctl, call, "guest.restart", name, "settled", &guest, err);
	if (r < 0)
		return r;
	if (!call_given(call, "no-wait") && strcmp(member_string(guest, "state"), "stopped") == 0) {
		message = member_string(member(guest, "end"), "message");
		r = error_set(err, ERROR_FAILED, "restart-failed", "%s did not come up again%s%s",
			      name, *message ? ": " : "", message);
		error_guest(err, name);
		return r;
	}
	*ret = TAKE_PTR(guest);
	return 0;
}

static int pause_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		     struct json_object **ret, struct error *err)
{
	progress_begin(&ctl->progress, "pausing %s", name);
	return ctl_call(ctl, "guest.pause", guest_params(name), ret, err);
}

static int resume_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		      struct json_object **ret, struct error *err)
{
	progress_begin(&ctl->progress, "resuming %s", name);
	return ctl_call(ctl, "guest.resume", guest_params(name), ret, err);
}

int verb_stop(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, stop_one, err);
}

int verb_kill(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, kill_one, err);
}

int verb_restart(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, restart_one, err);
}

int verb_pause(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, pause_one, err);
}

int verb_resume(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, resume_one, err);
}

int verb_wait(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	const char *name = call->args[0], *state = call_option(call, "state");
	cleanup_json struct json_object *guest = NULL;
	char buf[64];
	int r;

	if (!state)
		state = "stopped";
	progress_begin(&ctl->progress, "waiting for %s to be %s", name, state);
	r = wait_state(ctl, name, state, call_option(call, "timeout"), &guest, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(guest, err);
	say(ctl, "%s: %s", name, guest_state_text(guest, buf, sizeof(buf)));
	return 0;
}
