// SPDX-License-Identifier: GPL-2.0-or-later
/* siglongjmp out of a SIGSEGV handler, a hundred times: the mask and the stack are as before. */
#include <setjmp.h>

#include "guest_helpers.h"

static sigjmp_buf env;

static void on_segv(int s)
{
	siglongjmp(env, 1);
}

int main(void)
{
	volatile int faults = 0;
	static char *lowest;
	sigset_t m;
	char here;

	catch_signal(SIGSEGV, on_segv, 0);
	for (volatile int i = 0; i < 100; i++) {
		if (sigsetjmp(env, 1) == 0)
			*(volatile int *)16 = 1;
		else
			faults++;
		if (!lowest)
			lowest = &here;
		CHECK(lowest == &here);
	}
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("faults %d, blocked %d\n", faults, sigismember(&m, SIGSEGV));
	if (sigsetjmp(env, 0) == 0)
		*(volatile int *)16 = 1;
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("without the mask: blocked %d\n", sigismember(&m, SIGSEGV));
	return 0;
}
