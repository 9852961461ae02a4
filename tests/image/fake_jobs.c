// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See fake_jobs.h. Breaking the rules of jobs.h (progress or a second end after the end) ends the test.
 */
#include "tests/image/fake_jobs.h"

#include <stdio.h>
#include <stdlib.h>

struct job *job_start(struct jobs *jobs, const char *kind, const char *subject, uid_t owner,
		      const struct job_ops *ops, void *ctx, struct error *err)
{
	struct job *job;

	if (jobs->refuse) {
		(void)error_set(err, ERROR_BUSY, "too-many-jobs", "too many jobs");
		return NULL;
	}
	job = calloc(1, sizeof(*job));
	if (!job)
		abort();
	job->jobs = jobs;
	(void)snprintf(job->kind, sizeof(job->kind), "%s", kind);
	(void)snprintf(job->subject, sizeof(job->subject), "%s", subject);
	job->ops = ops;
	job->ctx = ctx;
	jobs->n_running++;
	return job;
}

void job_progress(struct job *job, unsigned int per_mille, const char *phase)
{
	if (job->ended)
		abort();
	if (per_mille > job->per_mille)
		job->per_mille = per_mille;
	(void)snprintf(job->phase, sizeof(job->phase), "%s", phase);
	job->n_progress++;
}

void job_end(struct job *job, struct json_object *result, const struct error *err)
{
	if (job->ended)
		abort();
	job->ended = true;
	job->result = result;
	if (err) {
		(void)error_set(&job->err, err->code, err->reason, "%s", err->message);
		if (err->hint)
			error_hint(&job->err, "%s", err->hint);
	}
	job->jobs->n_running--;
	job->ops->free(job->ctx);
}

void fake_job_cancel(struct job *job)
{
	job->ops->cancel(job, job->ctx);
}

void fake_job_free(struct job *job)
{
	json_object_put(job->result);
	error_done(&job->err);
	free(job);
}
