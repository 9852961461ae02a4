// SPDX-License-Identifier: GPL-2.0-or-later
/* A run begins, comes up, and is asked to stop; see monitor.h. */
#include <string.h>

#include "common/log.h"
#include "daemon/monitor/console_text.h"
#include "daemon/monitor/monitor.h"

/* --- state -------------------------------------------------------------------------------------- */

static void notify_state(struct monitor *m)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return;
	(void)json_object_object_add(o, "state",
				     json_object_new_string(monitor_state_to_string(m->state)));
	(void)json_object_object_add(o, "since", json_object_new_string(m->since));
	(void)json_object_object_add(o, "restarts", json_object_new_int64(m->restarts));
	/* A restart brings another process. */
	if (m->process && m->state != MONITOR_STARTING)
		(void)json_object_object_add(o, "pid",
					     json_object_new_int(guest_process_pid(m->process)));
	if (m->state == MONITOR_STOPPED) {
		(void)json_object_object_add(
			o, "end", json_object_new_string(guest_end_to_string(m->end.end)));
		(void)json_object_object_add(o, "message", json_object_new_string(m->end.message));
	}
	control_notify(m->control, "monitor.state", o);
}

void monitor_set_state(struct monitor *m, enum monitor_state state, const char *reason)
{
	if (m->state == state)
		return;
	if (!monitor_state_may_change(m->state, state)) {
		log_error("a change from %s to %s is not legal, ignoring",
			  monitor_state_to_string(m->state), monitor_state_to_string(state));
		return;
	}
	log_info("%s -> %s%s%s", monitor_state_to_string(m->state), monitor_state_to_string(state),
		 reason ? ": " : "", reason ? reason : "");
	m->state = state;
	time_format_utc(m->since);
	if (m->control)
		notify_state(m);
	for (unsigned int i = 0; i < m->n_consoles; i++)
		guest_console_tell_state(m->consoles[i], monitor_state_to_string(state), reason);
}

/* --- stopping ----------------------------------------------------------------------------------- */

static void mconsole_fire(struct monitor *m, const char *command)
{
	cleanup_error struct error err = ERROR_INIT;

	if (mconsole_link_send(m->link, command, NULL, NULL, &err) < 0)
		log_warning("cannot send '%s' to the guest: %s, ignoring", command, err.message);
}

/* The guest's init gets Ctrl-Alt-Del, as soon as there is somebody to give it to. */
static void ask_to_stop(struct monitor *m)
{
	if (m->cad_sent || !m->was_up || !m->link)
		return;
	m->cad_sent = true;
	if (m->was_paused)
		mconsole_fire(m, "go");
	mconsole_fire(m, "cad");
}

static void stop_deadline(uv_timer_t *timer)
{
	struct monitor *m = monitor_of(timer, stop_timer);

	log_info("the guest did not stop in time, killing it");
	m->deadline_passed = true;
	if (m->process)
		guest_process_kill(m->process);
}

static void set_stop_deadline(struct monitor *m, uint64_t timeout_ms)
{
	uint64_t now = uv_now(&m->loop);
	uint64_t at = timeout_ms > UINT64_MAX - now ? UINT64_MAX : now + timeout_ms;

	if (at >= m->stop_deadline_ms)
		return;
	m->stop_deadline_ms = at;
	(void)uv_timer_start(&m->stop_timer, stop_deadline, timeout_ms, 0);
}

void monitor_stop(struct monitor *m, uint64_t timeout_ms, bool restart)
{
	if (m->finishing)
		return;
	if (!m->process) {
		if (restart)
			monitor_restart_now(m);
		else
			monitor_stop_waiting(m);
		return;
	}
	if (m->intent != INTENT_KILL)
		m->intent = restart ? INTENT_RESTART : INTENT_STOP;
	m->was_paused = m->was_paused || m->state == MONITOR_PAUSED;
	monitor_set_state(m, MONITOR_STOPPING, restart ? "restart" : "stop");
	ask_to_stop(m);
	set_stop_deadline(m, timeout_ms);
}

void monitor_kill(struct monitor *m)
{
	if (m->finishing)
		return;
	if (!m->process) {
		monitor_stop_waiting(m);
		return;
	}
	m->intent = INTENT_KILL;
	monitor_set_state(m, MONITOR_STOPPING, "kill");
	guest_process_kill(m->process);
}

/* --- what the kernel tells ---------------------------------------------------------------------- */

static void kernel_up(void *ctx)
{
	struct monitor *m = ctx;

	m->was_up = true;
	(void)uv_timer_stop(&m->boot_timer);
	if (m->state == MONITOR_STOPPING)
		ask_to_stop(m);
	else
		monitor_set_state(m, MONITOR_RUNNING, NULL);
}

static void kernel_panicked(void *ctx, const char *text)
{
	struct monitor *m = ctx;

	if (m->panicked)
		return;
	m->panicked = true;
	(void)snprintf(m->panic_text, sizeof(m->panic_text), "%s", text);
	(void)console_text_clean(m->panic_text, strlen(m->panic_text));
	log_warning("the guest's kernel panicked: %s", m->panic_text);
}

static void kernel_running(void *ctx)
{
	monitor_tell_ready(ctx, NULL);
}

static void kernel_ended(void *ctx, int wait_status, const struct error *start_error)
{
	monitor_run_ended(ctx, wait_status, start_error);
}

static void boot_timed_out(uv_timer_t *timer)
{
	struct monitor *m = monitor_of(timer, boot_timer);

	log_warning("the guest did not come up in time, killing it");
	m->boot_timed_out = true;
	if (m->process)
		guest_process_kill(m->process);
}

/* --- starting ----------------------------------------------------------------------------------- */

int monitor_make_consoles(struct monitor *m, struct error *err)
{
	while (m->n_consoles < m->config.n_consoles) {
		int r = guest_console_new(&m->loop, m->guest_dirfd, m->guest, m->n_consoles,
					  m->config.log_bytes, &m->consoles[m->n_consoles], err);

		if (r < 0)
			return r;
		m->n_consoles++;
	}
	return 0;
}

static void close_all(int *fds, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

static int start_process(struct monitor *m, struct error *err)
{
	static const struct guest_process_ops ops = { kernel_running, kernel_ended };
	int console_fds[RUN_CONSOLES_MAX], lock_fds[RUN_LOCKS_MAX + 1], r = 0;
	unsigned int n = 0, n_locks = 0;
	struct guest_process_spec spec = { .config = &m->config,
					   .console_fds = console_fds,
					   .lock_fds = lock_fds,
					   .no_pid_namespace = m->no_pid_namespace };

	lock_fds[n_locks++] = m->lock_fd;
	for (unsigned int i = 0; i < m->locks.n; i++)
		lock_fds[n_locks++] = m->locks.fds[i];
	spec.n_lock_fds = n_locks;
	for (; n < m->config.n_consoles; n++) {
		console_fds[n] = guest_console_begin_run(m->consoles[n]);
		if (console_fds[n] < 0) {
			r = error_set_errno(err, console_fds[n], "cannot open console %u", n);
			break;
		}
	}
	if (r == 0)
		r = guest_process_start(&m->loop, &spec, &ops, m, &m->process, err);
	close_all(console_fds, n);
	return r;
}

static void reset_run(struct monitor *m)
{
	m->was_up = false;
	m->panicked = false;
	m->boot_timed_out = false;
	m->deadline_passed = false;
	m->cad_sent = false;
	m->was_paused = false;
	m->panic_text[0] = '\0';
	m->intent = INTENT_NONE;
	m->stop_deadline_ms = UINT64_MAX;
	uv_update_time(&m->loop);
	m->run_begin_ms = uv_now(&m->loop);
}

int monitor_start_run(struct monitor *m, struct error *err)
{
	static const struct mconsole_link_ops ops = { kernel_up, kernel_panicked };
	int r = 0;

	reset_run(m);
	if (m->locks.n == 0)
		r = disk_locks_take(&m->config, &m->locks, err);
	if (r == 0)
		r = mconsole_link_new(&m->loop, &m->config, &ops, m, &m->link, err);
	if (r == 0)
		r = start_process(m, err);
	if (r < 0) {
		mconsole_link_free(TAKE_PTR(m->link));
		disk_locks_release(&m->locks);
		return r;
	}
	if (m->config.boot_timeout_ms != UINT64_MAX)
		(void)uv_timer_start(&m->boot_timer, boot_timed_out, m->config.boot_timeout_ms, 0);
	return 0;
}
