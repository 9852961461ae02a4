// SPDX-License-Identifier: GPL-2.0-or-later
/* process_vm_readv and process_vm_writev: several pieces, what stops in the middle, rights and refusals. */
#include <sys/mman.h>
#include <sys/uio.h>

#include "guest_helpers.h"

static char *remote;

static void waits(void)
{
	for (;;)
		pause();
}

static void ordinary(void)
{
	char b[4];
	struct iovec l = { b, 4 }, r = { remote, 4 };

	become(1000, 1000);
	report("another user", process_vm_readv(getppid(), &l, 1, &r, 1, 0));
}

int main(void)
{
	char a[16] = "", b[16] = "";
	struct iovec l[2] = { { a, 3 }, { b, 5 } }, r[2];
	pid_t pid;

	remote = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(remote, "abcdefgh");
	strcpy(remote + 4096, "ijklmnop");
	CHECK_EQ(munmap(remote + 2 * 4096, 4096), 0);
	pid = spawn(waits);
	strcpy(remote, "parent's");
	r[0] = (struct iovec){ remote, 4 };
	r[1] = (struct iovec){ remote + 4096, 4 };
	report("read", process_vm_readv(pid, l, 2, r, 2, 0));
	printf("%s %s\n", a, b);
	a[0] = 'X';
	a[1] = 'Y';
	a[2] = 'Z';
	report("write", process_vm_writev(pid, l, 1, r, 1, 0));
	report("read back", process_vm_readv(pid, l + 1, 1, r, 1, 0));
	printf("%s here %s\n", b, remote);
	r[1].iov_base = remote + 2 * 4096;
	report("second piece unmapped", process_vm_readv(pid, l, 2, r, 2, 0));
	r[0].iov_base = remote + 2 * 4096 - 2;
	report("into the hole", process_vm_readv(pid, l, 1, r, 1, 0));
	r[0].iov_base = (void *)16;
	report("unmapped", process_vm_readv(pid, l, 1, r, 1, 0));
	r[0].iov_base = remote;
	l[0].iov_base = (void *)16;
	report("local unmapped", process_vm_readv(pid, l, 1, r, 1, 0));
	l[0].iov_base = a;
	report("nobody", process_vm_readv(1 << 29, l, 1, r, 1, 0));
	report("flags", process_vm_readv(pid, l, 1, r, 1, 1));
	report("no local", process_vm_readv(pid, l, 0, r, 1, 0));
	report("no remote", process_vm_readv(pid, l, 1, r, 0, 0));
	report("too many", process_vm_readv(pid, l, 1025, r, 1, 0));
	report("bad local list", process_vm_readv(pid, (void *)16, 1, r, 1, 0));
	report("bad remote list", process_vm_readv(pid, l, 1, (void *)16, 1, 0));
	report("itself", process_vm_readv(getpid(), l, 1, r, 1, 0));
	run_child("ordinary", ordinary);
	kill(pid, SIGKILL);
	reap("target", pid);
	return 0;
}
