// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gb - the compiled half of guest-bench.
 *
 *   gb micro [NAME...]     micro-benchmarks (all, or those whose names match)
 *   gb fs DIR              file system benchmarks below DIR
 *   gb accept PORT         accept and close TCP connections for ever
 *   gb connect HOST PORT   connections per second to such a server
 *   gb pss PID...          memory of processes: the sum of their PSS, in kB
 *   gb halt                sync and power the machine off
 *
 * Every result is one line, "BENCH <name> <value> <unit>"; a test that could
 * not run prints "BENCH-FAIL <name> <why>".  Built statically, so that the
 * same file runs in every guest and on the host.
 *
 * Environment: GB_MS    time for one micro-benchmark, ms (default 500)
 *              GB_MB    size of the big file of the fs tests, MB (default 256)
 *              GB_FS    parts of the fs tests: names,crowd,contents,fsync (default all)
 *              GB_TMP   directory for scratch files (default /var/tmp)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gb.h"

#define PAGE  4096UL
#define CHUNK 1024L /* pages per mapping in the fault tests */

static double budget = 500e6; /* ns per micro-benchmark */
static const char *tmpdir = "/var/tmp";
static const char *exit0 = "/usr/local/lib/guest-bench/exit0";

static pid_t spawn(void)
{
	pid_t p = fork();

	CHECK(p);
	if (!p)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return p;
}

static void reap(pid_t p)
{
	int st;

	CHECK(waitpid(p, &st, 0));
}

static void one_cpu(void)
{
	cpu_set_t s;

	CPU_ZERO(&s);
	CPU_SET(0, &s);
	sched_setaffinity(0, sizeof s, &s); /* a guest may lack it */
}

/*
 * A test does n operations and returns the nanoseconds they took, so that it
 * can keep its preparation out of the time.
 */
#define TIMED(body)                \
	do {                       \
		double t_ = now(); \
		while (n--) {      \
			body;      \
		}                  \
		return now() - t_; \
	} while (0)

static double t_cpu_spin(long n)
{
	double t = now();
	unsigned long x = 1;

	for (long i = 0; i < n * 1000; i++) {
		x = x * 6364136223846793005UL + 1442695040888963407UL;
		__asm__ volatile("" : "+r"(x));
	}
	return now() - t;
}

static void *spin_other(void *n)
{
	(void)t_cpu_spin(*(long *)n);
	return n;
}

/* Two threads at once; the time of one unit of work of both together: half of cpu_spin where there are two processors. */
static double t_cpu_spin_2(long n)
{
	double t = now();
	pthread_t th;

	if (pthread_create(&th, NULL, spin_other, &n))
		fail("pthread_create");
	(void)t_cpu_spin(n);
	pthread_join(th, NULL);
	return (now() - t) / 2;
}

static double t_mem_copy(long n)
{
	static char *a, *b;

	if (!a) {
		a = malloc(1 << 20), b = malloc(1 << 20);
		memset(a, 1, 1 << 20), memset(b, 2, 1 << 20);
	}
	TIMED(memcpy(a, b, 1 << 20); __asm__ volatile("" ::: "memory"));
}

static double t_null(long n)
{
	TIMED(syscall(SYS_getppid));
}
static double t_getpid(long n)
{
	TIMED(getpid());
}

static double t_clock(long n)
{
	struct timespec ts;

	TIMED(clock_gettime(CLOCK_MONOTONIC, &ts));
}

static double t_read(long n)
{
	int fd = open("/dev/zero", O_RDONLY);
	char c;
	double t;

	CHECK(fd);
	CHECK(read(fd, &c, 1));
	t = now();
	while (n--)
		if (read(fd, &c, 1) != 1)
			fail("read");
	t = now() - t;
	close(fd);
	return t;
}

static double t_write(long n)
{
	int fd = open("/dev/null", O_WRONLY);
	double t;

	CHECK(fd);
	t = now();
	while (n--)
		if (write(fd, "x", 1) != 1)
			fail("write");
	t = now() - t;
	close(fd);
	return t;
}

static double t_open(long n)
{
	TIMED(int fd = open("/etc/passwd", O_RDONLY); CHECK(fd); close(fd));
}

static double t_stat(long n)
{
	struct stat st;

	TIMED(CHECK(stat("/etc/passwd", &st)));
}

/* Ping-pong over two descriptor pairs: one operation is one round trip. */
static double pingpong(long n, int a_rd, int a_wr, int b_rd, int b_wr, int cpu1)
{
	char c = 0;
	double t;
	pid_t p;

	if (cpu1)
		one_cpu();
	p = spawn();
	if (!p) {
		if (a_rd != b_rd)
			close(a_rd);
		close(a_wr);
		while (read(b_rd, &c, 1) == 1)
			if (write(b_wr, &c, 1) != 1)
				break;
		_exit(0);
	}
	close(b_rd);
	if (b_wr != b_rd)
		close(b_wr);
	t = now();
	while (n--) {
		if (write(a_wr, &c, 1) != 1 || read(a_rd, &c, 1) != 1)
			fail("ping-pong");
	}
	t = now() - t;
	close(a_wr);
	if (a_rd != a_wr)
		close(a_rd);
	reap(p);
	return t;
}

static double pipe_pp(long n, int cpu1)
{
	int x[2], y[2];

	CHECK(pipe(x));
	CHECK(pipe(y));
	return pingpong(n, y[0], x[1], x[0], y[1], cpu1);
}

static double t_pipe(long n)
{
	return pipe_pp(n, 0);
}
static double t_pipe1(long n)
{
	return pipe_pp(n, 1);
}

static double unix_pp(long n, int cpu1)
{
	int s[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	return pingpong(n, s[0], s[0], s[1], s[1], cpu1);
}

static double t_unix(long n)
{
	return unix_pp(n, 0);
}
static double t_unix1(long n)
{
	return unix_pp(n, 1);
}

static double t_tcp(long n)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int l = socket(AF_INET, SOCK_STREAM, 0), c, s, one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(l);
	CHECK(bind(l, (void *)&a, sizeof a));
	CHECK(listen(l, 1));
	CHECK(getsockname(l, (void *)&a, &len));
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(c, (void *)&a, sizeof a));
	s = accept(l, NULL, NULL);
	CHECK(s);
	close(l);
	setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return pingpong(n, c, c, s, s, 0);
}

/* A token goes round 8 processes on one CPU: one operation is one hop. */
static double t_ctx(long n)
{
	enum { R = 8 };
	int p[R][2];
	pid_t kid[R];
	double t;
	char c = 0;

	one_cpu();
	for (int i = 0; i < R; i++)
		CHECK(pipe(p[i]));
	for (int i = 1; i < R; i++) {
		kid[i] = spawn();
		if (!kid[i]) {
			for (int j = 0; j < R; j++) {
				if (j != i)
					close(p[j][0]);
				if (j != (i + 1) % R)
					close(p[j][1]);
			}
			while (read(p[i][0], &c, 1) == 1)
				if (write(p[(i + 1) % R][1], &c, 1) != 1)
					break;
			_exit(0);
		}
	}
	for (int i = 0; i < R; i++) {
		if (i != 0)
			close(p[i][0]);
		if (i != 1)
			close(p[i][1]);
	}
	t = now();
	for (long i = 0; i < n; i += R)
		if (write(p[1][1], &c, 1) != 1 || read(p[0][0], &c, 1) != 1)
			fail("ring");
	t = now() - t;
	long hops = (n + R - 1) / R * R;
	t *= (double)n / (double)hops;
	close(p[1][1]);
	close(p[0][0]);
	for (int i = 1; i < R; i++)
		reap(kid[i]);
	return t;
}

static double t_fork(long n)
{
	TIMED(pid_t p = fork(); CHECK(p); if (!p) _exit(0); reap(p));
}

static double run_prog(long n, const char *prog, const char *a1, const char *a2)
{
	double t = now();
	int st;

	while (n--) {
		pid_t p = fork();

		CHECK(p);
		if (!p) {
			execl(prog, prog, a1, a2, (char *)NULL);
			_exit(127);
		}
		CHECK(waitpid(p, &st, 0));
		if (st)
			fail(prog);
	}
	return now() - t;
}

static double t_exec_static(long n)
{
	return run_prog(n, exit0, NULL, NULL);
}
static double t_exec_dyn(long n)
{
	return run_prog(n, "/bin/true", NULL, NULL);
}
static double t_exec_sh(long n)
{
	return run_prog(n, "/bin/sh", "-c", "/bin/true; :");
}

static void *th_nop(void *a)
{
	return a;
}

static double t_thread(long n)
{
	TIMED(pthread_t th; if (pthread_create(&th, NULL, th_nop, NULL)) fail("pthread_create");
	      pthread_join(th, NULL));
}

static struct {
	pthread_mutex_t m;
	pthread_cond_t c;
	int turn;
	long n;
} sw = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static void cond_side(int me, long n)
{
	pthread_mutex_lock(&sw.m);
	while (n--) {
		while (sw.turn != me)
			pthread_cond_wait(&sw.c, &sw.m);
		sw.turn = !me;
		pthread_cond_signal(&sw.c);
	}
	pthread_mutex_unlock(&sw.m);
}

static void *cond_other(void *a)
{
	cond_side(1, sw.n);
	return a;
}

static double t_cond(long n)
{
	pthread_t th;
	double t;

	sw.turn = 0, sw.n = n;
	if (pthread_create(&th, NULL, cond_other, NULL))
		fail("pthread_create");
	t = now();
	cond_side(0, n);
	pthread_join(th, NULL);
	return now() - t;
}

static _Atomic int fut[2];

static void futex_side(int me, long n)
{
	while (n--) {
		while (fut[me] == 0)
			syscall(SYS_futex, &fut[me], FUTEX_WAIT_PRIVATE, 0, NULL);
		fut[me] = 0;
		fut[!me] = 1;
		syscall(SYS_futex, &fut[!me], FUTEX_WAKE_PRIVATE, 1);
	}
}

static void *futex_other(void *a)
{
	futex_side(1, sw.n);
	return a;
}

static double t_futex(long n)
{
	pthread_t th;
	double t;

	fut[0] = 1;
	fut[1] = 0;
	sw.n = n;
	if (pthread_create(&th, NULL, futex_other, NULL))
		fail("pthread_create");
	t = now();
	futex_side(0, n);
	pthread_join(th, NULL);
	return now() - t;
}

/* n page touches, CHUNK pages to a mapping; only the touching is timed. */
static double touch(long n, int fd, int prot, int flags)
{
	double t = 0;

	while (n > 0) {
		long k = n < CHUNK ? n : CHUNK;
		volatile char *p = mmap(NULL, CHUNK * PAGE, prot, flags, fd, 0);
		double t0;

		if (p == MAP_FAILED)
			fail("mmap");
		madvise((void *)p, CHUNK * PAGE, MADV_NOHUGEPAGE);
		t0 = now();
		for (long i = 0; i < k; i++) {
			if (prot & PROT_WRITE)
				p[i * PAGE] = 1;
			else
				(void)p[i * PAGE];
		}
		t += now() - t0;
		munmap((void *)p, CHUNK * PAGE);
		n -= k;
	}
	return t;
}

static double t_fault_anon(long n)
{
	return touch(n, -1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
}

static int chunk_file(void)
{
	static int fd = -1;
	char path[256], *b;

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "%s/gb-chunk.%d", tmpdir, getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd);
	unlink(path);
	b = malloc(CHUNK * PAGE);
	memset(b, 7, CHUNK * PAGE);
	if (write(fd, b, CHUNK * PAGE) != (long)(CHUNK * PAGE))
		fail("write");
	free(b);
	return fd;
}

static double t_fault_file(long n)
{
	return touch(n, chunk_file(), PROT_READ, MAP_SHARED);
}

static double t_fault_cow(long n)
{
	return touch(n, chunk_file(), PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

/* Pages written in a child after fork(): copy on write. */
static double t_fault_fork(long n)
{
	double *t = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), r;
	volatile char *p = mmap(NULL, CHUNK * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED || p == MAP_FAILED)
		fail("mmap");
	madvise((void *)p, CHUNK * PAGE, MADV_NOHUGEPAGE);
	for (long i = 0; i < CHUNK; i++)
		p[i * PAGE] = 1;
	*t = 0;
	while (n > 0) {
		long k = n < CHUNK ? n : CHUNK;
		pid_t kid = spawn();

		if (!kid) {
			double t0 = now();

			for (long i = 0; i < k; i++)
				p[i * PAGE] = 2;
			*t += now() - t0;
			_exit(0);
		}
		reap(kid);
		n -= k;
	}
	r = *t;
	munmap(t, PAGE);
	munmap((void *)p, CHUNK * PAGE);
	return r;
}

static double t_mmap(long n)
{
	TIMED(void *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	      if (p == MAP_FAILED) fail("mmap"); munmap(p, 16 * PAGE));
}

static double t_mmap_touch(long n)
{
	TIMED(volatile char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	      if (p == MAP_FAILED) fail("mmap"); p[0] = 1; munmap((void *)p, 16 * PAGE));
}

static char *prot_page;

static double t_mprotect(long n)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[0] = 1;
	TIMED(CHECK(mprotect(p, PAGE, PROT_READ));
	      CHECK(mprotect(p, PAGE, PROT_READ | PROT_WRITE)));
}

static volatile long hits;

static void on_usr1(int s)
{
	(void)s;
	hits++;
}

static void on_segv(int s)
{
	(void)s;
	mprotect(prot_page, PAGE, PROT_READ | PROT_WRITE);
}

static double t_sigaction(long n)
{
	struct sigaction sa = { .sa_handler = on_usr1 };

	TIMED(CHECK(sigaction(SIGUSR2, &sa, NULL)));
}

static double t_signal(long n)
{
	struct sigaction sa = { .sa_handler = on_usr1 };
	pid_t me = getpid();

	CHECK(sigaction(SIGUSR1, &sa, NULL));
	TIMED(CHECK(kill(me, SIGUSR1)));
}

static double t_segv(long n)
{
	struct sigaction sa = { .sa_handler = on_segv };

	prot_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	prot_page[0] = 1;
	CHECK(sigaction(SIGSEGV, &sa, NULL));
	TIMED(CHECK(mprotect(prot_page, PAGE, PROT_READ)); *(volatile char *)prot_page = 2);
}

static double t_poll(long n)
{
	enum { N = 64 };
	struct pollfd f[N];
	int p[2];

	for (int i = 0; i < N; i++) {
		CHECK(pipe(p));
		f[i].fd = p[0], f[i].events = POLLIN;
	}
	double t = now();
	while (n--)
		CHECK(poll(f, N, 0));
	t = now() - t;
	for (int i = 0; i < N; i++)
		close(f[i].fd);
	for (int i = 3; i < 1024; i++)
		close(i);
	return t;
}

static double t_epoll(long n)
{
	int p[2], e = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN };

	CHECK(e);
	CHECK(pipe(p));
	CHECK(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev));
	if (write(p[1], "x", 1) != 1)
		fail("write");
	double t = now();
	while (n--)
		if (epoll_wait(e, &ev, 1, 0) != 1)
			fail("epoll_wait");
	t = now() - t;
	close(e), close(p[0]), close(p[1]);
	return t;
}

static double t_sleep(long n)
{
	struct timespec ts = { 0, 1000000 };

	TIMED(nanosleep(&ts, NULL));
}

static const struct test {
	const char *name;
	double (*fn)(long n);
	double scale; /* ns per op * scale = value; < 0: scale / ns */
	const char *unit;
} tests[] = {
	{ "cpu_spin_1000", t_cpu_spin, 1, "ns" },
	{ "cpu_spin_2_threads", t_cpu_spin_2, 1, "ns" },
	{ "mem_copy", t_mem_copy, -1e9, "MB/s" },
	{ "null_syscall", t_null, 1, "ns" },
	{ "getpid", t_getpid, 1, "ns" },
	{ "read_1B_zero", t_read, 1, "ns" },
	{ "write_1B_null", t_write, 1, "ns" },
	{ "open_close", t_open, 1, "ns" },
	{ "stat", t_stat, 1, "ns" },
	{ "clock_gettime", t_clock, 1, "ns" },
	{ "poll_64", t_poll, 1, "ns" },
	{ "epoll_ready", t_epoll, 1, "ns" },
	{ "sigaction", t_sigaction, 1, "ns" },
	{ "signal", t_signal, 1, "ns" },
	{ "segv_mprotect", t_segv, 1, "ns" },
	{ "pipe_pingpong", t_pipe, 1e-3, "us" },
	{ "pipe_pingpong_1cpu", t_pipe1, 1e-3, "us" },
	{ "unix_pingpong", t_unix, 1e-3, "us" },
	{ "unix_pingpong_1cpu", t_unix1, 1e-3, "us" },
	{ "tcp_pingpong", t_tcp, 1e-3, "us" },
	{ "ctx_switch_ring8", t_ctx, 1e-3, "us" },
	{ "mutex_cond_pingpong", t_cond, 1e-3, "us" },
	{ "futex_pingpong", t_futex, 1e-3, "us" },
	{ "thread_create_join", t_thread, 1e-3, "us" },
	{ "fork_exit_wait", t_fork, 1e-3, "us" },
	{ "fork_exec_static", t_exec_static, 1e-3, "us" },
	{ "fork_exec_dynamic", t_exec_dyn, 1e-3, "us" },
	{ "fork_sh_c", t_exec_sh, 1e-3, "us" },
	{ "fault_anon", t_fault_anon, 1, "ns" },
	{ "fault_file_read", t_fault_file, 1, "ns" },
	{ "fault_file_cow", t_fault_cow, 1, "ns" },
	{ "fault_fork_cow", t_fault_fork, 1, "ns" },
	{ "mmap_munmap", t_mmap, 1, "ns" },
	{ "mmap_touch_munmap", t_mmap_touch, 1, "ns" },
	{ "mprotect_pair", t_mprotect, 1, "ns" },
	{ "nanosleep_1ms", t_sleep, 1e-3, "us" },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * Double the batch until it lasts a twentieth of the budget, then repeat
 * until the budget is spent; the result is the median batch.
 */
static void measure(const struct test *t)
{
	double s[64], start = now(), d, ns;
	long n = 1;
	int k = 0;

	for (;;) {
		d = t->fn(n);
		if (d >= budget / 20 || now() - start > budget)
			break;
		n *= d < budget / 200 ? 4 : 2;
	}
	s[k++] = d / n;
	while (k < 64 && now() - start < budget)
		s[k++] = t->fn(n) / n;
	qsort(s, k, sizeof *s, by_value);
	ns = s[k / 2];
	printf("BENCH micro.%s %.1f %s\n", t->name, t->scale < 0 ? -t->scale / ns : ns * t->scale,
	       t->unit);
	fflush(stdout);
}

static int micro(int argc, char **argv)
{
	for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
		int want = argc == 0, st;
		pid_t p;

		for (int j = 0; j < argc; j++)
			want |= strstr(tests[i].name, argv[j]) != NULL;
		if (!want)
			continue;
		/* in its own group, so that a stuck test can be cleared */
		p = fork();
		if (p < 0) {
			printf("BENCH-FAIL micro.%s fork\n", tests[i].name);
			continue;
		}
		if (!p) {
			setpgid(0, 0);
			alarm(20 + (unsigned)(budget * 4 / 1e9));
			measure(&tests[i]);
			_exit(0);
		}
		waitpid(p, &st, 0);
		kill(-p, SIGKILL);
		if (st)
			printf("BENCH-FAIL micro.%s status 0x%x\n", tests[i].name, st);
		fflush(stdout);
	}
	return 0;
}

/* ---- network ---------------------------------------------------------- */

static _Noreturn void net_accept(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	CHECK(l);
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	CHECK(bind(l, (void *)&a, sizeof a));
	CHECK(listen(l, 128));
	for (;;) {
		int s = accept(l, NULL, NULL);

		if (s >= 0)
			close(s);
	}
}

static int net_connect(const char *host, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	double t = now();
	long n = 0;
	char c;

	inet_pton(AF_INET, host, &a.sin_addr);
	while (now() - t < 2e9) {
		int s = socket(AF_INET, SOCK_STREAM, 0);

		CHECK(connect(s, (void *)&a, sizeof a));
		CHECK(read(s, &c, 1)); /* until the peer closes */
		close(s);
		n++;
	}
	printf("BENCH net.tcp_connect %.1f op/s\n", n / (now() - t) * 1e9);
	return 0;
}

/* ---- memory ----------------------------------------------------------- */

/* Processes that share one memory map, as UML's helpers do, count once. */
static int pss(int n, char **pid)
{
	long sum = 0, kb;

	for (int i = 0; i < n; i++) {
		char path[64], line[256];
		int seen = 0;
		FILE *f;

		for (int j = 0; j < i && !seen; j++)
			seen = syscall(SYS_kcmp, atoi(pid[i]), atoi(pid[j]), KCMP_VM, 0, 0) == 0;
		snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid[i]);
		f = seen ? NULL : fopen(path, "r");
		if (!f)
			continue;
		while (fgets(line, sizeof line, f))
			if (sscanf(line, "Pss: %ld", &kb) == 1)
				sum += kb;
		fclose(f);
	}
	printf("%ld\n", sum);
	return 0;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";

	if (getenv("GB_MS"))
		budget = atof(getenv("GB_MS")) * 1e6;
	if (getenv("GB_TMP"))
		tmpdir = getenv("GB_TMP");
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(cmd, "micro"))
		return micro(argc - 2, argv + 2);
	if (!strcmp(cmd, "fs") && argc == 3)
		return file_bench(argv[2]);
	if (!strcmp(cmd, "accept") && argc == 3)
		net_accept(atoi(argv[2]));
	if (!strcmp(cmd, "connect") && argc == 4)
		return net_connect(argv[2], atoi(argv[3]));
	if (!strcmp(cmd, "pss"))
		return pss(argc - 2, argv + 2);
	if (!strcmp(cmd, "halt")) {
		sync();
		return reboot(RB_POWER_OFF) < 0;
	}
	fprintf(stderr, "usage: gb micro|fs DIR|accept PORT|connect HOST PORT|pss PID...|halt\n");
	return 2;
}
