// SPDX-License-Identifier: GPL-2.0-or-later
/* process_vm_readv and writev: many segments, short copies at bad places, errors. */
#include <sys/mman.h>
#include <sys/uio.h>

#include "guest_helpers.h"

static char *area;

static void forever(void)
{
	memcpy(area, "abcdefghij", 11);
	for (;;)
		pause();
}

static pid_t pid;

static void show(const char *label, ssize_t n)
{
	if (n < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %zd\n", label, n);
}

int main(void)
{
	char a[4] = "", b[16] = "";
	struct iovec to[2] = { { a, 3 }, { b, 15 } };
	struct iovec from[3];

	area = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(munmap(area + 2 * 4096, 4096), 0);
	CHECK_EQ(mprotect(area + 4096, 4096, PROT_READ), 0);
	pid = spawn(forever);
	wait_asleep(pid, pid);
	from[0] = (struct iovec){ area + 1, 2 };
	from[1] = (struct iovec){ area, 0 };
	from[2] = (struct iovec){ area + 5, 4 };
	show("read", process_vm_readv(pid, to, 2, from, 3, 0));
	printf("%s %s\n", a, b);
	show("write", process_vm_writev(pid, &(struct iovec){ "XYZ", 3 }, 1,
					&(struct iovec){ area + 1, 3 }, 1, 0));
	show("read", process_vm_readv(pid, to, 1, &(struct iovec){ area, 3 }, 1, 0));
	printf("%s, mine %d\n", a, area[1]);
	show("across the end", process_vm_readv(pid, &(struct iovec){ b, 8 }, 1,
						&(struct iovec){ area + 2 * 4096 - 4, 8 }, 1, 0));
	show("read-only", process_vm_writev(pid, &(struct iovec){ "XYZ", 3 }, 1,
					    &(struct iovec){ area + 4096, 3 }, 1, 0));
	show("second is bad",
	     process_vm_readv(pid, to, 2, (struct iovec[]){ { area, 2 }, { (void *)8, 4 } }, 2, 0));
	show("first is bad",
	     process_vm_readv(pid, to, 2, (struct iovec[]){ { (void *)8, 4 }, { area, 2 } }, 2, 0));
	show("flags", process_vm_readv(pid, to, 1, from, 1, 1));
	show("too many", process_vm_readv(pid, to, 1, from, 1025, 0));
	show("too many here", process_vm_readv(pid, to, 1025, from, 1, 0));
	show("nothing", process_vm_readv(pid, to, 0, from, 1, 0));
	show("nothing there", process_vm_readv(pid, to, 1, from, 0, 0));
	show("bad pointer", process_vm_readv(pid, (void *)8, 1, from, 1, 0));
	show("bad pointer there", process_vm_readv(pid, to, 1, (void *)8, 1, 0));
	show("nobody", process_vm_readv(1 << 29, to, 1, from, 1, 0));
	show("myself", process_vm_readv(getpid(), to, 1, &(struct iovec){ "me", 3 }, 1, 0));
	printf("%s\n", a);
	kill(pid, SIGKILL);
	reap("end", pid);
	return 0;
}
