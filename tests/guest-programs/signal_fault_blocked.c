// SPDX-License-Identifier: GPL-2.0-or-later
/* A fault whose signal is blocked or ignored kills all the same; a handler that returns faults again. */
#include "guest_helpers.h"

static volatile int count;

static void on_segv(int s)
{
	if (++count == 3)
		_exit(33);
}

static void fault(void)
{
	*(volatile int *)16 = 1;
}

static void blocked(void)
{
	catch_signal(SIGSEGV, on_segv, 0);
	block_signal(SIG_BLOCK, SIGSEGV);
	fault();
}

static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	fault();
}

static void again(void)
{
	catch_signal(SIGSEGV, on_segv, 0);
	fault();
}

static void in_handler(int s)
{
	fault();
}

static void twice(void)
{
	catch_signal(SIGSEGV, in_handler, 0);
	fault();
}

static void sent(void)
{
	signal(SIGSEGV, SIG_IGN);
	raise(SIGSEGV);
	printf("an ignored one that was sent is ignored\n");
}

int main(void)
{
	run_child("blocked", blocked);
	run_child("ignored", ignored);
	run_child("returns", again);
	run_child("faults in its handler", twice);
	run_child("sent", sent);
	return 0;
}
