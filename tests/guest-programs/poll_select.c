// SPDX-License-Identifier: GPL-2.0-or-later
/* select: sets in and out, the count, the highest number, EBADF, what is left of the time-out, pselect's mask. */
#include <sys/select.h>

#include "guest_helpers.h"

static void on_signal(int s)
{
	printf("handler\n");
}

int main(void)
{
	struct timeval tv = { 5, 0 };
	struct timespec ts = { 5, 0 };
	fd_set r, w, e;
	sigset_t none;
	int p[2];

	CHECK_EQ(pipe(p), 0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	FD_SET(p[0], &e);
	report("writable", select(p[1] + 1, &r, &w, &e, NULL));
	printf("r %d w %d e %d\n", FD_ISSET(p[0], &r), FD_ISSET(p[1], &w), FD_ISSET(p[0], &e));
	CHECK_EQ(write(p[1], "x", 1), 1);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	report("both", select(p[1] + 1, &r, &w, NULL, &tv));
	printf("time left %d\n", tv.tv_sec == 4 || tv.tv_sec == 5);
	FD_SET(p[0], &r);
	report("below the number", select(p[0], &r, NULL, NULL, &(struct timeval){ 0 }));
	/* Linux looks no further than the descriptor table has grown: grow it, whatever was inherited. */
	CHECK_EQ(dup2(p[0], 200), 200);
	close(200);
	FD_ZERO(&r);
	FD_SET(200, &r);
	report("closed", select(201, &r, NULL, NULL, &(struct timeval){ 0 }));
	printf("untouched %d\n", FD_ISSET(200, &r));
	report("negative", select(-1, NULL, NULL, NULL, &(struct timeval){ 0 }));
	report("bad time", select(0, NULL, NULL, NULL, &(struct timeval){ -1, 0 }));
	close(p[1]);
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	report("hang-up is readable", select(p[0] + 1, &r, NULL, NULL, NULL));
	catch_signal(SIGUSR1, on_signal, 0);
	block_signal(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	sigemptyset(&none);
	report("pselect", pselect(0, NULL, NULL, NULL, &ts, &none));
	return 0;
}
