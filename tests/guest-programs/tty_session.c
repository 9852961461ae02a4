// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions: who gets a controlling terminal, what do /dev/tty, tcgetpgrp and tcsetpgrp say, whom do ^C, ^Z and a new window size reach, and what happens
 * to background processes and at hangup?
 */
#include <signal.h>
#include <sys/wait.h>

#include "tty_test.h"

static volatile sig_atomic_t last_signal;

static void on_signal(int signo)
{
	last_signal = signo;
}

static void expect_signal(const char *label)
{
	for (int i = 0; i < 2000 && !last_signal; i++)
		usleep(10000);
	printf("%s: %s\n", label, last_signal ? sigabbrev_np(last_signal) : "no signal");
	last_signal = 0;
}

static void reap(const char *label, pid_t pid, int options)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, options), pid);
	if (WIFSTOPPED(status))
		printf("%s: stopped by %s\n", label, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", label, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: exit %d\n", label, WEXITSTATUS(status));
	fflush(stdout);
}

/* A child in a group of its own that does one thing from the background. */
static pid_t background(int tty, int what)
{
	pid_t pid = fork();
	struct termios t;
	char b[10];

	if (pid > 0) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	if (what == 0)
		(void)!read(tty, b, sizeof(b));
	else if (what == 1)
		(void)!write(tty, "!", 1);
	else if (what == 2 && tcgetattr(tty, &t) == 0)
		(void)tcsetattr(tty, TCSANOW, &t);
	else if (what == 3) {
		signal(SIGTTIN, SIG_IGN);
		_exit(read(tty, b, sizeof(b)) < 0 ? errno : 0);
	} else if (what == 4) {
		signal(SIGTTOU, SIG_IGN);
		_exit(tcsetpgrp(tty, getpgrp()) == 0 ? 0 : 1);
	} else if (what == 5) {
		pause();
	}
	_exit(0);
}

static void try_background(int tty, const char *label, int what)
{
	pid_t pid = background(tty, what);

	reap(label, pid, WUNTRACED);
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void leader(struct pair *p)
{
	struct winsize w = { .ws_row = 33, .ws_col = 99 };
	struct termios t;
	int fd, status;
	pid_t pid;

	CHECK(setsid() > 0);
	report("no /dev/tty yet", open("/dev/tty", O_RDWR));
	close(p->slave);
	p->slave = open(p->name, O_RDWR | O_NOCTTY);
	report("TIOCSCTTY", ioctl(p->slave, TIOCSCTTY, 0));
	fd = open("/dev/tty", O_RDWR);
	printf("/dev/tty %d, group ours %d, session ours %d\n", fd >= 0, tcgetpgrp(fd) == getpgrp(),
	       tcgetsid(fd) == getsid(0));
	signal(SIGINT, on_signal);
	signal(SIGQUIT, on_signal);
	signal(SIGWINCH, on_signal);
	signal(SIGHUP, on_signal);
	type(p->master, "\003");
	expect_signal("^C");
	type(p->master, "\034");
	expect_signal("^\\");
	CHECK_EQ(ioctl(p->master, TIOCSWINSZ, &w), 0);
	expect_signal("window");
	w.ws_row = 0;
	CHECK_EQ(ioctl(fd, TIOCGWINSZ, &w), 0);
	printf("%d rows %d columns\n", w.ws_row, w.ws_col);
	try_background(fd, "background read", 0);
	try_background(fd, "background write", 1);
	tcgetattr(fd, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(fd, TCSANOW, &t);
	try_background(fd, "background write with TOSTOP", 1);
	try_background(fd, "background tcsetattr", 2);
	try_background(fd, "background read, SIGTTIN ignored (EIO is 5)", 3);
	/* It dies of ^C wherever that reaches it. */
	signal(SIGINT, SIG_DFL);
	pid = background(fd, 5);
	report("tcsetpgrp", tcsetpgrp(fd, pid));
	type(p->master, "\032");
	reap("^Z in the foreground", pid, WUNTRACED);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	printf("continued %d\n", WIFCONTINUED(status));
	type(p->master, "\003");
	reap("^C in the foreground", pid, 0);
	report("tcsetpgrp of a dead group", tcsetpgrp(fd, pid));
	signal(SIGTTOU, SIG_IGN);
	report("tcsetpgrp back", tcsetpgrp(fd, getpgrp()));
	report("tcsetpgrp of another session", tcsetpgrp(fd, getppid()));
	fflush(stdout);
	close(p->master);
	kill(getppid(), SIGUSR1);
	expect_signal("master closed");
	report("write", write(fd, "x", 1));
	report("/dev/tty", open("/dev/tty", O_RDWR));
	fflush(stdout);
	_exit(0);
}

static void on_usr1(int signo)
{
	(void)signo;
}

int main(void)
{
	struct pair p;
	pid_t pid;
	sigset_t set, old;

	setvbuf(stdout, NULL, _IOLBF, 0);
	pair_open(&p);
	signal(SIGUSR1, on_usr1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		leader(&p);
	}
	sigsuspend(&old);
	/* The child holds the master too: it has to be closed there as well. */
	close(p.master);
	close(p.slave);
	reap("leader", pid, 0);
	return 0;
}
