// SPDX-License-Identifier: GPL-2.0-or-later
/* Ten thousand names: all are there once, telldir and seekdir come back, unlinking while reading misses none. */
#include <dirent.h>

#include "guest_helpers.h"

#define N 10000

static unsigned char seen[N];

int main(void)
{
	int twice = 0, all = 0, left = 0, other = 0;
	char name[32], at_half[300] = "";
	long half = 0;
	struct dirent *e;
	DIR *d;

	mkdir("d", 0755);
	chdir("d");
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		CHECK((i & 1 ? mknod(name, S_IFREG | 0644, 0) : symlink("x", name)) == 0);
	}
	d = opendir(".");
	for (int n = 0; (e = readdir(d)); n++) {
		int i;

		if (sscanf(e->d_name, "file%d", &i) == 1) {
			twice += seen[i]++;
			all++;
			CHECK_EQ(e->d_type, i & 1 ? DT_REG : DT_LNK);
		} else {
			other++;
		}
		if (n == N / 2)
			half = telldir(d);
		if (n == N / 2 + 1)
			strcpy(at_half, e->d_name);
	}
	printf("all %d twice %d other %d\n", all, twice, other);
	seekdir(d, half);
	e = readdir(d);
	printf("seekdir: %s\n", e && strcmp(e->d_name, at_half) == 0 ? "same" : "different");
	rewinddir(d);
	while ((e = readdir(d)))
		if (e->d_name[0] == 'f')
			CHECK_EQ(unlink(e->d_name), 0);
	rewinddir(d);
	while ((e = readdir(d)))
		left += e->d_name[0] == 'f';
	printf("left %d\n", left);
	closedir(d);
	result("rmdir", rmdir("../d"));
	return 0;
}
