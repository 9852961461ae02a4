// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Namespaces and the processes around the kernel. Every step that the host refuses is left out and named, except fork itself: a kernel without a time
 * namespace shows the host's uptime, one without a PID namespace relies on PDEATHSIG alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/host_guardian.h"
#include "host/host_launch.h"
#include "host/host_mconsole.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static volatile sig_atomic_t forward_to;
static int signal_fd = -1;
static int launcher_pid;

/* What the kernel tells the launcher; the kernel is not believed further than that files with two fixed names are removed. */
static struct {
	char directory[256];
} * shared;

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? (int)n : 0;
}

/* Map just ourselves: to itself, so that files keep their owner. */
static int map_ids(unsigned int uid, unsigned int gid)
{
	char text[64];
	int r;

	(void)write_file("/proc/self/setgroups", "deny");
	(void)snprintf(text, sizeof(text), "%u %u 1\n", uid, uid);
	r = write_file("/proc/self/uid_map", text);
	(void)snprintf(text, sizeof(text), "%u %u 1\n", gid, gid);
	return r < 0 ? r : write_file("/proc/self/gid_map", text);
}

/* The guest's monotonic and boot clocks start at zero. Applies to children made from now on. */
static int time_offsets(void)
{
	struct timespec mono, boot;
	char text[128];

	if (clock_gettime(CLOCK_MONOTONIC, &mono) < 0 || clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "monotonic %lld %ld\nboottime %lld %ld\n",
		       -(long long)mono.tv_sec, 0L, -(long long)boot.tv_sec, 0L);
	return write_file("/proc/self/timens_offsets", text);
}

#define NO_NETWORK ": the guest has no network"

/*
 * What the host may grant, best first. A PID namespace without a /proc of its own would show the engine the wrong processes. A network namespace is
 * only the guest's to change if it belongs to a user namespace of ours.
 */
static const struct {
	unsigned long flags;
	const char *lacks;
} namespace_sets[] = {
	{ CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET, NULL },
	{ CLONE_NEWUSER | CLONE_NEWNET,
	  "a PID namespace with its own /proc (is /proc covered in part?)" },
	{ CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS,
	  "network namespaces (sysctl user.max_net_namespaces)" NO_NETWORK },
	{ CLONE_NEWPID | CLONE_NEWNS,
	  "user namespaces (sysctl user.max_user_namespaces)" NO_NETWORK },
	{ CLONE_NEWUSER, "a PID namespace with its own /proc, and network namespaces" NO_NETWORK },
	{ 0, "user and PID namespaces (sysctl user.max_user_namespaces)" NO_NETWORK },
};

/* lo and the cards, in the new namespace. */
static int network_make(struct host_launch *l)
{
	int r = host_link_set_up("lo");

	for (unsigned int i = 0; r == 0 && i < l->n_nics; i++) {
		struct host_launch_nic *nic = &l->nics[i];

		r = nic->inner = host_tap_open(nic->name);
		if (r >= 0)
			r = nic->ifindex = host_link_index(nic->name);
		if (r >= 0)
			r = nic->has_mac ? host_link_set_mac(nic->name, nic->mac) : 0;
	}
	return r;
}

static int namespaces_enter(struct host_launch *l, unsigned long flags, unsigned int uid,
			    unsigned int gid)
{
	int r = flags & CLONE_NEWUSER ? map_ids(uid, gid) : 0;

	l->has_network = (flags & CLONE_NEWNET) != 0;
	if (r == 0 && l->has_network)
		r = network_make(l);
	if (r < 0 || !(flags & CLONE_NEWPID))
		return r;
	if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return -errno;
	return 0;
}

static pid_t clone_flags(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, NULL, NULL, 0);
}

/* Try the whole of it in a child that then ends. */
static bool namespaces_work(struct host_launch *l, unsigned long flags, unsigned int uid,
			    unsigned int gid)
{
	int status;
	pid_t pid = clone_flags(flags);

	if (pid < 0)
		return false;
	if (pid == 0)
		_exit(namespaces_enter(l, flags, uid, gid) < 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* fork into the best set of namespaces that the host grants. */
static pid_t fork_namespaces(struct host_launch *l, unsigned int uid, unsigned int gid)
{
	unsigned int i = 0;
	pid_t pid;

	while (i + 1 < ARRAY_SIZE(namespace_sets) &&
	       !namespaces_work(l, namespace_sets[i].flags, uid, gid))
		i++;
	l->lacks = namespace_sets[i].lacks;
	pid = clone_flags(namespace_sets[i].flags);
	if (pid == 0 && namespaces_enter(l, namespace_sets[i].flags, uid, gid) < 0)
		_exit(1);
	return pid;
}

static void forward(int signo)
{
	(void)signo;
	if (forward_to > 0)
		(void)kill(forward_to, SIGTERM);
}

static void die_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In another PID namespace the parent shows as 0; a parent that died first leaves us with init's number or 0 as well, and a pipe would be
	 * needed to tell: the launcher waits for us, so it cannot have died before this without a signal to the group. */
	if (getppid() != parent && getppid() != 0)
		_exit(1);
}

/* PID 1 of the namespace: wait for the kernel, reap what is left of others, end as the kernel did. */
static _Noreturn void guest_init_main(pid_t kernel)
{
	int status;
	pid_t p;

	forward_to = kernel;
	for (;;) {
		p = wait(&status);
		if (p < 0 && errno == EINTR)
			continue;
		if (p == kernel || p < 0)
			break;
	}
	if (p < 0)
		_exit(1);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void install_forward(void)
{
	struct sigaction sa = { .sa_handler = forward };
	static const int signals[] = { SIGTERM, SIGINT };

	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

/* In the kernel process: termination arrives as something to read, everything else as usual. */
static void kernel_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* 0: this is the kernel process. Otherwise 0x100 and the kernel's status, or -errno. */
static int run_once(struct host_launch *l)
{
	pid_t launcher = getpid(), pid1, kernel;
	unsigned int uid = geteuid(), gid = getegid();
	int status;

	host_mconsole_prepare();
	pid1 = fork_namespaces(l, uid, gid);
	if (pid1 < 0)
		return -errno;
	if (pid1 == 0) {
		die_with(launcher);
		if (unshare(CLONE_NEWTIME) < 0 || time_offsets() < 0)
			l->lacks = l->lacks ? l->lacks : "time namespaces";
		kernel = fork();
		if (kernel < 0)
			_exit(1);
		if (kernel > 0)
			guest_init_main(kernel);
		(void)signal(SIGTERM, SIG_DFL);
		(void)signal(SIGINT, SIG_DFL);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		kernel_signals();
		return 0;
	}
	host_mconsole_forget();
	forward_to = pid1;
	while (waitpid(pid1, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	forward_to = 0;
	return 0x100 | (WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* What a kernel leaves behind however it ended. */
static void clean_up(void)
{
	char directory[sizeof(shared->directory)];

	memcpy(directory, shared->directory, sizeof(directory));
	directory[sizeof(directory) - 1] = '\0';
	if (directory[0])
		host_mconsole_remove(directory);
	shared->directory[0] = '\0';
}

static void say_how_it_died(int status)
{
	(void)dprintf(2, "umlk: the kernel process was ended by signal %d (%s)\n", status - 128,
		      strsignal(status - 128));
}

int host_launch(struct host_launch *l)
{
	bool killed;
	int r;

	launcher_pid = getpid();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	host_guardian_start();
	install_forward();
	do {
		r = run_once(l);
		if (r == 0)
			return 0;
		if (r < 0)
			break;
		clean_up();
	} while ((r & 0xff) == l->reboot_status && l->restart_on_reboot);
	for (unsigned int i = 0; i < l->n_nics; i++)
		host_tap_reset(l->nics[i].outer);
	killed = r > 0 && (r & 0xff) > 128 && (r & 0xff) != l->reboot_status &&
		 (r & 0xff) != l->panic_status;
	host_guardian_end(killed);
	if (r < 0)
		return r;
	if (killed)
		say_how_it_died(r & 0xff);
	_exit(r & 0xff);
}

void host_launch_made_directory(const char *directory)
{
	if (shared)
		(void)snprintf(shared->directory, sizeof(shared->directory), "%s", directory);
}

int host_launch_signal_fd(void)
{
	return signal_fd;
}

int host_launch_pid(void)
{
	return launcher_pid;
}
