// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's child processes: none survives its parent, all are waited for, nothing polls.
 */
#include "daemon/image/worker.h"

#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

void worker_fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	(void)fflush(NULL);
	_exit(status);
}

void worker_phase(unsigned int per_mille, const char *phase)
{
	(void)printf("@umld %u %s\n", per_mille, phase);
	(void)fflush(stdout);
}

void worker_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		worker_fail(WORKER_FAILED, "cannot block signals: %s", strerror(errno));
}

pid_t worker_fork(void)
{
	pid_t parent = getpid(), pid;
	sigset_t none;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		worker_fail(WORKER_FAILED, "cannot start a process: %s", strerror(errno));
	if (pid > 0)
		return pid;
	/* Between fork and prctl the parent may have died: then nobody would ever tell us. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(WORKER_FAILED);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

int worker_run(const char *const argv[])
{
	pid_t pid = worker_fork();
	int status;

	if (pid == 0) {
		/* execvp takes what it will not change as not const. */
		union {
			const char *const *in;
			char *const *out;
		} args = { .in = argv };

		execvp(argv[0], args.out);
		worker_fail(WORKER_EXEC, "cannot run %s: %s", argv[0], strerror(errno));
	}
	for (;;) {
		/* As PID 1 all orphans are ours; elsewhere somebody else waits for the others. */
		pid_t ended = waitpid(getpid() == 1 ? -1 : pid, &status, 0);

		if (ended == pid)
			return status;
		if (ended < 0 && errno != EINTR)
			worker_fail(WORKER_FAILED, "cannot wait for %s: %s", argv[0],
				    strerror(errno));
	}
}

static void kill_all(const pid_t *pids, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (pids[i] > 0)
			(void)kill(pids[i], SIGKILL);
	}
}

/* Collect what has ended. Returns how many of the n are still there; *failed is set if one did not exit with 0. */
static unsigned int reap(pid_t *pids, unsigned int n, bool *failed)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < n; i++) {
		int status = WORKER_FAILED;
		pid_t ended;

		if (pids[i] <= 0)
			continue;
		ended = waitpid(pids[i], &status, WNOHANG);
		if (ended == 0) {
			left++;
			continue;
		}
		pids[i] = 0;
		if (ended < 0 || status != 0)
			*failed = true;
	}
	return left;
}

int worker_wait_all(pid_t *pids, unsigned int n)
{
	bool failed = false;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	/* The signals are blocked: one that came before the wait is pending, none is lost. */
	while (reap(pids, n, &failed) > 0) {
		if (failed)
			kill_all(pids, n);
		if (sigwaitinfo(&set, NULL) == SIGTERM)
			failed = true;
		if (failed)
			kill_all(pids, n);
	}
	return failed ? WORKER_FAILED : 0;
}
