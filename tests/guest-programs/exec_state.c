// SPDX-License-Identifier: GPL-2.0-or-later
/* What exec keeps (pid, cwd, umask, limits, ids, alarm, niceness) and resets (handlers, mappings, locks of memory, timers, name, dumpable). */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "guest_helpers.h"

int main(int argc, char **argv)
{
	struct itimerval it = { .it_value = { 1000, 0 } };
	struct rlimit l = { 100, 200 };
	char name[17] = "", cwd[100];
	timer_t timer;

	if (argc > 2) {
		printf("pid same %d\n", atoi(argv[2]) == getpid());
		getrlimit(RLIMIT_NOFILE, &l);
		getitimer(ITIMER_REAL, &it);
		prctl(PR_GET_NAME, name);
		printf("cwd %s umask %o limit %ld alarm %d nice %d\n", getcwd(cwd, sizeof(cwd)),
		       umask(0), (long)l.rlim_cur, it.it_value.tv_sec > 900,
		       getpriority(PRIO_PROCESS, 0));
		printf("name %s dumpable %d keepcaps %d no_new_privs %d\n", name,
		       prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS),
		       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		report("the timer is gone", syscall(SYS_timer_delete, 0));
		printf("session same %d group same %d\n", getsid(0) == atoi(argv[3]),
		       getpgrp() == atoi(argv[4]));
		return 0;
	}
	char pid[16], sid[16], pgrp[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(sid, sizeof(sid), "%d", getsid(0));
	snprintf(pgrp, sizeof(pgrp), "%d", getpgrp());
	chdir("/");
	umask(035);
	setrlimit(RLIMIT_NOFILE, &l);
	setitimer(ITIMER_REAL, &it, NULL);
	setpriority(PRIO_PROCESS, 0, 5);
	prctl(PR_SET_NAME, "renamed");
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_KEEPCAPS, 1);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	CHECK_EQ(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	prctl(PR_SET_DUMPABLE, 1);
	execl("/proc/self/exe", "x", "child", pid, sid, pgrp, NULL);
	return 1;
}
