// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run has ended; see monitor.h. The order at the very end: end.json is durable, then peers and viewers are told, then viewers
 * get what they have not yet seen, then the process exits and the guest's lock goes with it.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/monitor/monitor.h"
#include "daemon/monitor/uml_dir.h"

#define LAST_WORDS_MS 1000u /* for viewers and logs; then the guest is over anyway */

/* --- the ready line ----------------------------------------------------------------------------- */

/* The error as RPC has it, out of a whole RPC answer. */
static struct json_object *error_to_json(const struct error *err)
{
	cleanup_free char *line = rpc_format_error(NULL, 0, err);
	struct json_object *answer = line ? json_tokener_parse(line) : NULL, *error = NULL;

	if (answer && json_object_object_get_ex(answer, "error", &error))
		(void)json_object_get(error);
	json_object_put(answer);
	return error;
}

void monitor_tell_ready(struct monitor *m, const struct error *err)
{
	cleanup_close int fd = m->ready_fd;
	struct json_object *o;
	cleanup_free char *line = NULL;

	if (fd < 0)
		return;
	m->ready_fd = -1;
	o = json_object_new_object();
	if (o && err)
		(void)json_object_object_add(o, "error", error_to_json(err));
	else if (o)
		(void)json_object_object_add(o, "ok", json_object_new_boolean(1));
	if (o &&
	    asprintf(&line, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) < 0)
		line = NULL;
	json_object_put(o);
	if (!line || fd_write_all(fd, line, strlen(line)) < 0)
		log_warning("nobody waits for the ready line, ignoring");
}

/* --- what the end means ------------------------------------------------------------------------- */

/* The last line with something on it, as a short copy in buf. */
static const char *last_line(const char *tail, char *buf, size_t size)
{
	size_t end = tail ? strlen(tail) : 0, start;

	while (end > 0 && (tail[end - 1] == '\n' || tail[end - 1] == ' '))
		end--;
	start = end;
	while (start > 0 && tail[start - 1] != '\n' && end - start < size - 1)
		start--;
	(void)snprintf(buf, size, "%.*s", (int)(end - start), tail ? tail + start : "");
	return buf;
}

static void describe_wait(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(buf, size, "signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(buf, size, "status %d", WEXITSTATUS(status));
}

static void set_crash_end(struct monitor *m, enum guest_end end, int wait_status)
{
	char how[80], line[200];

	describe_wait(wait_status, how, sizeof(how));
	(void)last_line(m->end.console_tail, line, sizeof(line));
	if (end == GUEST_END_FAILED)
		end_record_set(&m->end, end,
			       "the guest's kernel ended with %s before it was up%s%s", how,
			       *line ? "; it said last: " : "", line);
	else if (m->panic_text[0])
		end_record_set(&m->end, end, "the guest's kernel panicked: %s", m->panic_text);
	else
		end_record_set(&m->end, end, "the guest's kernel crashed with %s%s%s", how,
			       *line ? "; it said last: " : "", line);
}

/* What the kernel's row of the table says, and what was asked for. */
static void set_end(struct monitor *m, int wait_status)
{
	bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
	enum guest_end end = m->config.kernel->classify_end(wait_status, m->was_up, m->panicked,
							    m->end.console_tail);
	char how[80];

	describe_wait(wait_status, how, sizeof(how));
	if (killed && m->intent == INTENT_KILL)
		end_record_set(&m->end, GUEST_END_KILLED, "the guest was killed on request");
	else if (killed && m->deadline_passed)
		end_record_set(&m->end, GUEST_END_KILLED,
			       "the guest did not stop in time and was killed");
	else if (killed && m->boot_timed_out)
		end_record_set(&m->end, GUEST_END_FAILED,
			       "the guest's kernel did not come up within %llu s",
			       (unsigned long long)m->config.boot_timeout_ms / 1000);
	else if (m->intent != INTENT_NONE && (end == GUEST_END_POWEROFF || end == GUEST_END_REBOOT))
		end_record_set(&m->end, GUEST_END_POWEROFF, "the guest stopped as asked");
	else if (end == GUEST_END_POWEROFF)
		end_record_set(&m->end, end, "the guest powered itself off");
	else if (end == GUEST_END_REBOOT)
		end_record_set(&m->end, end, "the guest rebooted");
	else if (end == GUEST_END_KILLED)
		end_record_set(&m->end, end, "the guest's kernel was killed from outside (%s)",
			       how);
	else
		set_crash_end(m, end, wait_status);
}

static void record_end(struct monitor *m, int wait_status, const struct error *start_error)
{
	(void)snprintf(m->end.run_id, sizeof(m->end.run_id), "%s", m->config.run_id);
	m->end.restarts = m->restarts;
	end_record_done(&m->end);
	if (m->n_consoles > 0)
		m->end.console_tail = guest_console_tail(m->consoles[0], END_TAIL_BYTES);
	m->end.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
	m->end.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	if (start_error)
		end_record_set(&m->end, GUEST_END_FAILED, "%s", start_error->message);
	else
		set_end(m, wait_status);
	log_info("the run has ended: %s: %s", guest_end_to_string(m->end.end), m->end.message);
}

/* --- restart ------------------------------------------------------------------------------------ */

static void finish_failed(struct monitor *m, const struct error *err)
{
	(void)snprintf(m->end.run_id, sizeof(m->end.run_id), "%s",
		       m->config.run_id ? m->config.run_id : "");
	m->end.restarts = m->restarts;
	m->end.status = 0;
	m->end.signal = 0;
	end_record_set(&m->end, GUEST_END_FAILED, "%s",
		       err->message ? err->message : "cannot start the guest");
	log_error("cannot start the guest: %s", m->end.message);
	monitor_tell_ready(m, err);
	monitor_finish(m);
}

static void restart_run(struct monitor *m)
{
	cleanup_error struct error err = ERROR_INIT;

	m->restarts++;
	if (monitor_start_run(m, &err) < 0)
		finish_failed(m, &err);
}

static void restart_due(uv_timer_t *timer)
{
	restart_run(monitor_of(timer, restart_timer));
}

/* Start again as umld wants it now: everything may have changed. */
void monitor_restart_now(struct monitor *m)
{
	cleanup_error struct error err = ERROR_INIT;
	struct run_config fresh;

	(void)uv_timer_stop(&m->restart_timer);
	m->backoff = (struct restart_backoff){ 0 };
	monitor_set_state(m, MONITOR_STARTING, "restart");
	disk_locks_release(&m->locks);
	if (run_config_read_next(m->guest_dirfd, m->guest, &fresh, &err) < 0) {
		finish_failed(m, &err);
		return;
	}
	run_config_done(&m->config);
	m->config = fresh;
	m->policy = fresh.policy;
	if (monitor_make_consoles(m, &err) < 0) {
		finish_failed(m, &err);
		return;
	}
	restart_run(m);
}

/* Asked to stop while nothing runs: the last end stands, except that a reboot that was not carried out is a power-off. */
void monitor_stop_waiting(struct monitor *m)
{
	(void)uv_timer_stop(&m->restart_timer);
	if (m->end.end == GUEST_END_REBOOT)
		end_record_set(&m->end, GUEST_END_POWEROFF,
			       "the guest was stopped before it started again");
	monitor_finish(m);
}

static void restart_later(struct monitor *m)
{
	uint64_t delay_ms;

	uv_update_time(&m->loop);
	delay_ms = restart_backoff_next(&m->backoff, uv_now(&m->loop) - m->run_begin_ms);
	log_info("starting the guest again in %llu ms", (unsigned long long)delay_ms);
	monitor_set_state(m, MONITOR_STARTING, guest_end_to_string(m->end.end));
	(void)uv_timer_start(&m->restart_timer, restart_due, delay_ms, 0);
}

void monitor_run_ended(struct monitor *m, int wait_status, const struct error *start_error)
{
	enum monitor_intent intent = m->intent;

	(void)uv_timer_stop(&m->boot_timer);
	(void)uv_timer_stop(&m->stop_timer);
	mconsole_link_drain(m->link);
	for (unsigned int i = 0; i < m->n_consoles; i++)
		guest_console_drain(m->consoles[i]);
	guest_process_free(TAKE_PTR(m->process));
	mconsole_link_free(TAKE_PTR(m->link));
	record_end(m, wait_status, start_error);
	if (start_error) {
		monitor_tell_ready(m, start_error);
		monitor_finish(m);
	} else if (intent == INTENT_RESTART) {
		monitor_restart_now(m);
	} else if (intent == INTENT_NONE && restart_policy_applies(&m->policy, m->end.end)) {
		restart_later(m);
	} else {
		monitor_finish(m);
	}
}

/* --- the last things ---------------------------------------------------------------------------- */

static void stop_loop(struct monitor *m)
{
	uv_stop(&m->loop);
}

static void stop_loop_if_done(void *ctx)
{
	struct monitor *m = ctx;

	for (unsigned int i = 0; i < m->n_consoles; i++)
		if (m->consoles[i]->n_viewers > 0 || !console_log_is_idle(m->consoles[i]->log))
			return;
	if (m->bye_said)
		stop_loop(m);
}

static void exit_deadline(uv_timer_t *timer)
{
	struct monitor *m = monitor_of(timer, exit_timer);

	log_info("a viewer or a log does not take the last output, going without");
	stop_loop(m);
}

static void end_is_durable(void *ctx)
{
	struct monitor *m = ctx;

	monitor_set_state(m, MONITOR_STOPPED, guest_end_to_string(m->end.end));
	for (unsigned int i = 0; i < m->n_consoles; i++) {
		console_log_on_idle(m->consoles[i]->log, stop_loop_if_done, m);
		guest_console_say_bye(m->consoles[i], m->end.message, stop_loop_if_done, m);
	}
	m->bye_said = true;
	(void)uv_timer_start(&m->exit_timer, exit_deadline, LAST_WORDS_MS, 0);
	stop_loop_if_done(m);
}

void monitor_finish(struct monitor *m)
{
	if (m->finishing)
		return;
	m->finishing = true;
	if (m->config.uml_dir)
		(void)uml_dir_remove(m->config.uml_dir);
	disk_locks_release(&m->locks);
	if (end_record_write(&m->loop, m->guest_dirfd, &m->end, end_is_durable, m) < 0) {
		log_error("cannot write end.json: no memory");
		end_is_durable(m);
	}
}
