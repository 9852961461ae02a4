// SPDX-License-Identifier: GPL-2.0-or-later
/* seccomp: filters and what they answer, several of them, threads, strict mode, who may, what is refused. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR   offsetof(struct seccomp_data, nr)
#define ARG0 offsetof(struct seccomp_data, args)

static int seccomp(unsigned int op, unsigned int flags, void *arg)
{
	return (int)syscall(SYS_seccomp, op, flags, arg);
}

/* One call answered so, all else allowed. */
static int answer(unsigned int flags, int nr, unsigned int action)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(f[0]), f };

	return seccomp(SECCOMP_SET_MODE_FILTER, flags, &p);
}

static void in_child(const char *what, void (*fn)(void))
{
	int status;
	pid_t pid;

	printf("%s:", what);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		fn();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf(" killed by %d\n", WTERMSIG(status));
	else
		printf(" exit %d\n", WEXITSTATUS(status));
}

static void errno_answer(void)
{
	long r;

	printf(" set %d", answer(0, SYS_getppid, SECCOMP_RET_ERRNO | 42));
	errno = 0;
	r = syscall(SYS_getppid);
	printf(" getppid %ld errno %d", r, errno);
	answer(0, SYS_getsid, SECCOMP_RET_ERRNO | 0xffff);
	printf(" cut to %d", syscall(SYS_getsid, 0) < 0 ? errno : 0);
	answer(0, SYS_getpgid, SECCOMP_RET_ERRNO);
	printf(" zero %ld", syscall(SYS_getpgid, 0));
	/* Of two answers the stricter counts; of equal ones the newer. */
	answer(0, SYS_getppid, SECCOMP_RET_ALLOW);
	printf(" %d", syscall(SYS_getppid) < 0 ? errno : 0);
	answer(0, SYS_getppid, SECCOMP_RET_ERRNO | 43);
	printf(" %d", syscall(SYS_getppid) < 0 ? errno : 0);
}

static void kill_process(void)
{
	answer(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS);
	(void)syscall(SYS_getppid);
}

static void kill_thread_alone(void)
{
	answer(0, SYS_getppid, SECCOMP_RET_KILL_THREAD);
	signal(SIGSYS, SIG_IGN);
	(void)syscall(SYS_getppid);
}

static void *call_getppid(void *arg)
{
	(void)arg;
	(void)syscall(SYS_getppid);
	printf(" not reached");
	return NULL;
}

static void kill_thread(void)
{
	pthread_t t;

	answer(0, SYS_getppid, SECCOMP_RET_KILL_THREAD);
	pthread_create(&t, NULL, call_getppid, NULL);
	/* It never becomes joinable by the book: wait for its end otherwise. */
	usleep(100000);
	printf(" process lives");
	fflush(stdout);
	_exit(3);
}

static volatile sig_atomic_t trapped;

static void on_sigsys(int signo, siginfo_t *info, void *context)
{
	(void)context;
	trapped = signo;
	printf(" trap code %d errno %d syscall %d arch %x", info->si_code, info->si_errno,
	       info->si_syscall == SYS_getppid, info->si_arch);
}

static void trap(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
	answer(0, SYS_getppid, SECCOMP_RET_TRAP | 7);
	printf(" result is number: %d", syscall(SYS_getppid) == SYS_getppid);
	printf(" signal %d", (int)trapped);
}

static void arguments(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 8),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG0),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG0 + 4),
		BPF_STMT(BPF_LDX | BPF_MEM, 3),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(f[0]), f };

	printf(" %d", seccomp(SECCOMP_SET_MODE_FILTER, 0, &p));
	(void)syscall(SYS_getpgid, 0x500000021ul);
	printf(" sum %d", errno);
}

static void *wait_then_call(void *arg)
{
	long r;

	(void)!read(*(int *)arg, &(char){ 0 }, 1);
	errno = 0;
	r = syscall(SYS_getppid);
	printf(" other thread %ld errno %d nnp %d", r, errno,
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return NULL;
}

static void tsync(void)
{
	pthread_t t;
	int ends[2];

	(void)!pipe(ends);
	pthread_create(&t, NULL, wait_then_call, &ends[0]);
	printf(" set %d", answer(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | 9));
	(void)!write(ends[1], "x", 1);
	pthread_join(t, NULL);
}

static void *stray(void *arg)
{
	int *ends = arg;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	answer(0, SYS_getpgid, SECCOMP_RET_ERRNO | 9);
	(void)!write(ends[1], "x", 1);
	pause();
	return NULL;
}

static void tsync_refused(void)
{
	pthread_t t;
	int ends[2];
	char c;

	(void)!pipe(ends);
	pthread_create(&t, NULL, stray, ends);
	(void)!read(ends[0], &c, 1);
	printf(" names a thread %d",
	       answer(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | 9) > 0);
	errno = 0;
	printf(" %d", answer(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
			     SYS_getppid, SECCOMP_RET_ERRNO | 9));
	printf(" %d", errno == ESRCH);
	fflush(stdout);
	_exit(0);
}

static void inherited(void)
{
	int status;

	answer(0, SYS_getppid, SECCOMP_RET_ERRNO | 11);
	if (fork() == 0)
		_exit(syscall(SYS_getppid) < 0 ? errno : 0);
	wait(&status);
	printf(" child %d", WEXITSTATUS(status));
}

static void strict(void)
{
	printf(" get %d", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	fflush(stdout);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) {
		(void)!write(1, " writes", 7);
		(void)syscall(SYS_getpid);
		(void)!write(1, " not reached", 12);
	}
}

static void strict_exit(void)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	(void)syscall(SYS_exit, 5);
}

static void get_mode(void)
{
	answer(0, SYS_getppid, SECCOMP_RET_ERRNO | 1);
	printf(" mode %d strict %d", prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0 ? errno : 0);
}

static void no_tracer(void)
{
	answer(0, SYS_getppid, SECCOMP_RET_TRACE | 1);
	printf(" %d", syscall(SYS_getppid) < 0 && errno == ENOSYS);
}

static void check(const char *what, struct sock_filter *f, unsigned short n)
{
	struct sock_fprog p = { n, f };

	int r;

	errno = 0;
	r = seccomp(SECCOMP_SET_MODE_FILTER, 0, &p);
	printf("%s: %d errno %d\n", what, r, errno);
}

static void refusals(void)
{
	struct sock_filter ret = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter no_ret[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	struct sock_filter odd[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), ret };
	struct sock_filter beyond[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ret };
	struct sock_filter half[] = { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), ret };
	struct sock_filter far[] = { BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), ret };
	struct sock_filter cell[] = { BPF_STMT(BPF_ST, 16), ret };
	struct sock_filter unset[] = { BPF_STMT(BPF_LD | BPF_MEM, 1), ret };
	struct sock_filter zero[] = { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ret };
	struct sock_filter shift[] = { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ret };
	struct sock_filter mod[] = { BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ret };
	unsigned int actions[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
				   SECCOMP_RET_TRAP,	     SECCOMP_RET_ERRNO,
				   SECCOMP_RET_TRACE,	     SECCOMP_RET_LOG,
				   SECCOMP_RET_ALLOW,	     0x12340000 };

	check("empty", no_ret, 0);
	check("no return", no_ret, 1);
	check("odd offset", odd, 2);
	check("offset 64", beyond, 2);
	check("half word", half, 2);
	check("jump out", far, 2);
	check("cell 16", cell, 2);
	check("unset cell", unset, 2);
	check("by zero", zero, 2);
	check("shift 32", shift, 2);
	check("modulo", mod, 2);
	check("null", NULL, 2);
	printf("null program: %d", seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL));
	printf(" %d\n", errno);
	printf("flags: %d", seccomp(SECCOMP_SET_MODE_FILTER, 0x8000, NULL));
	printf(" %d\n", errno);
	printf("operation: %d", seccomp(99, 0, NULL));
	printf(" %d\n", errno);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		printf("action %x: %d\n", actions[i],
		       seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &actions[i]));
}

static void not_allowed(void)
{
	int status;

	if (fork() == 0) {
		if (getuid() == 0)
			(void)!setuid(1);
		errno = 0;
		printf("without no_new_privs: %d", answer(0, SYS_getppid, SECCOMP_RET_ALLOW));
		printf(" %d\n", errno == EACCES);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
}

static void traced(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		raise(SIGSTOP);
		answer(0, SYS_getppid, SECCOMP_RET_TRACE | 77);
		_exit(syscall(SYS_getppid) == 1234 ? 4 : 5);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP);
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		unsigned long message = 0;

		ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message);
		printf("traced: message %lu number %d\n", message,
		       ptrace(PTRACE_PEEKUSER, pid, 15 * 8, NULL) == SYS_getppid);
		ptrace(PTRACE_POKEUSER, pid, 15 * 8, -1L);
		ptrace(PTRACE_POKEUSER, pid, 10 * 8, 1234L);
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	printf("traced: exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 65536);
	not_allowed();
	in_child("errno", errno_answer);
	in_child("kill process", kill_process);
	in_child("kill the only thread", kill_thread_alone);
	in_child("kill thread", kill_thread);
	in_child("trap", trap);
	in_child("arguments", arguments);
	in_child("tsync", tsync);
	in_child("tsync refused", tsync_refused);
	in_child("inherited", inherited);
	in_child("strict", strict);
	in_child("strict exit", strict_exit);
	in_child("mode", get_mode);
	in_child("no tracer", no_tracer);
	traced();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	refusals();
	return 0;
}
