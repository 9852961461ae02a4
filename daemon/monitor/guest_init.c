// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See guest_init.h. Blocks all signals and waits on a signalfd and on the report socket; that socket's end of file
 * means that the monitor is gone, as does SIGTERM, its parent-death signal. In system mode it stays root, so that the kernel's
 * process, which runs as the guest's owner, can neither signal nor trace it.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "daemon/monitor/child_reaper.h"
#include "daemon/monitor/guest_init.h"

struct init {
	bool has_pidns;
	uid_t uid;
	gid_t gid;
	int cpu; /* -1: any */
	unsigned int n_consoles;
	char **kernel_argv;
	int report_fd, signal_fd;
	pid_t kernel_pid;
	int kernel_status;
};

static void report(const struct init *in, enum init_report_kind kind, enum init_step step,
		   int value)
{
	struct init_report r = { .kind = kind, .step = step, .value = value };

	(void)send(in->report_fd, &r, sizeof(r), MSG_NOSIGNAL);
}

/* --- the kernel's process before exec ----------------------------------------------------------- */

static void signals_reset(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become_owner(const struct init *in)
{
	if (geteuid() != 0 || getuid() != 0)
		return geteuid() == in->uid ? 0 : -EPERM;
	if (setgroups(0, NULL) < 0 || setresgid(in->gid, in->gid, in->gid) < 0 ||
	    setresuid(in->uid, in->uid, in->uid) < 0)
		return -errno;
	return 0;
}

/* A panic aborts; nobody wants the guest's memory as a core file. */
static void set_limits(const struct init *in)
{
	struct rlimit none = { 0, 0 };
	cpu_set_t set;

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)umask(077);
	if (in->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(in->cpu, &set);
		(void)sched_setaffinity(0, sizeof(set),
					&set); /* a CPU that went away: any will do */
	}
	if (chdir("/") < 0)
		return; /* a directory stays busy; nothing else depends on it */
}

/* Ties the process to init. After the change of identity, which would undo it. */
static int die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static void kernel_child_fail(int exec_pipe, enum init_step step, int errnum)
{
	struct init_report r = { .kind = INIT_REPORT_FAILED, .step = step, .value = errnum };

	(void)!write(exec_pipe, &r, sizeof(r));
	_exit(127);
}

static void kernel_child(const struct init *in, pid_t parent, int exec_pipe)
{
	int r;

	(void)setsid();
	report(in, INIT_REPORT_KERNEL, INIT_STEP_EXEC, 0);
	set_limits(in);
	r = become_owner(in);
	if (r < 0)
		kernel_child_fail(exec_pipe, INIT_STEP_IDENTITY, -r);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		kernel_child_fail(exec_pipe, INIT_STEP_PRIVILEGES, errno);
	r = die_with_parent(parent);
	if (r < 0)
		kernel_child_fail(exec_pipe, INIT_STEP_PRIVILEGES, -r);
	signals_reset();
	(void)execve(in->kernel_argv[0], in->kernel_argv, environ);
	kernel_child_fail(exec_pipe, INIT_STEP_EXEC, errno);
}

/* Empties the signalfd; true if SIGTERM was there. A SIGCHLD is not lost: reap() looks for itself. */
static bool term_was_sent(const struct init *in)
{
	struct signalfd_siginfo info;
	bool sent = false;

	while (read(in->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		sent = sent || info.ssi_signo == SIGTERM;
	return sent;
}

/*
 * Wait until fd (-1: nothing) is readable or a child has ended: true; or until the guest shall end or the monitor, which never sends
 * anything, is gone: false.
 */
static bool wait_for_event(const struct init *in, int fd)
{
	struct pollfd fds[3] = {
		{ .fd = in->signal_fd, .events = POLLIN },
		{ .fd = in->report_fd, .events = POLLIN | POLLRDHUP },
		{ .fd = fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (fds[1].revents || ((fds[0].revents & POLLIN) && term_was_sent(in)))
			return false;
		if (fd < 0 || fds[2].revents)
			return true;
	}
}

/*
 * 0 when the program has been executed, 1 if the guest shall end before that (executing it may take as long as its file system
 * likes); otherwise the failure has been reported.
 */
static int kernel_start(struct init *in)
{
	pid_t parent = getpid();
	struct init_report failure;
	int fds[2];
	ssize_t n = 0;
	bool wanted = true;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		report(in, INIT_REPORT_FAILED, INIT_STEP_FORK, errno);
		return -1;
	}
	in->kernel_pid = fork();
	if (in->kernel_pid == 0)
		kernel_child(in, parent, fds[1]);
	if (in->kernel_pid < 0)
		report(in, INIT_REPORT_FAILED, INIT_STEP_FORK, errno);
	(void)close(fds[1]);
	if (in->kernel_pid > 0)
		wanted = wait_for_event(in, fds[0]);
	if (in->kernel_pid > 0 && wanted)
		n = read(fds[0], &failure, sizeof(failure)); /* one write, or the end */
	(void)close(fds[0]);
	if (in->kernel_pid < 0)
		return -1;
	if (!wanted)
		return 1;
	if (n == (ssize_t)sizeof(failure)) {
		(void)send(in->report_fd, &failure, sizeof(failure), MSG_NOSIGNAL);
		return -1;
	}
	report(in, INIT_REPORT_RUNNING, INIT_STEP_EXEC, 0);
	return 0;
}

/* --- waiting and ending ------------------------------------------------------------------------- */

/* Reap what has ended; true once the kernel is among them. */
static bool reap(struct init *in)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == in->kernel_pid) {
			in->kernel_status = status;
			in->kernel_pid = 0;
		}
	return in->kernel_pid == 0;
}

/* Until the kernel has ended, or somebody wants it to end. */
static void wait_for_end(struct init *in)
{
	while (!reap(in) && wait_for_event(in, -1))
		;
}

static void kill_all(const struct init *in)
{
	if (in->has_pidns)
		(void)kill(-1, SIGKILL);
	else
		children_kill();
}

/* Returns when no process of the guest is left. */
static void end_all(struct init *in)
{
	int status;
	pid_t pid;

	for (;;) {
		kill_all(in);
		pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid > 0 && pid == in->kernel_pid) {
			in->kernel_status = status;
			in->kernel_pid = 0;
		}
	}
}

/* --- start -------------------------------------------------------------------------------------- */

static int parse_arguments(struct init *in, int argc, char **argv)
{
	uint64_t uid, gid, cpu, consoles;

	if (argc < 6)
		return -EINVAL;
	if (parse_u64(argv[1], 0, UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(argv[2], 0, UINT32_MAX - 1, &gid) < 0 ||
	    parse_u64(argv[4], 1, 64, &consoles) < 0)
		return -EINVAL;
	in->has_pidns = strcmp(argv[0], "pidns") == 0;
	in->uid = (uid_t)uid;
	in->gid = (gid_t)gid;
	in->cpu = -1;
	if (strcmp(argv[3], "any") != 0) {
		if (parse_u64(argv[3], 0, CPU_SETSIZE - 1, &cpu) < 0)
			return -EINVAL;
		in->cpu = (int)cpu;
	}
	in->n_consoles = (unsigned int)consoles;
	in->kernel_argv = argv + 5;
	in->report_fd = 2 + (int)consoles;
	return 0;
}

/* The report socket and the locks behind it are not the kernel's business. */
static int hide_descriptors(int first)
{
	struct rlimit limit;

	if (close_range((unsigned int)first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	for (int fd = first; (rlim_t)fd < limit.rlim_cur; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

static int prepare(struct init *in)
{
	sigset_t all;

	(void)prctl(PR_SET_NAME, "umld-guest-init");
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return -errno;
	if (!in->has_pidns && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	in->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return in->signal_fd < 0 ? -errno : hide_descriptors(in->report_fd);
}

int guest_init_main(int argc, char **argv)
{
	struct init in = { .report_fd = -1, .signal_fd = -1, .kernel_status = SIGKILL };
	int r = parse_arguments(&in, argc, argv);

	if (r == 0)
		r = prepare(&in);
	if (r < 0) {
		report(&in, INIT_REPORT_FAILED, INIT_STEP_ARGUMENTS, -r);
		return 1;
	}
	r = kernel_start(&in);
	if (r < 0) {
		end_all(&in);
		return 1;
	}
	if (r == 0)
		wait_for_end(&in);
	end_all(&in);
	report(&in, INIT_REPORT_ENDED, INIT_STEP_EXEC, in.kernel_status);
	return 0;
}
