// SPDX-License-Identifier: GPL-2.0-or-later
/* Without SS_AUTODISARM: the stack in use may not be changed, a second signal goes on using it, fork inherits it and a thread does not. */
#include <pthread.h>

#include "guest_helpers.h"

static char stack[65536];

static int on_it(void)
{
	volatile char here = 0;

	return (char *)&here >= stack && (char *)&here < stack + sizeof(stack);
}

static void nested(int s)
{
	printf("nested on it: %d\n", on_it());
}

static void handler(int s)
{
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) }, off = { .ss_flags = SS_DISABLE },
		old;

	printf("on it: %d\n", on_it());
	sigaltstack(NULL, &old);
	printf("flags %d\n", old.ss_flags);
	result("set it there", sigaltstack(&ss, NULL));
	result("disable it there", sigaltstack(&off, NULL));
	raise(SIGUSR2);
}

static void without(int s)
{
	printf("no SA_ONSTACK, on it: %d\n", on_it());
}

static void *thread(void *arg)
{
	stack_t old;

	sigaltstack(NULL, &old);
	printf("thread: %s\n", old.ss_flags & SS_DISABLE ? "disabled" : "inherited");
	return NULL;
}

static void child(void)
{
	stack_t old;

	sigaltstack(NULL, &old);
	printf("child: %s\n", old.ss_sp == stack && !old.ss_flags ? "inherited" : "lost");
	raise(SIGUSR1);
}

int main(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	pthread_t t;

	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	catch_signal(SIGUSR1, handler, SA_ONSTACK);
	catch_signal(SIGUSR2, nested, SA_ONSTACK);
	catch_signal(SIGTERM, without, 0);
	raise(SIGUSR1);
	raise(SIGTERM);
	run_child("child", child);
	CHECK_EQ(pthread_create(&t, NULL, thread, NULL), 0);
	pthread_join(t, NULL);
	return 0;
}
