// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See guest_process.h. clone(2) is called on the loop's thread (parent-death signals refer to the thread), and the child
 * does nothing but async-signal-safe calls until it executes our own program again as the guest's init.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/log.h"
#include "daemon/monitor/child_reaper.h"
#include "daemon/monitor/guest_init.h"
#include "daemon/monitor/guest_process.h"

#define FIRST_HIGH_FD	 128 /* above every descriptor number that the init is started with */
#define INIT_FDS_MAX	 (2 + RUN_CONSOLES_MAX + 1 + RUN_LOCKS_MAX + 1)
#define INIT_GRACE_MS	 2000 /* for the init to kill the guest before it is killed itself */
#define INIT_ARGV_FIXED	 7
#define REPORTS_PER_TURN 16

struct guest_process {
	uv_loop_t *loop;
	struct guest_process_ops ops;
	void *ctx;
	bool has_pidns, init_gone, ended;
	pid_t pid;
	int pidfd, report_fd;
	int wait_status;
	char *program; /* for messages */
	struct error start_error;
	uv_poll_t report_poll, pid_poll;
	uv_timer_t kill_timer;
	uv_signal_t child_signal; /* without a PID namespace: orphans to reap */
	unsigned int handles;	  /* still to be closed before the memory goes */
};

/* --- ending ------------------------------------------------------------------------------------- */

static void process_set_ended(struct guest_process *p)
{
	if (p->ended)
		return;
	p->ended = true;
	p->ops.ended(p->ctx, p->wait_status,
		     error_is_set(&p->start_error) ? &p->start_error : NULL);
}

/* Without a namespace, an init that was killed leaves its children to us, the next subreaper. */
static void process_reap_orphans(struct guest_process *p)
{
	pid_t pid;

	if (!p->init_gone || p->ended)
		return;
	do {
		children_kill();
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0);
	if (pid < 0)
		process_set_ended(p);
}

static void process_child_signal(uv_signal_t *handle, int sig)
{
	process_reap_orphans(handle->data);
}

static void process_reports(struct guest_process *p);

static void process_init_exited(uv_poll_t *poll, int status, int events)
{
	struct guest_process *p = poll->data;
	siginfo_t info = { 0 };

	process_reports(p); /* what it said last */
	if (waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return;
	(void)uv_poll_stop(&p->pid_poll);
	(void)uv_poll_stop(&p->report_poll);
	(void)uv_timer_stop(&p->kill_timer);
	p->init_gone = true;
	if (p->has_pidns)
		process_set_ended(p);
	else
		process_reap_orphans(p);
}

static void process_signal_init(const struct guest_process *p, int sig)
{
	(void)syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0);
}

static void process_kill_hard(uv_timer_t *timer)
{
	log_warning("the guest's init did not end the guest in time, killing it too");
	process_signal_init(timer->data, SIGKILL);
}

void guest_process_kill(struct guest_process *p)
{
	if (p->init_gone)
		return;
	process_signal_init(p, SIGTERM);
	if (!uv_is_active((uv_handle_t *)&p->kill_timer))
		(void)uv_timer_start(&p->kill_timer, process_kill_hard, INIT_GRACE_MS, 0);
}

pid_t guest_process_pid(const struct guest_process *p)
{
	return p->pid;
}

/* --- reports ------------------------------------------------------------------------------------ */

static void process_set_start_error(struct guest_process *p, unsigned int step, int errnum)
{
	static const char *const steps[INIT_STEP_MAX] = {
		[INIT_STEP_ARGUMENTS] = "cannot set up the init of",
		[INIT_STEP_USER_NAMESPACE] = "cannot set up a user namespace for",
		[INIT_STEP_INIT_EXEC] = "cannot start the init of",
		[INIT_STEP_FORK] = "cannot start a process for",
		[INIT_STEP_IDENTITY] = "cannot become the guest's owner for",
		[INIT_STEP_PRIVILEGES] = "cannot confine",
		[INIT_STEP_EXEC] = "cannot execute the guest's kernel",
	};

	if (!error_is_set(&p->start_error))
		(void)error_set_errno(&p->start_error, errnum, "%s '%s'",
				      step < INIT_STEP_MAX ? steps[step] : "cannot start",
				      p->program ? p->program : "the guest");
}

static void process_take_report(struct guest_process *p, const struct init_report *r, pid_t sender)
{
	switch (r->kind) {
	case INIT_REPORT_KERNEL:
		p->pid = sender;
		break;
	case INIT_REPORT_RUNNING:
		p->ops.running(p->ctx);
		break;
	case INIT_REPORT_FAILED:
		process_set_start_error(p, r->step, r->value);
		break;
	case INIT_REPORT_ENDED:
		p->wait_status = r->value;
		break;
	default:
		log_warning("the guest's init says something unknown, ignoring");
	}
}

/* 1: taken; 0: nothing there; negative: end of file or an error. */
static int process_receive_report(struct guest_process *p)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct init_report r;
	struct iovec iov = { .iov_base = &r, .iov_len = sizeof(r) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	pid_t sender = 0;
	ssize_t n = recvmsg(p->report_fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			sender = cred.pid;
		}
	if (n == (ssize_t)sizeof(r))
		process_take_report(p, &r, sender);
	return 1;
}

static void process_reports(struct guest_process *p)
{
	int r = 1;

	for (unsigned int i = 0; r > 0 && i < REPORTS_PER_TURN; i++)
		r = process_receive_report(p);
	if (r < 0)
		(void)uv_poll_stop(&p->report_poll); /* the pidfd tells the rest */
}

static void process_report_ready(uv_poll_t *poll, int status, int events)
{
	process_reports(poll->data);
}

/* --- the child, between clone and exec ---------------------------------------------------------- */

struct child_plan {
	int fds[INIT_FDS_MAX]; /* become 0, 1, 2, … */
	unsigned int n_fds;
	int report_fd;
	bool has_userns;
	char uid_map[64], gid_map[64];
	char **argv, **env;
};

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

/* Each identity maps to itself, so files and taps look the same inside; nothing else exists there. */
static int map_identity(const struct child_plan *plan)
{
	int r;

	(void)prctl(PR_SET_DUMPABLE, 1); /* or the files belong to root */
	r = write_file("/proc/self/setgroups", "deny");
	if (r == 0)
		r = write_file("/proc/self/uid_map", plan->uid_map);
	return r == 0 ? write_file("/proc/self/gid_map", plan->gid_map) : r;
}

static void child_fail(const struct child_plan *plan, enum init_step step, int errnum)
{
	struct init_report r = { .kind = INIT_REPORT_FAILED, .step = step, .value = errnum };

	(void)send(plan->report_fd, &r, sizeof(r), MSG_NOSIGNAL);
	_exit(127);
}

static void child_run(const struct child_plan *plan)
{
	int r;

	(void)setsid();
	r = plan->has_userns ? map_identity(plan) : 0;
	if (r < 0)
		child_fail(plan, INIT_STEP_USER_NAMESPACE, -r);
	for (unsigned int i = 0; i < plan->n_fds; i++)
		if (dup2(plan->fds[i], (int)i) < 0)
			child_fail(plan, INIT_STEP_INIT_EXEC, errno);
	(void)close_range(plan->n_fds, FIRST_HIGH_FD - 1, 0);
	(void)execve("/proc/self/exe", plan->argv, plan->env);
	child_fail(plan, INIT_STEP_INIT_EXEC, errno);
}

/* --- starting ----------------------------------------------------------------------------------- */

static int plan_add_fd(struct child_plan *plan, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIGH_FD);

	if (high < 0)
		return -errno;
	plan->fds[plan->n_fds++] = high;
	return 0;
}

static int plan_fds(struct child_plan *plan, const struct guest_process_spec *spec, int report_fd)
{
	int r = plan_add_fd(plan, spec->console_fds[0]);

	if (r == 0)
		r = plan_add_fd(plan, spec->console_fds[0]);
	if (r == 0)
		r = plan_add_fd(plan, spec->console_fds[0]);
	for (unsigned int i = 1; r == 0 && i < spec->config->n_consoles; i++)
		r = plan_add_fd(plan, spec->console_fds[i]);
	if (r == 0)
		r = plan_add_fd(plan, report_fd);
	if (r == 0)
		plan->report_fd = plan->fds[plan->n_fds - 1];
	for (unsigned int i = 0; r == 0 && i < spec->n_lock_fds; i++)
		r = plan_add_fd(plan, spec->lock_fds[i]);
	return r;
}

static int plan_argv(struct child_plan *plan, const struct run_config *c, bool has_pidns)
{
	static const char program[] = "umld-guest-init", option[] = GUEST_INIT_OPTION;
	unsigned int n = 0, words = 0;
	char cpu[16] = "any";

	while (c->argv[words])
		words++;
	plan->argv = calloc(INIT_ARGV_FIXED + words + 1, sizeof(char *));
	if (!plan->argv)
		return -ENOMEM;
	if (c->cpu >= 0)
		(void)snprintf(cpu, sizeof(cpu), "%d", c->cpu);
	plan->argv[n++] = strdup(program);
	plan->argv[n++] = strdup(option);
	plan->argv[n++] = strdup(has_pidns ? "pidns" : "reaper");
	if (asprintf(&plan->argv[n++], "%u", c->uid) < 0 ||
	    asprintf(&plan->argv[n++], "%u", c->gid) < 0)
		return -ENOMEM;
	plan->argv[n++] = strdup(cpu);
	if (asprintf(&plan->argv[n++], "%u", c->n_consoles) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < words; i++)
		plan->argv[n++] = strdup(c->argv[i]);
	for (unsigned int i = 0; i < n; i++)
		if (!plan->argv[i])
			return -ENOMEM;
	plan->env = c->env;
	return 0;
}

static void plan_done(struct child_plan *plan)
{
	for (unsigned int i = 0; i < plan->n_fds; i++)
		(void)close(plan->fds[i]);
	kernel_argv_free(plan->argv);
}

/* fork with namespaces and a pidfd (which the host makes CLOEXEC). */
static pid_t clone_child(unsigned long flags, int *ret_pidfd)
{
	return (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, ret_pidfd, NULL, 0L);
}

static int process_clone(struct guest_process *p, struct child_plan *plan, unsigned long flags)
{
	sigset_t all, old;
	pid_t pid;
	int r = 0;

	/* A signal handler of libuv's must not run in the child: it would write into our loop's pipe. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = clone_child(flags, &p->pidfd);
	if (pid == 0)
		child_run(plan);
	if (pid < 0)
		r = -errno;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static int process_spawn(struct guest_process *p, const struct guest_process_spec *spec,
			 int report_fd)
{
	struct child_plan plan = { 0 };
	bool is_root = geteuid() == 0;
	int r = plan_fds(&plan, spec, report_fd);

	(void)snprintf(plan.uid_map, sizeof(plan.uid_map), "%u %u 1\n", geteuid(), geteuid());
	(void)snprintf(plan.gid_map, sizeof(plan.gid_map), "%u %u 1\n", getegid(), getegid());
	plan.has_userns = !is_root;
	p->has_pidns = true;
	if (r == 0)
		r = plan_argv(&plan, spec->config, true);
	if (r == 0)
		r = spec->no_pid_namespace
			    ? -EPERM
			    : process_clone(p, &plan, CLONE_NEWPID | (is_root ? 0 : CLONE_NEWUSER));
	if (r == -EPERM || r == -ENOSYS || r == -EINVAL || r == -ENOSPC || r == -EUSERS) {
		if (!spec->no_pid_namespace)
			log_warning("cannot make a PID namespace: %s, going on without",
				    strerror(-r));
		p->has_pidns = false;
		plan.has_userns = false;
		kernel_argv_free(plan.argv);
		r = plan_argv(&plan, spec->config, false);
		if (r == 0)
			r = process_clone(p, &plan, 0);
	}
	plan_done(&plan);
	return r;
}

static int report_socket(int fds[2])
{
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	if (setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
		return 0;
	on = errno;
	(void)close(fds[0]);
	(void)close(fds[1]);
	return -on;
}

static void process_watch(struct guest_process *p, uv_loop_t *loop)
{
	(void)uv_timer_init(loop, &p->kill_timer);
	(void)uv_signal_init(loop, &p->child_signal);
	(void)uv_poll_init(loop, &p->report_poll, p->report_fd);
	(void)uv_poll_init(loop, &p->pid_poll, p->pidfd);
	p->kill_timer.data = p;
	p->child_signal.data = p;
	p->report_poll.data = p;
	p->pid_poll.data = p;
	p->handles = 4;
	(void)uv_poll_start(&p->report_poll, UV_READABLE, process_report_ready);
	(void)uv_poll_start(&p->pid_poll, UV_READABLE, process_init_exited);
	if (!p->has_pidns)
		(void)uv_signal_start(&p->child_signal, process_child_signal, SIGCHLD);
}

int guest_process_start(uv_loop_t *loop, const struct guest_process_spec *spec,
			const struct guest_process_ops *ops, void *ctx, struct guest_process **ret,
			struct error *err)
{
	struct guest_process *p = calloc(1, sizeof(*p));
	int fds[2], r;

	if (!p)
		return error_set_errno(err, ENOMEM, "cannot start the guest");
	*p = (struct guest_process){ .loop = loop,
				     .ops = *ops,
				     .ctx = ctx,
				     .pidfd = -1,
				     .wait_status = SIGKILL,
				     .program = strdup(spec->config->argv[0]) };
	r = report_socket(fds);
	if (r == 0) {
		p->report_fd = fds[0];
		r = process_spawn(p, spec, fds[1]);
		(void)close(fds[1]);
		if (r < 0)
			(void)close(fds[0]);
	}
	if (r < 0) {
		free(p->program);
		free(p);
		return error_set_errno(err, r, "cannot start the guest's init");
	}
	process_watch(p, loop);
	*ret = p;
	return 0;
}

static void process_handle_closed(uv_handle_t *handle)
{
	struct guest_process *p = handle->data;

	if (--p->handles > 0)
		return;
	error_done(&p->start_error);
	free(p->program);
	free(p);
}

void guest_process_free(struct guest_process *p)
{
	if (!p)
		return;
	uv_close((uv_handle_t *)&p->report_poll, process_handle_closed);
	uv_close((uv_handle_t *)&p->pid_poll, process_handle_closed);
	uv_close((uv_handle_t *)&p->kill_timer, process_handle_closed);
	uv_close((uv_handle_t *)&p->child_signal, process_handle_closed);
	(void)close(p->report_fd);
	(void)close(p->pidfd);
}
