// SPDX-License-Identifier: GPL-2.0-or-later
/* PR_SET_PDEATHSIG: a parent's end sends the signal; cleared by fork and by a change of ids. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static int p[2];

static void on_signal(int s, siginfo_t *i, void *u)
{
	char c = 'd';

	(void)!write(p[1], &c, 1);
	_exit(0);
}

static void middle(void)
{
	pid_t pid = fork();
	int sync[2];
	char c;

	(void)pid;
	if (pid == 0)
		_exit(0);
	CHECK_EQ(pipe(sync), 0);
	if (fork() == 0) {
		catch_info(SIGUSR1, on_signal, 0);
		CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
		CHECK_EQ(write(sync[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(sync[0], &c, 1), 1);
}

static void inherit(void)
{
	int s = 99;

	prctl(PR_GET_PDEATHSIG, &s);
	printf("child: %d\n", s);
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	CHECK_EQ(setresuid(77, 77, 77), 0);
	prctl(PR_GET_PDEATHSIG, &s);
	printf("after setuid: %d\n", s);
}

int main(void)
{
	char c = '-';
	int s;

	CHECK_EQ(pipe(p), 0);
	run_child("middle", middle);
	close(p[1]);
	CHECK_EQ(read(p[0], &c, 1), 1);
	printf("signal came: %c\n", c);
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	prctl(PR_GET_PDEATHSIG, &s);
	printf("own: %d\n", s);
	run_child("inherit", inherit);
	report("bad", prctl(PR_SET_PDEATHSIG, 99));
	return 0;
}
