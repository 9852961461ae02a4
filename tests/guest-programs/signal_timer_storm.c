// SPDX-License-Identifier: GPL-2.0-or-later
/* A timer signal every 200 us while registers, vector registers and system calls are in use: is any result ever wrong? */
#include <sys/time.h>

#include "guest_helpers.h"

static volatile int ticks;

static void tick(int s)
{
	volatile double d = 3.5;

	ticks++;
	d *= ticks;
}

int main(void)
{
	struct itimerval it = { { 0, 200 }, { 0, 200 } }, off = { { 0, 0 }, { 0, 0 } };
	unsigned long wrong = 0;
	char in[64], out[64];
	double sum;
	int p[2];

	CHECK_EQ(pipe(p), 0);
	memset(out, 'x', sizeof(out));
	catch_signal(SIGALRM, tick, SA_RESTART);
	CHECK_EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	while (ticks < 300) {
		pid_t self = getpid();

		sum = 0;
		for (int i = 0; i < 1000; i++)
			sum += i * 0.5;
		wrong += sum != 249750.0;
		memset(in, 0, sizeof(in));
		wrong += write(p[1], out, sizeof(out)) != sizeof(out);
		wrong += read(p[0], in, sizeof(in)) != sizeof(in);
		wrong += memcmp(in, out, sizeof(in)) != 0;
		wrong += getpid() != self || getppid() == self;
	}
	CHECK_EQ(setitimer(ITIMER_REAL, &off, NULL), 0);
	printf("wrong: %lu\n", wrong);
	return 0;
}
