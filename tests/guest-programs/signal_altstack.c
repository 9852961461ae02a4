// SPDX-License-Identifier: GPL-2.0-or-later
/* sigaltstack: is the handler on it, what can be changed while it is in use, SS_AUTODISARM, and what survives fork and exec? */
#include <ucontext.h>

#include "guest_helpers.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char stack[65536];

static void on_signal(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;
	stack_t now, other = { .ss_sp = stack, .ss_size = sizeof(stack) / 2 };
	char here;

	sigaltstack(NULL, &now);
	printf("on it %d, flags %x, context flags %x, change: ",
	       &here >= stack && &here < stack + sizeof(stack), (unsigned)now.ss_flags,
	       (unsigned)uc->uc_stack.ss_flags);
	report("", sigaltstack(&other, NULL));
}

static void child(void)
{
	stack_t now;

	sigaltstack(NULL, &now);
	printf("after fork: flags %d, same %d\n", now.ss_flags, now.ss_sp == stack);
}

int main(int argc, char **argv)
{
	stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;

	sigaltstack(NULL, &old);
	if (argc > 1) {
		printf("after exec: flags %d size %zu\n", old.ss_flags, old.ss_size);
		return 0;
	}
	printf("at first: flags %d size %zu\n", old.ss_flags, old.ss_size);
	CHECK_EQ(sigaltstack(&s, NULL), 0);
	catch_info(SIGUSR1, on_signal, SA_ONSTACK);
	catch_info(SIGUSR2, on_signal, 0);
	raise(SIGUSR1);
	raise(SIGUSR2);
	s.ss_flags = (int)SS_AUTODISARM;
	CHECK_EQ(sigaltstack(&s, NULL), 0);
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	printf("after autodisarm: flags %x size %zu\n", (unsigned)old.ss_flags, old.ss_size);
	s.ss_flags = 0;
	s.ss_size = 100;
	report("too small", sigaltstack(&s, NULL));
	s.ss_flags = 77;
	report("bad flags", sigaltstack(&s, NULL));
	s = (stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) };
	sigaltstack(&s, NULL);
	run_child("child", child);
	execl("/proc/self/exe", argv[0], "x", NULL);
	return 1;
}
