// SPDX-License-Identifier: GPL-2.0-or-later
/* Which calls go on after a handler with SA_RESTART, and which give EINTR in either case? */
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "guest_helpers.h"

static volatile int *handled;
static int pipefd[2], sock[2];

static void on_signal(int s)
{
	(*handled)++;
}

static long do_read(void)
{
	char c;

	return read(pipefd[0], &c, 1);
}

static long do_write(void)
{
	static char big[1 << 20];

	/* The pipe is full already: nothing of this can be written. */
	return write(pipefd[1], big, 4096);
}

static long do_wait(void)
{
	if (fork() == 0)
		for (;;)
			pause();
	return wait(NULL);
}

static long do_nanosleep(void)
{
	return nanosleep(&(struct timespec){ .tv_sec = 100 }, NULL);
}

static long do_poll(void)
{
	return poll(NULL, 0, 100000);
}

static long do_select(void)
{
	return select(0, NULL, NULL, NULL, NULL);
}

static long do_epoll(void)
{
	struct epoll_event e;

	return epoll_wait(epoll_create1(0), &e, 1, -1);
}

static long do_futex(void)
{
	static int word;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static long do_futex_timeout(void)
{
	static int word;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &(struct timespec){ .tv_sec = 100 }, NULL,
		       0);
}

static long do_pause(void)
{
	return pause();
}

static long do_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, NULL);
}

static long do_flock(void)
{
	return flock(open("f", O_RDWR), LOCK_EX);
}

static long do_setlkw(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(open("f", O_RDWR), F_SETLKW, &l);
}

static long do_recv(void)
{
	char c;

	return recv(sock[0], &c, 1, 0);
}

static long do_accept(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	/* Without a name of ours the kernel gives one (autobind). */
	CHECK_EQ(bind(s, &(struct sockaddr){ .sa_family = AF_UNIX }, sizeof(sa_family_t)), 0);
	CHECK_EQ(listen(s, 1), 0);
	return accept(s, NULL, NULL);
}

static void try_call(const char *label, long (*call)(void), int flags)
{
	int status, asleep = 0;
	pid_t pid;

	*handled = 0;
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		catch_signal(SIGUSR1, on_signal, flags);
		_exit(call() < 0 ? errno : 0);
	}
	setpgid(pid, pid);
	wait_asleep(pid, pid);
	kill(pid, SIGUSR1);
	while (!*handled)
		usleep(1000);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		asleep = thread_state(pid, pid) == 'S' ? asleep + 1 : 0;
		if (asleep > 4) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			printf("%s: goes on\n", label);
			return;
		}
		usleep(2000);
	}
	kill(-pid, SIGKILL);
	printf("%s: %s\n", label,
	       WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "done");
}

int main(void)
{
	static const struct {
		const char *label;
		long (*call)(void);
	} calls[] = {
		{ "read", do_read },
		{ "write", do_write },
		{ "wait", do_wait },
		{ "nanosleep", do_nanosleep },
		{ "poll", do_poll },
		{ "select", do_select },
		{ "epoll_wait", do_epoll },
		{ "futex", do_futex },
		{ "futex with a timeout", do_futex_timeout },
		{ "pause", do_pause },
		{ "sigtimedwait", do_sigtimedwait },
		{ "flock", do_flock },
		{ "F_SETLKW", do_setlkw },
		{ "recv", do_recv },
		{ "accept", do_accept },
	};
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char block[4096] = { 0 };
	int fd;

	handled = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	make_file("f", "x");
	fd = open("f", O_RDWR);
	CHECK_EQ(flock(fd, LOCK_EX), 0);
	CHECK_EQ(fcntl(fd, F_SETLK, &l), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	for (int restart = 0; restart < 2; restart++) {
		for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			char label[64];

			CHECK_EQ(pipe(pipefd), 0);
			if (calls[i].call == do_write) {
				fcntl(pipefd[1], F_SETFL, O_NONBLOCK);
				while (write(pipefd[1], block, 4096) > 0)
					;
				fcntl(pipefd[1], F_SETFL, 0);
			}
			snprintf(label, sizeof(label), "%s%s", calls[i].label,
				 restart ? ", SA_RESTART" : "");
			try_call(label, calls[i].call, restart ? SA_RESTART : 0);
			close(pipefd[0]);
			close(pipefd[1]);
		}
	}
	return 0;
}
