// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What run-memory-test runs inside a small guest: memory_hog fill MIB | fork N MIB | limit as|data | map MIB | shared MIB | slow MIB | shares N MIB | files | areas N | processes. Prints one line at its
 * end; "full" means that the call failed as it should.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024ul * 1024)

static int fill(size_t mib, int flags, useconds_t pause)
{
	char *p = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED) {
		printf("full: %s\n", strerror(errno));
		return 0;
	}
	for (size_t i = 0; i < mib * MIB; i += 4096) {
		p[i] = 1;
		if (pause && i % MIB == 0)
			usleep(pause);
	}
	printf("filled %zu MiB\n", mib);
	return 0;
}

/* n children that each fill as much; says how many were killed. */
static int forks(int n, size_t mib)
{
	int killed = 0, status;

	fflush(stdout);
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(1);
			(void)fill(mib, MAP_PRIVATE | MAP_NORESERVE, 0);
			sleep(1);
			_exit(0);
		}
	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	printf("killed %s\n", killed > 0 && killed < n ? "some" : killed ? "all" : "none");
	return 0;
}

/* A parent's pages that children only share are no use of memory of their own. */
static int shares(int n, size_t mib)
{
	char *p = malloc(mib * MIB);
	int ok = 0, status;

	memset(p, 1, mib * MIB);
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			usleep(300000);
			_exit(p[MIB] == 1 ? 0 : 1);
		}
	while (wait(&status) > 0)
		ok += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("%s\n", ok == n ? "all shared" : "some died");
	return 0;
}

/* As an ordinary user: descriptors until there are none. */
static int files(void)
{
	int status, full = 0;

	if (setuid(1000) < 0)
		return 2;
	for (int i = 0; i < 40; i++)
		if (fork() == 0) {
			while (eventfd(0, 0) >= 0)
				;
			status = errno;
			usleep(500000);
			_exit(status == ENFILE);
		}
	while (wait(&status) > 0)
		full |= WIFEXITED(status) && WEXITSTATUS(status) == 1;
	printf("%s\n", full ? "table full" : "no end");
	return 0;
}

/* What the kernel keeps of many small areas is memory, too. */
static int areas(int n)
{
	int status, killed = 0;

	fflush(stdout);
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			for (size_t k = 0; k < 30000; k++)
				(void)mmap(NULL, 4096, k & 1 ? PROT_READ : PROT_NONE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			sleep(6);
			_exit(0);
		}
	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	printf("%s\n", killed ? "killed some" : "no end");
	return 0;
}

static int processes(void)
{
	int n = 0, status;

	if (setuid(1000) < 0)
		return 2;
	while (n < 5000) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			pause();
			_exit(0);
		}
		n++;
	}
	printf("%s\n", n < 5000 && errno == EAGAIN ? "no more processes" : "no end");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	kill(-1, SIGTERM);
	while (wait(&status) > 0)
		;
	return 0;
}

static int limit(int which)
{
	struct rlimit l = { 16 * MIB, 16 * MIB };

	setrlimit(which, &l);
	return fill(32, MAP_PRIVATE, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(what, "fill") == 0)
		return fill(n, MAP_PRIVATE | MAP_NORESERVE, 0);
	if (strcmp(what, "slow") == 0)
		return fill(n, MAP_PRIVATE | MAP_NORESERVE, 2000);
	if (strcmp(what, "map") == 0)
		return fill(n, MAP_PRIVATE, 0);
	if (strcmp(what, "shared") == 0)
		return fill(n, MAP_SHARED | MAP_NORESERVE, 0);
	if (strcmp(what, "files") == 0)
		return files();
	if (strcmp(what, "areas") == 0)
		return areas((int)n);
	if (strcmp(what, "processes") == 0)
		return processes();
	if (strcmp(what, "fork") == 0 && argc > 3)
		return forks((int)n, strtoul(argv[3], NULL, 10));
	if (strcmp(what, "shares") == 0 && argc > 3)
		return shares((int)n, strtoul(argv[3], NULL, 10));
	if (strcmp(what, "limit") == 0 && argc > 2)
		return limit(strcmp(argv[2], "as") == 0 ? RLIMIT_AS : RLIMIT_DATA);
	return 2;
}
