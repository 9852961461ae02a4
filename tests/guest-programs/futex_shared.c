// SPDX-License-Identifier: GPL-2.0-or-later
/* A futex in shared memory between processes, by two addresses, in a file map, and in private memory after fork. */
#include <linux/futex.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static int *one, *two;

static void waiter(void)
{
	_exit(syscall(SYS_futex, one, FUTEX_WAIT, 0, NULL, NULL, 0) < 0 ? errno : 0);
}

static void round_(const char *label, int wakes)
{
	pid_t pid = spawn(waiter);

	wait_asleep(pid, pid);
	printf("%s: ", label);
	report("wake", syscall(SYS_futex, two, FUTEX_WAKE, 1, NULL, NULL, 0));
	if (!wakes)
		kill(pid, SIGKILL);
	reap(label, pid);
}

int main(void)
{
	int fd;

	one = two = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	round_("anonymous", 1);
	fd = open("f", O_RDWR | O_CREAT, 0644);
	ftruncate(fd, 4096);
	one = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	two = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	round_("file, two addresses", 1);
	one = two = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*one = 0;
	round_("private memory of two processes", 0);
	return 0;
}
