/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching a job of umld's until it ends.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "cli/cli_verb.h"

/*
 * Show progress until the job has ended. Its failure is err. cancel_on_interrupt: ^C cancels the job (and waits
 * for its end) instead of ending umlctl. ret gets the ended job.
 */
int job_follow(struct ctl *ctl, int64_t job, bool cancel_on_interrupt, const char *timeout,
	       struct json_object **ret, struct error *err);

/* What follows a request that returned a job: wait for it, or with --no-wait say its number. */
int job_finish(struct ctl *ctl, const struct verb_call *call, struct json_object *job,
	       const char *done, struct error *err);

#endif
