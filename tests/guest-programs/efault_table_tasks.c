// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers to the calls about processes, signals, time, limits, credentials and the system. */
#include <linux/futex.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "efault_table.h"

static char buf[65536];
static struct timespec none, little = { 0, 1 };
static sigset_t set;
static int word = 1, timer;

int main(void)
{
	struct rlimit l;

	getrlimit(RLIMIT_CORE, &l);
	CHECK_EQ(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer), 0);
	const struct efault_call calls[] = {
		{ "rt_sigaction", SYS_rt_sigaction, "IPW", { SIGUSR1, 0, (long)buf, 8 } },
		{ "rt_sigprocmask",
		  SYS_rt_sigprocmask,
		  "IPW",
		  { SIG_BLOCK, (long)&set, (long)buf, 8 } },
		{ "rt_sigpending", SYS_rt_sigpending, "W", { (long)buf, 8 } },
		{ "rt_sigtimedwait",
		  SYS_rt_sigtimedwait,
		  "PWI",
		  { (long)&set, (long)buf, (long)&little, 8 } },
		{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, "IIP", { getpid(), 0, (long)buf } },
		{ "sigaltstack", SYS_sigaltstack, "PW", { 0, (long)buf } },
		{ "nanosleep", SYS_nanosleep, "PW", { (long)&little, (long)buf } },
		{ "clock_nanosleep",
		  SYS_clock_nanosleep,
		  "IIPW",
		  { CLOCK_MONOTONIC, 0, (long)&little, (long)buf } },
		{ "clock_gettime", SYS_clock_gettime, "IW", { CLOCK_MONOTONIC, (long)buf } },
		{ "clock_getres", SYS_clock_getres, "IW", { CLOCK_MONOTONIC, (long)buf } },
		{ "gettimeofday", SYS_gettimeofday, "WW", { (long)buf, (long)buf } },
		{ "time", SYS_time, "W", { (long)buf } },
		{ "times", SYS_times, "W", { (long)buf } },
		{ "getitimer", SYS_getitimer, "IW", { ITIMER_REAL, (long)buf } },
		{ "setitimer", SYS_setitimer, "IPW", { ITIMER_REAL, (long)buf, (long)buf } },
		{ "timer_gettime", SYS_timer_gettime, "IW", { timer, (long)buf } },
		{ "timer_settime",
		  SYS_timer_settime,
		  "IIPW",
		  { timer, 0, (long)buf, (long)buf + 100 } },
		{ "getrlimit", SYS_getrlimit, "IW", { RLIMIT_CORE, (long)buf } },
		{ "setrlimit", SYS_setrlimit, "IP", { RLIMIT_CORE, (long)&l } },
		{ "prlimit64", SYS_prlimit64, "IIPW", { 0, RLIMIT_CORE, (long)&l, (long)buf } },
		{ "getrusage", SYS_getrusage, "IW", { RUSAGE_SELF, (long)buf } },
		{ "sysinfo", SYS_sysinfo, "W", { (long)buf } },
		{ "uname", SYS_uname, "W", { (long)buf } },
		{ "getgroups", SYS_getgroups, "IW", { 0, (long)buf } },
		{ "setgroups", SYS_setgroups, "IP", { 1, (long)&word } },
		{ "getresuid", SYS_getresuid, "WWW", { (long)buf, (long)buf + 4, (long)buf + 8 } },
		{ "capget",
		  SYS_capget,
		  "PW",
		  { (long)(unsigned int[2]){ 0x20080522, 0 }, (long)buf } },
		{ "sched_getparam", SYS_sched_getparam, "IW", { 0, (long)buf } },
		{ "sched_getaffinity", SYS_sched_getaffinity, "IIW", { 0, 128, (long)buf } },
		{ "sched_rr_get_interval", SYS_sched_rr_get_interval, "IW", { 0, (long)buf } },
		{ "getcpu", SYS_getcpu, "WW", { (long)buf, (long)buf } },
		{ "getrandom", SYS_getrandom, "W", { (long)buf, 16, 0 } },
		{ "futex wait", SYS_futex, "PIII", { (long)&word, FUTEX_WAIT, 1, (long)&none } },
		{ "get_robust_list", SYS_get_robust_list, "IWW", { 0, (long)buf, (long)buf } },
		{ "poll", SYS_poll, "P", { (long)buf, 1, 0 } },
		{ "ppoll", SYS_ppoll, "PIIP", { (long)buf, 1, (long)&little, (long)&set, 8 } },
		{ "select",
		  SYS_select,
		  "IWWWI",
		  { 1, 0, 0, 0, (long)(struct timeval[1]){ { 0, 1 } } } },
		{ "epoll_wait",
		  SYS_epoll_wait,
		  "IW",
		  { (long)syscall(SYS_epoll_create1, 0), (long)buf, 1, 0 } },
		{ "clone3", SYS_clone3, "P", { (long)buf, 8 } },
		{ "execve", SYS_execve, "P", { (long)"/missing", 0, 0 } },
		{ "sethostname", SYS_sethostname, "P", { (long)buf, 65 } },
		{ "wait4", SYS_wait4, "IWIW", { -1, (long)buf, 0, (long)buf } },
		{ "waitid", SYS_waitid, "IIWI", { P_ALL, 0, (long)buf, WEXITED } },
		{ "mincore", SYS_mincore, "IIW", { (long)buf & ~4095l, 4096, (long)buf } },
	};
	efault_run(calls, sizeof(calls) / sizeof(calls[0]));
	return 0;
}
