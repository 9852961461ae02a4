// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs: list, show, wait, cancel. Progress arrives as events on the connection that also waits for the end, so nothing is
 * asked in a loop.
 */
#include "cli/cli_job.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/cli_output.h"
#include "common/parse.h"

static struct json_object *job_params(int64_t job)
{
	struct json_object *params = json_object_new_object();

	if (params)
		json_object_object_add(params, "job", json_object_new_int64(job));
	return params;
}

static int job_number(const struct verb_call *call, int64_t *ret, struct error *err)
{
	uint64_t n;

	if (parse_u64(call->args[0], 0, INT64_MAX, &n) < 0)
		return error_set(err, ERROR_USAGE, "invalid-job", "a job is a number, not \"%s\"",
				 call->args[0]);
	*ret = (int64_t)n;
	return 0;
}

/* --- watching ----------------------------------------------------------------------------------- */

struct watch {
	struct progress *progress;
	int64_t job;
};

static void on_event(void *ctx, const char *method, struct json_object *params)
{
	const struct watch *w = ctx;
	const char *phase = member_string(params, "phase");

	if (strcmp(member_string(params, "event"), "job") != 0 ||
	    member_int(params, "job") != w->job || !member(params, "progress"))
		return;
	progress_update(w->progress, (unsigned int)member_int(params, "progress"),
			*phase ? phase : NULL);
}

/* The error object of a job: flat, or shaped like a response's. */
static int job_error(struct json_object *e, struct error *err)
{
	int64_t code = member_int(e, "code");
	int r;

	if (member(e, "data"))
		return rpc_error_from_json(e, err);
	r = error_set(err, code > 0 && code < ERROR_CODE_MAX ? (enum error_code)code : ERROR_FAILED,
		      *member_string(e, "reason") ? member_string(e, "reason") : "job-failed", "%s",
		      *member_string(e, "message") ? member_string(e, "message")
						   : "the job has failed");
	if (*member_string(e, "hint"))
		error_hint(err, "%s", member_string(e, "hint"));
	return r;
}

static int job_verdict(struct json_object *job, struct error *err)
{
	const char *state = member_string(job, "state");

	if (strcmp(state, "cancelled") == 0)
		return error_set(err, ERROR_FAILED, "job-cancelled", "job %lld was cancelled",
				 (long long)member_int(job, "job"));
	if (strcmp(state, "failed") == 0)
		return job_error(member(job, "error"), err);
	return 0;
}

/* ^C becomes readable instead of fatal. */
static int catch_interrupt(sigset_t *ret_before)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd >= 0)
		(void)sigprocmask(SIG_BLOCK, &set, ret_before);
	return fd;
}

/* A signal that stays pending would end umlctl as soon as it is not blocked any more. */
static void take_interrupt(int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) > 0)
		;
}

static int wait_once(struct ctl *ctl, int64_t job, const char *timeout, struct json_object **ret,
		     struct error *err)
{
	struct json_object *params = job_params(job);

	if (params && timeout)
		json_object_object_add(params, "timeout", json_object_new_string(timeout));
	return client_call_again(&ctl->client, "job.wait", params, ret, err);
}

static int wait_or_cancel(struct ctl *ctl, int64_t job, struct json_object **ret, struct error *err)
{
	sigset_t before;
	cleanup_close int fd = catch_interrupt(&before);
	int r;

	if (fd < 0)
		return wait_once(ctl, job, NULL, ret, err);
	ctl->client.interrupt_fd = fd;
	r = wait_once(ctl, job, NULL, ret, err);
	ctl->client.interrupt_fd = -1;
	take_interrupt(fd);
	(void)sigprocmask(SIG_SETMASK, &before, NULL); /* a second ^C ends umlctl */
	if (r != -EINTR)
		return r;
	progress_end(&ctl->progress);
	note(ctl, "cancelling job %lld", (long long)job);
	r = client_call(&ctl->client, "job.cancel", job_params(job), NULL, err);
	return r < 0 ? r : wait_once(ctl, job, NULL, ret, err);
}

/* What people call a job's kind. */
static const char *job_doing(const char *kind)
{
	if (strcmp(kind, "image.build") == 0)
		return "building";
	return strcmp(kind, "image.import") == 0 ? "importing" : kind;
}

int job_follow(struct ctl *ctl, int64_t job, bool cancel_on_interrupt, const char *timeout,
	       struct json_object **ret, struct error *err)
{
	struct watch w = { .progress = &ctl->progress, .job = job };
	cleanup_json struct json_object *ended = NULL;
	cleanup_json struct json_object *now = NULL;
	int r;

	r = client_call(&ctl->client, "job.show", job_params(job), &now, err);
	if (r < 0)
		return r;
	progress_begin(&ctl->progress, "%s %s", job_doing(member_string(now, "kind")),
		       member_string(now, "subject"));
	progress_update(&ctl->progress, (unsigned int)member_int(now, "progress"),
			member_string(now, "phase"));
	ctl->client.notify = on_event;
	ctl->client.notify_ctx = &w;
	r = client_call(&ctl->client, "events.subscribe", NULL, NULL, err);
	if (r >= 0)
		r = cancel_on_interrupt ? wait_or_cancel(ctl, job, &ended, err)
					: wait_once(ctl, job, timeout, &ended, err);
	ctl->client.notify = NULL;
	progress_end(&ctl->progress);
	if (r < 0)
		return r;
	r = job_verdict(ended, err);
	if (r >= 0)
		*ret = TAKE_PTR(ended);
	return r;
}

int job_finish(struct ctl *ctl, const struct verb_call *call, struct json_object *job,
	       const char *done, struct error *err)
{
	cleanup_json struct json_object *ended = NULL;
	int64_t id = member_int(job, "job");
	int r;

	if (call_given(call, "no-wait")) {
		if (ctl->json)
			return print_json(job, err);
		(void)printf("%lld\n", (long long)id);
		note(ctl, "wait for it with `umlctl job wait %lld`", (long long)id);
		return output_check(err);
	}
	r = job_follow(ctl, id, true, NULL, &ended, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(ended, err);
	say(ctl, "%s: %s", member_string(ended, "subject"), done);
	return 0;
}

/* --- verbs -------------------------------------------------------------------------------------- */

static const struct table_column job_columns[] = {
	{ .title = "JOB", .right = true },	{ .title = "WHAT" },
	{ .title = "SUBJECT", .shrink = true }, { .title = "STATE" },
	{ .title = "DONE", .right = true },	{ .title = "PHASE", .shrink = true },
};

static void job_row(struct table *t, struct json_object *job)
{
	const char *state = member_string(job, "state");
	enum table_colour colour = COLOUR_NONE;
	char buf[32];

	if (strcmp(state, "failed") == 0)
		colour = COLOUR_BAD;
	else if (strcmp(state, "running") == 0)
		colour = COLOUR_GOOD;
	(void)snprintf(buf, sizeof(buf), "%lld", (long long)member_int(job, "job"));
	table_cell(t, buf, COLOUR_NONE);
	table_cell(t, member_string(job, "kind"), COLOUR_NONE);
	table_cell(t, member_string(job, "subject"), COLOUR_NONE);
	table_cell(t, state, colour);
	(void)snprintf(buf, sizeof(buf), "%lld%%", (long long)member_int(job, "progress") / 10);
	table_cell(t, buf, COLOUR_NONE);
	table_cell(t, member_string(job, "phase"), COLOUR_NONE);
}

int verb_job_list(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *result = NULL;
	cleanup_table struct table *t = table_new(job_columns, ARRAY_SIZE(job_columns));
	struct json_object *jobs;
	size_t n;
	int r = ctl_call(ctl, "job.list", NULL, &result, err);

	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(result, err);
	jobs = member(result, "jobs");
	n = json_object_is_type(jobs, json_type_array) ? json_object_array_length(jobs) : 0;
	for (size_t i = 0; i < n; i++) {
		struct json_object *job = json_object_array_get_idx(jobs, i);

		if (ctl->quiet)
			(void)printf("%lld\n", (long long)member_int(job, "job"));
		else
			job_row(t, job);
	}
	if (ctl->quiet)
		return output_check(err);
	if (!n) {
		note(ctl, "there are no jobs");
		return 0;
	}
	return print_table(t, err);
}

static int print_job(struct ctl *ctl, struct json_object *job, struct error *err)
{
	char buf[32];

	if (ctl->json)
		return print_json(job, err);
	(void)snprintf(buf, sizeof(buf), "%lld", (long long)member_int(job, "job"));
	print_field("job", buf);
	print_field("what", member_string(job, "kind"));
	print_field("subject", member_string(job, "subject"));
	print_field("state", member_string(job, "state"));
	(void)snprintf(buf, sizeof(buf), "%lld%%", (long long)member_int(job, "progress") / 10);
	print_field("done", buf);
	if (*member_string(job, "phase"))
		print_field("phase", member_string(job, "phase"));
	if (member(job, "error"))
		print_field("error", member_string(member(job, "error"), "message"));
	return output_check(err);
}

int verb_job_show(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *job = NULL;
	int64_t id = 0;
	int r = job_number(call, &id, err);

	if (r >= 0)
		r = ctl_call(ctl, "job.show", job_params(id), &job, err);
	return r < 0 ? r : print_job(ctl, job, err);
}

int verb_job_wait(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *job = NULL;
	int64_t id = 0;
	int r = job_number(call, &id, err);

	if (r >= 0)
		r = job_follow(ctl, id, false, call_option(call, "timeout"), &job, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(job, err);
	say(ctl, "job %lld: %s", (long long)id, member_string(job, "state"));
	return 0;
}

int verb_job_cancel(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *job = NULL;
	int64_t id = 0;
	int r = job_number(call, &id, err);

	if (r >= 0)
		r = ctl_call(ctl, "job.cancel", job_params(id), &job, err);
	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(job, err);
	say(ctl, "job %lld: asked to stop", (long long)id);
	return 0;
}
