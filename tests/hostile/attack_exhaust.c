// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that can be had is taken until it is refused: the refusal is what is asked for, and that it is all given back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

/* Twice the memory that run-hostile gives the guest. */
#define MEMORY_TOO_MUCH (512ul << 20)

static void limits_off(void)
{
	const struct rlimit files = { 1 << 20, 1 << 20 };

	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static uint32_t futex_word;

static void *futex_waiter(void *arg)
{
	(void)syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return arg;
}

static void threads(void)
{
	pthread_attr_t a;
	pthread_t t;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	for (int i = 0; i < 100000; i++)
		if (pthread_create(&t, &a, futex_waiter, NULL) != 0)
			break;
	(void)syscall(SYS_futex, &futex_word, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
}

static void processes(void)
{
	for (int i = 0; i < 100000; i++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			pause();
			_exit(0);
		}
	}
	(void)kill(0, SIGKILL);
}

static void fork_bomb(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		(void)fork();
}

static void zombies(void)
{
	for (int i = 0; i < 100000; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return;
		if (pid == 0)
			_exit(0);
	}
}

static void vmas(void)
{
	for (uint64_t i = 0; i < 100000; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0) == MAP_FAILED)
			break;
	/* And splits of what is there, where no more can be. */
	char *p = mmap(NULL, 1 << 28, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (uint64_t at = 0; p != MAP_FAILED && at < 1 << 28; at += 8192)
		if (munmap(p + at, 4096) < 0 ||
		    mprotect(p + at + 4096, 4096, PROT_READ | PROT_WRITE) < 0)
			break;
	(void)fork();
}

static void vmas_shared(void)
{
	int fd = (int)syscall(SYS_memfd_create, "m", 0);
	char *p = mmap(NULL, 1 << 28, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)!ftruncate(fd, 1 << 28);
	for (uint64_t i = 0; i < 60000; i++)
		if (mmap(p + i * 4096, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
			 (off_t)(i * 7919 % 65536 * 4096)) == MAP_FAILED)
			break;
}

static void memory(void)
{
	for (size_t all = 0; all < MEMORY_TOO_MUCH; all += 1 << 20) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return;
		memset(p, 1, 1 << 20);
	}
	breach("more private memory than the guest has");
}

static void memory_shared(void)
{
	for (size_t all = 0; all < MEMORY_TOO_MUCH; all += 1 << 20) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return;
		memset(p, 1, 1 << 20);
	}
	breach("more shared memory than the guest has");
}

static void fill_tmpfs(void)
{
	static char block[1 << 16];
	int fd = open("/tmp/full", O_RDWR | O_CREAT, 0600);
	size_t all = 0;
	ssize_t n;

	while ((n = write(fd, block, sizeof(block))) > 0) {
		all += (size_t)n;
		if (all > MEMORY_TOO_MUCH)
			breach("more in a tmpfs than the guest has memory");
	}
	unlink("/tmp/full");
}

static void many_files(void)
{
	char name[64];

	mkdir("/tmp/many", 0700);
	for (int i = 0; i < 2000000; i++) {
		int fd;

		snprintf(name, sizeof(name), "/tmp/many/%d", i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			return;
		close(fd);
	}
}

static void descriptors(void)
{
	static int kinds;
	int p[2];

	limits_off();
	for (int i = 0; i < 1 << 20; i++) {
		int r;

		switch (kinds++ % 7) {
		case 0:
			r = dup(0);
			break;
		case 1:
			r = pipe(p);
			break;
		case 2:
			r = eventfd(0, 0);
			break;
		case 3:
			r = epoll_create1(0);
			break;
		case 4:
			r = timerfd_create(CLOCK_MONOTONIC, 0);
			break;
		case 5:
			r = socketpair(AF_UNIX, SOCK_STREAM, 0, p);
			break;
		default:
			r = open("/dev/null", O_RDONLY);
			break;
		}
		if (r < 0)
			return;
	}
}

static void pipes_full(void)
{
	static char block[65536];
	int p[2];

	limits_off();
	while (pipe2(p, O_NONBLOCK) == 0) {
		(void)fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
		while (write(p[1], block, sizeof(block)) > 0)
			;
	}
}

static void sockets_full(void)
{
	static char block[4096];
	int s[2], big = 1 << 30;

	limits_off();
	while (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s) == 0) {
		(void)setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
		while (send(s[0], block, sizeof(block), 0) > 0)
			;
	}
}

static void futex_waiters(void)
{
	for (int i = 0; i < 1000; i++)
		in_thread(futex_waiter, NULL);
	usleep(300000);
	(void)syscall(SYS_futex, &futex_word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1 << 30,
		      &futex_word + 1, 0);
	raise(SIGKILL);
}

static void timers(void)
{
	const struct itimerspec often = { { 0, 1000 }, { 0, 1000 } };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	timer_t t;

	signal(SIGRTMIN, SIG_IGN);
	for (int i = 0; i < 200000; i++) {
		if (timer_create(CLOCK_MONOTONIC, &ev, &t) < 0)
			break;
		(void)timer_settime(t, 0, &often, NULL);
	}
	sleep(1);
}

static void signals_queued(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < 1000000; i++)
		if (sigqueue(getpid(), SIGRTMIN + i % 20, (union sigval){ 0 }) < 0)
			break;
}

static void epoll_recursion(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int e[200];

	for (int i = 0; i < 200; i++) {
		e[i] = epoll_create1(0);
		for (int j = 0; j < i; j++)
			(void)epoll_ctl(e[j], EPOLL_CTL_ADD, e[i], &ev);
	}
	for (int i = 0; i < 200; i++)
		for (int j = 0; j < 200; j++)
			(void)epoll_ctl(e[i], EPOLL_CTL_ADD, e[j], &ev);
	for (int i = 0; i < 200; i++)
		(void)epoll_wait(e[i], &ev, 1, 0);
}

static void epoll_watches(void)
{
	int e = epoll_create1(0);

	limits_off();
	for (int i = 0; i < 1000000; i++) {
		struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
		int fd = dup(0), null = eventfd(0, 0);

		if (fd < 0 || null < 0 || epoll_ctl(e, EPOLL_CTL_ADD, null, &ev) < 0)
			return;
	}
}

static void send_fds(int s, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(sizeof(int) * 4)] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	(void)sendmsg(s, &m, MSG_DONTWAIT);
}

/* Sockets in flight over themselves: nobody can ever receive them. */
static void socket_cycles(void)
{
	for (int i = 0; i < 5000; i++) {
		int a[2], b[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) < 0 ||
		    socketpair(AF_UNIX, SOCK_DGRAM, 0, b) < 0)
			return;
		send_fds(a[0], (int[]){ a[0], a[1], b[0], b[1] }, 4);
		send_fds(b[0], (int[]){ a[0], a[1], b[0], b[1] }, 4);
		close(a[0]);
		close(a[1]);
		close(b[0]);
		close(b[1]);
	}
}

/* A chain of sockets, each in the queue of the next: closing the last closes all, one within the other. */
static void socket_chain(void)
{
	int last = -1;

	for (int i = 0; i < 20000; i++) {
		int s[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
			break;
		if (last >= 0) {
			send_fds(s[0], &last, 1);
			close(last);
		}
		close(s[0]);
		last = s[1];
	}
	close(last);
}

static void deep_directories(void)
{
	char path[8192];

	mkdir("/tmp/deep", 0700);
	(void)!chdir("/tmp/deep");
	for (int i = 0; i < 20000; i++) {
		if (mkdir("d", 0700) < 0 || chdir("d") < 0)
			break;
		if (i % 1000 == 0) {
			(void)!getcwd(path, sizeof(path));
			(void)rename("/tmp/deep", "d/deep");
		}
	}
	memset(path, '/', sizeof(path));
	for (int i = 0; i < 4000; i += 2)
		memcpy(path + i, "d/", 2);
	path[4000] = 0;
	(void)open(path, O_RDONLY);
}

static void symlink_storm(void)
{
	char from[64], to[64];

	mkdir("/tmp/links", 0700);
	(void)!chdir("/tmp/links");
	for (int i = 0; i < 3000; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		snprintf(to, sizeof(to), "l%d/l%d/l%d", i + 1, i + 1, i + 1);
		(void)!symlink(to, from);
	}
	(void)!symlink(".", "l3000");
	for (int i = 0; i < 3000; i += 7) {
		snprintf(from, sizeof(from), "l%d", i);
		(void)open(from, O_RDONLY);
	}
}

static void mount_storm(void)
{
	char name[64];

	mkdir("/tmp/mounts", 0700);
	(void)mount("none", "/tmp/mounts", "tmpfs", 0, NULL);
	(void)mount("none", "/tmp/mounts", NULL, MS_SHARED, NULL);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "/tmp/mounts/%d", i % 10);
		mkdir(name, 0700);
		if (mount("/tmp/mounts", name, NULL, MS_BIND | MS_REC, NULL) < 0)
			break;
		if (i == 100)
			breach("mounts that double a hundred times");
	}
	(void)umount2("/tmp/mounts", MNT_DETACH);
	for (int i = 0; i < 300; i++)
		(void)unshare(CLONE_NEWNS);
}

static void inotify_storm(void)
{
	char name[64];
	int fd = inotify_init1(IN_NONBLOCK);

	mkdir("/tmp/watched", 0700);
	for (int i = 0; i < 300; i++) {
		(void)inotify_add_watch(inotify_init1(0), "/tmp/watched", IN_ALL_EVENTS);
		(void)inotify_add_watch(fd, "/tmp/watched", IN_ALL_EVENTS);
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "/tmp/watched/%d", i % 50);
		close(open(name, O_CREAT | O_WRONLY, 0600));
		unlink(name);
	}
}

static void file_locks(void)
{
	int fd = open("/tmp/locks", O_RDWR | O_CREAT, 0600);

	for (off_t i = 0; i < 300000; i++) {
		struct flock l = { .l_type = F_WRLCK, .l_start = i * 2, .l_len = 1 };

		if (fcntl(fd, F_SETLK, &l) < 0)
			return;
	}
}

static void huge_counts(void)
{
	static struct iovec v[1024];
	int zero = open("/dev/zero", O_RDWR), p[2];
	char *big = mmap(NULL, 1ul << 40, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pipe2(p, O_NONBLOCK) < 0)
		return;
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ big == MAP_FAILED ? (char *)v : big, 0x7ffff000 };
	(void)!writev(zero, v, 1024);
	(void)!writev(p[1], v, 1024);
	(void)!writev(zero, v, -1);
	(void)!writev(zero, v, 1 << 30);
	(void)!write(zero, v, ~0ul >> 1);
	(void)!read(zero, v, ~0ul);
	(void)syscall(SYS_ppoll, v, 1ul << 32, NULL, NULL, 8);
	(void)syscall(SYS_pselect6, 0x7fffffff, v, v, v, NULL, NULL);
	(void)syscall(SYS_setgroups, 0x7fffffff, v);
	(void)syscall(SYS_getdents64, open("/", O_RDONLY), v, 0xffffffff);
	(void)syscall(SYS_epoll_wait, epoll_create1(0), v, 0x7fffffff, 0);
	(void)syscall(SYS_getrandom, v, ~0ul >> 1, 0);
	(void)syscall(SYS_mincore, 0, ~0ul & ~4095ul, v);
	(void)syscall(SYS_madvise, 0, ~0ul & ~4095ul, MADV_DONTNEED);
	(void)syscall(SYS_mlockall, 7);
	(void)syscall(SYS_setxattr, "/tmp", "user.x", v, 1ul << 40, 0);
	(void)syscall(SYS_add_key, v, v, v, 1ul << 40, 0);
	(void)syscall(SYS_mremap, v, 4096, 1ul << 46, 1, 0);
	(void)syscall(SYS_brk, 1ul << 46);
	(void)syscall(SYS_fallocate, open("/tmp/big", O_CREAT | O_RDWR, 0600), 0, 0, 1ul << 62);
	(void)syscall(SYS_truncate, "/tmp/big", ~0ul >> 1);
	(void)syscall(SYS_sendfile, p[1], zero, NULL, ~0ul >> 1);
}

static void stop_storm(void)
{
	pid_t pids[20];

	for (int i = 0; i < 20; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;)
				(void)getppid();
	}
	for (int i = 0; i < 20000; i++)
		(void)kill(pids[random_next() % 20], random_next() % 2 ? SIGSTOP : SIGCONT);
	for (int i = 0; i < 20; i++)
		(void)kill(pids[i], SIGKILL);
}

/* A machine's worth of call numbers with arguments that mean nothing. */
static void random_calls(uint64_t seed)
{
	alarm(2);
	random_seed(seed);
	for (;;) {
		uint64_t a[6];
		long nr = (long)(random_next() % 460);

		for (int i = 0; i < 6; i++)
			switch (random_next() % 6) {
			case 0:
				a[i] = random_next() % 8;
				break;
			case 1:
				a[i] = (uint64_t)(uintptr_t)a;
				break;
			case 2:
				a[i] = ~0ull >> random_next() % 64;
				break;
			case 3:
				a[i] = 1ull << random_next() % 64;
				break;
			case 4:
				a[i] = random_next() << 33 | random_next();
				break;
			default:
				a[i] = 4096 * (random_next() % 16);
				break;
			}
		/* Not those that end it at once or power the guest off. */
		if (nr == SYS_exit || nr == SYS_exit_group || nr == SYS_reboot || nr == SYS_pause ||
		    nr == SYS_kill || nr == SYS_tkill)
			continue;
		(void)syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

static void random_calls_many(void)
{
	for (uint64_t seed = 1; seed < 60; seed++)
		in_child(random_calls, seed, 150);
}

const struct attack exhaust_attacks[] = {
	{ "threads", threads, 0 },
	{ "processes", processes, 0 },
	{ "fork-bomb", fork_bomb, "user" },
	{ "zombies", zombies, 0 },
	{ "vmas", vmas, 0 },
	{ "vmas-shared", vmas_shared, 0 },
	{ "memory", memory, 0 },
	{ "memory-shared", memory_shared, 0 },
	{ "fill-tmpfs", fill_tmpfs, 0 },
	{ "many-files", many_files, 0 },
	{ "descriptors", descriptors, 0 },
	{ "pipes-full", pipes_full, 0 },
	{ "sockets-full", sockets_full, 0 },
	{ "futex-waiters", futex_waiters, 0 },
	{ "timers", timers, 0 },
	{ "signals-queued", signals_queued, 0 },
	{ "epoll-recursion", epoll_recursion, 0 },
	{ "epoll-watches", epoll_watches, 0 },
	{ "socket-cycles", socket_cycles, 0 },
	{ "socket-chain", socket_chain, 0 },
	{ "deep-directories", deep_directories, 0 },
	{ "symlink-storm", symlink_storm, 0 },
	{ "mount-storm", mount_storm, 0 },
	{ "inotify-storm", inotify_storm, 0 },
	{ "file-locks", file_locks, 0 },
	{ "huge-counts", huge_counts, 0 },
	{ "stop-storm", stop_storm, 0 },
	{ "random-calls", random_calls_many, "user" },
	{ 0, 0, 0 },
};
