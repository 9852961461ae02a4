// SPDX-License-Identifier: GPL-2.0-or-later
/* A file mapped shared and private: who sees whose writes; what lies behind the end; SIGBUS beyond the last page. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "guest_test.h"

static sigjmp_buf env;
static volatile int code;

static void on_bus(int s, siginfo_t *i, void *u)
{
	code = i->si_code;
	siglongjmp(env, s);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600), s;
	char buf[16] = "";
	char *sh, *pr;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "hello", 5), 5);
	sh = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pr = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(sh != MAP_FAILED && pr != MAP_FAILED);
	printf("%.5s %.5s, behind the end %d\n", sh, pr, sh[5]);
	pr[0] = 'J';
	sh[1] = 'E';
	CHECK_EQ(pread(fd, buf, 5, 0), 5);
	printf("file %.5s, shared %.5s, private starts %c\n", buf, sh, pr[0]);
	CHECK_EQ(pwrite(fd, "HE", 2, 3), 2);
	printf("after pwrite shared %.5s\n", sh);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	s = sigsetjmp(env, 1);
	if (s == 0) {
		printf("%d\n", sh[4096]);
		printf("no signal\n");
	} else {
		printf("beyond the last page: signal %d code %d\n", s, code);
	}
	CHECK_EQ(ftruncate(fd, 8192), 0);
	sh[4096] = 'x';
	CHECK_EQ(pread(fd, buf, 1, 4096), 1);
	printf("after growing: %c\n", buf[0]);
	CHECK_EQ(msync(sh, 8192, MS_SYNC), 0);
	CHECK_EQ(ftruncate(fd, 0), 0);
	s = sigsetjmp(env, 1);
	if (s == 0) {
		printf("%d\n", sh[0]);
		printf("no signal\n");
	} else {
		printf("after truncation: signal %d code %d\n", s, code);
	}
	return 0;
}
