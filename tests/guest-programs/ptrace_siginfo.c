// SPDX-License-Identifier: GPL-2.0-or-later
/* A tracer reads, rewrites, swaps and peeks at signals and masks. */
#include "ptrace_helpers.h"

struct report {
	int signo, code, pid, value, times;
};
static volatile struct report last;

static void on_info(int s, siginfo_t *si, void *ctx)
{
	(void)ctx;
	last.signo = s;
	last.code = si->si_code;
	last.pid = si->si_pid;
	last.value = si->si_value.sival_int;
	last.times++;
}

static void work(void)
{
	struct sigaction a = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	sigaction(SIGRTMIN + 1, &a, NULL);
	for (;;)
		pause();
}

static pid_t pid;

static void show_last(const char *label)
{
	struct report r;
	struct iovec to = { &r, sizeof(r) }, from = { (void *)&last, sizeof(r) };

	wait_asleep(pid, pid);
	CHECK_EQ(process_vm_readv(pid, &to, 1, &from, 1, 0), sizeof(r));
	printf("%s: %s code %d from me %d value %d, %d times\n", label, sigabbrev_np(r.signo),
	       r.code, r.pid == getpid(), r.value, r.times);
}

int main(void)
{
	struct __ptrace_peeksiginfo_args args = { .off = 0,
						  .flags = PTRACE_PEEKSIGINFO_SHARED,
						  .nr = 8 };
	union sigval v = { .sival_int = 41 };
	siginfo_t si, many[8];
	unsigned long mask, old;

	pid = spawn_traced(work, 0);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	sigqueue(pid, SIGUSR1, v);
	expect_stop("queued", pid);
	CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &si), 0);
	printf("code %d value %d\n", si.si_code, si.si_value.sival_int);
	si.si_value.sival_int = 42;
	result("set", ptrace(PTRACE_SETSIGINFO, pid, 0, &si));
	go(PTRACE_CONT, pid, SIGUSR1);
	show_last("rewritten");
	kill(pid, SIGUSR1);
	expect_stop("kill", pid);
	go(PTRACE_CONT, pid, SIGUSR2);
	show_last("another");
	kill(pid, SIGTERM);
	expect_stop("kill", pid);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	show_last("suppressed");
	kill(pid, SIGUSR1);
	expect_stop("kill", pid);
	result("no such signal", ptrace(PTRACE_CONT, pid, 0, 99));
	CHECK_EQ(ptrace(PTRACE_GETSIGMASK, pid, sizeof(old), &old), 0);
	printf("mask %lx\n", old);
	mask = 1ul << (SIGRTMIN + 1 - 1) | 1ul << (SIGUSR1 - 1) | 1ul << (SIGKILL - 1);
	result("short mask", ptrace(PTRACE_SETSIGMASK, pid, 4, &mask));
	result("set mask", ptrace(PTRACE_SETSIGMASK, pid, sizeof(mask), &mask));
	CHECK_EQ(ptrace(PTRACE_GETSIGMASK, pid, sizeof(old), &old), 0);
	printf("without KILL: %d\n", old == (mask & ~(1ul << (SIGKILL - 1))));
	v.sival_int = 1;
	sigqueue(pid, SIGRTMIN + 1, v);
	v.sival_int = 2;
	sigqueue(pid, SIGRTMIN + 1, v);
	printf("peek %ld\n", ptrace(PTRACE_PEEKSIGINFO, pid, &args, many));
	printf("values %d %d\n", many[0].si_value.sival_int, many[1].si_value.sival_int);
	args.off = 1;
	args.nr = 1;
	printf("peek %ld\n", ptrace(PTRACE_PEEKSIGINFO, pid, &args, many));
	printf("value %d\n", many[0].si_value.sival_int);
	args.flags = 0;
	args.off = 0;
	printf("own queue %ld\n", ptrace(PTRACE_PEEKSIGINFO, pid, &args, many));
	args.nr = -1;
	result("negative", ptrace(PTRACE_PEEKSIGINFO, pid, &args, many));
	args.nr = 1;
	args.flags = 8;
	result("flags", ptrace(PTRACE_PEEKSIGINFO, pid, &args, many));
	/* The signal at hand is blocked now: it goes back into the queue. */
	go(PTRACE_CONT, pid, SIGUSR1);
	wait_asleep(pid, pid);
	show_last("blocked");
	kill_and_reap(pid);
	return 0;
}
