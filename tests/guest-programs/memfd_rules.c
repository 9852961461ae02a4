// SPDX-License-Identifier: GPL-2.0-or-later
/* memfd: names, flags, sealing against each kind of change, exec from one, reopening through /proc. */
#include <sys/mman.h>

#include "guest_helpers.h"

static char *const argv_true[] = { "true", NULL }, *const no_env[] = { NULL };

static void seals(const char *label, int fd, int seal)
{
	char b[16] = "";
	char *p;

	result(label, fcntl(fd, F_ADD_SEALS, seal));
	result("  write", pwrite(fd, "x", 1, 0));
	result("  grow", ftruncate(fd, 8192));
	result("  shrink", ftruncate(fd, 4096));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	result("  map shared for writing", p == MAP_FAILED ? -1 : 0);
	if (p != MAP_FAILED)
		munmap(p, 4096);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	result("  map private for writing", p == MAP_FAILED ? -1 : 0);
	result("  read", pread(fd, b, 1, 0));
}

int main(int argc, char **argv)
{
	char name[300], *p;
	int fd, self;

	if (argc && strcmp(argv[0], "true") == 0)
		return 0;
	memset(name, 'n', sizeof(name));
	name[249] = 0;
	result("name of 249", memfd_create(name, 0));
	name[249] = 'n';
	name[250] = 0;
	result("name of 250", memfd_create(name, 0));
	result("unknown flag", memfd_create("m", 0x100));
	fd = memfd_create("m", 0);
	printf("seals %x\n", fcntl(fd, F_GET_SEALS));
	result("add to an unsealable one", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	seals("shrink", memfd_create("m", MFD_ALLOW_SEALING), F_SEAL_SHRINK);
	seals("grow", memfd_create("m", MFD_ALLOW_SEALING), F_SEAL_GROW);
	seals("write", memfd_create("m", MFD_ALLOW_SEALING), F_SEAL_WRITE);
	seals("future write", memfd_create("m", MFD_ALLOW_SEALING), 0x10);
	seals("unknown", memfd_create("m", MFD_ALLOW_SEALING), 0x1000);
	fd = memfd_create("m", MFD_ALLOW_SEALING);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	result("write seal while mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(p, 4096);
	result("write seal afterwards", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	result("seal", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	result("after it", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	printf("seals %x\n", fcntl(fd, F_GET_SEALS));
	fd = memfd_create("prog", MFD_CLOEXEC);
	self = open("/proc/self/exe", O_RDONLY);
	for (ssize_t n; (n = read(self, name, sizeof(name))) > 0;)
		CHECK_EQ(write(fd, name, (size_t)n), n);
	pid_t pid = fork();

	if (pid == 0) {
		fexecve(fd, argv_true, no_env);
		_exit(errno == ETXTBSY ? 26 : 99);
	}
	reap("exec while open for writing", pid);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	self = open(name, O_RDONLY | O_CLOEXEC);
	CHECK(self >= 0);
	close(fd);
	pid = fork();
	if (pid == 0) {
		fexecve(self, argv_true, no_env);
		_exit(98);
	}
	reap("exec", pid);
	return 0;
}
