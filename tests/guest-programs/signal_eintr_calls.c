// SPDX-License-Identifier: GPL-2.0-or-later
/* Which blocking calls does a handler end with EINTR, which go on after it with SA_RESTART, and which never do? */
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>

#include "guest_helpers.h"

static volatile int *handled;
static int empty_pipe[2], full_pipe[2], pair[2], listener, bound, epoll, event, timer, sigfd,
	notify, locked, pty;

static void handler(int s)
{
	*handled = 1;
}

static long c_read(void)
{
	char b;
	return read(empty_pipe[0], &b, 1);
}
static long c_write(void)
{
	char b[100] = "";
	return write(full_pipe[1], b, 100);
}
static long c_recv(void)
{
	char b;
	return recv(pair[0], &b, 1, 0);
}
static long c_accept(void)
{
	return accept(listener, NULL, NULL);
}
static long c_dgram(void)
{
	char b;
	return recvfrom(bound, &b, 1, 0, NULL, NULL);
}
static long c_eventfd(void)
{
	uint64_t v;
	return read(event, &v, 8);
}
static long c_timerfd(void)
{
	uint64_t v;
	return read(timer, &v, 8);
}
static long c_signalfd(void)
{
	struct signalfd_siginfo v;
	return read(sigfd, &v, sizeof(v));
}
static long c_inotify(void)
{
	char b[4096];
	return read(notify, b, sizeof(b));
}
static long c_tty(void)
{
	char b;
	return read(pty, &b, 1);
}
static long c_fifo(void)
{
	return open("fifo", O_RDONLY);
}
static long c_flock(void)
{
	return flock(open("locked", O_RDWR), LOCK_EX);
}
static long c_setlkw(void)
{
	struct flock l = { .l_type = F_WRLCK };

	return fcntl(locked, F_SETLKW, &l);
}
static long c_wait(void)
{
	if (fork() == 0)
		for (;;)
			pause();
	return wait(NULL);
}
static long c_waitid(void)
{
	siginfo_t si;

	if (fork() == 0)
		for (;;)
			pause();
	return waitid(P_ALL, 0, &si, WEXITED);
}
static long c_futex(void)
{
	static int word;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static long c_futex_timed(void)
{
	static int word;
	struct timespec t = { 1000, 0 };

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t, NULL, 0);
}
static long c_poll(void)
{
	struct pollfd p = { empty_pipe[0], POLLIN, 0 };
	return poll(&p, 1, -1);
}
static long c_ppoll(void)
{
	struct pollfd p = { empty_pipe[0], POLLIN, 0 };
	return ppoll(&p, 1, NULL, NULL);
}
static long c_select(void)
{
	fd_set s;

	FD_ZERO(&s);
	FD_SET(empty_pipe[0], &s);
	return select(empty_pipe[0] + 1, &s, NULL, NULL, NULL);
}
static long c_epoll(void)
{
	struct epoll_event e;
	return epoll_wait(epoll, &e, 1, -1);
}
static long c_nanosleep(void)
{
	struct timespec t = { 1000, 0 };

	return nanosleep(&t, NULL);
}
static long c_nanosleep_abs(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 1000;
	errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return errno ? -1 : 0;
}
static long c_pause(void)
{
	return pause();
}
static long c_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}
static long c_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, NULL);
}
static long c_rcvtimeo(void)
{
	struct timeval t = { 1000, 0 };
	char b;

	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	return recv(pair[0], &b, 1, 0);
}

static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
	{ "read pipe", c_read },
	{ "write pipe", c_write },
	{ "recv", c_recv },
	{ "accept", c_accept },
	{ "recvfrom", c_dgram },
	{ "eventfd", c_eventfd },
	{ "timerfd", c_timerfd },
	{ "signalfd", c_signalfd },
	{ "inotify", c_inotify },
	{ "tty", c_tty },
	{ "open fifo", c_fifo },
	{ "flock", c_flock },
	{ "F_SETLKW", c_setlkw },
	{ "wait", c_wait },
	{ "waitid", c_waitid },
	{ "futex", c_futex },
	{ "futex with timeout", c_futex_timed },
	{ "poll", c_poll },
	{ "ppoll", c_ppoll },
	{ "select", c_select },
	{ "epoll_wait", c_epoll },
	{ "nanosleep", c_nanosleep },
	{ "nanosleep absolute", c_nanosleep_abs },
	{ "pause", c_pause },
	{ "sigsuspend", c_sigsuspend },
	{ "sigtimedwait", c_sigtimedwait },
	{ "recv with SO_RCVTIMEO", c_rcvtimeo },
};

static void prepare(void)
{
	struct sockaddr_un a = { AF_UNIX, "stream" }, d = { AF_UNIX, "dgram" };
	struct epoll_event e = { .events = EPOLLIN };
	struct flock l = { .l_type = F_WRLCK };
	struct termios t;
	char fill[4096] = "";
	sigset_t set;
	int master;

	handled = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(pipe(empty_pipe), 0);
	CHECK_EQ(pipe(full_pipe), 0);
	fcntl(full_pipe[1], F_SETFL, O_NONBLOCK);
	while (write(full_pipe[1], fill, sizeof(fill)) > 0)
		;
	fcntl(full_pipe[1], F_SETFL, 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(bind(listener, (void *)&a, sizeof(a)), 0);
	CHECK_EQ(listen(listener, 1), 0);
	bound = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_EQ(bind(bound, (void *)&d, sizeof(d)), 0);
	epoll = epoll_create1(0);
	CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, empty_pipe[0], &e), 0);
	event = eventfd(0, 0);
	timer = timerfd_create(CLOCK_MONOTONIC, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	sigfd = signalfd(-1, &set, 0);
	notify = inotify_init();
	CHECK_EQ(mkfifo("fifo", 0600), 0);
	locked = open("locked", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(flock(locked, LOCK_EX), 0);
	CHECK_EQ(fcntl(locked, F_SETLK, &l), 0);
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0);
	CHECK_EQ(unlockpt(master), 0);
	pty = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(pty >= 0 && tcgetattr(pty, &t) == 0);
}

/* "interrupted" if the call came back with EINTR, "restarted" if the process sleeps in it again after its handler has run. */
static const char *judge(long (*call)(void), int flags)
{
	const char *answer = "something else";
	pid_t pid;
	int status;

	*handled = 0;
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		catch_signal(SIGUSR1, handler, flags);
		_exit(call() < 0 ? errno : 0);
	}
	wait_asleep(pid, pid);
	CHECK_EQ(kill(pid, SIGUSR1), 0);
	while (!*handled)
		usleep(1000);
	for (int i = 0, asleep = 0; i < 5000; i++) {
		char state = thread_state(pid, pid);

		asleep = state == 'S' ? asleep + 1 : 0;
		if (asleep == 5) {
			answer = "restarted";
			break;
		}
		if (state == 'Z') {
			CHECK_EQ(waitpid(pid, &status, 0), pid);
			kill(-pid, SIGKILL);
			return WIFEXITED(status) && WEXITSTATUS(status) == EINTR ? "interrupted"
										 : answer;
		}
		usleep(1000);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	return answer;
}

int main(void)
{
	prepare();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const char *plain = judge(calls[i].call, 0),
			   *restart = judge(calls[i].call, SA_RESTART);

		printf("%s: %s, with SA_RESTART %s\n", calls[i].name, plain, restart);
	}
	return 0;
}
