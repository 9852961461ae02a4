// SPDX-License-Identifier: GPL-2.0-or-later
/* Vector registers (SSE, AVX, AVX-512 as far as the processor has them) survive system calls, signals and switches between threads and processes. */
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>

#include "guest_helpers.h"

static int have_avx, have_avx512;
static volatile int signals;

static __attribute__((target("avx"))) void spoil_avx(void)
{
	__asm__ volatile("vpxor %%xmm0, %%xmm0, %%xmm0; vpxor %%xmm7, %%xmm7, %%xmm7; vzeroall" ::
				 : "memory");
}

static void handler(int s)
{
	if (have_avx)
		spoil_avx();
	signals++;
}

/* Fill ymm0..15, do something in the kernel, store them again. */
static __attribute__((target("avx"), noinline)) int avx_round(unsigned char v, long nr, long a,
							      long b)
{
	unsigned char in[32] __attribute__((aligned(32))), out[3][32] __attribute__((aligned(32)));
	int bad = 0;

	memset(in, v, 32);
	__asm__ volatile(
		"vmovdqa (%[in]), %%ymm0; vmovdqa (%[in]), %%ymm6; vmovdqa (%[in]), %%ymm15\n"
		"mov %[nr], %%rax; mov %[a], %%rdi; mov %[b], %%rsi; syscall\n"
		"vmovdqa %%ymm0, (%[out]); vmovdqa %%ymm6, 32(%[out]); vmovdqa %%ymm15, 64(%[out])"
		:
		: [in] "r"(in), [out] "r"(out), [nr] "r"(nr), [a] "r"(a), [b] "r"(b)
		: "rax", "rdi", "rsi", "rcx", "r11", "memory", "xmm0", "xmm6", "xmm15");
	for (int i = 0; i < 3; i++)
		bad += memcmp(in, out[i], 32) != 0;
	return bad;
}

static __attribute__((target("avx512f"), noinline)) int avx512_round(unsigned char v, long nr,
								     long a, long b)
{
	unsigned char in[64] __attribute__((aligned(64))), out[2][64] __attribute__((aligned(64)));
	unsigned long k = v * 0x0101ul, k_out = 0;
	int bad;

	memset(in, v, 64);
	__asm__ volatile(
		"vmovdqa64 (%[in]), %%zmm3; vmovdqa64 (%[in]), %%zmm31; kmovw %k[k], %%k5\n"
		"mov %[nr], %%rax; mov %[a], %%rdi; mov %[b], %%rsi; syscall\n"
		"vmovdqa64 %%zmm3, (%[out]); vmovdqa64 %%zmm31, 64(%[out]); kmovw %%k5, %k[k_out]"
		: [k_out] "=&r"(k_out)
		: [in] "r"(in), [out] "r"(out), [nr] "r"(nr), [a] "r"(a), [b] "r"(b), [k] "r"(k)
		: "rax", "rdi", "rsi", "rcx", "r11", "memory", "xmm3", "xmm31", "k5");
	bad = memcmp(in, out[0], 64) != 0 || memcmp(in, out[1], 64) != 0;
	return bad + ((k_out & 0xffff) != (k & 0xffff));
}

static int round_of(unsigned char v, long nr, long a, long b)
{
	int bad = 0;

	if (have_avx)
		bad += avx_round(v, nr, a, b);
	if (have_avx512)
		bad += avx512_round(v, nr, a, b);
	return bad;
}

static void *thread(void *arg)
{
	unsigned char v = (unsigned char)(long)arg;
	long bad = 0;

	for (int i = 0; i < 300; i++)
		bad += round_of((unsigned char)(v + i), SYS_sched_yield, 0, 0);
	return (void *)bad;
}

static void process(void)
{
	_exit(thread((void *)77l) ? 1 : 0);
}

int main(void)
{
	unsigned int a, b, c = 0, d, xcr0 = 0, hi;
	pthread_t t[3];
	void *bad;
	long sum = 0;

	__get_cpuid(1, &a, &b, &c, &d);
	if (c & (1u << 27))
		__asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(hi) : "c"(0));
	have_avx = (c & (1u << 28)) && (xcr0 & 6) == 6;
	if (have_avx && __get_cpuid_count(7, 0, &a, &b, &c, &d))
		have_avx512 = (b & (1u << 16)) && (xcr0 & 0xe6) == 0xe6;
	catch_signal(SIGUSR1, handler, 0);
	printf("across getpid: %d\n", round_of(0x11, SYS_getpid, 0, 0));
	printf("across a signal: %d\n", round_of(0x22, SYS_kill, getpid(), SIGUSR1));
	printf("signals: %d\n", signals == have_avx + have_avx512);
	printf("across fork: %d\n", round_of(0x33, SYS_getppid, 0, 0));
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, thread, (void *)(i * 80));
	run_child("process", process);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &bad);
		sum += (long)bad;
	}
	printf("across switches: %ld\n", sum);
	return 0;
}
