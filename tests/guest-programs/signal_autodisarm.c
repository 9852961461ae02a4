// SPDX-License-Identifier: GPL-2.0-or-later
/* SS_AUTODISARM: is the alternate stack off while a handler runs on it, may it be changed there, and is it back afterwards? */
#include <sys/mman.h>

#include "guest_helpers.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char stack1[65536], stack2[65536];

static int on(const void *p, const char *stack)
{
	return (const char *)p >= stack && (const char *)p < stack + 65536;
}

static void show(const char *label)
{
	stack_t ss;

	CHECK_EQ(sigaltstack(NULL, &ss), 0);
	printf("%s: %s flags %x size %zu\n", label,
	       ss.ss_sp == stack1   ? "stack1"
	       : ss.ss_sp == stack2 ? "stack2"
				    : "none",
	       (unsigned int)ss.ss_flags, ss.ss_size);
}

static void nested(int s)
{
	int here;

	printf("nested on stack1 %d stack2 %d\n", on(&here, stack1), on(&here, stack2));
}

static void handler(int s)
{
	stack_t ss = { .ss_sp = stack2, .ss_size = sizeof(stack2) };
	int here;

	printf("on stack1 %d\n", on(&here, stack1));
	show("in the handler");
	result("change it there", sigaltstack(&ss, NULL));
	show("changed");
	raise(SIGUSR2);
}

int main(void)
{
	stack_t ss = { .ss_sp = stack1, .ss_size = sizeof(stack1), .ss_flags = (int)SS_AUTODISARM };

	result("set", sigaltstack(&ss, NULL));
	show("before");
	catch_signal(SIGUSR1, handler, SA_ONSTACK);
	catch_signal(SIGUSR2, nested, SA_ONSTACK);
	raise(SIGUSR1);
	show("after");
	ss.ss_flags = SS_ONSTACK;
	result("SS_ONSTACK", sigaltstack(&ss, NULL));
	ss.ss_flags = 4;
	result("unknown flag", sigaltstack(&ss, NULL));
	ss.ss_flags = 0;
	ss.ss_size = 2047;
	result("too small", sigaltstack(&ss, NULL));
	ss.ss_flags = SS_DISABLE | (int)SS_AUTODISARM;
	result("disable", sigaltstack(&ss, NULL));
	show("disabled");
	return 0;
}
