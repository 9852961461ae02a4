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

/* Only the soft limit, since the output may be a file that is longer. */
static void limit(rlim_t soft)
{
	struct rlimit l = { soft, RLIM_INFINITY };

	CHECK_EQ(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void limited(void)
{
	int fd = open("f", O_RDWR), r[3], e[3];

	signal(SIGXFSZ, SIG_IGN);
	limit(1000);
	r[0] = ftruncate(fd, 2000);
	e[0] = errno;
	r[1] = (int)pwrite(fd, "0123456789", 10, 995);
	e[1] = errno;
	r[2] = (int)pwrite(fd, "x", 1, 1000);
	e[2] = errno;
	limit(RLIM_INFINITY);
	for (int i = 0; i < 3; i++) {
		errno = e[i];
		report(i == 0 ? "over the limit" : i == 1 ? "write up to it" : "write at it", r[i]);
	}
	signal(SIGXFSZ, SIG_DFL);
	limit(1000);
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
