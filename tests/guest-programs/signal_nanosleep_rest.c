// SPDX-License-Identifier: GPL-2.0-or-later
/* An interrupted nanosleep says what is left; an absolute one says nothing; a stopped and continued one goes on unseen. */
#include <time.h>

#include "guest_helpers.h"

static void on_signal(int s)
{
}

static void sleeper(void)
{
	struct timespec rest = { 7, 7 };

	catch_signal(SIGUSR1, on_signal, SA_RESTART);
	report("nanosleep", nanosleep(&(struct timespec){ .tv_sec = 50 }, &rest));
	printf("rest in 30..50: %d\n", rest.tv_sec >= 30 && rest.tv_sec < 50);
}

static void absolute(void)
{
	struct timespec at, rest = { 7, 7 };

	catch_signal(SIGUSR1, on_signal, SA_RESTART);
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += 50;
	printf("clock_nanosleep: %s\n",
	       strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, &rest)));
	printf("rest untouched: %d\n", rest.tv_sec == 7);
}

static void stopped(void)
{
	struct timespec rest = { 7, 7 };

	report("nanosleep over a stop", nanosleep(&(struct timespec){ .tv_sec = 4 }, &rest));
	printf("rest untouched: %d\n", rest.tv_sec == 7);
}

int main(void)
{
	pid_t pid = spawn(sleeper);

	wait_asleep(pid, pid);
	kill(pid, SIGUSR1);
	reap("sleeper", pid);
	pid = spawn(absolute);
	wait_asleep(pid, pid);
	kill(pid, SIGUSR1);
	reap("absolute", pid);
	pid = spawn(stopped);
	wait_asleep(pid, pid);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	kill(pid, SIGCONT);
	reap("stopped", pid);
	report("negative", nanosleep(&(struct timespec){ .tv_sec = -1 }, NULL));
	report("too many ns", nanosleep(&(struct timespec){ .tv_nsec = 1000000000 }, NULL));
	return 0;
}
