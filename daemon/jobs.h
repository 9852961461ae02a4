/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long work that a client may watch, wait for and cancel: image builds and imports. A job lives in memory; a restart of
 * umld ends the jobs (their children die with umld, their half-made files in STATE/tmp are removed at the next start).
 * Ended jobs are kept until 64 newer ones have ended.
 */
#ifndef DAEMON_JOBS_H
#define DAEMON_JOBS_H

#include <json-c/json.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_STATE_MAX };
const char *job_state_to_string(enum job_state s);

struct job;
struct jobs;

struct job_ops {
	/* Ask the work to stop; it must call job_end soon, from the loop. Required. */
	void (*cancel)(struct job *job, void *ctx);
	/* Free ctx; called once after job_end. Required. */
	void (*free)(void *ctx);
};

/*
 * kind: "image.build" …, subject: the image's name. owner: the uid that may watch it. The job starts as RUNNING. Returns NULL if 16
 * jobs run already (err set, BUSY). ctx stays the caller's if NULL is returned.
 */
struct job *job_start(struct jobs *jobs, const char *kind, const char *subject, uid_t owner,
		      const struct job_ops *ops, void *ctx, struct error *err);

/* Progress in per mille (never goes back) and what is being done now, one short phrase. Emits at most ten events a second. */
void job_progress(struct job *job, unsigned int per_mille, const char *phase);

/* The end. err NULL: done with result (taken over, may be NULL); otherwise failed, or cancelled if that was asked for. */
void job_end(struct job *job, struct json_object *result, const struct error *err);

uint64_t job_id(const struct job *job);

#endif
