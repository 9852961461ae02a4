// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The console verb: a poll loop between the terminal, the stream of frames (common/console_proto.h) and a signalfd. Input to
 * the guest is buffered within a bound; a guest that does not read can therefore never keep the user
 * from detaching.
 */
#include "cli/cli_console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/cli_escape.h"
#include "cli/cli_guest.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"
#include "cli/cli_text.h"
#include "common/console_proto.h"
#include "common/parse.h"

#define INPUT_CHUNK  1024u
#define PENDING_MAX  (64u * 1024)
#define CONSOLES_MAX 15

struct session {
	const char *name;
	int stream, signals;
	bool is_tty, readonly;
	bool input_open;
	bool detached, ended;
	int fatal_signal;
	struct key_parser keys;
	struct console_decoder decoder;
	struct console_end end;
	size_t pending; /* bytes of out that the stream has not taken yet */
	uint8_t out[PENDING_MAX];
};

int console_open(struct ctl *ctl, const char *name, unsigned int console, bool readonly,
		 struct error *err)
{
	struct json_object *params = guest_params(name);
	int r;

	if (params) {
		json_object_object_add(params, "console", json_object_new_int((int)console));
		json_object_object_add(params, "readonly", json_object_new_boolean(readonly));
	}
	r = ctl_call(ctl, "console.attach", params, NULL, err);
	if (r < 0)
		return r;
	r = client_take_fd(&ctl->client);
	return r >= 0 ? r
		      : error_set(err, ERROR_FAILED, "bad-answer",
				  "umld answered console.attach without a descriptor");
}

int console_number(const struct verb_call *call, unsigned int arg, unsigned int *ret,
		   struct error *err)
{
	uint64_t n = 0;

	if (arg < call->n_args && parse_u64(call->args[arg], 0, CONSOLES_MAX, &n) < 0)
		return error_set(err, ERROR_USAGE, "invalid-console",
				 "a console is a number from 0 to %d, not \"%s\"", CONSOLES_MAX,
				 call->args[arg]);
	*ret = (unsigned int)n;
	return 0;
}

/* --- how it ended ------------------------------------------------------------------------------- */

void console_note_state(struct console_end *end, const void *payload, size_t len)
{
	cleanup_json struct json_object *o = NULL;

	if (json_parse_strict(payload, len, &o, NULL) < 0)
		return;
	(void)snprintf(end->state, sizeof(end->state), "%s", member_string(o, "state"));
	(void)snprintf(end->reason, sizeof(end->reason), "%s", member_string(o, "reason"));
}

static bool is_bad_end(const char *reason)
{
	return strcmp(reason, "panic") == 0 || strcmp(reason, "failed") == 0 ||
	       strcmp(reason, "killed") == 0;
}

/* The monitor went without a word: perhaps umld knows. */
static void tell_lost(struct ctl *ctl, const char *name)
{
	cleanup_error struct error why = ERROR_INIT;
	cleanup_json struct json_object *guest = NULL;
	char buf[64];

	ctl->exit_code = ERROR_FAILED;
	client_close(&ctl->client);
	if (client_call(&ctl->client, "guest.show", guest_params(name), &guest, &why) < 0)
		note(ctl, "%s: the console's stream broke, and umld does not say why", name);
	else
		note(ctl, "%s: the console's stream broke; the guest is %s", name,
		     guest_state_text(guest, buf, sizeof(buf)));
}

void console_tell_end(struct ctl *ctl, const char *name, const struct console_end *end)
{
	if (!end->said_bye) {
		tell_lost(ctl, name);
		return;
	}
	if (is_bad_end(end->reason))
		ctl->exit_code = ERROR_FAILED;
	note(ctl, "%s: %s", name, *end->bye ? end->bye : "the console was closed");
}

/* --- to the guest ------------------------------------------------------------------------------- */

static bool queue_frame(struct session *s, enum console_frame_type type, const void *payload,
			size_t len)
{
	if (s->pending + CONSOLE_HEADER_BYTES + len > sizeof(s->out))
		return false;
	console_frame_header(s->out + s->pending, type, len);
	memcpy(s->out + s->pending + CONSOLE_HEADER_BYTES, payload, len);
	s->pending += CONSOLE_HEADER_BYTES + len;
	return true;
}

static void queue_winsize(struct session *s)
{
	unsigned int columns, rows;

	if (s->readonly || !s->is_tty || terminal_size(&columns, &rows) < 0)
		return;

	uint8_t size[4] = { (uint8_t)(columns >> 8), (uint8_t)columns, (uint8_t)(rows >> 8),
			    (uint8_t)rows };

	(void)queue_frame(s, CONSOLE_WINSIZE, size, sizeof(size));
}

static void flush_pending(struct session *s)
{
	ssize_t n = write(s->stream, s->out, s->pending);

	if (n > 0) {
		s->pending -= (size_t)n;
		memmove(s->out, s->out + n, s->pending);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		s->pending = 0; /* the end is read from the other direction, with its reason */
	}
}

/* --- to the terminal ---------------------------------------------------------------------------- */

static int write_out(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) { /* somebody made the shared terminal non-blocking */
			struct pollfd w = { .fd = STDOUT_FILENO, .events = POLLOUT };

			(void)poll(&w, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* A line of ours between the guest's output. */
static void remark(const struct session *s, const char *text)
{
	const char *newline = s->is_tty ? "\r\n" : "\n";

	(void)fprintf(stderr, "%s[%s]%s", newline, text, newline);
}

static void show_state(struct session *s, const uint8_t *payload, size_t len)
{
	char before[sizeof(s->end.state)], text[128];

	memcpy(before, s->end.state, sizeof(before));
	console_note_state(&s->end, payload, len);
	if (strcmp(s->end.state, "stopped") == 0 || strcmp(s->end.state, "stopping") == 0 ||
	    strcmp(s->end.state, before) == 0)
		return; /* BYE says the same in a sentence */
	if (!before[0] && strcmp(s->end.state, "running") == 0)
		return;
	(void)snprintf(text, sizeof(text), "%s is %s%s%s", s->name, s->end.state,
		       s->end.reason[0] ? ": " : "", s->end.reason);

	cleanup_free char *clean = text_clean(text, TEXT_WORD);

	remark(s, clean ? clean : "");
}

static int on_frame(void *ctx, enum console_frame_type type, const uint8_t *payload, size_t len)
{
	struct session *s = ctx;
	char text[64];

	switch (type) {
	case CONSOLE_DATA:
		return write_out(payload, len);
	case CONSOLE_LOST:
		if (len == 8) {
			uint64_t lost = 0;

			for (size_t i = 0; i < 8; i++)
				lost = lost << 8 | payload[i];
			(void)snprintf(text, sizeof(text), "%llu bytes of output were skipped",
				       (unsigned long long)lost);
			remark(s, text);
		}
		return 0;
	case CONSOLE_STATE:
		show_state(s, payload, len);
		return 0;
	case CONSOLE_BYE:
		(void)snprintf(s->end.bye, sizeof(s->end.bye), "%.*s", (int)len,
			       (const char *)payload);
		s->end.said_bye = true;
		s->ended = true;
		return 1;
	default:
		return 0;
	}
}

static int read_stream(struct session *s, struct error *err)
{
	uint8_t buf[16384];
	ssize_t n = read(s->stream, buf, sizeof(buf));
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		s->ended = true;
		return 0;
	}
	r = console_decoder_feed(&s->decoder, buf, (size_t)n, on_frame, s);
	if (r == -EBADMSG)
		return error_set(err, ERROR_FAILED, "bad-frame",
				 "the console's stream cannot be understood");
	return r < 0 ? error_set_errno(err, r, "cannot write the console's output") : 0;
}

/* --- keys and signals --------------------------------------------------------------------------- */

static void show_help(const struct session *s)
{
	static const char *const lines[] = {
		"Keys that umlctl keeps for itself (~ only at the start of a line):",
		"  ~.   detach; the guest goes on     ^]   the same, anywhere",
		"  ~^Z  suspend umlctl                ~~   send one ~",
		"  ~?   this list",
	};

	(void)fputs("\r\n", stderr);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		(void)fprintf(stderr, "%s\r\n", lines[i]);
	(void)fflush(stderr);
}

static void suspend(struct session *s)
{
	terminal_restore();
	(void)raise(SIGSTOP);
	if (s->is_tty)
		(void)terminal_raw();
	queue_winsize(s);
}

static void send_keys(struct session *s, const uint8_t *in, size_t len)
{
	uint8_t out[INPUT_CHUNK + 1];

	while (len && !s->detached) {
		enum key_action action;
		size_t n_out;
		size_t used = key_parse(&s->keys, in, len, out, &n_out, &action);

		if (n_out && !s->readonly && !queue_frame(s, CONSOLE_DATA, out, n_out))
			(void)fputc('\a', stderr); /* the guest does not read: keys are lost */
		if (action == KEY_DETACH || (s->readonly && n_out && memchr(out, 3, n_out)))
			s->detached = true;
		else if (action == KEY_HELP)
			show_help(s);
		else if (action == KEY_SUSPEND)
			suspend(s);
		in += used;
		len -= used;
	}
}

static void read_input(struct session *s)
{
	uint8_t buf[INPUT_CHUNK];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		s->input_open = false;
		if (s->is_tty) /* hung up */
			s->detached = true;
	} else if (s->is_tty) {
		send_keys(s, buf, (size_t)n);
	} else if (!s->readonly) {
		(void)queue_frame(s, CONSOLE_DATA, buf, (size_t)n);
	}
}

static void read_signal(struct session *s)
{
	struct signalfd_siginfo si;

	if (read(s->signals, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGWINCH:
		queue_winsize(s);
		break;
	case SIGTSTP:
		suspend(s);
		break;
	default:
		s->fatal_signal = (int)si.ssi_signo;
		break;
	}
}

static int loop(struct session *s, struct error *err)
{
	while (!s->detached && !s->ended && !s->fatal_signal) {
		/* A terminal is always read, so that the detach key works; a pipe can wait. */
		bool room = s->is_tty ||
			    s->pending + INPUT_CHUNK + CONSOLE_HEADER_BYTES <= sizeof(s->out);
		struct pollfd p[] = {
			{ .fd = s->signals, .events = POLLIN },
			{ .fd = s->input_open && room ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = s->stream, .events = (short)(POLLIN | (s->pending ? POLLOUT : 0)) },
		};
		int r = 0;

		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return error_set_errno(err, errno, "cannot wait for the console");
		if (p[0].revents)
			read_signal(s);
		if (p[1].revents)
			read_input(s);
		if (p[2].revents & (POLLIN | POLLHUP | POLLERR))
			r = read_stream(s, err);
		if (r < 0)
			return r;
		if (s->pending)
			flush_pending(s);
	}
	return 0;
}

/* --- the verb ----------------------------------------------------------------------------------- */

static int open_signals(sigset_t *ret_before)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (const int *sig =
		     (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, 0 };
	     *sig; sig++)
		(void)sigaddset(&set, *sig);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd >= 0)
		(void)sigprocmask(SIG_BLOCK, &set, ret_before);
	return fd < 0 ? -errno : fd;
}

static int run_session(struct session *s, struct error *err)
{
	sigset_t before;
	int r;
	cleanup_close int signals = open_signals(&before);

	if (signals < 0)
		return error_set_errno(err, signals, "cannot take signals");
	s->signals = signals;
	s->is_tty = isatty(STDIN_FILENO);
	s->input_open = s->is_tty || !s->readonly;
	r = s->is_tty ? terminal_raw() : 0;
	if (r < 0) {
		(void)error_set_errno(err, r, "cannot make the terminal raw");
	} else {
		queue_winsize(s);
		r = loop(s, err);
		terminal_restore();
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (s->fatal_signal)
		(void)raise(s->fatal_signal);
	return r;
}

int console_run(struct ctl *ctl, const char *name, unsigned int console, bool readonly,
		struct error *err)
{
	cleanup_close int stream = console_open(ctl, name, console, readonly, err);
	int r;

	if (stream < 0)
		return stream;

	struct session s = { 0 };

	(void)fcntl(stream, F_SETFL, O_NONBLOCK);
	s.name = name;
	s.stream = stream;
	s.readonly = readonly;
	if (isatty(STDIN_FILENO))
		note(ctl,
		     "Attached to %s%s. Detach with ~. at the start of a line, or ^]; ~? for help.",
		     name, readonly ? " (read-only)" : "");
	r = run_session(&s, err);
	if (r < 0)
		return r;
	if (isatty(STDIN_FILENO) && !ctl->quiet)
		(void)fputc('\n', stderr);
	if (s.detached)
		note(ctl, "Detached; %s goes on. Come back with `umlctl console %s`.", name, name);
	else
		console_tell_end(ctl, name, &s.end);
	return 0;
}

int verb_console(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	unsigned int console = 0;
	int r = console_number(call, 1, &console, err);

	if (r < 0)
		return r;
	return console_run(ctl, call->args[0], console, call_given(call, "read-only"), err);
}
