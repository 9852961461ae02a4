// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel reads changes while it reads it: paths, vectors, message headers, structures. Nothing to gain is looked for here; a kernel
 * that believes a value twice falls over or grows.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define RACE_MS 1500u

/* The memory under attack: words that a thread rewrites all the time. */
static struct shared {
	uint64_t words[512];
} * shared;

static unsigned int n_words;
static const uint64_t *values;
static unsigned int n_values;

static void *rewrite(void *arg)
{
	uint64_t r = 88172645463325252ull;

	(void)arg;
	for (;;) {
		r ^= r << 13;
		r ^= r >> 7;
		r ^= r << 17;
		((volatile uint64_t *)shared->words)[r % n_words] = values[(r >> 20) % n_values];
	}
	return NULL;
}

static void race_begin(unsigned int words, const uint64_t *v, unsigned int n)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	n_words = words;
	values = v;
	n_values = n;
	in_thread(rewrite, NULL);
	in_thread(rewrite, NULL);
}

#define RACE_BEGIN(words, ...)                                                              \
	do {                                                                                \
		static uint64_t race_values[] = { __VA_ARGS__ };                            \
		race_begin(words, race_values, sizeof(race_values) / sizeof(*race_values)); \
	} while (0)

#define RACE_LOOP for (uint64_t race_end = now_ms() + RACE_MS; now_ms() < race_end;)

static char buffer[65536];
static char *area; /* one page that exists and one that does not */

static void area_make(void)
{
	area = mmap((void *)0x20000000, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(area + 4096, 4096);
}

#define GOOD 0x20000000ull
#define EDGE 0x20000ff8ull
#define BAD  0x20001000ull

static void race_path(void)
{
	/* "/tmp/aaa", "/../../.", "\0...", without end */
	RACE_BEGIN(500, 0x6161612f706d742f, 0x2e2e2f2e2e2f2e2e, 0x2f2f2f2f2f2f2f2f,
		   0x6161616161616161, 0x0061616161616161, 0);
	RACE_LOOP
	{
		int fd = open((char *)shared->words, O_RDWR | O_CREAT | O_EXCL, 0600);

		if (fd >= 0)
			close(fd);
		(void)unlink((char *)shared->words);
		(void)mkdir((char *)shared->words, 0700);
		(void)rmdir((char *)shared->words);
		(void)symlink((char *)shared->words, (char *)shared->words + 64);
		(void)rename((char *)shared->words, (char *)shared->words + 64);
		(void)!readlink((char *)shared->words, buffer, 100);
		(void)unlink((char *)shared->words + 64);
	}
}

static void race_vectors(void)
{
	int p[2], null = open("/dev/zero", O_RDWR);

	area_make();
	RACE_BEGIN(32, GOOD, EDGE, BAD, 8, 4096, 0, ~0ull, 0x7fffffffffffffff, 1ull << 47);
	if (pipe2(p, O_NONBLOCK) < 0)
		return;
	RACE_LOOP
	{
		const struct iovec *v = (void *)shared->words;

		(void)!writev(p[1], v, 16);
		(void)!readv(p[0], v, 16);
		(void)!readv(null, v, 16);
		(void)!writev(null, v, 16);
		(void)!pwritev(null, v, 16, 0);
		(void)syscall(SYS_vmsplice, p[1], v, 16, 2);
		(void)process_vm_readv(getpid(), v, 8, v + 8, 8, 0);
	}
}

static void race_messages(void)
{
	int s[2];

	area_make();
	RACE_BEGIN(64, GOOD, EDGE, BAD, 0, 1, 16, 24, 100, 4096, ~0ull, 0x100000001, 0x1000000010,
		   (uint64_t)(uintptr_t)buffer, 0x0000000100000001);
	for (int type = 0; type < 2; type++) {
		if (socketpair(AF_UNIX, (type ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0, s) <
		    0)
			return;
		RACE_LOOP
		{
			struct msghdr *m = (void *)shared->words;
			struct mmsghdr *mm = (void *)shared->words;

			/* The control buffer lies in the same words. */
			shared->words[2] = (uint64_t)(uintptr_t)&shared->words[16];
			shared->words[4] = (uint64_t)(uintptr_t)&shared->words[32];
			shared->words[5] = 64;
			shared->words[32] = 24;
			(void)sendmsg(s[0], m, 0);
			(void)recvmsg(s[1], m, 0);
			(void)sendmmsg(s[0], mm, 4, 0);
			(void)recvmmsg(s[1], mm, 4, 0, NULL);
			(void)bind(s[0], (void *)shared->words, 110);
			(void)connect(s[0], (void *)shared->words, 110);
		}
		close(s[0]);
		close(s[1]);
	}
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

static void race_structures(void)
{
	int e = epoll_create1(0), fds[2];

	area_make();
	RACE_BEGIN(64, 0, 1, 2, 3, 5, 0x100000003, ~0ull, 999999999, 1000000000, 1ull << 63, GOOD,
		   BAD, 0x40000000000000, 0xffff0000ffff0000);
	if (pipe(fds) < 0)
		return;
	RACE_LOOP
	{
		void *p = shared->words;
		const struct timespec zero = { 0 };
		timer_t timer;

		(void)syscall(SYS_ppoll, p, 32, &zero, p, 8);
		(void)syscall(SYS_pselect6, 64, p, p, p, &zero, p);
		(void)syscall(SYS_epoll_ctl, e, 1, fds[0], p);
		(void)syscall(SYS_epoll_ctl, e, 3, fds[0], p);
		(void)syscall(SYS_epoll_ctl, e, 2, fds[0], p);
		(void)syscall(SYS_rt_sigaction, SIGUSR2, p, p, 8);
		(void)syscall(SYS_rt_sigaction, SIGUSR2, NULL, p, 8);
		(void)syscall(SYS_sigaltstack, p, p);
		(void)syscall(SYS_rt_sigtimedwait, p, p, &zero, 8);
		(void)syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer);
		(void)syscall(SYS_timer_settime, timer, 0, p, p);
		(void)syscall(SYS_timer_delete, timer);
		(void)syscall(SYS_fcntl, fds[0], F_SETLK, p);
		(void)syscall(SYS_prlimit64, 0, RLIMIT_CORE, p, p);
		(void)syscall(SYS_sched_setattr, 0, p, 0);
		(void)syscall(SYS_capset, p, p);
		(void)syscall(SYS_getgroups, 8, p);
		(void)syscall(SYS_utimensat, fds[0], NULL, p, 0);
		(void)syscall(SYS_io_submit, p, 1, p);
		(void)syscall(SYS_openat2, -100, "/tmp", p, 24);
		(void)syscall(SYS_mincore, 0x20000000, 8192, p);
	}
}

static void race_clone(void)
{
	RACE_BEGIN(11, 0, 0x100, 17, 0x10f00, 0x3d0f00, 4096, ~0ull, 0x20000000, 0x1000000000, 1,
		   0x80000000);
	RACE_LOOP
	{
		long pid = syscall(SYS_clone3, shared->words, 88);

		if (pid == 0)
			_exit(0);
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
	}
}

static void race_exec(void)
{
	area_make();
	RACE_BEGIN(64, 0, GOOD, EDGE, BAD, (uint64_t)(uintptr_t) "a", (uint64_t)(uintptr_t) "bb=c",
		   ~0ull);
	memset(area, 'x', 4096);
	RACE_LOOP
	{
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			/* The threads that rewrite are the parent's: the memory is shared. */
			(void)syscall(SYS_execve, "/bin/true", shared->words, shared->words + 32);
			_exit(0);
		}
		waitpid(pid, &status, 0);
	}
}

/* The program file changes while it is executed. */
static void *rewrite_file(void *arg)
{
	int fd = *(int *)arg;

	for (;;) {
		uint64_t word = random_next() << 20 ^ random_next();

		(void)!pwrite(fd, &word, 8, (off_t)(random_next() % 1024));
		if (random_next() % 16 == 0)
			(void)!ftruncate(fd, (off_t)(random_next() % 8192));
	}
	return NULL;
}

static void race_program(void)
{
	char from[4096];
	static int fd;
	ssize_t n;
	int in = open("/bin/busybox", O_RDONLY);

	fd = (int)syscall(SYS_memfd_create, "program", 0);
	n = read(in, from, sizeof(from));
	in_thread(rewrite_file, &fd);
	RACE_LOOP
	{
		pid_t pid;
		int status;

		(void)!pwrite(fd, from, (size_t)n, 0);
		pid = fork();
		if (pid == 0) {
			char *const argv[] = { "x", NULL };

			alarm(1);
			(void)syscall(SYS_execveat, fd, "", argv, argv + 1, 0x1000);
			_exit(0);
		}
		waitpid(pid, &status, 0);
	}
}

/* Memory comes and goes under the calls of others. */
static void *remap(void *arg)
{
	(void)arg;
	for (;;) {
		(void)mmap((void *)0x30000000, 16384, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		(void)mprotect((void *)0x30001000, 4096, PROT_READ);
		(void)munmap((void *)0x30002000, 8192);
		(void)madvise((void *)0x30000000, 4096, MADV_DONTNEED);
		(void)mmap((void *)0x30000000, 16384, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		(void)mremap((void *)0x30000000, 8192, 8192, 3, (void *)0x30010000);
	}
	return NULL;
}

static void race_mappings(void)
{
	int p[2], zero = open("/dev/zero", O_RDWR),
		  file = open("/tmp/race", O_RDWR | O_CREAT, 0600);

	if (pipe2(p, O_NONBLOCK) < 0)
		return;
	in_thread(remap, NULL);
	in_thread(remap, NULL);
	RACE_LOOP
	{
		void *at = (void *)0x30000800;

		(void)!read(zero, at, 12288);
		(void)!write(p[1], at, 12288);
		(void)!read(p[0], at, 12288);
		(void)!pwrite(file, at, 12288, 0);
		(void)!pread(file, at, 12288, 0);
		(void)syscall(SYS_futex, 0x30000000, FUTEX_WAKE, 1, 0, 0, 0);
		(void)syscall(SYS_futex, 0x30000000, FUTEX_WAKE_OP, 1, 1, 0x30001000, 0);
		(void)syscall(SYS_futex, 0x30000000, FUTEX_TRYLOCK_PI, 0, 0, 0, 0);
		(void)syscall(SYS_futex, 0x30000000, FUTEX_CMP_REQUEUE, 1, 1, 0x30001000, 0);
		(void)syscall(SYS_set_robust_list, at, 24);
	}
}

static void *open_close(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = open("/tmp/race2", O_RDWR | O_CREAT, 0600);

		(void)dup2(fd, 50 + (int)(random_next() % 10));
		(void)close(50 + (int)(random_next() % 10));
		close(fd);
	}
	return NULL;
}

/* Descriptors close and turn into others under the calls that use them. */
static void race_descriptors(void)
{
	in_thread(open_close, NULL);
	in_thread(open_close, NULL);
	RACE_LOOP
	{
		int fd = 50 + (int)(random_next() % 10), p[2], s[2];

		(void)!write(fd, buffer, 4096);
		(void)!read(fd, buffer, 4096);
		if (pipe2(p, O_NONBLOCK) == 0) {
			(void)dup2(p[0], fd);
			(void)dup2(p[1], 50);
			close(p[0]);
			close(p[1]);
		}
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) == 0) {
			(void)dup2(s[0], fd);
			(void)!send(fd, buffer, 100, 0);
			close(s[0]);
			close(s[1]);
		}
		(void)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		(void)syscall(SYS_sendfile, 50, fd, NULL, 4096);
		(void)syscall(SYS_fcntl, fd, F_SETLK, buffer);
	}
}

static void handler(int signo)
{
	(void)signo;
}

static void *scribble_stack(void *arg)
{
	volatile uint64_t *stack = arg;

	for (;;)
		stack[random_next() % (32768 / 8)] = random_next() << 31;
	return NULL;
}

static void race_frames_once(uint64_t seed)
{
	static char stack[32768];
	const stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	random_seed(seed);
	sigaction(SIGUSR1, &sa, NULL);
	sigaltstack(&ss, NULL);
	in_thread(scribble_stack, stack);
	for (;;)
		raise(SIGUSR1);
}

/* The signal frame is rewritten while it is made and while it is taken back. */
static void race_frames(void)
{
	for (uint64_t seed = 1; seed < 15; seed++)
		in_child(race_frames_once, seed, 100);
}

static void *exec_thread(void *arg)
{
	char *const argv[] = { "true", NULL };

	(void)arg;
	usleep((unsigned int)(random_next() % 3000));
	execv("/bin/true", argv);
	return NULL;
}

static void exit_race_once(uint64_t seed)
{
	random_seed(seed);
	for (int i = 0; i < 6; i++)
		in_thread(i % 2 ? exec_thread : open_close, NULL);
	usleep((unsigned int)(random_next() % 3000));
	if (seed % 3 == 0)
		raise(SIGKILL);
	if (seed % 3 == 1)
		_exit(0);
	(void)syscall(SYS_exit, 0);
}

/* Exec, exit and kill at the same time. */
static void race_ends(void)
{
	for (uint64_t seed = 1; seed < 60; seed++)
		in_child(exit_race_once, seed, 200);
}

const struct attack race_attacks[] = {
	{ "race-path", race_path, 0 },
	{ "race-vectors", race_vectors, 0 },
	{ "race-messages", race_messages, 0 },
	{ "race-structures", race_structures, 0 },
	{ "race-clone", race_clone, 0 },
	{ "race-exec", race_exec, 0 },
	{ "race-program", race_program, 0 },
	{ "race-mappings", race_mappings, 0 },
	{ "race-descriptors", race_descriptors, 0 },
	{ "race-frames", race_frames, 0 },
	{ "race-ends", race_ends, 0 },
	{ 0, 0, 0 },
};
