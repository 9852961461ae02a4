// SPDX-License-Identifier: GPL-2.0-or-later
/* getrlimit, setrlimit, prlimit: soft and hard, raising, other processes, effects of NPROC, AS, DATA, STACK, CPU. */
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static void nproc(void)
{
	struct rlimit l = { 5, 5 };
	int n = 0;

	/* A user of this run alone: the limit counts all processes of the user, and another run may be going on beside this one. */
	setrlimit(RLIMIT_NPROC, &l);
	become(54321 + getpid() % 10000, 54321);
	while (n < 20) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			for (;;)
				pause();
		n++;
	}
	printf("forked %d, then %s\n", n, strerrorname_np(errno));
	kill(-1, SIGKILL);
}

static void as(void)
{
	struct rlimit l = { 64 << 20, 64 << 20 };
	void *p;

	setrlimit(RLIMIT_AS, &l);
	p = mmap(NULL, 128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	result("128 MiB of 64", p == MAP_FAILED ? -1 : 0);
	p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	result("16 MiB", p == MAP_FAILED ? -1 : 0);
}

static void data(void)
{
	struct rlimit l = { 8 << 20, 8 << 20 };

	setrlimit(RLIMIT_DATA, &l);
	result("brk", sbrk(16 << 20) == (void *)-1 ? -1 : 0);
	result("small brk", sbrk(1 << 20) == (void *)-1 ? -1 : 0);
}

static void cpu(void)
{
	struct rlimit l = { 1, 3 };

	setrlimit(RLIMIT_CPU, &l);
	for (;;)
		;
}

static void user(void)
{
	struct rlimit l = { 10, 20 };

	become(1000, 1000);
	result("lower", setrlimit(RLIMIT_NOFILE, &l));
	l.rlim_cur = 20;
	result("soft up to hard", setrlimit(RLIMIT_NOFILE, &l));
	l.rlim_max = 21;
	result("hard up", setrlimit(RLIMIT_NOFILE, &l));
	l.rlim_cur = 30;
	l.rlim_max = 20;
	result("soft over hard", setrlimit(RLIMIT_NOFILE, &l));
	result("another's", prlimit(getppid(), RLIMIT_NOFILE, NULL, &l));
}

int main(void)
{
	struct rlimit l;

	result("own", prlimit(0, RLIMIT_STACK, NULL, &l));
	result("bad", getrlimit(99, &l));
	result("nobody", prlimit(1 << 29, RLIMIT_STACK, NULL, &l));
	run_child("user", user);
	run_child("nproc", nproc);
	run_child("as", as);
	run_child("data", data);
	run_child("cpu", cpu);
	return 0;
}
