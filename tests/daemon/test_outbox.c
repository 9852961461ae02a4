// SPDX-License-Identifier: GPL-2.0-or-later
/* Do lines and descriptors leave in order, whatever the socket takes, and is nothing leaked? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/rpc.h"
#include "daemon/core/outbox.h"

static void pair_make(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
}

static void test_more_than_the_socket_takes(void **state)
{
	static char seen[64u * 1000 * 65 + 1];
	struct outbox o = { 0 };
	size_t have = 0;
	int pair[2];

	pair_make(pair);
	for (int i = 0; i < 64; i++) {
		char *line = malloc(64001);

		assert_non_null(line);
		memset(line, 'a' + i % 26, 64000);
		line[64000] = '\0';
		assert_int_equal(outbox_add(&o, line, NULL, 0), 0);
	}
	assert_int_equal(o.bytes, 64u * 64000);
	assert_int_equal(outbox_flush(&o, pair[0]), 0);
	while (have < 64u * 64000) {
		ssize_t n = read(pair[1], seen + have, sizeof(seen) - have);

		if (n > 0)
			have += (size_t)n;
		else
			assert_int_equal(errno, EAGAIN);
		assert_true(outbox_flush(&o, pair[0]) >= 0);
	}
	assert_int_equal(o.bytes, 0);
	assert_null(o.head);
	for (size_t i = 0; i < have; i++)
		assert_int_equal(seen[i], 'a' + (int)(i / 64000) % 26);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void test_descriptors_travel(void **state)
{
	struct outbox o = { 0 };
	int pair[2], pipe_fds[2], fds[RPC_FDS_MAX];
	unsigned int n_fds = 0;
	char buf[16];

	pair_make(pair);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(outbox_add(&o, strdup("hello\n"), &pipe_fds[1], 1), 0);
	assert_int_equal(outbox_flush(&o, pair[0]), 1);
	assert_int_equal(fcntl(pipe_fds[1], F_GETFD), -1);
	assert_int_equal(fds_receive(pair[1], buf, sizeof(buf), fds, &n_fds), 6);
	assert_int_equal(n_fds, 1);
	assert_int_equal(write(fds[0], "x", 1), 1);
	assert_int_equal(read(pipe_fds[0], buf, sizeof(buf)), 1);
	(void)close(fds[0]);
	(void)close(pipe_fds[0]);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void test_peer_gone(void **state)
{
	struct outbox o = { 0 };
	int pair[2], fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	pair_make(pair);
	(void)close(pair[1]);
	assert_int_equal(outbox_add(&o, strdup("hello\n"), &fd, 1), 0);
	assert_true(outbox_flush(&o, pair[0]) < 0);
	outbox_done(&o);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	/* No line: the descriptors are closed all the same. */
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(outbox_add(&o, NULL, &fd, 1), -ENOMEM);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	(void)close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_more_than_the_socket_takes),
		cmocka_unit_test(test_descriptors_travel),
		cmocka_unit_test(test_peer_gone),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
