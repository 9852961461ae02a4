/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs in memory: starting, progress, end, and clients that wait for the end. Ended jobs are kept until 64 newer ones
 * have ended, so that a client may come back for the result.
 */
#include "daemon/core/job_list.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/core/chain.h"
#include "daemon/core/event_log.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/waiter.h"

#define JOBS_RUNNING_MAX     16
#define JOBS_ENDED_KEPT	     64
#define JOB_PROGRESS_STEP_MS 100

struct job {
	CHAIN_ENTRY(job) entry;
	struct jobs *jobs;
	uint64_t id;
	char kind[32], subject[64], phase[80];
	uid_t owner;
	enum job_state state;
	bool cancel_asked;
	unsigned int per_mille;
	uint64_t progress_sent_ms;
	struct error err;
	struct json_object *result;
	const struct job_ops *ops;
	void *ctx;
	struct waiter_list waiters;
};

struct jobs {
	uv_loop_t *loop;
	struct events *events;
	uint64_t last_id;
	unsigned int n_running, n_ended;
	CHAIN_HEAD(job_list, job) list; /* oldest first */
};

const char *job_state_to_string(enum job_state s)
{
	static const char *const names[JOB_STATE_MAX] = {
		[JOB_RUNNING] = "running",
		[JOB_DONE] = "done",
		[JOB_FAILED] = "failed",
		[JOB_CANCELLED] = "cancelled",
	};

	return s >= 0 && s < JOB_STATE_MAX ? names[s] : "invalid";
}

struct jobs *jobs_new(uv_loop_t *loop, struct events *events)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return NULL;
	jobs->loop = loop;
	jobs->events = events;
	CHAIN_INIT(&jobs->list);
	return jobs;
}

static void job_free(struct job *job)
{
	CHAIN_REMOVE(job, entry);
	if (job->ops && job->ops->free)
		job->ops->free(job->ctx);
	error_done(&job->err);
	json_object_put(job->result);
	free(job);
}

void jobs_free(struct jobs *jobs)
{
	struct job *job;

	if (!jobs)
		return;
	while ((job = CHAIN_FIRST(&jobs->list))) {
		waiter_list_fail(&job->waiters, ERROR_FAILED, "shutting-down", "umld is ending");
		job_free(job);
	}
	free(jobs);
}

static void job_emit(struct job *job)
{
	job->progress_sent_ms = uv_now(job->jobs->loop);
	events_emit_owned(job->jobs->events, job->owner, "job", job_to_json(job));
}

static void job_wait_late(void *ctx, int what, uint64_t waited_ms, struct error *err)
{
	const struct job *job = ctx;

	(void)error_set(err, ERROR_TIMED_OUT, "timed-out",
			"job %" PRIu64
			" (%s %s) is still at '%s' after %g s of waiting for its end",
			job->id, job->kind, job->subject, *job->phase ? job->phase : "its start",
			(double)waited_ms / 1000);
}

struct job *job_start(struct jobs *jobs, const char *kind, const char *subject, uid_t owner,
		      const struct job_ops *ops, void *ctx, struct error *err)
{
	struct job *job, **end = &jobs->list.first;

	if (jobs->n_running >= JOBS_RUNNING_MAX) {
		(void)error_set(err, ERROR_BUSY, "too-many-jobs", "%d jobs run already",
				JOBS_RUNNING_MAX);
		return NULL;
	}
	job = calloc(1, sizeof(*job));
	if (!job) {
		(void)error_set_errno(err, ENOMEM, "job");
		return NULL;
	}
	job->jobs = jobs;
	job->id = ++jobs->last_id;
	(void)snprintf(job->kind, sizeof(job->kind), "%s", kind);
	(void)snprintf(job->subject, sizeof(job->subject), "%s", subject);
	job->owner = owner;
	job->ops = ops;
	job->ctx = ctx;
	waiter_list_init(&job->waiters, job_wait_late, job);
	while (*end)
		end = &(*end)->entry.next;
	CHAIN_INSERT_AT(end, job, entry);
	jobs->n_running++;
	job_emit(job);
	return job;
}

void job_progress(struct job *job, unsigned int per_mille, const char *phase)
{
	bool new_phase = phase && strncmp(phase, job->phase, sizeof(job->phase) - 1) != 0;

	if (job->state != JOB_RUNNING)
		return;
	if (per_mille > 1000)
		per_mille = 1000;
	if (per_mille <= job->per_mille && !new_phase)
		return;
	if (per_mille > job->per_mille)
		job->per_mille = per_mille;
	if (new_phase)
		(void)snprintf(job->phase, sizeof(job->phase), "%s", phase);
	if (uv_now(job->jobs->loop) - job->progress_sent_ms >= JOB_PROGRESS_STEP_MS)
		job_emit(job);
}

static void jobs_trim(struct jobs *jobs)
{
	struct job *job, *next;

	for (job = CHAIN_FIRST(&jobs->list); job && jobs->n_ended > JOBS_ENDED_KEPT; job = next) {
		next = CHAIN_NEXT(job, entry);
		if (job->state == JOB_RUNNING)
			continue;
		jobs->n_ended--;
		job_free(job);
	}
}

static void job_answer(struct waiter *w, void *ctx)
{
	request_reply(waiter_take(w), job_to_json(ctx));
}

void job_end(struct job *job, struct json_object *result, const struct error *err)
{
	struct jobs *jobs = job->jobs;

	if (job->state != JOB_RUNNING) {
		json_object_put(result);
		return;
	}
	if (!err) {
		job->state = JOB_DONE;
		job->per_mille = 1000;
		job->result = result;
	} else {
		job->state = job->cancel_asked ? JOB_CANCELLED : JOB_FAILED;
		json_object_put(result);
		(void)error_set(&job->err, err->code ? err->code : ERROR_FAILED,
				*err->reason ? err->reason : "failed", "%s",
				err->message ? err->message : "the job failed");
		if (err->hint)
			error_hint(&job->err, "%s", err->hint);
	}
	jobs->n_running--;
	jobs->n_ended++;
	if (job->ops && job->ops->free)
		job->ops->free(job->ctx);
	job->ops = NULL;
	job->ctx = NULL;
	job_emit(job);
	waiter_list_each(&job->waiters, job_answer, job);
	jobs_trim(jobs);
}

uint64_t job_id(const struct job *job)
{
	return job->id;
}

struct job *jobs_find(struct jobs *jobs, uint64_t id)
{
	struct job *job;

	CHAIN_FOREACH(job, &jobs->list, entry)
	{
		if (job->id == id)
			return job;
	}
	return NULL;
}

struct job *jobs_next(struct jobs *jobs, struct job *after)
{
	return after ? CHAIN_NEXT(after, entry) : CHAIN_FIRST(&jobs->list);
}

uid_t job_owner(const struct job *job)
{
	return job->owner;
}

enum job_state job_state(const struct job *job)
{
	return job->state;
}

static struct json_object *job_error_to_json(const struct error *err)
{
	struct json_object *o;

	if (err->code == ERROR_NONE)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "code", json_object_new_int((int)err->code));
	json_object_object_add(o, "reason", json_object_new_string(err->reason));
	json_object_object_add(o, "message", json_object_new_string(err->message));
	if (err->hint)
		json_object_object_add(o, "hint", json_object_new_string(err->hint));
	return o;
}

struct json_object *job_to_json(const struct job *job)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "job", json_object_new_uint64(job->id));
	json_object_object_add(o, "kind", json_object_new_string(job->kind));
	json_object_object_add(o, "subject", json_object_new_string(job->subject));
	json_object_object_add(o, "state", json_object_new_string(job_state_to_string(job->state)));
	json_object_object_add(o, "progress", json_object_new_int((int)job->per_mille));
	json_object_object_add(o, "phase", json_object_new_string(job->phase));
	json_object_object_add(o, "error", job_error_to_json(&job->err));
	json_object_object_add(o, "result", json_object_get(job->result));
	return o;
}

void job_cancel(struct job *job)
{
	if (job->state != JOB_RUNNING || job->cancel_asked)
		return;
	job->cancel_asked = true;
	job->ops->cancel(job, job->ctx);
}

int job_wait(struct job *job, struct request *req, uint64_t timeout_ms, struct error *err)
{
	return waiter_add(&job->waiters, job->jobs->loop, req, 0, timeout_ms, err);
}
