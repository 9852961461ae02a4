// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One worker process after another, watched from the loop: the one that makes the disk file, and where that did not go well the one
 * that removes what is left. A stage is over when the process has ended and its output has been read to the end.
 *
 * Lifetime: an image_job is freed when all its handles have closed; handles counts them. The store may go
 * earlier (abandon), im is then NULL.
 */
#include "daemon/image/image_store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "common/log.h"
#include "daemon/image/image_progress.h"

#define ARGS_MAX 16

enum image_stage { STAGE_MAKE, STAGE_REMOVE };

struct image_job {
	LIST_ENTRY(image_job) entry;
	struct images *im;
	struct job *job; /* NULL for a mere removal, and after the end */
	enum image_stage stage;
	char name[NAME_LEN_MAX + 1], suite[40];
	char dir[PATHS_MAX * 2];
	bool cancelled;
	struct error err;

	uv_process_t process;
	uv_pipe_t output;
	unsigned int handles; /* open ones of the stage */
	bool running, exited; /* the worker; running only between its start and its end */
	int64_t exit_status;
	int exit_signal;
	struct image_progress progress;
	char buf[4096];
};

static void stage_over(struct image_job *j);

bool image_job_runs(struct images *im, const char *name)
{
	struct image_job *j;

	LIST_FOREACH(j, &im->running, entry)
	{
		if (j->name[0] && strcmp(j->name, name) == 0)
			return true;
	}
	return false;
}

/* --- one worker ---------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *h)
{
	struct image_job *j = h->data;

	if (--j->handles == 0)
		stage_over(j);
}

static void on_exit_status(uv_process_t *p, int64_t status, int signal_number)
{
	struct image_job *j = p->data;

	j->running = false;
	j->exited = true;
	j->exit_status = status;
	j->exit_signal = signal_number;
	uv_close((uv_handle_t *)p, on_closed);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct image_job *j = h->data;

	*buf = uv_buf_init(j->buf, sizeof(j->buf));
}

static void on_output(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct image_job *j = s->data;

	if (n == 0)
		return;
	if (n < 0) {
		uv_close((uv_handle_t *)s, on_closed);
		return;
	}
	if (image_progress_feed(&j->progress, buf->base, (size_t)n) && j->job &&
	    j->stage == STAGE_MAKE)
		job_progress(j->job, j->progress.per_mille, j->progress.phase);
}

static int spawn(struct image_job *j, const char *const args[], int write_end, int source_fd)
{
	char parent[16], *argv[ARGS_MAX] = { NULL };
	uv_stdio_container_t stdio[4] = { { .flags = UV_IGNORE } };
	uv_process_options_t options = { .exit_cb = on_exit_status, .stdio = stdio };
	unsigned int n = 0;
	int r;

	(void)snprintf(parent, sizeof(parent), "%d", (int)getpid());
	argv[n++] = j->im->worker;
	argv[n++] = parent;
	for (; *args && n < ARGS_MAX - 2; args++) {
		/* libuv takes what it will not change as not const. */
		union {
			const char *in;
			char *out;
		} arg = { .in = *args };

		argv[n++] = arg.out;
		/* The directory goes behind the verb. */
		if (n == 3)
			argv[n++] = j->dir;
	}
	stdio[1] = stdio[2] = (uv_stdio_container_t){ UV_INHERIT_FD, { .fd = write_end } };
	stdio[3] = (uv_stdio_container_t){ UV_INHERIT_FD, { .fd = source_fd } };
	options.file = argv[0];
	options.args = argv;
	options.stdio_count = source_fd >= 0 ? 4 : 3;
	j->process.data = j;
	r = uv_spawn(j->im->loop, &j->process, &options);
	/* libuv has a handle to be closed also when it failed. */
	j->handles++;
	if (r < 0)
		uv_close((uv_handle_t *)&j->process, on_closed);
	else
		j->running = true;
	return r;
}

/*
 * Start a worker whose end stage_over() will see. On failure too stage_over() follows if handles have been opened
 * (j->handles is not 0); the caller then leaves the rest to it.
 */
static int stage_start(struct image_job *j, const char *const args[], int source_fd)
{
	int ends[2], r;

	j->exited = false;
	j->exit_status = -1;
	j->exit_signal = 0;
	if (uv_pipe(ends, UV_NONBLOCK_PIPE, 0) < 0)
		return -EMFILE;
	r = uv_pipe_init(j->im->loop, &j->output, 0);
	if (r < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return r;
	}
	j->output.data = j;
	j->handles++;
	r = uv_pipe_open(&j->output, ends[0]);
	if (r < 0)
		(void)close(ends[0]);
	if (r == 0)
		r = uv_read_start((uv_stream_t *)&j->output, on_alloc, on_output);
	if (r == 0)
		r = spawn(j, args, ends[1], source_fd);
	(void)close(ends[1]);
	if (r < 0)
		uv_close((uv_handle_t *)&j->output, on_closed);
	return r;
}

/* --- the course of a job ------------------------------------------------------------------------- */

static void image_job_free(struct image_job *j)
{
	if (j->im)
		LIST_REMOVE(j, entry);
	error_done(&j->err);
	free(j);
}

static void image_job_end(struct image_job *j)
{
	struct json_object *result = NULL;
	struct job *job = TAKE_PTR(j->job);

	if (job && error_is_set(&j->err)) {
		job_end(job, NULL, &j->err);
	} else if (job) {
		result = json_object_new_object();
		json_object_object_add(result, "image", json_object_new_string(j->name));
		job_end(job, result, NULL);
	}
	image_job_free(j);
}

static void describe_failure(struct image_job *j)
{
	char tail[PROGRESS_LINE_MAX * PROGRESS_TAIL_LINES];
	const char *verb = j->suite[0] ? "build" : "import";

	if (j->cancelled) {
		(void)error_set(&j->err, ERROR_FAILED, "cancelled",
				"the %s of image '%s' was cancelled", verb, j->name);
		return;
	}
	if (j->exit_signal != 0)
		(void)error_set(&j->err, ERROR_FAILED, "image-failed",
				"the %s of image '%s' was killed by signal %d", verb, j->name,
				j->exit_signal);
	else
		(void)error_set(&j->err, ERROR_FAILED, "image-failed",
				"the %s of image '%s' failed%s%s", verb, j->name,
				j->progress.phase[0] ? " while " : "", j->progress.phase);
	image_progress_tail(&j->progress, tail, sizeof(tail));
	if (tail[0])
		error_hint(&j->err, "%s", tail);
}

static void start_removal(struct image_job *j)
{
	int r;

	j->stage = STAGE_REMOVE;
	r = stage_start(j, (const char *const[]){ "remove", NULL }, -1);
	if (r == 0)
		return;
	log_warning("cannot remove %s: %s, leaving it to the next start", j->dir, uv_strerror(r));
	if (j->handles == 0)
		image_job_end(j);
}

/* All handles of the stage have closed. */
static void stage_over(struct image_job *j)
{
	bool ok = j->exited && j->exit_status == 0 && j->exit_signal == 0;

	if (!j->im) {
		image_job_free(j);
		return;
	}
	if (j->stage == STAGE_REMOVE) {
		if (!ok)
			log_warning("cannot remove %s, leaving it to the next start", j->dir);
		image_job_end(j);
		return;
	}
	if (!ok && !error_is_set(&j->err))
		describe_failure(j);
	if (ok && images_publish(j->im, j->dir, j->name, j->suite[0] ? "build" : "import", j->suite,
				 &j->err) == 0)
		image_job_end(j);
	else
		start_removal(j);
}

static void image_job_cancel(struct job *job, void *ctx)
{
	struct image_job *j = ctx;

	if (j->stage != STAGE_MAKE || j->cancelled)
		return;
	j->cancelled = true;
	if (j->running)
		(void)uv_process_kill(&j->process, SIGTERM);
}

/* The object belongs to its handles, not to the job. */
static void image_job_forget(void *ctx)
{
	struct image_job *j = ctx;

	j->job = NULL;
}

static const struct job_ops image_job_ops = { .cancel = image_job_cancel,
					      .free = image_job_forget };

int image_job_start(struct images *im, const char *name, const char *suite, uid_t owner,
		    const char *const args[], int source_fd, struct job **ret, struct error *err)
{
	struct image_job *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return error_set_errno(err, ENOMEM, "image %s", name);
	(void)snprintf(j->name, sizeof(j->name), "%s", name);
	(void)snprintf(j->suite, sizeof(j->suite), "%s", suite ? suite : "");
	r = images_make_dir(im, j->dir, sizeof(j->dir), err);
	if (r < 0) {
		free(j);
		return r;
	}
	j->job = job_start(im->jobs, suite ? "image.build" : "image.import", name, owner,
			   &image_job_ops, j, err);
	if (!j->job) {
		(void)rmdir(j->dir);
		free(j);
		return -EBUSY;
	}
	j->im = im;
	LIST_INSERT_HEAD(&im->running, j, entry);
	*ret = j->job;
	job_progress(j->job, 0, "starting");
	r = stage_start(j, args, source_fd);
	if (r == 0) {
		if (source_fd >= 0)
			(void)close(source_fd);
		return 0;
	}
	/* The job exists and is known: it ends as any failed one, on the loop. */
	(void)error_set_errno(&j->err, r, "cannot run %s", im->worker);
	if (source_fd >= 0)
		(void)close(source_fd);
	if (j->handles == 0)
		start_removal(j);
	return 0;
}

void image_dir_remove(struct images *im, const char *dir)
{
	struct image_job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	(void)snprintf(j->dir, sizeof(j->dir), "%s", dir);
	j->im = im;
	LIST_INSERT_HEAD(&im->running, j, entry);
	start_removal(j);
}

void image_jobs_abandon(struct images *im)
{
	struct image_job *j;

	while ((j = LIST_FIRST(&im->running))) {
		struct job *job = TAKE_PTR(j->job);
		cleanup_error struct error err = ERROR_INIT;

		LIST_REMOVE(j, entry);
		j->im = NULL;
		if (j->running) {
			(void)uv_process_kill(&j->process, SIGTERM);
			uv_close((uv_handle_t *)&j->process, on_closed);
		}
		if (!uv_is_closing((uv_handle_t *)&j->output))
			uv_close((uv_handle_t *)&j->output, on_closed);
		if (job) {
			(void)error_set(&err, ERROR_FAILED, "shutting-down", "umld is ending");
			job_end(job, NULL, &err);
		}
	}
}
