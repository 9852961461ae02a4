// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may trace and read whom: other users, processes that are not dumpable, capabilities; set-user-ID programs under trace gain nothing. */
#include <sys/prctl.h>

#include "ptrace_helpers.h"

static pid_t victim;

static void forever(void)
{
	for (;;)
		pause();
}

static void forever_as_1000(void)
{
	become(1000, 1000);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
	forever();
}

static void hidden_as_1000(void)
{
	become(1000, 1000);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
	forever();
}

static void try(const char *label)
{
	char name[64], c;
	struct iovec one = { &c, 1 };
	int fd, status;

	printf("%s\n", label);
	result("  attach", ptrace(PTRACE_SEIZE, victim, 0, 0));
	ptrace(PTRACE_INTERRUPT, victim, 0, 0);
	if (waitpid(victim, &status, __WALL) == victim)
		ptrace(PTRACE_DETACH, victim, 0, 0);
	result("  readv", process_vm_readv(victim, &one, 1, &(struct iovec){ &victim, 1 }, 1, 0));
	snprintf(name, sizeof(name), "/proc/%d/mem", victim);
	fd = open(name, O_RDONLY);
	result("  mem", fd);
	close(fd);
	snprintf(name, sizeof(name), "/proc/%d/environ", victim);
	fd = open(name, O_RDONLY);
	result("  environ", fd);
	close(fd);
	result("  kill", kill(victim, 0));
}

static void as_1000(void)
{
	become(1000, 1000);
	try("the same user");
}

static void as_1001(void)
{
	become(1001, 1001);
	try("another user");
}

static void traceme(void)
{
	become(1000, 1000);
	CHECK_EQ(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
	raise(SIGSTOP);
	execl("./suid", "suid", "id", NULL);
	_exit(9);
}

static void exec_suid(void)
{
	become(1000, 1000);
	execl("./suid", "suid", "id", NULL);
	_exit(9);
}

/* Prints whether a set-user-ID program run by uid 1000 has root's effective id; its tracer is a user without rights. */
static void user_tracer(void)
{
	pid_t pid;
	int status;

	become(1000, 1000);
	pid = fork();
	if (pid == 0)
		traceme();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	show_stop("exec", status);
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	show_stop("user's tracee", status);
}

int main(int argc, char **argv)
{
	char command[256];

	(void)argv;
	if (argc > 1)
		return geteuid() == 0 ? 50 : 60;
	victim = spawn(forever_as_1000);
	wait_asleep(victim, victim);
	run_child("child", as_1000);
	run_child("child", as_1001);
	try("root");
	kill_and_reap(victim);
	victim = spawn(hidden_as_1000);
	wait_asleep(victim, victim);
	run_child("child", as_1000);
	try("root");
	kill_and_reap(victim);
	victim = spawn(forever);
	wait_asleep(victim, victim);
	run_child("child", as_1000);
	kill_and_reap(victim);
	snprintf(command, sizeof(command), "/proc/%d/exe", getpid());
	{
		int from = open(command, O_RDONLY), to = open("suid", O_WRONLY | O_CREAT, 0755);
		char buf[65536];
		ssize_t n;

		while ((n = read(from, buf, sizeof(buf))) > 0)
			CHECK_EQ(write(to, buf, (size_t)n), n);
		close(from);
		close(to);
	}
	CHECK_EQ(chmod("suid", 04755), 0);
	CHECK_EQ(chmod(".", 0755), 0);
	run_child("alone", exec_suid);
	run_child("tracer", user_tracer);
	return 0;
}
