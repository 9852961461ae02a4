// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest program for the engine's tests: one behaviour for each word on its command line. It prints what it saw. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int guest_hello(void)
{
	return puts("hello") < 0;
}

static int guest_fork(void)
{
	int value = 1, status, sum = 0;

	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			value += i;
			_exit(value);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return 2;
		sum += WEXITSTATUS(status);
	}
	printf("fork %d %d\n", sum, value);
	return 0;
}

static int guest_exec(char *self)
{
	int status;

	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();
		char *const argv[] = { self, (char[]){ "hello" }, NULL };

		if (pid == 0) {
			execv(self, argv);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 2;
	}
	return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;
static __thread unsigned long tls_counter;

static void *thread_main(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		(void)pthread_mutex_lock(&lock);
		counter++;
		tls_counter++;
		(void)pthread_mutex_unlock(&lock);
		if (i % 100 == 0)
			(void)syscall(SYS_gettid);
	}
	return (void *)tls_counter;
}

static int guest_threads(void)
{
	pthread_t t[8];
	void *ret;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 8; i++)
			if (pthread_create(&t[i], NULL, thread_main, NULL) != 0)
				return 2;
		for (int i = 0; i < 8; i++)
			if (pthread_join(t[i], &ret) != 0 || (unsigned long)ret != 2000)
				return 3;
	}
	printf("threads %lu\n", counter);
	return 0;
}

/* 20,000 traps with every vector register in use; a busy stretch in between gives interrupts their chance. */
__attribute__((target("avx2"))) static int guest_avx(void)
{
	typedef long long v4 __attribute__((vector_size(32)));
	v4 a = { 1, 2, 3, 4 }, b = { 5, 6, 7, 8 };
	long bad = 0;

	if (!__builtin_cpu_supports("avx2")) {
		puts("avx 0");
		return 0;
	}
	for (long i = 0; i < 20000; i++) {
		v4 x = a + i, y = b ^ i;
		long r;

		__asm__ volatile("vmovdqa %[x], %%ymm7\n\tvmovdqa %[y], %%ymm15\n\tsyscall\n\t"
				 "vmovdqa %%ymm7, %[x]\n\tvmovdqa %%ymm15, %[y]"
				 : "=a"(r), [x] "+m"(x), [y] "+m"(y)
				 : "a"(SYS_getpid)
				 : "rcx", "r11", "memory", "xmm7", "xmm15");
		for (int k = 0; k < 4; k++)
			bad += x[k] != a[k] + i || y[k] != (b[k] ^ i);
	}
	printf("avx %ld\n", bad);
	return bad != 0;
}

/* A dirty 64 MiB, then forks whose children see it and write to it. */
static int guest_big(void)
{
	size_t len = 64ul << 20;
	unsigned char *p = malloc(len);
	int status;

	if (!p)
		return 2;
	for (size_t i = 0; i < len; i += 4096)
		p[i] = (unsigned char)(i >> 12);
	for (int round = 0; round < 3; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (size_t i = 0; i < len; i += 4096)
				if (p[i]++ != (unsigned char)(i >> 12))
					_exit(3);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 4;
	}
	for (size_t i = 0; i < len; i += 4096)
		if (p[i] != (unsigned char)(i >> 12))
			return 5;
	puts("big");
	return 0;
}

/* Clocks come from the vDSO, without a trap, and run forward; seconds agree between the calls. */
static int guest_clock(void)
{
	struct timespec now, last = { 0 };
	struct timeval tv;
	time_t t;

	for (int i = 0; i < 10000; i++) {
		if (clock_gettime(CLOCK_MONOTONIC, &now) < 0 || now.tv_sec < last.tv_sec ||
		    (now.tv_sec == last.tv_sec && now.tv_nsec < last.tv_nsec))
			return 2;
		last = now;
		t = time(NULL);
		if (gettimeofday(&tv, NULL) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
		    tv.tv_sec < t || now.tv_sec < tv.tv_sec)
			return 3;
	}
	if (clock_getres(CLOCK_REALTIME, &now) < 0 || now.tv_sec != 0)
		return 4;
	puts("clock");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "hello") == 0)
		return guest_hello();
	if (strcmp(what, "fork") == 0)
		return guest_fork();
	if (strcmp(what, "exec") == 0)
		return guest_exec(argv[0]);
	if (strcmp(what, "threads") == 0)
		return guest_threads();
	if (strcmp(what, "avx") == 0)
		return guest_avx();
	if (strcmp(what, "big") == 0)
		return guest_big();
	if (strcmp(what, "clock") == 0)
		return guest_clock();
	return 99;
}
