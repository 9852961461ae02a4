// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers to the calls on processes, signals, time, limits, sockets and readiness. */
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>

#include "guest_helpers.h"

#define BAD 0x10

int main(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0), t = timerfd_create(CLOCK_MONOTONIC, 0),
	    ep = epoll_create1(0), v[2];
	long bad_iov[7] = { 0, 0, BAD, 1, 0, 0, 0 };

	socketpair(AF_UNIX, SOCK_STREAM, 0, v);
#define TRY(name, ...) report(#name, syscall(SYS_##name, ##__VA_ARGS__))
	TRY(rt_sigaction, SIGUSR1, BAD, 0, 8);
	TRY(rt_sigprocmask, 0, BAD, 0, 8);
	TRY(rt_sigpending, BAD, 8);
	TRY(rt_sigsuspend, BAD, 8);
	TRY(rt_sigtimedwait, BAD, 0, 0, 8);
	TRY(rt_sigqueueinfo, getpid(), SIGUSR1, BAD);
	TRY(sigaltstack, BAD, 0);
	TRY(wait4, -1, BAD, 0, 0);
	TRY(execve, BAD, 0, 0);
	TRY(execve, "/proc/self/exe", BAD, 0);
	TRY(execve, "/proc/self/exe", 0, BAD);
	TRY(clone3, BAD, 88);
	TRY(getrlimit, 0, BAD);
	TRY(setrlimit, 0, BAD);
	TRY(prlimit64, 0, 0, BAD, 0);
	TRY(getrusage, 0, BAD);
	TRY(times, BAD);
	TRY(sysinfo, BAD);
	TRY(uname, BAD);
	TRY(nanosleep, BAD, 0);
	TRY(clock_nanosleep, 1, 0, BAD, 0);
	TRY(clock_gettime, 0, BAD);
	TRY(clock_settime, 0, BAD);
	TRY(gettimeofday, BAD, 0);
	TRY(timer_create, 0, 0, BAD);
	TRY(setitimer, 0, BAD, 0);
	TRY(getitimer, 0, BAD);
	TRY(timerfd_settime, t, 0, BAD, 0);
	TRY(timerfd_gettime, t, BAD);
	TRY(futex, BAD, FUTEX_WAIT, 0, 0, 0, 0);
	TRY(futex, v, FUTEX_WAIT, 0, BAD, 0, 0);
	TRY(get_robust_list, 0, BAD, BAD);
	TRY(sched_getparam, 0, BAD);
	TRY(sched_setaffinity, 0, 8, BAD);
	TRY(getgroups, 0, BAD);
	TRY(setgroups, 3, BAD);
	TRY(getresuid, BAD, BAD, BAD);
	TRY(capget, BAD, 0);
	TRY(prctl, 15, BAD, 0, 0, 0);
	TRY(arch_prctl, 0x1003, BAD);
	TRY(getrandom, BAD, 8, 0);
	TRY(poll, BAD, 1, 0);
	TRY(ppoll, 0, 0, BAD, 0, 8);
	TRY(select, 1, BAD, 0, 0, 0);
	TRY(epoll_ctl, ep, EPOLL_CTL_ADD, v[0], BAD);
	TRY(bind, s, BAD, 20);
	TRY(connect, s, BAD, 20);
	TRY(socketpair, AF_UNIX, SOCK_STREAM, 0, BAD);
	TRY(sendto, v[0], BAD, 4, 0, 0, 0);
	TRY(sendmsg, v[0], BAD, 0);
	TRY(sendmsg, v[0], bad_iov, 0);
	TRY(recvmsg, v[0], BAD, MSG_DONTWAIT);
	TRY(getsockname, s, BAD, BAD);
	TRY(getsockopt, s, SOL_SOCKET, SO_TYPE, BAD, BAD);
	TRY(setsockopt, s, SOL_SOCKET, SO_SNDBUF, BAD, 4);
	TRY(inotify_add_watch, 0, BAD, 1);
	TRY(sethostname, BAD, 5);
	return 0;
}
