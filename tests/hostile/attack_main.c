// SPDX-License-Identifier: GPL-2.0-or-later
/* attack NAME SECONDS: run one attack and end what it leaves behind; attack --list: their names. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

static uint64_t rng = 1;

void random_seed(uint64_t seed)
{
	rng = seed * 2 + 1;
}

uint64_t random_next(void)
{
	rng = rng * 6364136223846793005ull + 1442695040888963407ull;
	return rng >> 33;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void breach(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("BREACH ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(BREACH_STATUS);
}

void in_child(void (*fn)(uint64_t), uint64_t arg, unsigned int ms)
{
	uint64_t end = now_ms() + ms;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return;
		}
		usleep(2000);
	}
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == BREACH_STATUS)
		_exit(BREACH_STATUS);
}

void in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	(void)pthread_create(&t, NULL, fn, arg);
}

static const struct attack *find(const char *name)
{
	const struct attack *const tables[] = { stub_attacks, call_attacks, race_attacks,
						exhaust_attacks, net_attacks };

	for (unsigned int i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct attack *a = tables[i]; a->name; a++) {
			if (!name)
				puts(a->name);
			else if (strcmp(name, a->name) == 0)
				return a;
		}
	return NULL;
}

static int become(const struct attack *a)
{
	(void)setsid();
	if (a->flags && (setgid(65534) < 0 || setuid(65534) < 0))
		return 2;
	a->run();
	return 0;
}

/* Kill what the attack left behind: all has become ours, as the sub-reaper. */
static void kill_left(const struct attack *a)
{
	struct dirent *e;
	DIR *d;

	pid_t killer = a->flags ? fork() : -1;

	if (killer == 0) {
		if (setgid(65534) == 0 && setuid(65534) == 0)
			(void)kill(-1, SIGKILL);
		_exit(0);
	}
	if (killer > 0)
		(void)waitpid(killer, NULL, 0);
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		char path[64], line[512];
		int pid = atoi(e->d_name), ppid = 0;
		FILE *f;

		if (pid <= 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = fopen(path, "r");
		if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
			(void)sscanf(strrchr(line, ')') + 1, " %*c %d", &ppid);
		if (f)
			fclose(f);
		if (ppid == getpid())
			(void)kill(pid, SIGKILL);
	}
	if (d)
		closedir(d);
}

/* Run it for at most so many seconds, then end all that came of it. */
static int run_attack(const struct attack *a, int seconds)
{
	uint64_t end = now_ms() + (uint64_t)seconds * 1000, give_up = end + 60000;
	int status, result = 0;
	pid_t pid, got;

	/* As one would on any machine under attack: who cleans up goes first. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)setpriority(PRIO_PROCESS, 0, -20);
	pid = fork();
	if (pid == 0) {
		(void)setpriority(PRIO_PROCESS, 0, 0);
		_exit(become(a));
	}
	for (;;) {
		got = waitpid(-1, &status, WNOHANG | __WALL);
		if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == BREACH_STATUS)
			result = BREACH_STATUS;
		if (got > 0 && got == pid)
			end = 0;
		if (got < 0 && errno == ECHILD)
			return result;
		if (now_ms() > give_up) {
			printf("LEFT processes that cannot be killed\n");
			return 98;
		}
		if (got > 0)
			continue;
		if (now_ms() > end)
			kill_left(a);
		usleep(20000);
	}
}

int main(int argc, char **argv)
{
	const struct attack *a;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		(void)find(NULL);
		return 0;
	}
	a = argc == 3 ? find(argv[1]) : NULL;
	if (!a) {
		fprintf(stderr, "usage: attack --list | NAME SECONDS\n");
		return 2;
	}
	return run_attack(a, atoi(argv[2]));
}
