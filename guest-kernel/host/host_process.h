/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host processes that the engine makes of guests' address spaces: start, kill, reap, look into. A pid is only safe to use while its
 * process has not been reaped; where another thread may reap, use the pidfd. All calls are [any] thread unless they say otherwise.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include "lib/types.h"

struct host_fd_move {
	int from; /* a descriptor of this process */
	int to;	  /* its number in the new one, below 256 */
};

struct host_process_start {
	int image_fd; /* an executable file that is run with neither arguments nor environment */
	const struct host_fd_move *fds;
	unsigned int n_fds; /* every other descriptor is closed */
	bool traced;	    /* PTRACE_TRACEME with no signal blocked; otherwise all signals are */
};

/*
 * Start a program with no capabilities, no new privileges, no core dumps, no randomised addresses; it is killed when the
 * calling host thread ends. Call it before the process has other threads. 0 and *ret_pid, or -errno.
 */
int host_process_start(const struct host_process_start *start, int *ret_pid);

int host_getpid(void);
int host_kill(int pid, int signo);
int host_tgkill(int pid, int tid, int signo); /* signo 0: does the thread exist? */

/* How a process or a tracee ended or stopped. */
struct host_wait_status {
	int pid;
	bool ended;
	int signo; /* ended by it (0: exited), or the stop signal (bit 7: system call stop) */
	int event; /* PTRACE_EVENT_* of a stop, 0 for none */
};

/* waitpid(pid, __WALL | WNOHANG); pid -1: any. 1 and *ret, 0: nothing yet, -errno. */
int host_wait_try(int pid, struct host_wait_status *ret);
/* The same, but waits. */
int host_wait_for(int pid, struct host_wait_status *ret);

int host_pidfd_open(int pid);
int host_pidfd_kill(int pidfd, int signo);
/* Which pid a pidfd names, in this PID namespace; -ESRCH if it was reaped. */
int host_pidfd_pid(int pidfd);
/* A copy (O_CLOEXEC) of another process' descriptor. */
int host_pidfd_getfd(int pidfd, int fd);
/* Has the process ended? 1 and *ret, 0: it lives, -errno. It stays a zombie unless reap is set. */
int host_pidfd_wait(int pidfd, bool reap, struct host_wait_status *ret);
/* Wait until it has ended; it stays a zombie. May block. */
void host_pidfd_wait_end(int pidfd);

/*
 * Copy from and to another process' memory; host protections count. The number of bytes from the start that could be copied,
 * -EFAULT if none, -ESRCH. May block.
 */
ssize_t host_process_read(int pid, uint64_t from, void *to, size_t len);
ssize_t host_process_write(int pid, uint64_t to, const void *from, size_t len);
/* n parts of size bytes, the starts of which lie stride bytes apart on both sides; what is between them is left alone. Bytes written, as above. */
ssize_t host_process_write_spread(int pid, uint64_t to, const void *from, size_t stride,
				  size_t size, size_t n);

/* Run state of a thread by /proc: 'R', 'S', 'D', 'Z', ...; 0 if it is gone. */
char host_thread_state(int pid, int tid);

/* Time on a CPU of another process' thread, by /proc; 0 if it is gone or the host does not count. */
uint64_t host_thread_run_ns(int pid, int tid);

/*
 * Memory of a process (0: this one) in pages by /proc/PID/statm: all that is resident, and the part of it that is of files and shared memory. Cheap, but
 * pages shared with another process since a fork count in both. False if it is gone.
 */
bool host_process_resident(int pid, uint64_t *ret_resident, uint64_t *ret_shared);

/* A file of a process' in /proc ("smaps_rollup"), terminated. Its length, at most len - 1; 0 if there is none. May block. */
size_t host_process_text(int pid, const char *name, char *buf, size_t len);

/* How many processes the host has killed for want of memory since it booted; 0 if it does not say. */
uint64_t host_oom_kills(void);

/* The memory cgroup that this process is in: its limit in bytes, UINT64_MAX if there is no limit or no such cgroup. */
uint64_t host_memory_limit(void);

/* Raise the limit of open descriptors to the most that the host allows; returns it. */
unsigned long host_raise_fd_limit(void);

/* Run fn in a child process of its own; 0 if it returned 0, what it returned (-1 to -125) otherwise, -ECHILD if it died. */
int host_process_try(int (*fn)(void *arg), void *arg);

#endif
