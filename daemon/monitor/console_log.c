// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See console_log.h. One chunk at a time is copied out of the ring on the loop's thread and handed to a worker; between
 * hand-over and completion only the worker touches the fields below "worker".
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/monitor/console_log.h"

#define LOG_CHUNK_BYTES (32u * 1024)
#define LOG_NOTE_BYTES	80u

struct console_log {
	uv_loop_t *loop;
	const struct scrollback *ring;
	uint64_t max_bytes, pos;
	bool busy, failing;
	void (*idle_fn)(void *ctx);
	void *idle_ctx;
	uv_work_t work;

	/* worker */
	int dirfd, fd;
	char name[32], old_name[40];
	char chunk[LOG_NOTE_BYTES + LOG_CHUNK_BYTES];
	size_t len;
	int result;
};

struct console_log *console_log_new(uv_loop_t *loop, int dirfd, unsigned int index,
				    uint64_t max_bytes, const struct scrollback *ring)
{
	struct console_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->loop = loop;
	log->ring = ring;
	log->max_bytes = max_bytes;
	log->pos = ring->head;
	log->dirfd = dirfd;
	log->fd = -1;
	log->work.data = log;
	(void)snprintf(log->name, sizeof(log->name), "console-%u.log", index);
	(void)snprintf(log->old_name, sizeof(log->old_name), "%s.1", log->name);
	return log;
}

/* --- on the worker's thread --------------------------------------------------------------------- */

static int log_open(struct console_log *log)
{
	if (log->fd >= 0)
		return 0;
	log->fd = openat(log->dirfd, log->name,
			 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	return log->fd < 0 ? -errno : 0;
}

static void log_close(struct console_log *log)
{
	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = -1;
}

static int log_write_chunk(struct console_log *log)
{
	struct stat st;
	int r = log_open(log);

	if (r < 0)
		return r;
	if (fstat(log->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > 0 && (uint64_t)st.st_size + log->len > log->max_bytes) {
		log_close(log);
		if (renameat(log->dirfd, log->name, log->dirfd, log->old_name) < 0)
			return -errno;
		r = log_open(log);
		if (r < 0)
			return r;
	}
	return fd_write_all(log->fd, log->chunk, log->len);
}

static void log_worker(uv_work_t *work)
{
	struct console_log *log = work->data;

	log->result = log_write_chunk(log);
	if (log->result < 0)
		log_close(log); /* whatever is wrong with the file, the next chunk opens it again */
}

/* --- on the loop's thread ----------------------------------------------------------------------- */

static void log_written(uv_work_t *work, int status)
{
	struct console_log *log = work->data;

	log->busy = false;
	if (status == 0 && log->result < 0 && !log->failing)
		log_warning("cannot write %s: %s, ignoring until it works again", log->name,
			    strerror(-log->result));
	if (status == 0 && log->result == 0 && log->failing)
		log_info("%s can be written again", log->name);
	log->failing = status != 0 || log->result < 0;
	console_log_kick(log);
	if (!log->busy && log->idle_fn)
		log->idle_fn(log->idle_ctx);
}

void console_log_kick(struct console_log *log)
{
	uint64_t lost;
	size_t n, limit = LOG_CHUNK_BYTES, note = 0;

	if (log->max_bytes == 0)
		log->pos = log->ring->head;
	if (log->busy || log->pos >= log->ring->head)
		return;
	/* A chunk is never larger than a file may be, so that small limits hold as well. */
	if (log->max_bytes < limit)
		limit = (size_t)log->max_bytes;
	n = scrollback_read(log->ring, &log->pos, log->chunk + LOG_NOTE_BYTES, limit, &lost);
	if (lost) {
		note = (size_t)snprintf(log->chunk, LOG_NOTE_BYTES,
					"\n[umld-monitor: %llu bytes are missing here]\n",
					(unsigned long long)lost);
	}
	memmove(log->chunk + note, log->chunk + LOG_NOTE_BYTES, n);
	log->len = note + n;
	log->busy = uv_queue_work(log->loop, &log->work, log_worker, log_written) == 0;
}

bool console_log_is_idle(const struct console_log *log)
{
	return !log->busy && log->pos >= log->ring->head;
}

void console_log_on_idle(struct console_log *log, void (*fn)(void *ctx), void *ctx)
{
	log->idle_fn = fn;
	log->idle_ctx = ctx;
}

void console_log_free(struct console_log *log)
{
	if (!log)
		return;
	log_close(log);
	free(log);
}
