/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork, fork, exec; see monitor_spawn.h. umld has threads, so between fork and exec only async-signal-safe calls are made and
 * everything is prepared before.
 */
#include "daemon/core/monitor_spawn.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "daemon/core/guest_store.h"
#include "daemon/core/umld.h"

#ifndef UMLD_LIBEXEC_DIR
#define UMLD_LIBEXEC_DIR "/usr/libexec/umld"
#endif

#define READY_FD 3

int monitor_locate(char *buf, size_t len, struct error *err)
{
	static const char *const beside[] = { "umld-monitor", "../monitor/umld-monitor" };
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n > 0) {
		const char *dir;

		exe[n] = '\0';
		dir = dirname(exe);
		for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
			(void)snprintf(buf, len, "%s/%s", dir, beside[i]);
			if (access(buf, X_OK) == 0)
				return 0;
		}
	}
	(void)snprintf(buf, len, "%s/umld-monitor", UMLD_LIBEXEC_DIR);
	if (access(buf, X_OK) == 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "monitor-not-found",
			 "umld-monitor is neither beside umld nor in %s", UMLD_LIBEXEC_DIR);
}

struct spawn_plan {
	const char *program;
	char *const *argv;
	char *const *envp;
	int ready_fd, log_fd, null_fd;
	struct rlimit nofile;
};

/* In the grandchild. 127 is what a shell says too. */
static void spawn_exec(const struct spawn_plan *p)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setrlimit(RLIMIT_NOFILE, &p->nofile);
	/* None of the three is below READY_FD + 1, see monitor_spawn: no dup2 overwrites another's source. */
	if (dup2(p->null_fd, 0) < 0 || dup2(p->log_fd, 1) < 0 || dup2(p->log_fd, 2) < 0 ||
	    dup2(p->ready_fd, READY_FD) < 0)
		_exit(127);
	(void)close_range(READY_FD + 1, ~0u, 0);
	(void)execve(p->program, p->argv, p->envp);
	_exit(127);
}

static int spawn_detached(const struct spawn_plan *p)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)setsid();
		pid = fork();
		if (pid == 0)
			spawn_exec(p);
		_exit(pid < 0 ? 1 : 0);
	}
	/* The first child only forks: this takes no longer than the fork itself. */
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EAGAIN;
}

/* A copy above the numbers that the child gives away. Closes fd. */
static int fd_move_up(int fd)
{
	int moved = fd < 0 ? -errno : fcntl(fd, F_DUPFD_CLOEXEC, READY_FD + 1);
	int saved = errno;

	if (fd < 0)
		return fd;
	(void)close(fd);
	return moved < 0 ? -saved : moved;
}

/* The monitor's environment: nothing of umld's but what it needs to find programs and to log. */
static char *const *spawn_environment(char *env[4])
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char **entry;
	int n = 0;

	env[n++] = path;
	for (entry = environ; *entry && n < 3; entry++) {
		if (strncmp(*entry, "TMPDIR=", 7) == 0 || strncmp(*entry, "ASAN_OPTIONS=", 13) == 0)
			env[n++] = *entry;
	}
	env[n] = NULL;
	return env;
}

int monitor_spawn(const struct guest *g, int *ret_ready_fd, struct error *err)
{
	const struct umld *u = g->umld;
	char state[PATHS_MAX], runtime[PATHS_MAX], program[PATHS_MAX], name[NAME_LEN_MAX + 1];
	char log_path[PATH_MAX], number[8], opt_state[] = "--state", opt_runtime[] = "--runtime";
	char opt_guest[] = "--guest", opt_ready[] = "--ready-fd";
	char *argv[] = { program,   opt_state, state,	  opt_runtime, runtime,
			 opt_guest, name,      opt_ready, number,      NULL };
	char *env[4];
	cleanup_close int log_fd = -1, null_fd = -1, write_fd = -1, read_fd = -1;
	struct spawn_plan plan = { .program = program, .argv = argv, .nofile = u->nofile_at_start };
	int pipe_fds[2], r;

	(void)snprintf(state, sizeof(state), "%s", u->paths.state);
	(void)snprintf(runtime, sizeof(runtime), "%s", u->paths.runtime);
	(void)snprintf(program, sizeof(program), "%s", u->monitor_program);
	(void)snprintf(name, sizeof(name), "%s", g->name);
	(void)snprintf(number, sizeof(number), "%d", READY_FD);
	r = guest_path(g, "monitor.log", log_path, sizeof(log_path));
	if (r < 0)
		return error_set_errno(err, r, "guest '%s'", g->name);
	/* Each run starts the log anew, so that it cannot grow for ever. */
	log_fd = fd_move_up(open(
		log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (log_fd < 0)
		return error_set_errno(err, log_fd, "open %s", log_path);
	null_fd = fd_move_up(open("/dev/null", O_RDWR | O_CLOEXEC));
	if (null_fd < 0)
		return error_set_errno(err, null_fd, "open /dev/null");
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set_errno(err, errno, "pipe");
	read_fd = pipe_fds[0];
	write_fd = fd_move_up(pipe_fds[1]);
	if (write_fd < 0)
		return error_set_errno(err, write_fd, "pipe");
	(void)fcntl(write_fd, F_SETFL, 0); /* the monitor need not care about a short write */
	plan.ready_fd = write_fd;
	plan.log_fd = log_fd;
	plan.null_fd = null_fd;
	plan.envp = spawn_environment(env);
	r = spawn_detached(&plan);
	if (r < 0)
		return error_set_errno(err, r, "start the monitor of guest '%s'", g->name);
	*ret_ready_fd = TAKE_FD(read_fd);
	return 0;
}
