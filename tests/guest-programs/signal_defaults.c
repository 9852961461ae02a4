// SPDX-License-Identifier: GPL-2.0-or-later
/* The default action of every signal. */
#include <sys/resource.h>

#include "guest_helpers.h"

int main(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	for (int s = 1; s <= 64; s++) {
		int status;
		pid_t pid;

		if (s == 32 || s == 33)
			continue;
		pid = fork();
		if (pid == 0) {
			/* Not in an orphaned group: terminal stops do nothing there. */
			setpgid(0, 0);
			syscall(SYS_tgkill, getpid(), gettid(), s);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		if (WIFSTOPPED(status)) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			printf("%d: stopped by %d\n", s, WSTOPSIG(status));
		} else if (WIFSIGNALED(status)) {
			printf("%d: killed by %d core %d\n", s, WTERMSIG(status),
			       !!WCOREDUMP(status));
		} else {
			printf("%d: nothing\n", s);
		}
	}
	return 0;
}
