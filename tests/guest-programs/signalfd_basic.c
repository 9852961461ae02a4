// SPDX-License-Identifier: GPL-2.0-or-later
/* signalfd reads blocked signals with their origin; poll; a changed mask; fork's child reads its own. */
#include <poll.h>
#include <sys/signalfd.h>

#include "guest_helpers.h"

static int fd;

static void take(const char *label)
{
	struct signalfd_siginfo i[4];
	ssize_t n = read(fd, i, sizeof(i));

	if (n < 0) {
		report(label, n);
		return;
	}
	printf("%s:", label);
	for (int k = 0; k < (int)(n / (ssize_t)sizeof(i[0])); k++)
		printf(" %u code %d int %d pid %s", i[k].ssi_signo, i[k].ssi_code, i[k].ssi_int,
		       i[k].ssi_pid == (unsigned)getpid() ? "own" : "other");
	printf("\n");
}

static void child(void)
{
	take("child: nothing of the parent's");
	raise(SIGUSR1);
	take("child: its own");
}

int main(void)
{
	struct pollfd p;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	CHECK(fd >= 0);
	take("empty");
	p = (struct pollfd){ fd, POLLIN, 0 };
	report("poll", poll(&p, 1, 0));
	kill(getpid(), SIGUSR2);
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 5 });
	report("poll", poll(&p, 1, 0));
	run_child("child", child);
	take("both");
	take("empty");
	sigdelset(&set, SIGUSR1);
	CHECK_EQ(signalfd(fd, &set, 0), fd);
	kill(getpid(), SIGUSR1);
	take("not in the mask");
	report("small", read(fd, &set, 8));
	report("write", write(fd, &set, 8));
	report("of a pipe", signalfd(0, &set, 0));
	report("bad size", syscall(SYS_signalfd4, -1, &set, 4, 0));
	return 0;
}
