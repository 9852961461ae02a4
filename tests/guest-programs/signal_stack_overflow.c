// SPDX-License-Identifier: GPL-2.0-or-later
/* Endless recursion: SIGSEGV on the alternate stack; without one the process dies. */
#include <sys/resource.h>

#include "guest_helpers.h"

static char stack[65536];

static void on_segv(int s, siginfo_t *i, void *u)
{
	char here;

	printf("on the alternate stack %d, code %d\n",
	       &here > stack && &here < stack + sizeof(stack), i->si_code);
	_exit(4);
}

static volatile int sink;

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline)) int recurse(int n)
{
	volatile char big[4000];

	big[0] = (char)n;
	sink = recurse(n + 1) + big[0];
	return sink;
}

static void with(void)
{
	stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&s, NULL);
	catch_info(SIGSEGV, on_segv, SA_ONSTACK);
	recurse(0);
}

static void without(void)
{
	catch_info(SIGSEGV, on_segv, 0);
	recurse(0);
}

int main(void)
{
	run_child("with", with);
	run_child("without", without);
	return 0;
}
