/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What many guest programs share: children and how they ended, small files, other users, waiting until somebody sleeps. */
#ifndef GUEST_HELPERS_H
#define GUEST_HELPERS_H

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest_test.h"

/* Output to a file is line buffered too, so that a fork has nothing to print twice. */
static __attribute__((constructor)) void buffer_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* "label: ok" or "label: ENOENT": for calls whose value is not of interest. */
static inline void result(const char *label, long r)
{
	printf("%s: %s\n", label, r < 0 ? strerrorname_np(errno) : "ok");
}

static inline void show_status(const char *label, int status)
{
	if (WIFSTOPPED(status))
		printf("%s: stopped by %s\n", label, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("%s: continued\n", label);
	else if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", label, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: exit %d\n", label, WEXITSTATUS(status));
}

static inline void reap(const char *label, pid_t pid)
{
	int status = 0;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	CHECK_EQ(r, pid);
	show_status(label, status);
}

static inline pid_t spawn(void (*fn)(void))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

/* Run fn in a child and say how it ended. */
static inline void run_child(const char *label, void (*fn)(void))
{
	reap(label, spawn(fn));
}

static inline void make_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A short text file's content in quotes. */
static inline void show_file(const char *label, const char *name)
{
	char b[512];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0) {
		printf("%s: %s\n", label, strerrorname_np(errno));
		return;
	}
	n = read(fd, b, sizeof(b) - 1);
	close(fd);
	CHECK(n >= 0);
	b[n] = 0;
	printf("%s: \"%s\"\n", label, b);
}

/* An ordinary user, for good. */
static inline void become(uid_t uid, gid_t gid)
{
	CHECK_EQ(setgroups(0, NULL), 0);
	CHECK_EQ(setresgid(gid, gid, gid), 0);
	CHECK_EQ(setresuid(uid, uid, uid), 0);
}

/* The state letter of a thread: 'S' asleep, 'T' stopped, 'Z' zombie; 0 if it is gone. */
static inline char thread_state(pid_t pid, pid_t tid)
{
	char name[64], b[512], *p;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, b, sizeof(b) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	b[n] = 0;
	p = strrchr(b, ')');
	return p ? p[2] : 0;
}

/* Return once the thread sleeps in the kernel (seen three times in a row). */
static inline void wait_asleep(pid_t pid, pid_t tid)
{
	for (int seen = 0, i = 0; seen < 3 && i < 5000; i++) {
		seen = thread_state(pid, tid) == 'S' ? seen + 1 : 0;
		usleep(2000);
	}
}

static inline void catch_signal(int signo, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	CHECK_EQ(sigaction(signo, &sa, NULL), 0);
}

static inline void catch_info(int signo, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = flags | SA_SIGINFO };

	sigemptyset(&sa.sa_mask);
	CHECK_EQ(sigaction(signo, &sa, NULL), 0);
}

static inline void block_signal(int how, int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	CHECK_EQ(pthread_sigmask(how, &set, NULL), 0);
}

#endif
