// SPDX-License-Identifier: GPL-2.0-or-later
/* Stops: SIGSTOP, SIGTSTP with a handler, SIGCONT though blocked, SIGCONT and stop signals cancel each other, SIGKILL of a stopped one. */
#include "guest_helpers.h"

static void on_cont(int s)
{
	printf("handler of %s\n", sigabbrev_np(s));
}

static void sleeper(void)
{
	for (;;)
		pause();
}

static void cont_handler(void)
{
	catch_signal(SIGCONT, on_cont, 0);
	raise(SIGSTOP);
	printf("after the stop\n");
}

static void cont_blocked(void)
{
	sigset_t set;

	catch_signal(SIGCONT, on_cont, 0);
	block_signal(SIG_BLOCK, SIGCONT);
	raise(SIGSTOP);
	sigpending(&set);
	printf("continued, pending %d\n", sigismember(&set, SIGCONT));
	block_signal(SIG_UNBLOCK, SIGCONT);
}

static void tstp_handled(void)
{
	catch_signal(SIGTSTP, on_cont, 0);
	raise(SIGTSTP);
	signal(SIGTTIN, SIG_IGN);
	raise(SIGTTIN);
	printf("not stopped\n");
}

static void cancel(void)
{
	sigset_t set;

	block_signal(SIG_BLOCK, SIGTSTP);
	block_signal(SIG_BLOCK, SIGCONT);
	raise(SIGTSTP);
	raise(SIGCONT);
	sigpending(&set);
	printf("after CONT: TSTP %d CONT %d\n", sigismember(&set, SIGTSTP),
	       sigismember(&set, SIGCONT));
	raise(SIGTSTP);
	sigpending(&set);
	printf("after TSTP: TSTP %d CONT %d\n", sigismember(&set, SIGTSTP),
	       sigismember(&set, SIGCONT));
}

static void stop_and_go(const char *label, void (*fn)(void))
{
	pid_t pid = spawn(fn);
	int status;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	show_status(label, status);
	kill(pid, SIGCONT);
	reap(label, pid);
}

int main(void)
{
	int sigs[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU }, status;
	pid_t pid;

	/* A group of its own that is not orphaned: the parent is in another one of the session. */
	for (int i = 0; i < 4; i++) {
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			raise(sigs[i]);
			_exit(i);
		}
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		show_status("child", status);
		kill(pid, SIGCONT);
		reap("child", pid);
	}
	stop_and_go("handler", cont_handler);
	stop_and_go("blocked", cont_blocked);
	run_child("handled", tstp_handled);
	run_child("cancel", cancel);
	pid = spawn(sleeper);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	printf("state %c\n", thread_state(pid, pid));
	kill(pid, SIGTERM);
	usleep(20000);
	printf("SIGTERM waits: state %c\n", thread_state(pid, pid));
	kill(pid, SIGCONT);
	reap("then", pid);
	pid = spawn(sleeper);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	kill(pid, SIGKILL);
	reap("SIGKILL", pid);
	return 0;
}
