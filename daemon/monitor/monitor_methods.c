// SPDX-License-Identifier: GPL-2.0-or-later
/* The requests of umld: one table; see monitor.h and daemon/README.md. */
#include <string.h>

#include "common/mconsole.h"
#include "daemon/monitor/monitor.h"

#ifndef UMLD_VERSION
#error "UMLD_VERSION is set by the build"
#endif

#define DEFAULT_STOP_TIMEOUT_MS 60000

struct method {
	const char *name;
	struct rpc_arg args[4];
	/* Answers the call, now or later. */
	void (*run)(struct monitor *m, struct json_object *params, struct control_call *call);
};

static void answer_state(struct monitor *m, struct control_call *call)
{
	struct json_object *o = json_object_new_object();

	(void)json_object_object_add(o, "state",
				     json_object_new_string(monitor_state_to_string(m->state)));
	control_answer(call, o);
}

static void run_status(struct monitor *m, struct json_object *params, struct control_call *call)
{
	struct json_object *o = json_object_new_object();
	unsigned int viewers = 0;

	for (unsigned int i = 0; i < m->n_consoles; i++)
		viewers += m->consoles[i]->n_viewers;
	(void)json_object_object_add(o, "guest", json_object_new_string(m->guest));
	(void)json_object_object_add(o, "run_id", json_object_new_string(m->config.run_id));
	(void)json_object_object_add(o, "state",
				     json_object_new_string(monitor_state_to_string(m->state)));
	(void)json_object_object_add(o, "since", json_object_new_string(m->since));
	(void)json_object_object_add(
		o, "pid", json_object_new_int(m->process ? guest_process_pid(m->process) : 0));
	(void)json_object_object_add(o, "restarts", json_object_new_int64(m->restarts));
	(void)json_object_object_add(o, "viewers", json_object_new_int64(viewers));
	(void)json_object_object_add(o, "kernel", json_object_new_string(m->config.kernel->name));
	(void)json_object_object_add(o, "version", json_object_new_string(UMLD_VERSION));
	control_answer(call, o);
}

static void run_stop(struct monitor *m, struct json_object *params, struct control_call *call)
{
	int64_t timeout = rpc_arg_int(params, "timeout_ms", DEFAULT_STOP_TIMEOUT_MS);

	monitor_stop(m, (uint64_t)timeout, rpc_arg_bool(params, "restart", false));
	answer_state(m, call);
}

static void run_kill(struct monitor *m, struct json_object *params, struct control_call *call)
{
	monitor_kill(m);
	answer_state(m, call);
}

static void run_policy(struct monitor *m, struct json_object *params, struct control_call *call)
{
	static const char *const names[] = { "on_reboot", "on_crash" };
	cleanup_error struct error err = ERROR_INIT;
	bool values[2] = { m->policy.on_reboot, m->policy.on_crash };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		const char *word = rpc_arg_string(params, names[i], NULL);

		if (word && restart_word_parse(word, &values[i]) < 0) {
			(void)error_set(&err, ERROR_USAGE, "invalid-parameter",
					"%s is '%s', which is neither restart nor stop", names[i],
					word);
			control_fail(call, &err);
			return;
		}
	}
	m->policy.on_reboot = values[0];
	m->policy.on_crash = values[1];
	control_answer(call, NULL);
}

/* --- mconsole ----------------------------------------------------------------------------------- */

/* A command that waits for the kernel's answer. */
struct pending {
	struct monitor *monitor;
	struct control_call *call;
	bool wants_text; /* answer with status and text, else with the state */
	enum monitor_state then;
};

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void mconsole_answered(void *ctx, int status, const char *text, const struct error *err)
{
	struct pending *p = ctx;
	struct monitor *m = p->monitor;
	cleanup_error struct error failure = ERROR_INIT;
	bool ok = !err && status == 0;

	if (ok && p->then == MONITOR_PAUSED && m->state == MONITOR_RUNNING)
		monitor_set_state(m, MONITOR_PAUSED, NULL);
	if (ok && p->then == MONITOR_RUNNING && m->state == MONITOR_PAUSED)
		monitor_set_state(m, MONITOR_RUNNING, NULL);
	if (err) {
		control_fail(p->call, err);
	} else if (p->wants_text) {
		struct json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "status", json_object_new_int(status));
		(void)json_object_object_add(o, "text", json_object_new_string(text));
		control_answer(p->call, o);
	} else if (!ok) {
		(void)error_set(&failure, ERROR_FAILED, "mconsole-refused",
				"the guest's kernel refused: %s", text);
		control_fail(p->call, &failure);
	} else {
		answer_state(m, p->call);
	}
	free(p);
}

static void send_command(struct monitor *m, const char *command, bool wants_text,
			 struct control_call *call)
{
	cleanup_error struct error err = ERROR_INIT;
	struct pending *p = calloc(1, sizeof(*p));
	int r;

	if (!p) {
		(void)error_set_errno(&err, ENOMEM, "cannot send a command to the guest");
		control_fail(call, &err);
		return;
	}
	*p = (struct pending){ m, call, wants_text, MONITOR_STATE_MAX };
	/* The kernel compares the beginning only, and so do we. */
	if (starts_with(command, "stop"))
		p->then = MONITOR_PAUSED;
	else if (starts_with(command, "go"))
		p->then = MONITOR_RUNNING;
	if (!m->link || !m->was_up)
		r = error_set(&err, ERROR_BUSY, "guest-not-up", "the guest's kernel is not up");
	else
		r = mconsole_link_send(m->link, command, mconsole_answered, p, &err);
	if (r < 0) {
		control_fail(call, &err);
		free(p);
	}
}

static void send_if_in_state(struct monitor *m, enum monitor_state needed, const char *command,
			     struct control_call *call)
{
	cleanup_error struct error err = ERROR_INIT;

	if (m->state == needed) {
		send_command(m, command, false, call);
		return;
	}
	(void)error_set(&err, ERROR_BUSY, "wrong-state", "the guest is %s, not %s",
			monitor_state_to_string(m->state), monitor_state_to_string(needed));
	control_fail(call, &err);
}

static void run_pause(struct monitor *m, struct json_object *params, struct control_call *call)
{
	send_if_in_state(m, MONITOR_RUNNING, "stop", call);
}

static void run_resume(struct monitor *m, struct json_object *params, struct control_call *call)
{
	send_if_in_state(m, MONITOR_PAUSED, "go", call);
}

static void run_mconsole(struct monitor *m, struct json_object *params, struct control_call *call)
{
	send_command(m, rpc_arg_string(params, "command", ""), true, call);
}

/* --- console ------------------------------------------------------------------------------------ */

static int attach(struct monitor *m, struct json_object *params, int fd, struct error *err)
{
	cleanup_close int owned = fd;
	int64_t console = rpc_arg_int(params, "console", 0);

	if (fd < 0)
		return error_set(err, ERROR_USAGE, "missing-descriptor",
				 "no descriptor came with the request");
	if (console >= m->n_consoles)
		return error_set(err, ERROR_NOT_FOUND, "console-not-found",
				 "the guest has no console %lld", (long long)console);
	return guest_console_attach(m->consoles[console], TAKE_FD(owned),
				    rpc_arg_bool(params, "readonly", false), err);
}

static void run_attach(struct monitor *m, struct json_object *params, struct control_call *call)
{
	cleanup_error struct error err = ERROR_INIT;

	if (attach(m, params, control_take_fd(call), &err) < 0) {
		error_guest(&err, m->guest);
		control_fail(call, &err);
	} else {
		control_answer(call, NULL);
	}
}

/* --- the table ---------------------------------------------------------------------------------- */

static const struct method methods[] = {
	{ "monitor.status", { { 0 } }, run_status },
	{ "monitor.stop",
	  { { "timeout_ms", RPC_ARG_INT, false, 0, INT64_MAX, NULL },
	    { "restart", RPC_ARG_BOOL, false, 0, 0, NULL } },
	  run_stop },
	{ "monitor.kill", { { 0 } }, run_kill },
	{ "monitor.pause", { { 0 } }, run_pause },
	{ "monitor.resume", { { 0 } }, run_resume },
	{ "monitor.policy",
	  { { "on_reboot", RPC_ARG_STRING, false, 0, 0, NULL },
	    { "on_crash", RPC_ARG_STRING, false, 0, 0, NULL } },
	  run_policy },
	{ "monitor.mconsole", { { "command", RPC_ARG_STRING, true, 0, 0, NULL } }, run_mconsole },
	{ "monitor.attach",
	  { { "console", RPC_ARG_INT, false, 0, RUN_CONSOLES_MAX, NULL },
	    { "readonly", RPC_ARG_BOOL, false, 0, 0, NULL } },
	  run_attach },
};

void monitor_request(void *ctx, const char *method, struct json_object *params,
		     struct control_call *call)
{
	cleanup_error struct error err = ERROR_INIT;
	struct monitor *m = ctx;

	for (unsigned int i = 0; i < ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, method) != 0)
			continue;
		if (rpc_args_check(params, methods[i].args, &err) < 0)
			control_fail(call, &err);
		else
			methods[i].run(m, params, call);
		return;
	}
	(void)error_set(&err, ERROR_USAGE, "method-not-found", "there is no method '%s'", method);
	control_fail(call, &err);
}
