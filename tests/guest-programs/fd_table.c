// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors: lowest free, dup2, dup3, F_DUPFD, close-on-exec, EMFILE, close_range, shared positions. */
#include <linux/close_range.h>
#include <sys/resource.h>

#include "guest_helpers.h"

int main(void)
{
	struct rlimit l = { 20, 20 };
	char c;
	int n = 0;

	make_file("f", "0123456789");
	close_range(3, ~0u, 0);
	report("first", open("f", O_RDONLY));
	report("second", open("f", O_RDONLY));
	report("dup", dup(3));
	close(4);
	report("lowest", dup(3));
	report("dup2 to itself", dup2(3, 3));
	report("dup3 to itself", dup3(3, 3, 0));
	report("dup2 over", dup2(3, 5));
	report("dup2 of a closed one", dup2(50, 5));
	report("dup2 to itself, closed", dup2(50, 50));
	report("dup2 negative", dup2(3, -1));
	report("dup3 flags", dup3(3, 6, 5));
	report("F_DUPFD", fcntl(3, F_DUPFD, 10));
	report("F_DUPFD_CLOEXEC", fcntl(3, F_DUPFD_CLOEXEC, 10));
	report("its flag", fcntl(11, F_GETFD));
	report("F_DUPFD negative", fcntl(3, F_DUPFD, -1));
	CHECK_EQ(read(3, &c, 1), 1);
	CHECK_EQ(read(10, &c, 1), 1);
	printf("shared position: %c\n", c);
	report("own position", lseek(4, 0, SEEK_CUR));
	setrlimit(RLIMIT_NOFILE, &l);
	while (dup(3) >= 0)
		n++;
	printf("%d more, then %s\n", n, strerrorname_np(errno));
	report("dup2 over the limit", dup2(3, 20));
	report("F_DUPFD over the limit", fcntl(3, F_DUPFD, 20));
	report("pipe", pipe((int[2]){ 0 }));
	close(19);
	report("pipe, one free", pipe((int[2]){ 0 }));
	report("which is still free", dup(3));
	report("close_range", close_range(5, 18, 0));
	report("closed", fcntl(10, F_GETFD));
	report("kept", fcntl(19, F_GETFD));
	report("CLOEXEC", close_range(3, 4, CLOSE_RANGE_CLOEXEC));
	report("its flag", fcntl(4, F_GETFD));
	report("backwards", close_range(5, 3, 0));
	report("close twice", (close(4), close(4)));
	report("bad fcntl", fcntl(3, 9999));
	return 0;
}
