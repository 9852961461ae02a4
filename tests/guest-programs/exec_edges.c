// SPDX-License-Identifier: GPL-2.0-or-later
/* exec: arguments, environment, close-on-exec, argv[0], the errors for what cannot be run. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest_test.h"

static int run(const char *path, char *const argv[], char *const envp[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, argv, envp);
		printf("execve: %s\n", strerrorname_np(errno));
		fflush(stdout);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), (long)strlen(text));
	fchmod(fd, mode);
	close(fd);
}

int main(int argc, char **argv)
{
	char *none[] = { NULL };
	char self[4096];
	ssize_t n;

	if (argc > 0 && strcmp(argv[0], "child") == 0) {
		extern char **environ;

		printf("argc %d [%s] [%s], env %s, fd 50 %s, fd 51 %s\n", argc, argv[1], argv[2],
		       environ[0], fcntl(50, F_GETFD) < 0 ? "closed" : "open",
		       fcntl(51, F_GETFD) < 0 ? "closed" : "open");
		return 7;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(n > 0);
	self[n] = 0;
	CHECK_EQ(dup2(1, 50), 50);
	CHECK_EQ(dup2(1, 51), 51);
	CHECK_EQ(fcntl(50, F_SETFD, FD_CLOEXEC), 0);
	printf("-> %d\n",
	       run(self, (char *[]){ "child", "a b", "", NULL }, (char *[]){ "X=1", NULL }));
	printf("-> %d\n", run("/does/not/exist", none, none));
	printf("-> %d\n", run("/tmp", (char *[]){ "x", NULL }, none));
	write_file("plain", "not a program", 0644);
	printf("-> %d\n", run("./plain", (char *[]){ "x", NULL }, none));
	write_file("text", "not a program", 0755);
	printf("-> %d\n", run("./text", (char *[]){ "x", NULL }, none));
	write_file("empty", "", 0755);
	printf("-> %d\n", run("./empty", (char *[]){ "x", NULL }, none));
	write_file("noint", "#!/no/such/interpreter\n", 0755);
	printf("-> %d\n", run("./noint", (char *[]){ "x", NULL }, none));
	write_file("loop", "#!./loop\n", 0755);
	printf("-> %d\n", run("./loop", (char *[]){ "x", NULL }, none));
	printf("-> %d\n", run("./plain/x", (char *[]){ "x", NULL }, none));
	return 0;
}
