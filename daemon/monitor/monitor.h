/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's monitor: what it knows, and the steps of its life. By file:
 *
 *	monitor_main.c		options, the order of setting up, the loop
 *	monitor_run.c		a run begins, comes up, is asked to stop
 *	monitor_end.c		a run has ended: what it means, restart or the last things to do
 *	monitor_methods.c	the requests of umld
 *
 * Everything runs on the loop's thread.
 */
#ifndef DAEMON_MONITOR_MONITOR_H
#define DAEMON_MONITOR_MONITOR_H

#include <stdbool.h>
#include <uv.h>

#include "common/paths.h"
#include "daemon/monitor/control.h"
#include "daemon/monitor/disk_locks.h"
#include "daemon/monitor/end_record.h"
#include "daemon/monitor/guest_console.h"
#include "daemon/monitor/guest_process.h"
#include "daemon/monitor/mconsole_link.h"
#include "daemon/monitor/monitor_state.h"
#include "daemon/monitor/run_config.h"

/* What the end of the present run was asked to be. */
enum monitor_intent {
	INTENT_NONE,
	INTENT_STOP,
	INTENT_RESTART, /* stop, then start again from next-run.json */
	INTENT_KILL,
};

/* In the order of a guest's life; there is one of them in a process. */
struct monitor { // NOLINT(clang-analyzer-optin.performance.Padding)
	/* options */
	const char *state_dir, *runtime_dir, *guest;
	int ready_fd; /* -1 once it has been written to */
	bool no_pid_namespace;

	uv_loop_t loop;
	int guest_dirfd, lock_fd;
	struct run_config config;
	struct restart_policy policy; /* config's, until monitor.policy changes it */
	struct guest_console *consoles[RUN_CONSOLES_MAX];
	unsigned int n_consoles;
	struct control *control;
	uv_timer_t boot_timer, stop_timer, restart_timer, exit_timer;
	uv_signal_t term_signal, int_signal;

	enum monitor_state state;
	char since[32];
	unsigned int restarts;
	struct restart_backoff backoff;

	/* the present run; process is NULL between two runs and at the end */
	struct guest_process *process;
	struct mconsole_link *link;
	struct disk_locks locks;
	uint64_t run_begin_ms;
	bool was_up, panicked, boot_timed_out, deadline_passed, cad_sent, was_paused;
	char panic_text[256];
	enum monitor_intent intent;
	uint64_t stop_deadline_ms; /* loop time; UINT64_MAX: none */

	struct end_record end; /* of the last run */
	bool finishing, bye_said;
};

#define monitor_of(ptr, member) \
	((struct monitor *)(void *)((char *)(ptr)-offsetof(struct monitor, member)))

/* --- monitor_run.c ------------------------------------------------------------------------------ */

/* The only way the state changes. reason is for viewers, may be NULL. */
void monitor_set_state(struct monitor *m, enum monitor_state state, const char *reason);

/* Locks, ptys, mconsole, process. On failure nothing of the run is left. */
int monitor_start_run(struct monitor *m, struct error *err);

/* Make the consoles that config asks for and that do not exist yet. */
int monitor_make_consoles(struct monitor *m, struct error *err);

/* timeout_ms UINT64_MAX: no deadline. */
void monitor_stop(struct monitor *m, uint64_t timeout_ms, bool restart);
void monitor_kill(struct monitor *m);

/* --- monitor_end.c ------------------------------------------------------------------------------ */

void monitor_run_ended(struct monitor *m, int wait_status, const struct error *start_error);

/* Between two runs: start now (from next-run.json) or never. */
void monitor_restart_now(struct monitor *m);
void monitor_stop_waiting(struct monitor *m);

/* m->end is set and no process is left: end.json, the last words, the end of the loop. */
void monitor_finish(struct monitor *m);

/* The line on the ready descriptor; err NULL for success. Only the first call writes. */
void monitor_tell_ready(struct monitor *m, const struct error *err);

/* --- monitor_methods.c -------------------------------------------------------------------------- */

void monitor_request(void *ctx, const char *method, struct json_object *params,
		     struct control_call *call);

#endif
