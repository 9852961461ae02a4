// SPDX-License-Identifier: GPL-2.0-or-later
/* truncate: shrinking and growing, what stays zero, a shared map beyond the new end, open modes, limits. */
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static sigjmp_buf env;

static void on_bus(int s)
{
	siglongjmp(env, 1);
}

static void limited(void)
{
	struct rlimit l = { 1000, 1000 };
	int fd = open("f", O_RDWR);

	setrlimit(RLIMIT_FSIZE, &l);
	signal(SIGXFSZ, SIG_IGN);
	report("over the limit", ftruncate(fd, 2000));
	report("write up to it", pwrite(fd, "0123456789", 10, 995));
	report("write at it", pwrite(fd, "x", 1, 1000));
	signal(SIGXFSZ, SIG_DFL);
	pwrite(fd, "x", 1, 1000);
}

int main(void)
{
	char *m, b[8];
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	CHECK_EQ(write(fd, "0123456789", 10), 10);
	result("shrink", ftruncate(fd, 5));
	result("grow", ftruncate(fd, 8));
	CHECK_EQ(pread(fd, b, 8, 0), 8);
	printf("%.5s %d %d %d\n", b, b[5], b[6], b[7]);
	result("two pages", truncate("f", 8192));
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(m != MAP_FAILED);
	m[5000] = 'z';
	m[100] = 'y';
	result("one page", ftruncate(fd, 50));
	printf("behind the end in the page: %d\n", m[100]);
	catch_signal(SIGBUS, on_bus, 0);
	if (sigsetjmp(env, 1) == 0)
		printf("second page reads %d\n", m[5000]);
	else
		printf("second page: SIGBUS\n");
	result("grow again", ftruncate(fd, 8192));
	printf("after: %d %d\n", m[5000], m[100]);
	m[100] = 'w';
	result("down", ftruncate(fd, 10));
	m[100] = 'w';
	result("up", ftruncate(fd, 200));
	CHECK_EQ(pread(fd, b, 1, 100), 1);
	printf("written behind the end: %d\n", b[0]);
	result("negative", ftruncate(fd, -1));
	result("read-only", ftruncate(open("f", O_RDONLY), 1));
	result("directory", truncate(".", 1));
	result("missing", truncate("nothing", 1));
	run_child("limited", limited);
	return 0;
}
