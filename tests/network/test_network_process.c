// SPDX-License-Identifier: GPL-2.0-or-later
/* Detached processes: do they wait for the word, are they told apart from recycled pids, do they end? */
#include "network_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct held_process spawn(const char *script)
{
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, strdup(script), NULL };
	struct held_process p;

	assert_int_equal(process_spawn_held(argv, &p), 0);
	free(argv[2]);
	assert_true(p.id.pid > 1 && p.id.start > 0);
	return p;
}

static void reap(pid_t pid)
{
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Closed without the word, it ends without an exec. */
static void test_held_ends_with_us(void **state)
{
	char mark[] = "/tmp/umld-held-XXXXXX";
	int fd = mkstemp(mark);
	cleanup_free char *script = NULL;
	struct held_process p;
	int status;

	assert_true(fd >= 0 && asprintf(&script, "rm %s", mark) > 0);
	(void)close(fd);
	p = spawn(script);
	(void)close(p.go_fd);
	assert_int_equal(waitpid(p.id.pid, &status, 0), p.id.pid);
	assert_int_equal(access(mark, F_OK), 0);
	(void)unlink(mark);
	(void)close(p.stderr_fd);
}

static void test_ready_when_stderr_closes(void **state)
{
	struct held_process p = spawn("exec 2>/dev/null; exec sleep 100");
	char text[64];
	int fd;

	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 10000, text, sizeof(text)), 0);
	fd = process_open(&p.id);
	assert_true(fd >= 0);
	assert_true(process_end(fd, p.id.pid));
	assert_int_equal(process_open(&p.id), -ESRCH); /* a zombie now */
	reap(p.id.pid);
	assert_int_equal(process_open(&p.id), -ESRCH);
	(void)close(fd);
}

static void test_complaint(void **state)
{
	struct held_process p =
		spawn("printf '\\nno\\033[1m way\\n' >&2; yes | head -c 200000 >&2");
	char text[24];

	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 10000, text, sizeof(text)), -EPROTO);
	assert_int_equal(strncmp(text, "no [1m way", 10), 0);
	assert_null(strchr(text, '\n'));
	reap(p.id.pid);
}

static void test_no_program(void **state)
{
	char *const argv[] = { (char[]){ "/nonexistent/program" }, NULL };
	struct held_process p;
	char text[64];

	assert_int_equal(process_spawn_held(argv, &p), 0);
	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 10000, text, sizeof(text)), -EPROTO);
	assert_string_equal(text, "cannot be executed");
	reap(p.id.pid);
}

static void test_not_ready_in_time(void **state)
{
	struct held_process p = spawn("exec sleep 100");
	char text[64];
	int fd;

	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 50, text, sizeof(text)), -ETIMEDOUT);
	fd = process_open(&p.id);
	assert_true(process_end(fd, p.id.pid));
	reap(p.id.pid);
	(void)close(fd);
}

/* SIGTERM ignored: the whole group goes by SIGKILL. */
static void test_stubborn(void **state)
{
	struct held_process p = spawn("trap '' TERM; exec 2>/dev/null; while :; do sleep 1; done");
	char text[64];
	int fd;

	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 10000, text, sizeof(text)), 0);
	fd = process_open(&p.id);
	assert_true(process_end(fd, p.id.pid));
	reap(p.id.pid);
	/* Its sleep, of the same group, was handed to us and is dead too. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	assert_int_equal(kill(-p.id.pid, 0), -1);
	(void)close(fd);
}

static void test_identity(void **state)
{
	struct held_process p = spawn("exec 2>/dev/null; exec sleep 100");
	struct process_id other = p.id;
	char text[64];
	int fd;

	assert_int_equal(process_let_go(&p), 0);
	assert_int_equal(process_wait_ready(&p, 10000, text, sizeof(text)), 0);
	other.start++;
	assert_int_equal(process_open(&other), -ESRCH);
	assert_int_equal(process_open(&(struct process_id){ .pid = 0 }), -ESRCH);
	assert_int_equal(process_open(&(struct process_id){ .pid = 1 }), -ESRCH);
	assert_int_equal(process_open(&(struct process_id){ .pid = -5 }), -ESRCH);
	fd = process_open(&p.id);
	assert_true(fd >= 0);
	assert_true(process_end(fd, p.id.pid));
	reap(p.id.pid);
	(void)close(fd);
}

/* No descriptor of ours, no ignored signal and no blocked one gets into the program. */
static void test_clean_inheritance(void **state)
{
	int leak = open("/dev/null", O_RDONLY); /* not O_CLOEXEC on purpose */
	char out[] = "/tmp/umld-inherit-XXXXXX";
	int fd = mkstemp(out);
	cleanup_free char *script = NULL, *status = NULL;
	struct held_process p;

	assert_true(leak >= 0 && fd >= 0);
	assert_true(
		asprintf(&script,
			 "ls /proc/self/fd | wc -l > %s; grep -E 'SigIgn|SigBlk' /proc/self/status"
			 " >> %s; ps -o sid= -p $$ >/dev/null",
			 out, out) > 0);
	(void)signal(SIGPIPE, SIG_IGN);
	p = spawn(script);
	assert_int_equal(process_let_go(&p), 0);
	reap(p.id.pid);
	(void)close(p.stderr_fd);
	status = sh_output("tr -s '\\n\\t ' ' ' < %s", out);
	/* 0, 1, 2 and the directory that ls reads. */
	assert_string_equal(status, "4 SigBlk: 0000000000000000 SigIgn: 0000000000000000 ");
	(void)signal(SIGPIPE, SIG_DFL);
	(void)unlink(out);
	(void)close(fd);
	(void)close(leak);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_ends_with_us),
		cmocka_unit_test(test_ready_when_stderr_closes),
		cmocka_unit_test(test_complaint),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_not_ready_in_time),
		cmocka_unit_test(test_stubborn),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_clean_inheritance),
	};

	/* So that the test can wait for what init would reap. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
