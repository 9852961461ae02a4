// SPDX-License-Identifier: GPL-2.0-or-later
/* exec from a thread that is not the leader: the process goes on under the leader's pid, the other threads are gone. */
#include <pthread.h>
#include <sys/wait.h>

#include "guest_test.h"

static char pid_text[16];

static void *run(void *arg)
{
	execl("/proc/self/exe", "again", pid_text, NULL);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t;
	int status;

	if (argc == 2) {
		printf("same pid %d\n", atoi(argv[1]) == getpid());
		return 5;
	}
	if (fork() == 0) {
		snprintf(pid_text, sizeof(pid_text), "%d", getpid());
		pthread_create(&t, NULL, run, NULL);
		for (;;)
			pause();
	}
	wait(&status);
	printf("exited %d status %d\n", WIFEXITED(status), WEXITSTATUS(status));
	return 0;
}
