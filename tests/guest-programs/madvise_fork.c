// SPDX-License-Identifier: GPL-2.0-or-later
/* MADV_DONTFORK, MADV_WIPEONFORK and back; which mappings they refuse. */
#include <sys/mman.h>

#include "guest_helpers.h"

static char *a, *b, *c;

static void child(void)
{
	unsigned char v;

	printf("plain %c, wiped %d\n", a[0], b[0]);
	result("not forked", mincore(c, 4096, &v));
	b[0] = 'x';
	if (fork() == 0) {
		printf("grandchild: wiped %d\n", b[0]);
		_exit(0);
	}
	wait(NULL);
}

static void second(void)
{
	printf("kept again: %c %c\n", b[0], c[0]);
}

int main(void)
{
	int fd;
	char *s, *f;

	a = mmap(NULL, 3 * 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b = a + 8192;
	c = b + 8192;
	a[0] = 'a';
	b[0] = 'b';
	c[0] = 'c';
	result("MADV_WIPEONFORK", madvise(b, 8192, MADV_WIPEONFORK));
	result("MADV_DONTFORK", madvise(c, 8192, MADV_DONTFORK));
	run_child("child", child);
	printf("parent keeps %c %c\n", b[0], c[0]);
	result("MADV_KEEPONFORK", madvise(b, 8192, MADV_KEEPONFORK));
	result("MADV_DOFORK", madvise(c, 8192, MADV_DOFORK));
	run_child("second", second);
	s = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	result("wipe a shared one", madvise(s, 4096, MADV_WIPEONFORK));
	make_file("f", "text");
	fd = open("f", O_RDWR);
	f = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	result("wipe a file", madvise(f, 4096, MADV_WIPEONFORK));
	result("keep a file", madvise(f, 4096, MADV_KEEPONFORK));
	return 0;
}
