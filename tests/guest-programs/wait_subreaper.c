// SPDX-License-Identifier: GPL-2.0-or-later
/* PR_SET_CHILD_SUBREAPER: orphans come to the nearest one; the mark is not inherited; when it ends they go further up. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static int p[2];

static void say_parent(const char *what, pid_t a, pid_t b)
{
	pid_t pp = getppid();

	printf("%s: parent is %s\n", what,
	       pp == a	 ? "the first"
	       : pp == b ? "the second"
			 : "another");
}

static void middle_of(pid_t reaper)
{
	if (fork() == 0) {
		char c;

		(void)!read(p[0], &c, 1);
		say_parent("grandchild", reaper, 0);
		_exit(3);
	}
	_exit(4);
}

int main(void)
{
	pid_t self = getpid(), pid;
	int status, ended, mark;
	char c;

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 5), 0);
	prctl(PR_GET_CHILD_SUBREAPER, &mark);
	printf("mark %d\n", mark);
	pid = fork();
	if (pid == 0)
		middle_of(self);
	reap("middle", pid);
	(void)!write(p[1], "x", 1);
	CHECK(waitpid(-1, &status, 0) > 0);
	show_status("orphan", status);

	pid = fork();
	if (pid == 0) {
		prctl(PR_GET_CHILD_SUBREAPER, &mark);
		printf("inherited mark: %d\n", mark);
		CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
		pid = fork();
		if (pid == 0) {
			pid_t near = getppid(), was = getpid();

			if (fork() == 0) {
				while (getppid() == was)
					usleep(500);
				say_parent("orphan below two", self, near);
				(void)!write(p[1], "a", 1);
				while (getppid() == near)
					usleep(500);
				say_parent("after its reaper ended", self, near);
				_exit(6);
			}
			_exit(0);
		}
		wait(NULL);
		(void)!read(p[0], &c, 1);
		_exit(8);
	}
	CHECK_EQ(waitpid(pid, &ended, 0), pid);
	CHECK(waitpid(-1, &status, 0) > 0);
	show_status("second reaper", ended);
	show_status("orphan", status);
	report("nobody left", waitpid(-1, &status, 0));
	return 0;
}
