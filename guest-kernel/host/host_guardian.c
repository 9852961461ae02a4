// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guardian reads from a pipe whose other end launcher and kernel hold. A byte means that all ended as it should; end of file without one means that
 * nobody is left who could have said so.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "host/host_guardian.h"

#define TERMINALS 16
#define FDS_SEEN  256

static struct {
	int fd;
	struct termios settings;
} terminals[TERMINALS];
static unsigned int n_terminals;
static int pipe_end = -1;
static pid_t guardian;

static void remember(void)
{
	for (int fd = 0; fd < FDS_SEEN && n_terminals < TERMINALS; fd++)
		if (tcgetattr(fd, &terminals[n_terminals].settings) == 0)
			terminals[n_terminals++].fd = fd;
}

static void restore_all(void)
{
	sigset_t ttou, old;

	/* Also from the background. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &ttou, &old);
	for (unsigned int i = n_terminals; i > 0; i--)
		(void)tcsetattr(terminals[i - 1].fd, TCSANOW, &terminals[i - 1].settings);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

static bool is_needed_fd(int fd, int from)
{
	bool needed = fd == from;

	for (unsigned int i = 0; i < n_terminals; i++)
		needed |= terminals[i].fd == fd;
	return needed;
}

static noreturn void guardian_main(int from)
{
	sigset_t all;
	ssize_t n;
	char c;

	/* Not in the process group that is killed as one, not in the session that a closed terminal ends. */
	(void)setsid();
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (int fd = 0; fd < FDS_SEEN; fd++)
		if (!is_needed_fd(fd, from))
			(void)close(fd);
	(void)syscall(SYS_close_range, (unsigned int)FDS_SEEN, ~0u, 0u);
	do
		n = read(from, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		restore_all();
	_exit(0);
}

void host_guardian_start(void)
{
	int ends[2];

	remember();
	if (n_terminals == 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	guardian = fork();
	if (guardian == 0) {
		(void)close(ends[1]);
		guardian_main(ends[0]);
	}
	(void)close(ends[0]);
	if (guardian > 0)
		pipe_end = ends[1];
	else
		(void)close(ends[1]);
}

void host_guardian_end(bool restore)
{
	if (restore)
		restore_all();
	if (pipe_end < 0)
		return;
	if (write(pipe_end, "", 1) == 1)
		while (waitpid(guardian, NULL, 0) < 0 && errno == EINTR)
			;
	pipe_end = -1;
}
