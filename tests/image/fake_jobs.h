/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/jobs.h without events and requests: one struct that remembers what a job was told. Link it instead of umld_core.
 */
#ifndef TESTS_IMAGE_FAKE_JOBS_H
#define TESTS_IMAGE_FAKE_JOBS_H

#include <stdbool.h>

#include "daemon/jobs.h"

struct jobs {
	unsigned int n_running;
	bool refuse; /* the next job_start fails with BUSY */
};

struct job {
	struct jobs *jobs;
	char kind[32], subject[64], phase[80];
	unsigned int per_mille, n_progress;
	const struct job_ops *ops;
	void *ctx;
	bool ended;
	struct json_object *result;
	struct error err;
};

void fake_job_cancel(struct job *job);
void fake_job_free(struct job *job);

#endif
