// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMIN and VTIME in their four combinations: how much does a read return, and does it wait? One that has to wait does so for 0.3 s at least; one
 * that may not has 20 s, so that a busy machine is no difference.
 */
#include <time.h>

#include "tty_test.h"

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void try(struct pair *p, int min, int time, const char *input, size_t len)
{
	struct termios t;
	char label[64];
	long start, ms;

	tcgetattr(p->slave, &t);
	cfmakeraw(&t);
	t.c_cc[VMIN] = (cc_t)min;
	t.c_cc[VTIME] = (cc_t)time;
	tcsetattr(p->slave, TCSAFLUSH, &t);
	type(p->master, input);
	settle();
	snprintf(label, sizeof(label), "min %d time %d input %zu", min, time, strlen(input));
	start = now_ms();
	show_read(label, p->slave, len);
	ms = now_ms() - start;
	printf("  waited %s\n", time == 0	 ? "not"
				: ms < time * 90 ? "less than the time"
						 : "the time");
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	try(&p, 0, 0, "", 10);
	try(&p, 0, 0, "abc", 10);
	try(&p, 3, 0, "abcd", 10);
	try(&p, 5, 0, "abcd", 3);
	try(&p, 0, 3, "", 10);
	try(&p, 0, 200, "ab", 10);
	try(&p, 5, 3, "ab", 10);
	try(&p, 2, 200, "abcd", 10);
	return 0;
}
