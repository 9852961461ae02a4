// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umld-monitor: holds one guest's lock, consoles and kernel process for as long as the guest exists. Started by umld, detached;
 * not meant to be started by hand. With --guest-init it is the guest's init (guest_init.h).
 *
 * Exit status: 0 after the guest's end, 75 if another monitor holds the guest's lock, 2 for wrong options, else 1.
 */
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/file.h"
#include "common/log.h"
#include "common/parse.h"
#include "daemon/monitor/child_reaper.h"
#include "daemon/monitor/guest_init.h"
#include "daemon/monitor/monitor.h"

#define EXIT_LOCKED	  75
#define EXIT_USAGE	  2
#define TERM_STOP_TIME_MS 30000

/* --- options ------------------------------------------------------------------------------------ */

static int usage(const char *why)
{
	(void)fprintf(stderr,
		      "umld-monitor: %s\n"
		      "usage: umld-monitor --state DIR --runtime DIR --guest NAME [--ready-fd N] "
		      "[--no-pid-namespace]\n",
		      why);
	return -EINVAL;
}

static int parse_options(struct monitor *m, int argc, char **argv)
{
	enum { STATE = 1, RUNTIME, GUEST, READY_FD, NO_PIDNS };
	static const struct option options[] = {
		{ "state", required_argument, NULL, STATE },
		{ "runtime", required_argument, NULL, RUNTIME },
		{ "guest", required_argument, NULL, GUEST },
		{ "ready-fd", required_argument, NULL, READY_FD },
		{ "no-pid-namespace", no_argument, NULL, NO_PIDNS },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t fd;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == STATE) {
			m->state_dir = optarg;
		} else if (c == RUNTIME) {
			m->runtime_dir = optarg;
		} else if (c == GUEST) {
			m->guest = optarg;
		} else if (c == NO_PIDNS) {
			m->no_pid_namespace = true;
		} else if (c == READY_FD) {
			if (parse_u64(optarg, 0, INT32_MAX, &fd) < 0 ||
			    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
				return usage("--ready-fd is not an open descriptor");
			m->ready_fd = (int)fd;
		} else {
			return usage("wrong option");
		}
	}
	if (optind != argc || !m->state_dir || !m->runtime_dir || !m->guest)
		return usage("an option is missing or there is one word too many");
	if (m->state_dir[0] != '/' || m->runtime_dir[0] != '/')
		return usage("the directories must be absolute paths");
	return guest_name_valid(m->guest) ? 0 : usage("the guest's name is not valid");
}

/* --- setting up, in order ----------------------------------------------------------------------- */

/* No supplementary groups, no core file with the guests' consoles in it, nobody but root may look inside. */
static void confine_self(void)
{
	struct rlimit limit;

	if (geteuid() == 0)
		(void)setgroups(0, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
#ifndef __SANITIZE_ADDRESS__ /* whose leak checker traces us */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max; /* viewers */
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)umask(077);
	if (chdir("/") < 0)
		log_warning("cannot leave the working directory, ignoring: %m");
}

/* -EAGAIN if another monitor has the guest. */
static int take_lock(struct monitor *m, struct error *err)
{
	char dir[PATHS_MAX + 64];
	int r = snprintf(dir, sizeof(dir), "%s/guests/%s", m->state_dir, m->guest);

	if (r < 0 || (size_t)r >= sizeof(dir))
		return error_set_errno(err, ENAMETOOLONG, "cannot open the guest's directory");
	m->guest_dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (m->guest_dirfd < 0)
		return error_set_errno(err, errno, "cannot open the guest's directory '%s'", dir);
	m->lock_fd = lock_take(m->guest_dirfd, "lock");
	if (m->lock_fd == -EAGAIN) {
		(void)error_set(err, ERROR_BUSY, "guest-running", "the guest runs already");
		return -EAGAIN;
	}
	if (m->lock_fd < 0)
		return error_set_errno(err, m->lock_fd, "cannot lock the guest");
	(void)file_remove_stale_tmp(m->guest_dirfd);
	return 0;
}

static int open_control(struct monitor *m, struct error *err)
{
	char path[PATHS_MAX + 64];
	int r = path_join(path, sizeof(path), m->runtime_dir, "monitors");

	if (r == 0)
		r = dir_make(path, 0700);
	if (r < 0)
		return error_set_errno(err, r, "cannot make the directory '%s/monitors'",
				       m->runtime_dir);
	r = snprintf(path, sizeof(path), "%s/monitors/%s.sock", m->runtime_dir, m->guest);
	if (r < 0 || (size_t)r >= sizeof(path))
		return error_set_errno(err, ENAMETOOLONG, "cannot make the monitor's socket");
	return control_new(&m->loop, path, monitor_request, m, &m->control, err);
}

static int check_owner(const struct run_config *c, struct error *err)
{
	if (geteuid() == 0 || c->uid == geteuid())
		return 0;
	return error_set(err, ERROR_NOT_PERMITTED, "wrong-owner",
			 "the guest's owner is another user (%u)", c->uid);
}

static int set_up(struct monitor *m, struct error *err)
{
	int r = run_config_read(m->guest_dirfd, m->guest, &m->config, err);

	if (r < 0)
		return r;
	m->policy = m->config.policy;
	r = check_owner(&m->config, err);
	if (r == 0)
		r = open_control(m, err);
	if (r == 0)
		r = monitor_make_consoles(m, err);
	return r == 0 ? monitor_start_run(m, err) : r;
}

/* --- the loop ----------------------------------------------------------------------------------- */

/* The host goes down, or an administrator is polite: the guest stops; the second time it is killed. */
static void on_term(uv_signal_t *handle, int sig)
{
	struct monitor *m = handle->data;

	log_info("signal %d: stopping the guest", sig);
	if (m->intent == INTENT_STOP)
		monitor_kill(m);
	else
		monitor_stop(m, TERM_STOP_TIME_MS, false);
}

static void init_handles(struct monitor *m)
{
	(void)uv_timer_init(&m->loop, &m->boot_timer);
	(void)uv_timer_init(&m->loop, &m->stop_timer);
	(void)uv_timer_init(&m->loop, &m->restart_timer);
	(void)uv_timer_init(&m->loop, &m->exit_timer);
	(void)uv_signal_init(&m->loop, &m->term_signal);
	(void)uv_signal_init(&m->loop, &m->int_signal);
	m->term_signal.data = m;
	m->int_signal.data = m;
	(void)uv_signal_start(&m->term_signal, on_term, SIGTERM);
	(void)uv_signal_start(&m->int_signal, on_term, SIGINT);
}

/* A failure after the lock is an end like others: end.json, then the answer. */
static void fail_start(struct monitor *m, const struct error *err)
{
	log_error("cannot start the guest: %s", err->message);
	if (m->config.run_id)
		(void)snprintf(m->end.run_id, sizeof(m->end.run_id), "%s", m->config.run_id);
	end_record_set(&m->end, GUEST_END_FAILED, "%s", err->message);
	monitor_finish(m);
}

static void close_handles(struct monitor *m)
{
	for (unsigned int i = 0; i < m->n_consoles; i++)
		guest_console_free(m->consoles[i]);
	m->n_consoles = 0;
	control_free(TAKE_PTR(m->control));
	uv_close((uv_handle_t *)&m->boot_timer, NULL);
	uv_close((uv_handle_t *)&m->stop_timer, NULL);
	uv_close((uv_handle_t *)&m->restart_timer, NULL);
	uv_close((uv_handle_t *)&m->exit_timer, NULL);
	uv_close((uv_handle_t *)&m->term_signal, NULL);
	uv_close((uv_handle_t *)&m->int_signal, NULL);
}

/* True if a log's worker still writes: then its memory and the loop are left to the exit. */
static bool logs_are_busy(const struct monitor *m)
{
	for (unsigned int i = 0; i < m->n_consoles; i++)
		if (!console_log_is_idle(m->consoles[i]->log))
			return true;
	return false;
}

static int run(struct monitor *m)
{
	cleanup_error struct error err = ERROR_INIT;
	int r = take_lock(m, &err);

	if (r < 0) {
		log_error("%s", err.message);
		monitor_tell_ready(m, &err);
		return r == -EAGAIN ? EXIT_LOCKED : EXIT_FAILURE;
	}
	init_handles(m);
	r = set_up(m, &err);
	if (r < 0)
		fail_start(m, &err);
	(void)uv_run(&m->loop, UV_RUN_DEFAULT);
	if (r < 0)
		monitor_tell_ready(m, &err);
	if (logs_are_busy(m)) {
		if (m->control)
			control_free(m->control);
		_exit(EXIT_SUCCESS);
	}
	close_handles(m);
	(void)uv_run(&m->loop, UV_RUN_DEFAULT);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct monitor m = { .ready_fd = -1, .guest_dirfd = -1, .lock_fd = -1 };
	char identity[NAME_LEN_MAX + 16];
	int r;

	if (argc > 1 && strcmp(argv[1], GUEST_INIT_OPTION) == 0)
		return guest_init_main(argc - 2, argv + 2);
	if (parse_options(&m, argc, argv) < 0)
		return EXIT_USAGE;
	(void)snprintf(identity, sizeof(identity), "umld-monitor %s", m.guest);
	log_init(identity, LOG_LEVEL_INFO);
	confine_self();
	time_format_utc(m.since);
	if (uv_loop_init(&m.loop) < 0)
		return EXIT_FAILURE;
	r = run(&m);
	run_config_done(&m.config);
	end_record_done(&m.end);
	(void)uv_loop_close(&m.loop);
	if (m.lock_fd >= 0)
		(void)close(m.lock_fd); /* from here on the guest does not exist */
	return r;
}
