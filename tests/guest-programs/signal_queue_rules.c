// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may send which siginfo to whom with rt_sigqueueinfo and rt_tgsigqueueinfo, and what arrives? */
#include <sys/syscall.h>

#include "guest_helpers.h"

static void got(int s, siginfo_t *si, void *u)
{
	printf("%s code %d pid %s value %d\n", sigabbrev_np(s), si->si_code,
	       si->si_pid == getpid() ? "own"
	       : si->si_pid == 12345  ? "claimed"
				      : "other",
	       si->si_value.sival_int);
}

static long queue(pid_t pid, int sig, int code, int value)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_signo = 63; /* the kernel puts the number of the call there */
	si.si_code = code;
	si.si_pid = 12345;
	si.si_value.sival_int = value;
	return syscall(SYS_rt_sigqueueinfo, pid, sig, &si);
}

static long queue_thread(pid_t tgid, pid_t tid, int sig, int code)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_code = code;
	si.si_value.sival_int = 5;
	return syscall(SYS_rt_tgsigqueueinfo, tgid, tid, sig, &si);
}

int main(void)
{
	pid_t self = getpid(), other;

	catch_info(SIGUSR1, got, 0);
	catch_info(SIGRTMIN + 3, got, 0);
	result("own, SI_QUEUE", queue(self, SIGUSR1, SI_QUEUE, 1));
	result("own, SI_USER", queue(self, SIGUSR1, SI_USER, 2));
	result("own, SI_TKILL", queue(self, SIGUSR1, SI_TKILL, 3));
	result("own, SI_KERNEL", queue(self, SIGUSR1, SI_KERNEL, 4));
	result("own, real time", queue(self, SIGRTMIN + 3, SI_QUEUE, 6));
	result("own, signal 0", queue(self, 0, SI_QUEUE, 0));
	result("own, signal 65", queue(self, 65, SI_QUEUE, 0));
	result("own, signal -1", queue(self, -1, SI_QUEUE, 0));
	result("nobody", queue(1 << 29, SIGUSR1, SI_QUEUE, 0));
	other = fork();
	if (other == 0)
		for (;;)
			pause();
	result("other, SI_USER", queue(other, 0, SI_USER, 0));
	result("other, SI_TKILL", queue(other, 0, SI_TKILL, 0));
	result("other, SI_KERNEL", queue(other, 0, SI_KERNEL, 0));
	result("other, SI_MESGQ", queue(other, 0, SI_MESGQ, 0));
	result("other, SI_QUEUE", queue(other, 0, SI_QUEUE, 0));
	result("thread", queue_thread(self, self, SIGUSR1, SI_QUEUE));
	result("thread, SI_USER", queue_thread(self, self, SIGUSR1, SI_USER));
	result("thread of another group", queue_thread(other, self, SIGUSR1, SI_QUEUE));
	result("thread 0", queue_thread(self, 0, SIGUSR1, SI_QUEUE));
	result("thread -1", queue_thread(-1, self, SIGUSR1, SI_QUEUE));
	kill(other, SIGKILL);
	reap("other", other);
	return 0;
}
