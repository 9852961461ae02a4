/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that outlive umld: started detached, known again by pid and start time, ended through a pidfd.
 */
#ifndef DAEMON_NETWORK_PROCESS_H
#define DAEMON_NETWORK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Unique within one boot: a recycled pid has another start time. */
struct process_id {
	pid_t pid;
	uint64_t start; /* clock ticks since boot, field 22 of /proc/PID/stat */
};

/* A process that waits to be let go before it executes its program. */
struct held_process {
	struct process_id id;
	int go_fd;     /* process_let_go; closing it ends the process without an exec */
	int stderr_fd; /* read end of its standard error */
};

/*
 * Fork a process of its own session whose parent is init, up to just before the exec of argv[0]. So the caller
 * can write down who it is before it is anything: if the caller dies first, the process ends by itself.
 */
int process_spawn_held(char *const argv[], struct held_process *ret);

/* Let it exec. Takes go_fd over. */
int process_let_go(struct held_process *p);

/*
 * Wait until a daemon that keeps quiet and closes its standard error when it is ready has done so. Returns 0,
 * -EPROTO with what it said in text (one line, control bytes replaced), or -ETIMEDOUT. Takes stderr_fd over.
 */
int process_wait_ready(struct held_process *p, int timeout_ms, char *text, size_t len);

/* A pidfd of the very process, or -ESRCH if it has ended (a zombie counts as ended). */
int process_open(const struct process_id *id);

/*
 * SIGTERM, a short wait, then SIGKILL to its process group. Returns whether it has ended; if not it will, but the kernel
 * takes its time: watch the pidfd.
 */
bool process_end(int pidfd, pid_t pid);

/* Ask a daemon to read its files again. */
int process_hangup(int pidfd);

#endif
