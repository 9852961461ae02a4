// SPDX-License-Identifier: GPL-2.0-or-later
/* madvise: DONTNEED gives zeros back, DONTFORK and WIPEONFORK act in the child, unknown advice is refused. */
#include <sys/mman.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;

	CHECK(p != MAP_FAILED);
	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(p, 3, 4 * 4096);
	CHECK_EQ(madvise(p, 4096, MADV_DONTNEED), 0);
	printf("dontneed %d %d\n", p[0], p[4096]);
	CHECK_EQ(madvise(p + 4096, 4096, MADV_WIPEONFORK), 0);
	CHECK_EQ(madvise(p + 2 * 4096, 4096, MADV_DONTFORK), 0);
	if (fork() == 0) {
		printf("child: wiped %d, kept %d, ", p[4096], p[3 * 4096]);
		printf("left out %d\n", mprotect(p + 2 * 4096, 4096, PROT_READ));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	printf("parent: %d %d %d\n", p[4096], p[2 * 4096], status);
	report("unknown advice", madvise(p, 4096, 999));
	report("off a page", madvise(p + 1, 4096, MADV_DONTNEED));
	munmap(p + 4096, 4096);
	report("over a hole", madvise(p, 4 * 4096, MADV_DONTNEED));
	return 0;
}
