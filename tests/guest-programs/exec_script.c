// SPDX-License-Identifier: GPL-2.0-or-later
/* A script's interpreter gets its one argument, the script's path and the rest; argv[0] is lost. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(int argc, char **argv)
{
	char self[4096], text[4200];
	ssize_t n;
	int fd, status;

	if (argc > 1 && strcmp(argv[1], "one argument") == 0) {
		for (int i = 1; i < argc; i++)
			printf("[%s]", argv[i]);
		printf("\n");
		return 3;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(n > 0);
	self[n] = 0;
	fd = open("script", O_WRONLY | O_CREAT, 0755);
	snprintf(text, sizeof(text), "#!  %s   one argument  \necho\n", self);
	CHECK_EQ(write(fd, text, strlen(text)), (long)strlen(text));
	close(fd);
	if (fork() == 0) {
		execl("./script", "lost", "x", "y z", NULL);
		_exit(99);
	}
	wait(&status);
	printf("status %d\n", WEXITSTATUS(status));
	return 0;
}
