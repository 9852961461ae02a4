// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the sandbox of the kernel process refuse what it should, in every thread, and let through what a running kernel needs? Each call is made in a child. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/host_sandbox.h"
#include "host/host_thread.h"

enum { PASSED = 10, REFUSED = 11, NO_SANDBOX = 12, FAILED = 13 };

static void refused(int nr, const void *ip)
{
	(void)nr;
	(void)ip;
	_exit(REFUSED);
}

/* PASSED: fn came back; REFUSED: a host call in it was; or FAILED. */
static int in_sandbox_with(bool ptrace, bool network, void (*fn)(void))
{
	const struct host_sandbox s = { .ptrace = ptrace, .network = network, .refused = refused };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (host_sandbox_drop_rights(network) < 0 || host_sandbox_enter(&s) < 0)
			_exit(NO_SANDBOX);
		fn();
		_exit(PASSED);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int in_sandbox(void (*fn)(void))
{
	return in_sandbox_with(false, false, fn);
}

static void check(bool ok)
{
	if (!ok)
		_exit(FAILED);
}

static void do_exec(void)
{
	char *const none[] = { NULL };

	(void)execve("/bin/true", none, none);
}

static void do_fork(void)
{
	if (fork() == 0)
		_exit(FAILED);
}

static void do_inet(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void do_netlink(void)
{
	(void)!socket(AF_NETLINK, SOCK_RAW, 0);
}

static void do_packet(void)
{
	(void)!socket(AF_PACKET, SOCK_RAW, 0);
}

static void do_netfilter(void)
{
	(void)!socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
}

static void do_sctp(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
}

static void do_unix_stream(void)
{
	(void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void do_iptables(void)
{
	char value[64] = "";

	(void)setsockopt(socket(AF_INET, SOCK_DGRAM, 0), IPPROTO_IP, 64, value, sizeof(value));
}

static void do_socket_filter(void)
{
	char value[16] = "";

	(void)setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, SO_ATTACH_FILTER, value,
			 sizeof(value));
}

static void do_unknown_level(void)
{
	int v = 0;

	(void)setsockopt(socket(AF_INET, SOCK_DGRAM, 0), 282 /* TLS */, 1, &v, sizeof(v));
}

static void do_bind_unix(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/tmp/umlk-sandbox-test" };

	(void)bind(socket(AF_UNIX, SOCK_DGRAM, 0), (const struct sockaddr *)&a, sizeof(a));
}

static void do_tun(void)
{
	char ifr[40] = "";

	(void)ioctl(0, 0x400454ca /* TUNSETIFF */, ifr);
}

static void do_create(void)
{
	(void)!open("/tmp/umlk-sandbox-test", O_CREAT | O_WRONLY, 0600);
}

static void do_tmpfile(void)
{
	(void)!open("/tmp", O_TMPFILE | O_RDWR, 0600);
}

static void do_truncate(void)
{
	(void)!open("/dev/null", O_WRONLY | O_TRUNC);
}

static void do_unlink(void)
{
	(void)unlink("/tmp/umlk-sandbox-test");
}

static void do_code(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED);
	(void)mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void do_unshare(void)
{
	(void)unshare(CLONE_NEWNS);
}

static void do_ptrace(void)
{
	(void)ptrace(PTRACE_ATTACH, getpid(), NULL, NULL);
}

static void do_inject(void)
{
	(void)ioctl(0, 0x5412 /* TIOCSTI */, "x");
}

static void do_dumpable(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void do_setuid(void)
{
	(void)!setuid(getuid());
}

static void do_nothing(void)
{
}

static void refused_calls(void **state)
{
	static void (*const calls[])(void) = { do_exec,	  do_fork,	do_inet,     do_netlink,
					       do_create, do_tmpfile,	do_truncate, do_unlink,
					       do_code,	  do_make_code, do_unshare,  do_ptrace,
					       do_inject, do_dumpable,	do_setuid };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int r = in_sandbox(calls[i]);

		if (r != REFUSED)
			fail_msg("call %zu of the list: %d instead of refused", i, r);
	}
	/* With the engine that traces, too. */
	assert_int_equal(in_sandbox_with(true, false, do_ptrace), REFUSED);
}

static void refused_network_calls(void **state)
{
	static void (*const calls[])(void) = { do_packet,	 do_netfilter, do_sctp,
					       do_unix_stream,	 do_iptables,  do_socket_filter,
					       do_unknown_level, do_bind_unix, do_tun,
					       do_exec,		 do_fork,      do_unshare,
					       do_create,	 do_code,      do_inject };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int r = in_sandbox_with(false, true, calls[i]);

		if (r != REFUSED)
			fail_msg("call %zu of the list: %d instead of refused", i, r);
	}
}

/* One of each kind of option, the last ones of their levels too. */
static void do_network(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), v = 1, raw;
	socklen_t len = sizeof(v);

	check(fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0);
	check(listen(fd, 1) == 0);
	check(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &v, sizeof(v)) == 0);
	check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &v, &len) == 0);
	check(getsockopt(fd, SOL_SOCKET, 65, &v, &len) == 0 || errno != EPERM);
	check(setsockopt(fd, IPPROTO_TCP, 1, &v, sizeof(v)) == 0);
	check(setsockopt(fd, IPPROTO_IP, IP_TTL, &(int){ 64 }, sizeof(v)) == 0);
	check(getsockopt(fd, IPPROTO_IPV6, 78, &v, &len) < 0);
	check(ioctl(fd, SIOCATMARK, &v) == 0);
	check(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) >= 0);
	/* Without the right, but not refused. */
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	check(raw >= 0 || errno == EPERM);
}

static void do_usual(void)
{
	char c, *p;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	check(fd >= 0 && read(fd, &c, 1) == 1 && close(fd) == 0);
	p = malloc(1 << 20);
	check(p != NULL);
	free(p);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(fd >= 0 && fcntl(fd, F_GETFL) >= 0);
	check(fcntl(fd, F_DUPFD_CLOEXEC, 10) >= 10);
}

static int thread_done = -1;

static void thread_main(void *arg)
{
	(void)arg;
	(void)!write(thread_done, "x", 1);
}

static int ends[2];

static void do_thread(void)
{
	char c;

	thread_done = ends[1];
	check(host_thread_start("test", thread_main, NULL) == 0);
	check(read(ends[0], &c, 1) == 1);
}

static void thread_refused(void *arg)
{
	char c;

	/* Begun before the sandbox, which has to reach it all the same. */
	(void)arg;
	check(read(ends[0], &c, 1) == 1);
	do_inet();
	_exit(FAILED);
}

static void allowed_calls(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(in_sandbox(do_thread), PASSED);
	assert_int_equal(in_sandbox(do_usual), PASSED);
	assert_int_equal(in_sandbox_with(false, true, do_usual), PASSED);
	assert_int_equal(in_sandbox_with(true, true, do_network), PASSED);
}

static void older_threads(void **state)
{
	const struct host_sandbox s = { .refused = refused };
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		check(host_thread_start("test", thread_refused, NULL) == 0);
		check(host_sandbox_enter(&s) == 0);
		check(write(ends[1], "x", 1) == 1);
		for (;;)
			(void)poll(NULL, 0, 1000);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_calls),
		cmocka_unit_test(refused_network_calls),
		cmocka_unit_test(allowed_calls),
		cmocka_unit_test(older_threads),
	};

	if (in_sandbox(do_nothing) == NO_SANDBOX) {
		print_message(
			"SKIP: no sandbox in a build with sanitizers, or on a host without seccomp\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
