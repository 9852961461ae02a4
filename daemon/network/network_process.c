// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detached processes. A held process is a grandchild: the child in between reports its pid and exits, so that init
 * (or the nearest subreaper) reaps it and umld may come and go. Between fork and exec only async-signal-safe
 * calls are made, since umld has threads of libuv's pool.
 */
#include "daemon/network/network_process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"

#define END_GRACE_MS 200
#define END_KILL_MS  50
#define HELD_GO_FD   3

/* The start time is field 22; the name in field 2 may contain blanks and parentheses, so count from the last ')'. */
static int process_read_start(pid_t pid, uint64_t *ret_start, char *ret_state)
{
	cleanup_free char *text = NULL;
	unsigned long long start;
	char path[48], state;
	size_t len;
	const char *p;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = file_read_all(AT_FDCWD, path, 4096, &text, &len);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	p = strrchr(text, ')');
	if (!p || p[1] != ' ' || p[2] == '\0')
		return -EBADMSG;
	state = p[2];
	p += 2;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EBADMSG;
		p++;
	}
	errno = 0;
	start = strtoull(p, NULL, 10);
	if (errno || !isdigit((unsigned char)*p))
		return -EBADMSG;
	*ret_start = start;
	*ret_state = state;
	return 0;
}

static int pidfd_open_(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static int pidfd_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

/* The fds are above 2: the caller made sure of it. */
struct held_fds {
	int go[2], report[2], err[2], null;
};

static void held_fds_done(struct held_fds *f)
{
	int fds[] = {
		f->go[0], f->go[1], f->report[0], f->report[1], f->err[0], f->err[1], f->null
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		cleanup_close_p(&fds[i]);
}

static __attribute__((noreturn)) void held_fail(const char *what)
{
	/* Nobody can be told if this fails. */
	if (write(STDERR_FILENO, what, strlen(what)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * The grandchild: wait for the word, then exec. End of file on go means that umld is gone. It keeps no copy of umld's
 * other descriptors meanwhile: a copy of a lock would hold it, one of a connection would keep it open. It knows
 * nothing of umld's environment either, and speaks English.
 */
static __attribute__((noreturn)) void held_run(const struct held_fds *f, char *const argv[])
{
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	char *const env[] = { path, locale, NULL };
	char byte;
	ssize_t n;

	(void)setsid();
	if (dup2(f->null, STDIN_FILENO) < 0 || dup2(f->null, STDOUT_FILENO) < 0 ||
	    dup2(f->err[1], STDERR_FILENO) < 0 || dup2(f->go[0], HELD_GO_FD) < 0)
		_exit(127);
	if (fcntl(HELD_GO_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, HELD_GO_FD + 1U, ~0U, 0U) < 0)
		held_fail("cannot close descriptors");
	do
		n = read(HELD_GO_FD, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(0);
	(void)execve(argv[0], argv, env);
	held_fail("cannot be executed");
}

/* The child in between. All signals are blocked on entry. */
static __attribute__((noreturn)) void held_fork(const struct held_fds *f, char *const argv[])
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	pid_t pid;

	/* exec keeps ignored signals ignored: dnsmasq needs its SIGHUP and a shell script its SIGPIPE. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	pid = fork();
	if (pid == 0) {
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		held_run(f, argv);
	}
	if (pid < 0)
		pid = -errno;
	if (write(f->report[1], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		_exit(1);
	_exit(0);
}

static int held_fds_open(struct held_fds *f)
{
	if (pipe2(f->go, O_CLOEXEC) < 0 || pipe2(f->report, O_CLOEXEC) < 0 ||
	    pipe2(f->err, O_CLOEXEC) < 0)
		return -errno;
	f->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (f->null < 0)
		return -errno;
	/* umld always has 0 to 2 open; dup2 over a descriptor of ours would be a disaster, so check. */
	return f->go[0] > 2 ? 0 : -EBADF;
}

/* Fork with all signals blocked, so that no handler of umld's runs in the child. */
static pid_t held_fork_child(const struct held_fds *f, char *const argv[])
{
	sigset_t all, old;
	pid_t child;
	int saved;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	child = fork();
	if (child == 0)
		held_fork(f, argv);
	saved = errno;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return child;
}

int process_spawn_held(char *const argv[], struct held_process *ret)
{
	__attribute__((cleanup(held_fds_done))) struct held_fds f = {
		.go = { -1, -1 }, .report = { -1, -1 }, .err = { -1, -1 }, .null = -1
	};
	struct process_id id;
	char state;
	ssize_t n;
	pid_t child;
	int r;

	r = held_fds_open(&f);
	if (r < 0)
		return r;
	child = held_fork_child(&f, argv);
	if (child < 0)
		return -errno;
	(void)close(TAKE_FD(f.report[1]));
	do
		n = read(f.report[0], &id.pid, sizeof(id.pid));
	while (n < 0 && errno == EINTR);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(id.pid))
		return -ECHILD;
	if (id.pid < 0)
		return id.pid;
	r = process_read_start(id.pid, &id.start, &state);
	if (r < 0)
		return r;
	ret->id = id;
	ret->go_fd = TAKE_FD(f.go[1]);
	ret->stderr_fd = TAKE_FD(f.err[0]);
	return 0;
}

int process_let_go(struct held_process *p)
{
	cleanup_close int fd = TAKE_FD(p->go_fd);

	return fd_write_all(fd, "g", 1);
}

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void text_clean(char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '\n' && used == 0)
			continue;
		text[used++] = (char)(c >= ' ' && c < 0x7f ? c : ' ');
	}
	while (used > 0 && text[used - 1] == ' ')
		used--;
	text[used] = '\0';
}

int process_wait_ready(struct held_process *p, int timeout_ms, char *text, size_t len)
{
	cleanup_close int fd = TAKE_FD(p->stderr_fd);
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	size_t have = 0;

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left_ms = deadline_ms - monotonic_ms();
		char chunk[512];
		ssize_t n;

		if (left_ms <= 0 || poll(&pfd, 1, (int)left_ms) == 0)
			return -ETIMEDOUT;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		/* Keep reading what does not fit: a full pipe would stall the writer. */
		if ((size_t)n > len - 1 - have)
			n = (ssize_t)(len - 1 - have);
		memcpy(text + have, chunk, (size_t)n);
		have += (size_t)n;
	}
	text_clean(text, have);
	return have > 0 ? -EPROTO : 0;
}

static bool pidfd_has_ended(int pidfd, int timeout_ms)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	int n;

	do {
		int64_t left_ms = deadline_ms - monotonic_ms();

		n = poll(&pfd, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

int process_open(const struct process_id *id)
{
	cleanup_close int fd = -1;
	uint64_t start;
	char state;
	int r;

	if (id->pid <= 1)
		return -ESRCH;
	fd = pidfd_open_(id->pid);
	if (fd < 0)
		return fd;
	/* The descriptor is taken first, so what is compared is what the descriptor names. */
	r = process_read_start(id->pid, &start, &state);
	if (r < 0)
		return r;
	if (start != id->start || state == 'Z' || state == 'X' || pidfd_has_ended(fd, 0))
		return -ESRCH;
	return TAKE_FD(fd);
}

bool process_end(int pidfd, pid_t pid)
{
	(void)pidfd_signal(pidfd, SIGTERM);
	if (pidfd_has_ended(pidfd, END_GRACE_MS))
		return true;
	/* It has not been reaped, so its pid is its own and so is the group it leads. */
	(void)kill(-pid, SIGKILL);
	(void)pidfd_signal(pidfd, SIGKILL);
	return pidfd_has_ended(pidfd, END_KILL_MS);
}

int process_hangup(int pidfd)
{
	return pidfd_signal(pidfd, SIGHUP);
}
