// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/cmdline and environ are read from the process' memory: what it writes there shows, also longer titles; comm can be written. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static void show(const char *label, const char *name)
{
	char b[256];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, b, sizeof(b));

	printf("%s: %zd ", label, n);
	for (ssize_t i = 0; i < n; i++)
		putchar(b[i] ? b[i] : '|');
	printf("\n");
	close(fd);
}

int main(int argc, char **argv)
{
	char *args[] = { "prog", "first", "second", NULL }, *env[] = { "A=1", "B=22", NULL };
	int fd;

	if (argc < 3) {
		execve("/proc/self/exe", args, env);
		return 1;
	}
	show("cmdline", "/proc/self/cmdline");
	show("environ", "/proc/self/environ");
	argv[1][0] = 'F';
	show("changed", "/proc/self/cmdline");
	memcpy(argv[0], "a title that is longer", 23);
	show("longer", "/proc/self/cmdline");
	fd = open("/proc/self/comm", O_RDWR);
	report("write comm", write(fd, "a name that is too long", 23));
	close(fd);
	show("comm", "/proc/self/comm");
	CHECK_EQ(prctl(PR_SET_NAME, "short"), 0);
	show("comm", "/proc/thread-self/comm");
	return 0;
}
