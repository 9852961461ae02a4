// SPDX-License-Identifier: GPL-2.0-or-later
/* waitpid by group, of strangers and threads' children, WNOHANG, EINVAL, usage; ECHILD after all. */
#include <pthread.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static pid_t thread_child;

static void *thread(void *arg)
{
	thread_child = fork();
	if (thread_child == 0)
		_exit(4);
	return NULL;
}

int main(void)
{
	struct rusage ru;
	pthread_t t;
	int status;
	pid_t a, b;

	report("nobody", wait(NULL));
	a = fork();
	if (a == 0) {
		setpgid(0, 0);
		_exit(1);
	}
	setpgid(a, a);
	b = fork();
	if (b == 0)
		_exit(2);
	printf("own group %d\n", waitpid(0, &status, 0) == b);
	printf("exit %d\n", WEXITSTATUS(status));
	printf("no more in the own group: %s\n",
	       waitpid(0, &status, WNOHANG) < 0 ? strerrorname_np(errno) : "?");
	printf("other group %d\n", waitpid(-a, &status, 0) == a);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	printf("a thread's child %d\n", waitpid(-1, &status, 0) == thread_child);
	a = fork();
	if (a == 0)
		for (;;)
			pause();
	report("WNOHANG", waitpid(a, &status, WNOHANG));
	report("init", waitpid(1, &status, WNOHANG));
	report("options", waitpid(a, &status, 0x1000));
	report("smallest", waitpid((pid_t)0x80000000, &status, 0));
	kill(a, SIGKILL);
	printf("wait4 %d\n", wait4(a, &status, 0, &ru) == a);
	printf("killed %d usage sane %d\n", WTERMSIG(status), ru.ru_utime.tv_sec < 100);
	report("again", waitpid(a, &status, 0));
	return 0;
}
