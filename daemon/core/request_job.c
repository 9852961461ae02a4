/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job.*: a job may be seen by who asked for it and by administrators.
 */
#include "daemon/core/job_list.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"

static bool may_see(const struct request *req, const struct job *job)
{
	return req->admin || job_owner(job) == req->uid;
}

static int request_job(struct request *req, struct job **ret, struct error *err)
{
	uint64_t id = (uint64_t)rpc_arg_int(req->params, "job", 0);
	struct job *job = jobs_find(req->umld->jobs, id);

	if (!job)
		return error_set(err, ERROR_NOT_FOUND, "job-not-found", "there is no job %llu",
				 (unsigned long long)id);
	if (!may_see(req, job))
		return error_set(err, ERROR_NOT_PERMITTED, "not-permitted",
				 "job %llu belongs to another user", (unsigned long long)id);
	*ret = job;
	return 0;
}

int request_job_list(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (struct job *j = jobs_next(req->umld->jobs, NULL); j;
	     j = jobs_next(req->umld->jobs, j)) {
		if (may_see(req, j))
			json_object_array_add(list, job_to_json(j));
	}
	json_object_object_add(o, "jobs", list);
	*ret = o;
	return 0;
}

int request_job_show(struct request *req, struct json_object **ret, struct error *err)
{
	struct job *job = NULL;
	int r = request_job(req, &job, err);

	if (r == 0)
		*ret = job_to_json(job);
	return r;
}

int request_job_cancel(struct request *req, struct json_object **ret, struct error *err)
{
	struct job *job = NULL;
	int r = request_job(req, &job, err);

	if (r < 0)
		return r;
	job_cancel(job);
	*ret = job_to_json(job);
	return 0;
}

int request_job_wait(struct request *req, struct json_object **ret, struct error *err)
{
	struct job *job = NULL;
	int r = request_job(req, &job, err);

	if (r < 0)
		return r;
	if (job_state(job) != JOB_RUNNING) {
		*ret = job_to_json(job);
		return 0;
	}
	return job_wait(job, req, rpc_arg_duration(req->params, "timeout", UINT64_MAX), err);
}
