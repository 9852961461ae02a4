// SPDX-License-Identifier: GPL-2.0-or-later
/* Host processes. The child side of host_process_start runs between fork and exec: system calls only, no allocation. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host_process.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif
/* Above every number that a stub's descriptors may have, so that moving one never overwrites the source of another. */
#define MOVE_BASE	 256
#define MAX_MOVES	 64
#define STUB_STACK_LIMIT (8ul << 20)

static int child_limits(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };
	struct rlimit core = { 0, 0 }, stack = { STUB_STACK_LIMIT, STUB_STACK_LIMIT };

	(void)setrlimit(RLIMIT_CORE, &core);
	/* The host lays out the address space by the stack limit: keep its own maps at the very top. */
	(void)setrlimit(RLIMIT_STACK, &stack);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* The kernel may have kept rights over the guest's network; nobody else has. */
	return syscall(SYS_capset, &head, none) < 0 ? -errno : 0;
}

/* Where memory of the host runs out, a guest process ends rather than the kernel of them all. */
static void child_is_first_victim(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "900", 3);
	(void)close(fd);
}

static int child_move_fds(const struct host_process_start *s)
{
	int high[MAX_MOVES];

	for (unsigned int i = 0; i < s->n_fds; i++) {
		high[i] = fcntl(s->fds[i].from, F_DUPFD, MOVE_BASE);
		if (high[i] < 0)
			return -errno;
	}
	if (syscall(SYS_close_range, 0u, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	for (unsigned int i = 0; i < s->n_fds; i++)
		if (dup2(high[i], s->fds[i].to) < 0)
			return -errno;
	return 0;
}

static noreturn void child_main(const struct host_process_start *s, int parent)
{
	char *const none[] = { NULL };
	sigset_t mask;
	int image;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(120);
	/* A signal for our process group is the kernel's to read, and must not end a stub. */
	(void)setpgid(0, 0);
	image = fcntl(s->image_fd, F_DUPFD_CLOEXEC, MOVE_BASE);
	if (child_limits() < 0)
		_exit(120);
	child_is_first_victim();
	if (image < 0 || child_move_fds(s) < 0)
		_exit(121);
	(void)personality(ADDR_NO_RANDOMIZE);
	/* Where yama restricts it, stubs may take descriptors from a broker all the same; without yama it is not known. */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(122);
	sigfillset(&mask);
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	if (s->traced) {
		sigemptyset(&mask);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(123);
	}
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)syscall(SYS_execveat, image, "", none, none, AT_EMPTY_PATH);
	_exit(124);
}

int host_process_start(const struct host_process_start *s, int *ret_pid)
{
	int parent = getpid(), pid;

	if (s->n_fds > MAX_MOVES)
		return -EINVAL;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_main(s, parent);
	*ret_pid = pid;
	return 0;
}

int host_getpid(void)
{
	return getpid();
}

int host_kill(int pid, int signo)
{
	return kill(pid, signo) < 0 ? -errno : 0;
}

int host_tgkill(int pid, int tid, int signo)
{
	return syscall(SYS_tgkill, pid, tid, signo) < 0 ? -errno : 0;
}

static int wait_status(int pid, int flags, struct host_wait_status *ret)
{
	int status, r;

	do
		r = waitpid(pid, &status, flags | __WALL);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : 0;
	*ret = (struct host_wait_status){ .pid = r, .ended = !WIFSTOPPED(status) };
	if (WIFSIGNALED(status)) {
		ret->signo = WTERMSIG(status);
	} else if (WIFSTOPPED(status)) {
		ret->signo = WSTOPSIG(status);
		ret->event = status >> 16;
	}
	return 1;
}

int host_wait_try(int pid, struct host_wait_status *ret)
{
	return wait_status(pid, WNOHANG, ret);
}

int host_wait_for(int pid, struct host_wait_status *ret)
{
	return wait_status(pid, 0, ret);
}

int host_pidfd_open(int pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

int host_pidfd_kill(int pidfd, int signo)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) < 0 ? -errno : 0;
}

/* Linux 6.13 and later: PIDFD_GET_INFO; only the fields up to tgid are named here. */
struct pidfd_info_head {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid;
	uint32_t rest[10];
};
#define PIDFD_GET_INFO_IOCTL _IOWR(0xFF, 11, struct pidfd_info_head)

static int pidfd_pid_by_fdinfo(int pidfd)
{
	char path[48], text[512];
	const char *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	at = strstr(text, "\nPid:");
	n = at ? strtol(at + 5, NULL, 10) : -1;
	return n > 0 ? (int)n : -ESRCH;
}

int host_pidfd_pid(int pidfd)
{
	struct pidfd_info_head info = { .mask = 1 };

	if (ioctl(pidfd, PIDFD_GET_INFO_IOCTL, &info) == 0 && info.pid > 0)
		return (int)info.pid;
	return pidfd_pid_by_fdinfo(pidfd);
}

int host_pidfd_getfd(int pidfd, int fd)
{
	int r = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return r < 0 ? -errno : r;
}

int host_pidfd_wait(int pidfd, bool reap, struct host_wait_status *ret)
{
	siginfo_t info = { 0 };
	int flags = WEXITED | WNOHANG | __WALL | (reap ? 0 : WNOWAIT);

	if (waitid(P_PIDFD, (id_t)pidfd, &info, flags) < 0)
		return -errno;
	if (info.si_pid == 0)
		return 0;
	*ret = (struct host_wait_status){ .pid = info.si_pid, .ended = true };
	if (info.si_code != CLD_EXITED)
		ret->signo = info.si_status;
	return 1;
}

void host_pidfd_wait_end(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

/*
 * One element for each page of the other side: the host may refuse a whole element when a part of it cannot be copied,
 * and callers count on getting all that comes before the first bad page.
 */
#define COPY_PAGES 64

static ssize_t copy_by_pages(int pid, uint64_t addr, char *at, size_t len, bool write)
{
	struct iovec remote[COPY_PAGES], local;
	size_t done = 0, part, n;
	unsigned int count;
	ssize_t r;

	while (done < len) {
		part = 0;
		for (count = 0; count < COPY_PAGES && done + part < len; count++) {
			n = PAGE_SIZE - ((addr + done + part) & (PAGE_SIZE - 1));
			n = MIN(n, len - done - part);
			remote[count].iov_base = (void *)(uintptr_t)(addr + done + part);
			remote[count].iov_len = n;
			part += n;
		}
		local.iov_base = at + done;
		local.iov_len = part;
		r = write ? process_vm_writev(pid, &local, 1, remote, count, 0)
			  : process_vm_readv(pid, &local, 1, remote, count, 0);
		if (r < 0)
			return done > 0 ? (ssize_t)done : -errno;
		done += (size_t)r;
		if ((size_t)r < part)
			break;
	}
	return (ssize_t)done;
}

/* All pages are there most of the time: one element, which costs the host a lock and a look-up once and not for each page. */
static ssize_t process_copy(int pid, uint64_t addr, void *buf, size_t len, bool write)
{
	struct iovec remote = { (void *)(uintptr_t)addr, len }, local = { buf, len };
	ssize_t r = write ? process_vm_writev(pid, &local, 1, &remote, 1, 0)
			  : process_vm_readv(pid, &local, 1, &remote, 1, 0),
		rest;
	size_t done = r > 0 ? (size_t)r : 0;

	if (done == len || (r < 0 && errno == ESRCH))
		return r < 0 ? -errno : r;
	if (addr / PAGE_SIZE == (addr + len - 1) / PAGE_SIZE)
		return done > 0 ? r : r < 0 ? -errno : 0;
	rest = copy_by_pages(pid, addr + done, (char *)buf + done, len - done, write);
	return rest > 0 ? (ssize_t)done + rest : done > 0 ? (ssize_t)done : rest;
}

ssize_t host_process_read(int pid, uint64_t from, void *to, size_t len)
{
	return process_copy(pid, from, to, len, false);
}

ssize_t host_process_write(int pid, uint64_t to, const void *from, size_t len)
{
	/* The same iovec serves both directions; writev only reads from it. */
	return process_copy(pid, to, (void *)(uintptr_t)from, len, true);
}

ssize_t host_process_write_spread(int pid, uint64_t to, const void *from, size_t stride,
				  size_t size, size_t n)
{
	struct iovec remote[COPY_PAGES], local[COPY_PAGES];
	const char *at = from;
	size_t done = 0;

	while (done < n) {
		size_t count = MIN(n - done, (size_t)COPY_PAGES);
		ssize_t r;

		for (size_t i = 0; i < count; i++) {
			size_t offset = (done + i) * stride;

			remote[i] = (struct iovec){ (void *)(uintptr_t)(to + offset), size };
			local[i] = (struct iovec){ (void *)(uintptr_t)(at + offset), size };
		}
		r = process_vm_writev(pid, local, count, remote, count, 0);
		if (r < 0)
			return done > 0 ? (ssize_t)(done * size) : -errno;
		if ((size_t)r < count * size)
			return (ssize_t)(done * size) + r;
		done += count;
	}
	return (ssize_t)(n * size);
}

/* A file's text, terminated; its length, 0 if there is none. */
static size_t file_text(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return 0;
	while (have + 1 < len && (n = read(fd, buf + have, len - 1 - have)) > 0)
		have += (size_t)n;
	(void)close(fd);
	buf[have] = '\0';
	return have;
}

/* A small file of a thread's in /proc, terminated; false if the thread is gone. */
static bool thread_file_read(int pid, int tid, const char *name, char *text, size_t len)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	return file_text(path, text, len) > 0;
}

char host_thread_state(int pid, int tid)
{
	char text[256];
	const char *at;

	if (!thread_file_read(pid, tid, "stat", text, sizeof(text)))
		return 0;
	at = strrchr(text, ')');
	return at && at[1] == ' ' ? at[2] : 0;
}

uint64_t host_thread_run_ns(int pid, int tid)
{
	char text[128];

	return thread_file_read(pid, tid, "schedstat", text, sizeof(text))
		       ? strtoull(text, NULL, 10)
		       : 0;
}

size_t host_process_text(int pid, const char *name, char *buf, size_t len)
{
	char path[64];

	if (pid)
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	return file_text(path, buf, len);
}

bool host_process_resident(int pid, uint64_t *ret_resident, uint64_t *ret_shared)
{
	char text[128], *at = text;

	if (host_process_text(pid, "statm", text, sizeof(text)) == 0)
		return false;
	(void)strtoull(at, &at, 10);
	*ret_resident = strtoull(at, &at, 10);
	*ret_shared = strtoull(at, &at, 10);
	return true;
}

uint64_t host_oom_kills(void)
{
	static char text[16384]; /* under the big lock */
	const char *at;

	if (file_text("/proc/vmstat", text, sizeof(text)) == 0)
		return 0;
	at = strstr(text, "\noom_kill ");
	return at ? strtoull(at + 10, NULL, 10) : 0;
}

/* The line of /proc/self/cgroup that begins (after the number) with `prefix`; the path into buf. */
static bool cgroup_path(const char *text, const char *prefix, char *buf, size_t len)
{
	const char *at = strstr(text, prefix), *end;

	if (!at)
		return false;
	at += strlen(prefix);
	end = strchrnul(at, '\n');
	if ((size_t)(end - at) >= len)
		return false;
	memcpy(buf, at, (size_t)(end - at));
	buf[end - at] = '\0';
	return true;
}

uint64_t host_memory_limit(void)
{
	char text[4096], dir[1024], path[1100], number[32];
	uint64_t limit;

	if (file_text("/proc/self/cgroup", text, sizeof(text)) == 0)
		return UINT64_MAX;
	if (cgroup_path(text, ":memory:", dir, sizeof(dir)))
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/memory%s/memory.limit_in_bytes",
			       dir);
	else if (cgroup_path(text, "0::", dir, sizeof(dir)))
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", dir);
	else
		return UINT64_MAX;
	/* "max", or a number that stands for it, is no limit. */
	if (file_text(path, number, sizeof(number)) == 0 || number[0] < '0' || number[0] > '9')
		return UINT64_MAX;
	limit = strtoull(number, NULL, 10);
	return limit >= 1ull << 62 ? UINT64_MAX : limit;
}

unsigned long host_raise_fd_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return 1024;
	if (l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
	return l.rlim_cur;
}

int host_process_try(int (*fn)(void *arg), void *arg)
{
	int pid = fork(), status, r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-fn(arg) & 0x7f);
	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}
