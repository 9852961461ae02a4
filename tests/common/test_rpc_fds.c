// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do descriptors arrive with their bytes, closed on exec, and is nothing leaked when there are too
 * many?
 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/rpc.h"

static unsigned int count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_round_trip(void **state)
{
	int pair[2], in[RPC_FDS_MAX], out[RPC_FDS_MAX];
	unsigned int n = 42;
	char buf[16];
	struct stat a, b;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	for (unsigned int i = 0; i < RPC_FDS_MAX; i++)
		out[i] = open("/dev/null", O_RDONLY);
	assert_int_equal(fds_send(pair[0], "line\n", 5, out, RPC_FDS_MAX), 5);
	assert_int_equal(fds_send(pair[0], "bare\n", 5, NULL, 0), 5);
	assert_int_equal(fds_receive(pair[1], buf, sizeof(buf), in, &n), 5);
	assert_int_equal(n, RPC_FDS_MAX);
	for (unsigned int i = 0; i < n; i++) {
		assert_true(fcntl(in[i], F_GETFD) & FD_CLOEXEC);
		assert_int_equal(fstat(in[i], &a), 0);
		assert_int_equal(fstat(out[i], &b), 0);
		assert_int_equal(a.st_rdev, b.st_rdev);
		close(in[i]);
		close(out[i]);
	}
	assert_int_equal(fds_receive(pair[1], buf, sizeof(buf), in, &n), 5);
	assert_int_equal(n, 0);
	close(pair[0]);
	assert_int_equal(fds_receive(pair[1], buf, sizeof(buf), in, &n), 0);
	close(pair[1]);
}

static void test_bad_calls(void **state)
{
	int pair[2], fds[RPC_FDS_MAX + 1] = { 0 };
	unsigned int n = 42;
	char buf[4];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	assert_int_equal(fds_send(pair[0], "x", 1, fds, RPC_FDS_MAX + 1), -EINVAL);
	assert_int_equal(fds_send(pair[0], "", 0, fds, 1), -EINVAL);
	fds[0] = -1;
	assert_int_equal(fds_send(pair[0], "x", 1, fds, 1), -EBADF);
	assert_int_equal(fds_receive(pair[1], buf, sizeof(buf), fds, &n), -EAGAIN);
	assert_int_equal(n, 42);
	close(pair[1]);
	/* No SIGPIPE. */
	assert_int_equal(fds_send(pair[0], "x", 1, NULL, 0), -EPIPE);
	close(pair[0]);
}

/* A peer with a sendmsg of its own sends many more than we accept. */
static void send_many(int sock, int fd, unsigned int n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = { 0 };
	char byte = 'x';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (unsigned int i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sock, &msg, 0), 1);
}

static void test_surplus_is_closed(void **state)
{
	static const unsigned int counts[] = { 5, 6, 16, 17, 64 };
	int pair[2], fds[RPC_FDS_MAX];
	unsigned int before, n;
	char byte;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	before = count_open();
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		send_many(pair[0], pair[0], counts[i]);
		assert_int_equal(fds_receive(pair[1], &byte, 1, fds, &n), 1);
		assert_int_equal(n, RPC_FDS_MAX);
		for (unsigned int j = 0; j < n; j++)
			close(fds[j]);
		assert_int_equal(count_open(), before);
	}
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_surplus_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
