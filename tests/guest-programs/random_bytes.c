// SPDX-License-Identifier: GPL-2.0-or-later
/* getrandom and the random devices give bytes that differ; flags; small and large requests. */
#include <sys/random.h>

#include "guest_helpers.h"

int main(void)
{
	static unsigned char a[100000], b[100000];
	int counts[256] = { 0 }, low = 0, fd;

	report("all", getrandom(a, sizeof(a), 0));
	report("again", getrandom(b, sizeof(b), GRND_NONBLOCK));
	printf("differ %d\n", memcmp(a, b, sizeof(a)) != 0);
	for (size_t i = 0; i < sizeof(a); i++)
		counts[a[i]]++;
	for (int i = 0; i < 256; i++)
		low += counts[i] < 200;
	printf("every value often: %d\n", low == 0);
	report("nothing", getrandom(a, 0, 0));
	report("bad flags", getrandom(a, 8, 0x80));
	report("both", getrandom(a, 8, GRND_RANDOM | GRND_INSECURE));
	fd = open("/dev/urandom", O_RDWR);
	report("urandom", read(fd, a, 1000));
	report("write", write(fd, a, 100));
	return 0;
}
