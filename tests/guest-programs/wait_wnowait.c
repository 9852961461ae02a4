// SPDX-License-Identifier: GPL-2.0-or-later
/* waitid with WNOWAIT leaves the child waitable; options and ids that select, and those that are refused. */
#include "guest_helpers.h"

static void show(const char *label, int r, const siginfo_t *si, pid_t pid)
{
	if (r < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: signal %d code %d status %d pid %s\n", label, si->si_signo, si->si_code,
		       si->si_status,
		       si->si_pid == pid ? "child"
		       : si->si_pid == 0 ? "0"
					 : "other");
}

static void ask(const char *label, idtype_t type, id_t id, int options, pid_t pid)
{
	siginfo_t si;
	int r;

	memset(&si, 0x55, sizeof(si));
	r = waitid(type, id, &si, options);
	show(label, r, &si, pid);
}

static void stops(void)
{
	raise(SIGSTOP);
	_exit(7);
}

int main(void)
{
	pid_t pid = spawn(stops);

	ask("stopped, kept", P_PID, pid, WSTOPPED | WNOWAIT, pid);
	ask("stopped", P_PID, pid, WSTOPPED, pid);
	ask("no more", P_PID, pid, WSTOPPED | WNOHANG, pid);
	kill(pid, SIGCONT);
	ask("continued or ended", P_PID, pid, WEXITED | WNOWAIT, pid);
	ask("ended, kept", P_ALL, 0, WEXITED | WNOWAIT, pid);
	ask("by group", P_PGID, getpgrp(), WEXITED | WNOWAIT, pid);
	ask("by own group", P_PGID, 0, WEXITED | WNOWAIT, pid);
	ask("another group", P_PGID, 1 << 29, WEXITED | WNOHANG, pid);
	ask("only clone children", P_ALL, 0, WEXITED | WNOHANG | __WCLONE, pid);
	ask("all kinds", P_ALL, 0, WEXITED | WNOWAIT | __WALL, pid);
	ask("nothing asked for", P_PID, pid, WNOHANG, pid);
	ask("unknown option", P_PID, pid, WEXITED | 0x100, pid);
	ask("unknown type", 99, pid, WEXITED, pid);
	ask("pid 0", P_PID, 0, WEXITED, pid);
	ask("ended", P_PID, pid, WEXITED, pid);
	ask("nobody left", P_ALL, 0, WEXITED, pid);
	report("waitpid unknown option", waitpid(-1, NULL, 0x100));
	report("waitpid INT_MIN", waitpid((pid_t)0x80000000, NULL, 0));
	return 0;
}
