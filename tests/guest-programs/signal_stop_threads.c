// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGSTOP stops every thread of a process, one report reaches the parent, SIGCONT continues all, SIGKILL ends a stopped one. */
#include <pthread.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static volatile unsigned long *count;
static volatile int *tids;

static void *spin(void *arg)
{
	int i = (int)(long)arg;

	tids[i] = gettid();
	for (;;)
		if (i % 2)
			count[i]++;
		else {
			count[i]++;
			usleep(500);
		}
	return NULL;
}

static void threads(void)
{
	pthread_t t;

	for (long i = 1; i < 4; i++)
		pthread_create(&t, NULL, spin, (void *)i);
	spin(NULL);
}

static void states(const char *label, pid_t pid, char wanted)
{
	int n = 0;

	for (int i = 0; i < 4; i++)
		n += thread_state(pid, tids[i]) == wanted;
	printf("%s: %d threads '%c'\n", label, n, wanted);
}

int main(void)
{
	unsigned long before[4];
	int status, moved = 0;
	pid_t pid;

	count = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tids = (volatile int *)(count + 512);
	pid = spawn(threads);
	for (int i = 0; i < 4; i++)
		while (!count[i])
			usleep(1000);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	show_status("once", status);
	printf("twice: %d\n", waitpid(pid, &status, WUNTRACED | WNOHANG));
	states("stopped", pid, 'T');
	for (int i = 0; i < 4; i++)
		before[i] = count[i];
	usleep(20000);
	for (int i = 0; i < 4; i++)
		moved += count[i] != before[i];
	printf("moved while stopped: %d\n", moved);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	show_status("then", status);
	for (int i = 0; i < 4; i++)
		while (count[i] == before[i])
			usleep(1000);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGTERM);
	usleep(10000);
	printf("SIGTERM while stopped: %d\n", waitpid(pid, &status, WNOHANG));
	kill(pid, SIGKILL);
	reap("SIGKILL", pid);
	return 0;
}
