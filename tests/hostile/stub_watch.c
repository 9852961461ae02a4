// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stub_watch PID: what do guest threads really ask the host for? Attaches by ptrace to all children of the umlk kernel process PID and to
 * whatever they start, and looks at each host call that is carried out (one that the filter turns into SIGSYS is none).
 *
 * The first thread of a stub is its worker and may call what it likes. Any other is a guest thread: its first call must install the filter, and after
 * that only the engine's handler's calls may appear, at its one instruction. Ends when all stubs have ended: status 0 and a count, or 1
 * and a line for each breach.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stub/stub_abi.h"

#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)
#define TIDS (4u << 20) /* the host's own limit */

struct watched {
	int tid;
	bool worker, filtered;
	bool suspicious; /* a call was entered that may not be; not known yet whether it was carried out */
	unsigned long long nr, args[3], at;
};

static struct watched *table; /* by number; pages come as they are touched */
static unsigned long n_calls, n_trapped, n_breaches, n_threads;

/* A thread that leads its process is a stub's worker. */
static bool leads(int tid)
{
	char path[64], line[128];
	int tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	if (f)
		fclose(f);
	return tgid == tid;
}

static struct watched *get(int tid)
{
	struct watched *w = &table[(unsigned int)tid % TIDS];

	if (w->tid != tid) {
		*w = (struct watched){ .tid = tid, .worker = leads(tid) };
		n_threads++;
	}
	return w;
}

static bool allowed(const struct __ptrace_syscall_info *info)
{
	if (info->arch != STUB_ARCH_X86_64 || info->instruction_pointer != STUB_THREAD_SYSCALL_END)
		return false;
	switch (info->entry.nr) {
	case STUB_NR_RT_SIGRETURN:
	case STUB_NR_EXIT:
		return true;
	case STUB_NR_READ:
		return (uint32_t)info->entry.args[0] >= STUB_FD_THREADS;
	case STUB_NR_WRITE:
		return (uint32_t)info->entry.args[0] >= STUB_FD_THREADS &&
		       info->entry.args[1] == STUB_ONE;
	default:
		return false;
	}
}

static void breach(const struct watched *w)
{
	n_breaches++;
	if (n_breaches < 20)
		printf("BREACH: thread %d made host call %llu (%#llx, %#llx, %#llx) at %#llx\n",
		       w->tid, w->nr, w->args[0], w->args[1], w->args[2], w->at);
}

/* A stop of a system call: both at its beginning and at its end. */
static void call_stop(struct watched *w)
{
	struct __ptrace_syscall_info info;

	if (w->worker || ptrace(PTRACE_GET_SYSCALL_INFO, w->tid, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	/* A second beginning without a SIGSYS in between: the first was carried out. */
	if (w->suspicious)
		breach(w);
	w->suspicious = false;
	n_calls++;
	if (!w->filtered && info.entry.nr == STUB_NR_SECCOMP && info.entry.args[0] == 1) {
		w->filtered = true;
		return;
	}
	w->suspicious = !w->filtered || !allowed(&info);
	w->nr = info.entry.nr;
	memcpy(w->args, info.entry.args, sizeof(w->args));
	w->at = info.instruction_pointer;
}

/* The next stop after a call that was not carried out is its SIGSYS. */
static void signal_stop(struct watched *w, int signo)
{
	siginfo_t si;

	if (w->suspicious && signo == SIGSYS && ptrace(PTRACE_GETSIGINFO, w->tid, 0, &si) == 0 &&
	    si.si_code == 1) {
		n_trapped++;
		w->suspicious = false;
	}
}

static void attach(int pid)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		int tid = atoi(e->d_name);

		if (tid <= 0 || ptrace(PTRACE_SEIZE, tid, 0, OPTIONS) < 0)
			continue;
		get(tid)->filtered = true; /* it has long started */
		(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	}
	if (d)
		closedir(d);
}

static void attach_children(int kernel)
{
	char path[64];
	struct dirent *e;
	DIR *d;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task", kernel);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		FILE *f;

		if (atoi(e->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.10s/children", kernel, e->d_name);
		f = fopen(path, "r");
		while (f && fscanf(f, "%d", &pid) == 1)
			attach(pid);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

static void stopped(int tid, int status)
{
	struct watched *w = get(tid);
	int signo = WSTOPSIG(status), event = status >> 16, deliver = 0;

	if (signo == (SIGTRAP | 0x80)) {
		call_stop(w);
	} else if (event == 0) {
		signal_stop(w, signo);
		deliver = signo;
	} else if (event == PTRACE_EVENT_STOP && (signo == SIGSTOP || signo == SIGTSTP)) {
		(void)ptrace(PTRACE_LISTEN, tid, 0, 0);
		return;
	}
	(void)ptrace(PTRACE_SYSCALL, tid, 0, deliver);
}

int main(int argc, char **argv)
{
	int status;
	pid_t tid;

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	table = calloc(TIDS, sizeof(*table));
	if (!table)
		return 2;
	attach_children(atoi(argv[1]));
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (tid <= 0)
			continue;
		if (WIFSTOPPED(status))
			stopped(tid, status);
		else
			get(tid)->tid = -1; /* the number may be used again */
	}
	printf("%lu threads, %lu host calls entered by guest threads, %lu of them trapped, %lu breaches\n",
	       n_threads, n_calls, n_trapped, n_breaches);
	return n_breaches || n_calls == 0;
}
