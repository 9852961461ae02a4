// SPDX-License-Identifier: GPL-2.0-or-later
/* See console_viewer.h. */
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/console_proto.h"
#include "common/log.h"
#include "daemon/monitor/console_viewer.h"
#include "daemon/monitor/guest_console.h"

#define FRAMES_PER_TURN	   32u /* to one viewer, then the others get their turn */
#define VIEWER_SEND_BUFFER (64 * 1024)

struct console_viewer {
	struct guest_console *console;
	struct console_viewer *next, *prev;
	int fd;
	uv_poll_t poll;
	bool readonly;
	bool blocked; /* the socket takes no more at the moment */
	bool hello_done, live_done, bye_done;
	bool dropped;
	uint64_t pos;	    /* next byte of the ring to send */
	uint64_t live_at;   /* the ring's head when the viewer came */
	uint64_t state_seq; /* last state told */
	unsigned int cols, rows;

	uint8_t out[CONSOLE_HEADER_BYTES + CONSOLE_PAYLOAD_MAX];
	size_t out_len, out_sent;
	struct console_decoder decoder;
};

/* --- list --------------------------------------------------------------------------------------- */

static void viewer_link(struct console_viewer *v)
{
	struct guest_console *c = v->console;

	v->prev = NULL;
	v->next = c->viewers;
	if (v->next)
		v->next->prev = v;
	c->viewers = v;
}

static void viewer_unlink(struct console_viewer *v)
{
	if (v->prev)
		v->prev->next = v->next;
	else
		v->console->viewers = v->next;
	if (v->next)
		v->next->prev = v->prev;
	v->prev = NULL;
	v->next = NULL;
}

/* The window is as large as that of the viewer who was active last. */
static void viewers_apply_size(struct guest_console *c)
{
	for (struct console_viewer *v = c->viewers; v; v = v->next)
		if (v->cols && v->rows) {
			guest_console_set_size(c, v->cols, v->rows);
			return;
		}
}

static void viewer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void viewer_drop(struct console_viewer *v)
{
	struct guest_console *c = v->console;

	if (v->dropped)
		return;
	v->dropped = true;
	viewer_unlink(v);
	c->n_viewers--;
	uv_close((uv_handle_t *)&v->poll, viewer_closed);
	(void)close(v->fd);
	if (!c->bye)
		viewers_apply_size(c);
	if (c->bye && c->n_viewers == 0 && c->viewers_gone_fn)
		c->viewers_gone_fn(c->viewers_gone_ctx);
}

void console_viewers_drop_all(struct guest_console *c)
{
	c->viewers_gone_fn = NULL;
	while (c->viewers)
		viewer_drop(c->viewers);
}

/* --- monitor to viewer -------------------------------------------------------------------------- */

static void viewer_put_frame(struct console_viewer *v, enum console_frame_type type,
			     const void *payload, size_t len)
{
	if (payload && len)
		memcpy(v->out + CONSOLE_HEADER_BYTES, payload, len);
	console_frame_header(v->out, type, len);
	v->out_len = CONSOLE_HEADER_BYTES + len;
	v->out_sent = 0;
}

static void viewer_put_hello(struct console_viewer *v)
{
	char text[160]; /* a guest's name needs no quoting */
	int n = snprintf(text, sizeof(text), "{\"guest\":\"%s\",\"console\":%u,\"offset\":%llu}",
			 v->console->guest, v->console->index, (unsigned long long)v->pos);

	viewer_put_frame(v, CONSOLE_HELLO, text, (size_t)n);
	v->hello_done = true;
}

/* How far output may go before something else has to be said. */
static uint64_t viewer_output_limit(const struct console_viewer *v)
{
	const struct guest_console *c = v->console;
	uint64_t limit = v->live_done ? c->ring.head : v->live_at;

	if (v->state_seq != c->state_seq && c->state_pos < limit)
		limit = c->state_pos;
	return limit;
}

/* DATA or LOST, if there is any. */
static bool viewer_put_output(struct console_viewer *v)
{
	const struct scrollback *ring = &v->console->ring;
	uint64_t limit = viewer_output_limit(v), oldest = scrollback_oldest(ring), lost;
	size_t want = CONSOLE_PAYLOAD_MAX, n;

	if (v->pos < oldest) {
		uint64_t be = htobe64(oldest - v->pos);

		v->pos = oldest;
		viewer_put_frame(v, CONSOLE_LOST, &be, sizeof(be));
		return true;
	}
	if (v->pos >= limit)
		return false;
	if (limit - v->pos < want)
		want = (size_t)(limit - v->pos);
	n = scrollback_read(ring, &v->pos, v->out + CONSOLE_HEADER_BYTES, want, &lost);
	viewer_put_frame(v, CONSOLE_DATA, NULL, n);
	return true;
}

/* Put the next frame into the (empty) buffer; false if there is nothing to say. */
static bool viewer_next_frame(struct console_viewer *v)
{
	struct guest_console *c = v->console;

	if (!v->hello_done) {
		viewer_put_hello(v);
	} else if (viewer_put_output(v)) {
		;
	} else if (!v->live_done && v->pos >= v->live_at) {
		viewer_put_frame(v, CONSOLE_LIVE, NULL, 0);
		v->live_done = true;
	} else if (v->state_seq != c->state_seq && v->pos >= c->state_pos) {
		viewer_put_frame(v, CONSOLE_STATE, c->state_json, strlen(c->state_json));
		v->state_seq = c->state_seq;
	} else if (c->bye && v->live_done && v->pos >= c->ring.head && !v->bye_done) {
		viewer_put_frame(v, CONSOLE_BYE, c->bye, strlen(c->bye));
		v->bye_done = true;
	} else {
		return false;
	}
	return true;
}

/* 1: the frame is out, 0: the socket is full, -1: the viewer is gone. */
static int viewer_send(struct console_viewer *v)
{
	while (v->out_sent < v->out_len) {
		ssize_t n = send(v->fd, v->out + v->out_sent, v->out_len - v->out_sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		v->out_sent += (size_t)n;
	}
	v->out_len = 0;
	v->out_sent = 0;
	return 1;
}

static void viewer_update_poll(struct console_viewer *v);

static void viewer_pump(struct console_viewer *v)
{
	bool was_blocked = v->blocked;

	v->blocked = true; /* also after a full turn: then the poll brings us back */
	for (unsigned int i = 0; i < FRAMES_PER_TURN; i++) {
		int r;

		if (v->out_len == 0 && !viewer_next_frame(v)) {
			v->blocked = false;
			break;
		}
		r = viewer_send(v);
		if (r < 0 || (r > 0 && v->bye_done)) {
			viewer_drop(v);
			return;
		}
		if (r == 0)
			break;
	}
	if (v->blocked != was_blocked)
		viewer_update_poll(v);
}

void console_viewers_pump(struct guest_console *c)
{
	struct console_viewer *next;

	for (struct console_viewer *v = c->viewers; v; v = next) {
		next = v->next;
		if (!v->blocked)
			viewer_pump(v);
	}
}

/* --- viewer to monitor -------------------------------------------------------------------------- */

static void viewer_take_winsize(struct console_viewer *v, const uint8_t *payload)
{
	unsigned int cols = (unsigned int)payload[0] << 8 | payload[1];
	unsigned int rows = (unsigned int)payload[2] << 8 | payload[3];

	if (v->readonly || !cols || !rows)
		return;
	v->cols = cols;
	v->rows = rows;
	viewer_unlink(v);
	viewer_link(v);
	guest_console_set_size(v->console, cols, rows);
}

static int viewer_frame(void *ctx, enum console_frame_type type, const uint8_t *payload, size_t len)
{
	struct console_viewer *v = ctx;

	if (type == CONSOLE_DATA) {
		if (!v->readonly)
			guest_console_input(v->console, payload, len);
		return 0;
	}
	if (type == CONSOLE_WINSIZE && len == 4) {
		viewer_take_winsize(v, payload);
		return 0;
	}
	return -EBADMSG;
}

static void viewer_receive(struct console_viewer *v)
{
	uint8_t buf[CONSOLE_PAYLOAD_MAX];
	ssize_t n = recv(v->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || console_decoder_feed(&v->decoder, buf, (size_t)n, viewer_frame, v) != 0)
		viewer_drop(v);
}

static void viewer_ready(uv_poll_t *poll, int status, int events)
{
	struct console_viewer *v = poll->data;

	if (status < 0) {
		viewer_drop(v);
		return;
	}
	if ((events & UV_READABLE) && guest_console_takes_input(v->console))
		viewer_receive(v);
	else if (events & UV_DISCONNECT)
		viewer_drop(v);
	if (!v->dropped && (events & UV_WRITABLE))
		viewer_pump(v);
}

static void viewer_update_poll(struct console_viewer *v)
{
	int events = UV_DISCONNECT;

	if (guest_console_takes_input(v->console))
		events |= UV_READABLE;
	if (v->blocked)
		events |= UV_WRITABLE;
	(void)uv_poll_start(&v->poll, events, viewer_ready);
}

void console_viewers_update(struct guest_console *c)
{
	for (struct console_viewer *v = c->viewers; v; v = v->next)
		viewer_update_poll(v);
}

/* --- coming ------------------------------------------------------------------------------------- */

static int stream_check(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		return -errno;
	len = sizeof(int);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -errno;
	return domain == AF_UNIX && type == SOCK_STREAM ? 0 : -EINVAL;
}

int console_viewer_new(struct guest_console *c, int fd, bool readonly, struct error *err)
{
	cleanup_close int owned = fd;
	struct console_viewer *v;
	int size = VIEWER_SEND_BUFFER, r = stream_check(fd);

	if (r < 0)
		return error_set(err, ERROR_USAGE, "invalid-descriptor",
				 "the viewer's descriptor is not a Unix stream socket");
	v = calloc(1, sizeof(*v));
	if (!v)
		return error_set_errno(err, ENOMEM, "cannot add a viewer");
	r = uv_poll_init(c->loop, &v->poll, fd); /* makes it non-blocking */
	if (r < 0) {
		free(v);
		return error_set_errno(err, r, "cannot add a viewer");
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	v->poll.data = v;
	v->console = c;
	v->fd = TAKE_FD(owned);
	v->readonly = readonly;
	v->pos = scrollback_oldest(&c->ring);
	v->live_at = c->ring.head;
	v->state_seq = c->state_seq;
	v->blocked = true; /* so that the poll makes the first turn */
	viewer_link(v);
	c->n_viewers++;
	viewer_update_poll(v);
	return 0;
}
