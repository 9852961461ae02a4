// SPDX-License-Identifier: GPL-2.0-or-later
/* O_APPEND: every write goes to the end, pwrite too; two writers never overwrite each other; it can be switched on and off. */
#include <sys/uio.h>

#include "guest_helpers.h"

int main(void)
{
	struct iovec v[2] = { { "xy", 2 }, { "z", 1 } };
	int fd = open("f", O_RDWR | O_CREAT | O_APPEND, 0600), other = open("f", O_WRONLY);
	pid_t pid[4];
	struct stat st;
	char b[4096];
	int bad = 0;

	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "def", 3), 3);
	printf("position %ld\n", (long)lseek(fd, 0, SEEK_CUR));
	report("pwrite", pwrite(fd, "P", 1, 0));
	report("pwritev", pwritev(fd, v, 2, 1));
	show_file("file", "f");
	CHECK_EQ(write(other, "O", 1), 1);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	report("pwrite without", pwrite(fd, "Q", 1, 1));
	CHECK_EQ(fcntl(other, F_SETFL, O_APPEND), 0);
	report("write with", write(other, "R", 1));
	show_file("file", "f");
	for (int k = 0; k < 4; k++) {
		pid[k] = fork();
		if (pid[k] == 0) {
			int mine = open("g", O_WRONLY | O_CREAT | O_APPEND, 0600);

			memset(b, 'a' + k, 100);
			for (int i = 0; i < 50; i++)
				CHECK_EQ(write(mine, b, 100), 100);
			_exit(0);
		}
	}
	for (int k = 0; k < 4; k++)
		waitpid(pid[k], NULL, 0);
	fd = open("g", O_RDONLY);
	CHECK_EQ(fstat(fd, &st), 0);
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(read(fd, b, 100), 100);
		for (int j = 1; j < 100; j++)
			bad += b[j] != b[0];
	}
	printf("size %ld torn %d\n", (long)st.st_size, bad);
	return 0;
}
