// SPDX-License-Identifier: GPL-2.0-or-later
/* See guest_console.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <json-c/json.h>

#include "common/log.h"
#include "daemon/monitor/console_text.h"
#include "daemon/monitor/console_viewer.h"
#include "daemon/monitor/guest_console.h"

#define READ_BYTES     16384u
#define READS_PER_TURN 4u   /* then the other descriptors get their turn */
#define DRAIN_READS    128u /* a pty holds far less; only a bound */

static void console_ready(uv_poll_t *poll, int status, int events);

static void console_update_poll(struct guest_console *c)
{
	int events = UV_READABLE;

	if (c->input_len > c->input_sent)
		events |= UV_WRITABLE;
	(void)uv_poll_start(&c->poll, events, console_ready);
}

/* --- output ------------------------------------------------------------------------------------- */

/* 1: there may be more; 0: nothing left. */
static int console_read_some(struct guest_console *c)
{
	uint8_t buf[READ_BYTES];
	ssize_t n = read(c->master, buf, sizeof(buf));

	if (n > 0)
		scrollback_append(&c->ring, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void console_new_output(struct guest_console *c)
{
	console_log_kick(c->log);
	console_viewers_pump(c);
}

void guest_console_drain(struct guest_console *c)
{
	for (unsigned int i = 0; i < DRAIN_READS && console_read_some(c); i++)
		;
	console_new_output(c);
}

char *guest_console_tail(const struct guest_console *c, size_t max)
{
	uint64_t pos = c->run_start, lost;
	char *text = malloc(max + 1);
	size_t n;

	if (!text)
		return NULL;
	if (c->ring.head - pos > max)
		pos = c->ring.head - max;
	n = scrollback_read(&c->ring, &pos, text, max, &lost);
	(void)console_text_clean(text, n);
	return text;
}

/* --- input -------------------------------------------------------------------------------------- */

static void console_write_some(struct guest_console *c)
{
	while (c->input_sent < c->input_len) {
		ssize_t n =
			write(c->master, c->input + c->input_sent, c->input_len - c->input_sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 &&
		    errno !=
			    EAGAIN) { /* cannot happen on a pty with an open slave; never spin on it */
			n = (ssize_t)(c->input_len - c->input_sent);
			log_warning("console %u: cannot write: %s, ignoring", c->index,
				    strerror(errno));
		}
		if (n <= 0)
			return;
		c->input_sent += (size_t)n;
	}
	c->input_len = 0;
	c->input_sent = 0;
}

bool guest_console_takes_input(const struct guest_console *c)
{
	return c->input_len == 0 && !c->bye;
}

void guest_console_input(struct guest_console *c, const uint8_t *data, size_t len)
{
	if (len > sizeof(c->input) - c->input_len)
		len = sizeof(c->input) - c->input_len;
	memcpy(c->input + c->input_len, data, len);
	c->input_len += len;
	console_write_some(c);
	if (c->input_len) {
		console_update_poll(c);
		console_viewers_update(c);
	}
}

void guest_console_set_size(struct guest_console *c, unsigned int cols, unsigned int rows)
{
	struct winsize size = { .ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows };

	if (cols && rows)
		(void)ioctl(c->master, TIOCSWINSZ, &size);
}

static void console_ready(uv_poll_t *poll, int status, int events)
{
	struct guest_console *c = poll->data;

	if (status < 0) {
		log_error("console %u: %s; it is dead from here on", c->index, uv_strerror(status));
		(void)uv_poll_stop(poll);
		return;
	}
	if (events & UV_WRITABLE) {
		console_write_some(c);
		if (c->input_len == 0) {
			console_update_poll(c);
			console_viewers_update(c);
		}
	}
	if (events & UV_READABLE) {
		for (unsigned int i = 0; i < READS_PER_TURN && console_read_some(c); i++)
			;
		console_new_output(c);
	}
}

/* --- life --------------------------------------------------------------------------------------- */

/*
 * No echo, no signals, bytes as they are; but a newline gets its carriage return, for what kernels print before they have
 * set the terminal up themselves.
 */
static int console_reset_termios(const struct guest_console *c)
{
	struct termios t;

	if (tcgetattr(c->slave, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	t.c_oflag |= OPOST | ONLCR;
	return tcsetattr(c->slave, TCSANOW, &t) < 0 ? -errno : 0;
}

static int open_slave(int master)
{
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int console_open_pty(struct guest_console *c)
{
	c->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (c->master < 0)
		return -errno;
	if (unlockpt(c->master) < 0)
		return -errno;
	c->slave = open_slave(c->master);
	if (c->slave < 0)
		return c->slave;
	guest_console_set_size(c, 80, 24);
	return console_reset_termios(c);
}

int guest_console_begin_run(struct guest_console *c)
{
	int r = console_reset_termios(c);

	if (r < 0)
		return r;
	(void)tcflush(c->slave, TCIFLUSH); /* keys that were meant for the last kernel */
	c->run_start = c->ring.head;
	return open_slave(c->master);
}

static void console_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void console_release(struct guest_console *c)
{
	if (c->master >= 0)
		(void)close(c->master);
	if (c->slave >= 0)
		(void)close(c->slave);
	if (c->log && console_log_is_idle(c->log))
		console_log_free(c->log);
	scrollback_done(&c->ring);
	free(c->bye);
}

void guest_console_free(struct guest_console *c)
{
	if (!c)
		return;
	console_viewers_drop_all(c);
	uv_close((uv_handle_t *)&c->poll, console_closed);
	console_release(c);
}

int guest_console_new(uv_loop_t *loop, int guest_dirfd, const char *guest, unsigned int index,
		      uint64_t log_bytes, struct guest_console **ret, struct error *err)
{
	struct guest_console *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_set_errno(err, ENOMEM, "cannot make console %u", index);
	c->loop = loop;
	c->guest = guest;
	c->index = index;
	c->master = -1;
	c->slave = -1;
	r = scrollback_init(&c->ring, CONSOLE_RING_BYTES);
	if (r == 0)
		r = console_open_pty(c);
	if (r == 0) {
		c->log = console_log_new(loop, guest_dirfd, index, log_bytes, &c->ring);
		r = c->log ? uv_poll_init(loop, &c->poll, c->master) : -ENOMEM;
	}
	if (r < 0) {
		console_release(c);
		free(c);
		return error_set_errno(err, r, "cannot make console %u", index);
	}
	c->poll.data = c;
	console_update_poll(c);
	*ret = c;
	return 0;
}

/* --- what viewers are told ---------------------------------------------------------------------- */

int guest_console_attach(struct guest_console *c, int fd, bool readonly, struct error *err)
{
	cleanup_close int owned = fd;

	if (c->bye)
		return error_set(err, ERROR_BUSY, "guest-ended", "the guest has just ended");
	if (c->n_viewers >= CONSOLE_VIEWERS_MAX)
		return error_set(err, ERROR_BUSY, "too-many-viewers",
				 "the console has %u viewers already", c->n_viewers);
	return console_viewer_new(c, TAKE_FD(owned), readonly, err);
}

void guest_console_tell_state(struct guest_console *c, const char *state, const char *reason)
{
	struct json_object *o = json_object_new_object();
	const char *text;

	if (!o)
		return;
	(void)json_object_object_add(o, "state", json_object_new_string(state));
	if (reason)
		(void)json_object_object_add(o, "reason", json_object_new_string(reason));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	if (text && strlen(text) < sizeof(c->state_json)) {
		memcpy(c->state_json, text, strlen(text) + 1);
		c->state_seq++;
		c->state_pos = c->ring.head;
	}
	json_object_put(o);
	console_viewers_pump(c);
}

void guest_console_say_bye(struct guest_console *c, const char *text, void (*fn)(void *ctx),
			   void *ctx)
{
	if (c->bye)
		return;
	c->bye = strndup(text, CONSOLE_PAYLOAD_MAX);
	c->viewers_gone_fn = fn;
	c->viewers_gone_ctx = ctx;
	if (!c->bye) {
		console_viewers_drop_all(c);
		return;
	}
	console_viewers_update(c);
	console_viewers_pump(c);
}
