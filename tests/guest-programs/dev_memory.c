// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory devices: null, zero, full, random. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	char b[64];
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR), random = open("/dev/urandom", O_RDONLY);
	char *m;
	int sum = 0;

	CHECK(null >= 0 && zero >= 0 && full >= 0 && random >= 0);
	report("read null", read(null, b, sizeof(b)));
	report("write null", write(null, b, sizeof(b)));
	report("seek null", lseek(null, 100, SEEK_SET));
	memset(b, 1, sizeof(b));
	report("read zero", read(zero, b, sizeof(b)));
	for (unsigned int i = 0; i < sizeof(b); i++)
		sum += b[i];
	printf("sum %d\n", sum);
	report("write zero", write(zero, b, sizeof(b)));
	report("read full", read(full, b, sizeof(b)));
	report("write full", write(full, b, 1));
	report("read urandom", read(random, b, sizeof(b)));
	report("bad pointer", read(zero, (void *)8, 100));
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
	CHECK(m != MAP_FAILED);
	m[5000] = 7;
	if (fork() == 0) {
		m[5000]++;
		_exit(0);
	}
	wait(NULL);
	printf("shared map of zero: %d\n", m[5000]);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	printf("private map of zero: %d\n", m != MAP_FAILED && m[9] == 0);
	return 0;
}
