/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of jobs.c that the request side uses; daemon/jobs.h is what the workers use.
 */
#ifndef DAEMON_CORE_JOB_LIST_H
#define DAEMON_CORE_JOB_LIST_H

#include <uv.h>

#include "daemon/core/requests.h"
#include "daemon/events.h"
#include "daemon/jobs.h"

struct jobs *jobs_new(uv_loop_t *loop, struct events *events);
/* Cancels what runs; whoever works must have called job_end by then (images_free does). Accepts NULL. */
void jobs_free(struct jobs *jobs);

struct job *jobs_find(struct jobs *jobs, uint64_t id);
struct job *jobs_next(struct jobs *jobs, struct job *after); /* NULL: the first */
uid_t job_owner(const struct job *job);
enum job_state job_state(const struct job *job);
struct json_object *job_to_json(const struct job *job);
void job_cancel(struct job *job);

/* Answer req with the job when it has ended, or with TIMED_OUT. timeout_ms UINT64_MAX: wait for ever. */
int job_wait(struct job *job, struct request *req, uint64_t timeout_ms, struct error *err);

#endif
