// SPDX-License-Identifier: GPL-2.0-or-later
/* See mconsole_link.h. */
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "common/mconsole.h"
#include "daemon/monitor/console_text.h"
#include "daemon/monitor/mconsole_link.h"
#include "daemon/monitor/uml_dir.h"

#define COMMANDS_MAX	  16u
#define ANSWER_TIMEOUT_MS 10000u
#define NOTIFIES_PER_TURN 16u

struct command {
	struct command *next;
	mconsole_answer_fn fn;
	void *ctx;
	char text[MCONSOLE_DATA_MAX];
};

struct mconsole_link {
	uv_loop_t *loop;
	struct mconsole_link_ops ops;
	void *ctx;
	bool is_up, warned, closing;
	int notify_fd;
	struct mconsole *mconsole;
	struct command *first, **last; /* the first is in flight while answer_poll exists */
	unsigned int n_commands;
	bool in_flight;
	uv_poll_t notify_poll;
	uv_poll_t *answer_poll; /* made anew for each of mconsole's sockets */
	uv_timer_t timer;
	unsigned int handles;
};

static void link_next(struct mconsole_link *l);

/* --- commands ----------------------------------------------------------------------------------- */

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void link_stop_answer_poll(struct mconsole_link *l)
{
	if (l->answer_poll)
		uv_close((uv_handle_t *)l->answer_poll, free_handle);
	l->answer_poll = NULL;
	(void)uv_timer_stop(&l->timer);
}

/* Ends the command at the head of the queue. The callback may send another one, or free the link: it comes last. */
static void link_finish(struct mconsole_link *l, int status, const char *text,
			const struct error *err)
{
	struct command *c = l->first;
	cleanup_free char *clean = text ? strdup(text) : NULL;
	mconsole_answer_fn fn = c->fn;
	void *ctx = c->ctx;

	link_stop_answer_poll(l);
	l->in_flight = false;
	l->first = c->next;
	if (!l->first)
		l->last = &l->first;
	l->n_commands--;
	free(c);
	if (clean)
		(void)console_text_clean(clean, strlen(clean));
	link_next(l);
	if (fn)
		fn(ctx, status, clean ? clean : "", err);
}

static void link_fail(struct mconsole_link *l, enum error_code code, const char *reason,
		      const char *text)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)error_set(&err, code, reason, "%s", text);
	link_finish(l, 0, NULL, &err);
}

static void link_answer_ready(uv_poll_t *poll, int status, int events)
{
	struct mconsole_link *l = poll->data;
	int r = mconsole_receive(l->mconsole), peer_status = 0;
	const char *text;

	if (r == 0)
		return;
	if (r < 0) {
		link_stop_answer_poll(l); /* before the descriptor changes */
		(void)mconsole_abandon(l->mconsole);
		link_fail(l, ERROR_FAILED, "mconsole-failed",
			  "the guest's kernel gave an invalid answer");
		return;
	}
	text = mconsole_answer(l->mconsole, &peer_status);
	link_finish(l, peer_status, text, NULL);
}

static void link_timed_out(uv_timer_t *timer)
{
	struct mconsole_link *l = timer->data;

	link_stop_answer_poll(l);
	(void)mconsole_abandon(l->mconsole);
	link_fail(l, ERROR_TIMED_OUT, "mconsole-timeout",
		  "the guest's kernel did not answer within 10 s");
}

static int link_start_answer_poll(struct mconsole_link *l)
{
	int r;

	l->answer_poll = calloc(1, sizeof(*l->answer_poll));
	if (!l->answer_poll)
		return -ENOMEM;
	r = uv_poll_init(l->loop, l->answer_poll, mconsole_fd(l->mconsole));
	if (r < 0) {
		free(l->answer_poll);
		l->answer_poll = NULL;
		return r;
	}
	l->answer_poll->data = l;
	return uv_poll_start(l->answer_poll, UV_READABLE, link_answer_ready);
}

/* Failures of sending are told by the timer's turn, never from inside mconsole_link_send. */
static void link_send_failed(uv_timer_t *timer)
{
	link_fail(timer->data, ERROR_FAILED, "mconsole-failed",
		  "the guest's kernel does not listen to commands");
}

static void link_next(struct mconsole_link *l)
{
	int r;

	if (!l->first || l->in_flight || l->closing)
		return;
	l->in_flight = true;
	r = mconsole_send(l->mconsole, l->first->text);
	if (r == 0)
		r = link_start_answer_poll(l);
	if (r == 0)
		(void)uv_timer_start(&l->timer, link_timed_out, ANSWER_TIMEOUT_MS, 0);
	else
		(void)uv_timer_start(&l->timer, link_send_failed, 0, 0);
}

int mconsole_link_send(struct mconsole_link *l, const char *command, mconsole_answer_fn fn,
		       void *ctx, struct error *err)
{
	size_t len = strlen(command);
	struct command *c;

	if (len == 0 || len >= sizeof(c->text))
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "an mconsole command has 1 to %zu bytes", sizeof(c->text) - 1);
	if (l->closing)
		return error_set(err, ERROR_FAILED, "guest-ended", "the guest has ended");
	if (l->n_commands >= COMMANDS_MAX)
		return error_set(err, ERROR_BUSY, "mconsole-busy",
				 "%u mconsole commands wait for answers already", l->n_commands);
	c = calloc(1, sizeof(*c));
	if (!c)
		return error_set_errno(err, ENOMEM, "cannot send an mconsole command");
	c->fn = fn;
	c->ctx = ctx;
	memcpy(c->text, command, len + 1);
	*l->last = c;
	l->last = &c->next;
	l->n_commands++;
	link_next(l);
	return 0;
}

/* --- notifications ------------------------------------------------------------------------------ */

static void link_take_notify(struct mconsole_link *l, const struct mconsole_notify *n)
{
	switch (n->type) {
	case MCONSOLE_NOTIFY_SOCKET: /* the path it names is not used: it could name anything */
		if (!l->is_up) {
			l->is_up = true;
			l->ops.up(l->ctx);
		}
		break;
	case MCONSOLE_NOTIFY_PANIC:
		l->ops.panicked(l->ctx, n->text);
		break;
	case MCONSOLE_NOTIFY_HANG:
	case MCONSOLE_NOTIFY_USER:
		break;
	}
}

/* 1: one was taken, 0: none is there. */
static int link_receive_notify(struct mconsole_link *l)
{
	struct mconsole_notify notify;
	char buf[1024];
	ssize_t n = recv(l->notify_fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return errno == EINTR;
	if ((size_t)n <= sizeof(buf) && mconsole_notify_parse(buf, (size_t)n, &notify) == 0) {
		link_take_notify(l, &notify);
	} else if (!l->warned) {
		l->warned = true;
		log_warning("something that is no notification came from the guest, ignoring");
	}
	return 1;
}

static void link_notify_ready(uv_poll_t *poll, int status, int events)
{
	mconsole_link_drain(poll->data);
}

void mconsole_link_drain(struct mconsole_link *l)
{
	for (unsigned int i = 0; i < NOTIFIES_PER_TURN && link_receive_notify(l); i++)
		;
}

/* --- life --------------------------------------------------------------------------------------- */

int mconsole_link_new(uv_loop_t *loop, const struct run_config *config,
		      const struct mconsole_link_ops *ops, void *ctx, struct mconsole_link **ret,
		      struct error *err)
{
	struct mconsole_link *l = calloc(1, sizeof(*l));
	cleanup_free char *path = NULL;
	int r;

	if (!l || asprintf(&path, "%s%s/mconsole", config->uml_dir, config->umid) < 0) {
		free(l);
		path = NULL;
		return error_set_errno(err, ENOMEM, "cannot make the guest's mconsole");
	}
	*l = (struct mconsole_link){
		.loop = loop, .ops = *ops, .ctx = ctx, .notify_fd = -1, .last = &l->first
	};
	r = uml_dir_make(config->uml_dir, config->uid, config->gid, &l->notify_fd, err);
	if (r == 0) {
		r = mconsole_new(path, &l->mconsole);
		if (r == 0)
			r = uv_poll_init(loop, &l->notify_poll, l->notify_fd);
		if (r < 0)
			(void)error_set_errno(err, r, "cannot make the guest's mconsole");
	}
	if (r < 0) {
		if (l->notify_fd >= 0)
			(void)close(l->notify_fd);
		mconsole_free(l->mconsole);
		free(l);
		return r;
	}
	(void)uv_timer_init(loop, &l->timer);
	l->handles = 2;
	l->notify_poll.data = l;
	l->timer.data = l;
	(void)uv_poll_start(&l->notify_poll, UV_READABLE, link_notify_ready);
	*ret = l;
	return 0;
}

static void link_handle_closed(uv_handle_t *handle)
{
	struct mconsole_link *l = handle->data;

	if (--l->handles == 0)
		free(l);
}

void mconsole_link_free(struct mconsole_link *l)
{
	if (!l)
		return;
	l->closing = true;
	while (l->first)
		link_fail(l, ERROR_FAILED, "guest-ended", "the guest has ended");
	link_stop_answer_poll(l);
	uv_close((uv_handle_t *)&l->notify_poll, link_handle_closed);
	uv_close((uv_handle_t *)&l->timer, link_handle_closed);
	(void)close(l->notify_fd);
	mconsole_free(l->mconsole);
}
