// SPDX-License-Identifier: GPL-2.0-or-later
/* Do jobs end once, are ended ones kept for a while, and are there never too many? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/event_log.h"
#include "daemon/core/job_list.h"

struct work {
	int cancelled, freed;
};

static void work_cancel(struct job *job, void *ctx)
{
	cleanup_error struct error err = ERROR_INIT;
	struct work *w = ctx;

	w->cancelled++;
	(void)error_set(&err, ERROR_FAILED, "interrupted", "it was interrupted");
	job_end(job, NULL, &err);
}

static void work_free(void *ctx)
{
	((struct work *)ctx)->freed++;
}

static const struct job_ops ops = { work_cancel, work_free };
static uv_loop_t loop;
static struct events *events;
static struct jobs *jobs;

static int setup(void **state)
{
	if (uv_loop_init(&loop) < 0)
		return -1;
	events = events_new("0123456789abcdef");
	jobs = jobs_new(&loop, events);
	return jobs ? 0 : -1;
}

static int teardown(void **state)
{
	jobs_free(jobs);
	events_free(events);
	return uv_loop_close(&loop);
}

static struct job *start(struct work *w)
{
	cleanup_error struct error err = ERROR_INIT;
	struct job *job = job_start(jobs, "image.build", "x", 1000, &ops, w, &err);

	assert_non_null(job);
	return job;
}

static void test_done(void **state)
{
	struct work w = { 0 };
	struct job *job = start(&w);
	struct json_object *o;

	assert_int_equal(job_state(job), JOB_RUNNING);
	job_progress(job, 300, "unpacking");
	job_progress(job, 200, "unpacking"); /* never goes back */
	o = job_to_json(job);
	assert_int_equal(json_object_get_int(json_object_object_get(o, "progress")), 300);
	assert_string_equal(json_object_get_string(json_object_object_get(o, "phase")),
			    "unpacking");
	json_object_put(o);
	job_end(job, json_object_new_string("r"), NULL);
	job_end(job, json_object_new_string("again"), NULL);
	assert_int_equal(w.freed, 1);
	assert_int_equal(job_state(job), JOB_DONE);
	o = job_to_json(job);
	assert_string_equal(json_object_get_string(json_object_object_get(o, "result")), "r");
	assert_null(json_object_object_get(o, "error"));
	json_object_put(o);
}

static void test_failed_and_cancelled(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct work w = { 0 };
	struct job *job = start(&w);
	struct json_object *o;

	(void)error_set(&err, ERROR_BUSY, "in-use", "somebody has it");
	job_end(job, NULL, &err);
	assert_int_equal(job_state(job), JOB_FAILED);
	o = job_to_json(job);
	assert_string_equal(json_object_get_string(json_object_object_get(
				    json_object_object_get(o, "error"), "reason")),
			    "in-use");
	json_object_put(o);
	job_cancel(job);
	assert_int_equal(w.cancelled, 0);
	job = start(&w);
	job_cancel(job);
	assert_int_equal(w.cancelled, 1);
	assert_int_equal(job_state(job), JOB_CANCELLED);
	assert_int_equal(w.freed, 2);
}

static void test_limits(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct work w = { 0 };
	struct job *running[16];
	uint64_t first;
	int n = 0;

	for (int i = 0; i < 16; i++)
		running[i] = start(&w);
	assert_null(job_start(jobs, "image.build", "x", 0, &ops, &w, &err));
	assert_int_equal(err.code, ERROR_BUSY);
	for (int i = 0; i < 16; i++)
		job_end(running[i], NULL, NULL);
	first = job_id(running[0]);
	for (int i = 0; i < 64; i++)
		job_end(start(&w), NULL, NULL);
	assert_null(jobs_find(jobs, first));
	for (struct job *j = jobs_next(jobs, NULL); j; j = jobs_next(jobs, j))
		n++;
	assert_int_equal(n, 64);
}

static void test_event_log(void **state)
{
	assert_int_equal(events_seq(events), 0);
	assert_int_equal(events_oldest(events), 1);
	for (int i = 0; i < 3000; i++)
		events_emit(events, "x", NULL);
	assert_int_equal(events_seq(events), 3000);
	assert_int_equal(events_oldest(events), 3000 - 1024 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_done, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_and_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_event_log, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
