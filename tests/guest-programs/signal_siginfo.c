// SPDX-License-Identifier: GPL-2.0-or-later
/* What siginfo says of kill, tgkill, sigqueue and rt_tgsigqueueinfo; which codes a process may not forge. */
#include "guest_helpers.h"

static siginfo_t last;

static void on_signal(int s, siginfo_t *i, void *u)
{
	last = *i;
}

static void show(const char *label)
{
	printf("%s: signo %d code %d errno %d pid %s uid %d value %d\n", label, last.si_signo,
	       last.si_code, last.si_errno,
	       last.si_pid == getpid()	  ? "own"
	       : last.si_pid == getppid() ? "parent"
					  : "other",
	       last.si_uid, last.si_code == SI_QUEUE ? last.si_value.sival_int : 0);
	memset(&last, 0, sizeof(last));
}

static void child(void)
{
	sigqueue(getppid(), SIGUSR1, (union sigval){ .sival_int = 11 });
}

int main(void)
{
	siginfo_t si = { .si_signo = 1, .si_code = SI_QUEUE };

	catch_info(SIGUSR1, on_signal, 0);
	kill(getpid(), SIGUSR1);
	show("kill");
	syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
	show("tgkill");
	syscall(SYS_tkill, gettid(), SIGUSR1);
	show("tkill");
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 42 });
	show("sigqueue");
	run_child("child", child);
	printf("from the child: code %d value %d\n", last.si_code, last.si_value.sival_int);
	si.si_pid = 77;
	si.si_value.sival_int = 5;
	report("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &si));
	printf("forged pid %d signo %d\n", last.si_pid, last.si_signo);
	report("rt_tgsigqueueinfo",
	       syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &si));
	si.si_code = SI_USER;
	report("SI_USER to myself", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &si));
	report("SI_USER to the parent", syscall(SYS_rt_sigqueueinfo, getppid(), 0, &si));
	si.si_code = SI_TKILL;
	report("SI_TKILL to the parent", syscall(SYS_rt_sigqueueinfo, getppid(), 0, &si));
	report("kill 0", kill(getpid(), 0));
	report("kill 65", kill(getpid(), 65));
	report("kill -1", kill(getpid(), -1));
	report("tgkill 0", syscall(SYS_tgkill, 0, gettid(), SIGUSR1));
	report("tgkill of another group", syscall(SYS_tgkill, getppid(), gettid(), SIGUSR1));
	return 0;
}
