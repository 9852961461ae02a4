// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the client take answers from its peer and from nobody else, and survive a peer that lies? */
#include "scratch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/mconsole.h"
#include "common/utf8.h"

struct wire_request {
	uint32_t magic, version, len;
	char data[MCONSOLE_DATA_MAX];
};

/* A kernel's end of the protocol. */
struct peer {
	int fd;
	struct sockaddr_un client;
	socklen_t client_len;
};

static struct peer peer_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct peer p = { .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };

	assert_true(p.fd >= 0);
	assert_true(strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(p.fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return p;
}

static void peer_take(struct peer *p, const char *command)
{
	struct wire_request r = { 0 };

	p->client_len = sizeof(p->client);
	assert_true(recvfrom(p->fd, &r, sizeof(r), 0, (struct sockaddr *)&p->client,
			     &p->client_len) >= 12);
	assert_int_equal(r.magic, MCONSOLE_MAGIC);
	assert_int_equal(r.version, MCONSOLE_VERSION);
	assert_int_equal(r.len, strlen(command));
	assert_string_equal(r.data, command);
}

static int peer_send(const struct peer *p, const void *data, size_t len)
{
	return (int)sendto(p->fd, data, len, MSG_DONTWAIT, (const struct sockaddr *)&p->client,
			   p->client_len);
}

static void peer_reply(const struct peer *p, int32_t err, uint32_t more, const char *text)
{
	struct {
		int32_t err;
		uint32_t more, len;
		char data[MCONSOLE_DATA_MAX];
	} r = { .err = err, .more = more, .len = (uint32_t)strlen(text) + 1 };

	assert_true(strlen(text) < sizeof(r.data));
	memcpy(r.data, text, strlen(text));
	assert_int_equal(peer_send(p, &r, 12 + r.len), 12 + r.len);
}

/* RUN/uml/NAME/NAME/mconsole, as in paths.h. */
static const char *make_place(void **state)
{
	assert_int_equal(dir_make(scratch_path(state, "uml/g/g"), 0700), 0);
	return scratch_path(state, "uml/g/g/mconsole");
}

static void test_answers(void **state)
{
	const char *path = make_place(state);
	struct mconsole *m = NULL;
	int status = 42;
	struct peer p;

	assert_int_equal(mconsole_new(path, &m), 0);
	assert_int_equal(mconsole_send(m, "version"), -ENOENT);
	p = peer_listen(path);
	assert_int_equal(mconsole_send(m, "version"), 0);
	assert_int_equal(mconsole_send(m, "again"), -EBUSY);
	assert_int_equal(mconsole_receive(m), 0);
	peer_take(&p, "version");
	peer_reply(&p, 0, 0, "Linux 6.1");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, &status), "Linux 6.1");
	assert_int_equal(status, 0);
	/* Several parts; the error number is in the first one only. */
	assert_int_equal(mconsole_send(m, "remove ubd9"), 0);
	peer_take(&p, "remove ubd9");
	peer_reply(&p, -19, 1, "Device doesn't ");
	assert_int_equal(mconsole_receive(m), 0);
	peer_reply(&p, 0, 0, "exist");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, &status), "Device doesn't exist");
	assert_int_equal(status, -19);
	/* The peer has gone. */
	close(p.fd);
	assert_int_equal(mconsole_send(m, "go"), -ECONNREFUSED);
	/* The guest has restarted: another socket of the same name. */
	assert_int_equal(unlink(path), 0);
	p = peer_listen(path);
	assert_int_equal(mconsole_send(m, "go"), 0);
	peer_take(&p, "go");
	peer_reply(&p, 0, 0, "");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, NULL), "");
	close(p.fd);
	mconsole_free(m);
	mconsole_free(NULL);
}

static void test_command_lengths(void **state)
{
	const char *path = make_place(state);
	struct peer p = peer_listen(path);
	struct mconsole *m = NULL;
	char command[513];

	assert_int_equal(mconsole_new(path, &m), 0);
	memset(command, 'x', sizeof(command));
	command[512] = '\0';
	assert_int_equal(mconsole_send(m, command), -EMSGSIZE);
	command[511] = '\0';
	assert_int_equal(mconsole_send(m, command), 0);
	peer_take(&p, command);
	mconsole_free(m);
	close(p.fd);
	assert_int_equal(mconsole_new("", &m), -EINVAL);
}

static void test_strangers(void **state)
{
	const char *path = make_place(state);
	struct peer p = peer_listen(path);
	struct peer stranger = peer_listen(scratch_path(state, "stranger"));
	struct mconsole *m = NULL;
	struct sockaddr_un own;
	socklen_t len = sizeof(own);

	assert_int_equal(mconsole_new(path, &m), 0);
	assert_int_equal(getsockname(mconsole_fd(m), (struct sockaddr *)&own, &len), 0);
	stranger.client = own;
	stranger.client_len = len;
	/* Before there is a peer anybody can reach the address: forgotten at the send. */
	peer_reply(&stranger, 0, 0, "forged");
	assert_int_equal(mconsole_send(m, "version"), 0);
	assert_int_equal(peer_send(&stranger, "0123456789abcdef", 16), -1);
	assert_int_equal(mconsole_receive(m), 0);
	peer_take(&p, "version");
	peer_reply(&p, 0, 0, "true");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, NULL), "true");
	mconsole_free(m);
	close(p.fd);
	close(stranger.fd);
}

/* A guest's user puts links to another guest's console where his own should be. */
static void test_links_are_not_followed(void **state)
{
	struct mconsole *m = NULL;
	struct peer victim;
	char byte;

	assert_int_equal(dir_make(scratch_path(state, "uml/victim/victim"), 0700), 0);
	victim = peer_listen(scratch_path(state, "uml/victim/victim/mconsole"));
	assert_int_equal(dir_make(scratch_path(state, "uml/g/g"), 0700), 0);
	assert_int_equal(symlink("../../victim/victim/mconsole",
				 scratch_path(state, "uml/g/g/mconsole")),
			 0);
	assert_int_equal(mconsole_new(scratch_path(state, "uml/g/g/mconsole"), &m), 0);
	assert_int_equal(mconsole_send(m, "halt"), -ELOOP);
	assert_int_equal(dir_remove_all(AT_FDCWD, scratch_path(state, "uml/g/g")), 0);
	assert_int_equal(symlink("../victim/victim", scratch_path(state, "uml/g/g")), 0);
	assert_int_equal(mconsole_send(m, "halt"), -ELOOP);
	assert_int_equal(recv(victim.fd, &byte, 1, 0), -1);
	mconsole_free(m);
	close(victim.fd);
}

static void test_lying_peer(void **state)
{
	static const uint32_t short_packet[2];
	static const uint32_t long_claim[4] = { 0, 0, 513, 0 };
	static const uint32_t beyond_packet[4] = { 0, 0, 5, 0 };
	static const char oversized[12 + MCONSOLE_DATA_MAX + 1];
	static const struct {
		const void *data;
		size_t len;
	} rows[] = {
		{ short_packet, sizeof(short_packet) },
		{ long_claim, sizeof(long_claim) },
		{ beyond_packet, sizeof(beyond_packet) },
		{ oversized, sizeof(oversized) },
		{ "", 0 },
	};
	const char *path = make_place(state);
	struct peer p = peer_listen(path);
	struct mconsole *m = NULL;

	assert_int_equal(mconsole_new(path, &m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(mconsole_send(m, "x"), 0);
		peer_take(&p, "x");
		assert_int_equal(peer_send(&p, rows[i].data, rows[i].len), rows[i].len);
		assert_int_equal(mconsole_receive(m), -EBADMSG);
		assert_int_equal(mconsole_abandon(m), 0);
	}
	assert_int_equal(mconsole_send(m, "x"), 0);
	peer_take(&p, "x");
	peer_reply(&p, 0, 0, "ok \xff\xfe");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, NULL), "ok ??");
	mconsole_free(m);
	close(p.fd);
}

static void test_endless_answer_is_cut(void **state)
{
	const char *path = make_place(state);
	struct peer p = peer_listen(path);
	struct mconsole *m = NULL;
	char part[512];

	assert_int_equal(mconsole_new(path, &m), 0);
	assert_int_equal(mconsole_send(m, "x"), 0);
	peer_take(&p, "x");
	memset(part, 'y', 511);
	part[511] = '\0';
	for (unsigned int i = 0; i < 1000; i++) {
		peer_reply(&p, 0, 1, part);
		assert_int_equal(mconsole_receive(m), 0);
	}
	peer_reply(&p, 0, 0, part);
	assert_int_equal(mconsole_receive(m), 1);
	assert_int_equal(strlen(mconsole_answer(m, NULL)), MCONSOLE_ANSWER_MAX);
	mconsole_free(m);
	close(p.fd);
}

static void test_late_answer_is_dropped(void **state)
{
	const char *path = make_place(state);
	struct peer p = peer_listen(path);
	struct mconsole *m = NULL;
	struct peer old;

	assert_int_equal(mconsole_new(path, &m), 0);
	assert_int_equal(mconsole_send(m, "first"), 0);
	peer_take(&p, "first");
	old = p;
	assert_int_equal(mconsole_abandon(m), 0);
	assert_int_equal(mconsole_send(m, "second"), 0);
	peer_take(&p, "second");
	assert_int_equal(peer_send(&old, "late", 4), -1);
	peer_reply(&p, 0, 0, "second's");
	assert_int_equal(mconsole_receive(m), 1);
	assert_string_equal(mconsole_answer(m, NULL), "second's");
	mconsole_free(m);
	close(p.fd);
}

/*
 * --- notifications ------------------------------------------------------------------------------
 */

struct wire_notify {
	uint32_t magic, version, type, len;
	char data[MCONSOLE_DATA_MAX];
};

static struct wire_notify make_notify(uint32_t type, const char *text, uint32_t len)
{
	struct wire_notify n = { MCONSOLE_MAGIC, MCONSOLE_VERSION, type, len, { 0 } };

	memcpy(n.data, text, strlen(text));
	return n;
}

static void test_notify(void **state)
{
	struct wire_notify n = make_notify(MCONSOLE_NOTIFY_SOCKET, "/run/g/mconsole", 16);
	struct mconsole_notify out = { .type = MCONSOLE_NOTIFY_HANG };

	(void)state;
	assert_int_equal(mconsole_notify_parse(&n, 16 + 16, &out), 0);
	assert_int_equal(out.type, MCONSOLE_NOTIFY_SOCKET);
	assert_string_equal(out.text, "/run/g/mconsole");
	n = make_notify(MCONSOLE_NOTIFY_PANIC, "a\n\x1b[2J\x7f\xff", 9);
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), 0);
	assert_string_equal(out.text, "a??[2J??");
	/* No NUL at all. */
	memset(n.data, 'z', sizeof(n.data));
	n.len = sizeof(n.data);
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), 0);
	assert_int_equal(strlen(out.text), MCONSOLE_DATA_MAX - 1);
	n.len = 0;
	assert_int_equal(mconsole_notify_parse(&n, 16, &out), 0);
	assert_string_equal(out.text, "");
}

static void test_bad_notify(void **state)
{
	struct wire_notify n = make_notify(MCONSOLE_NOTIFY_USER, "hello", 6);
	struct mconsole_notify out = { .type = MCONSOLE_NOTIFY_HANG };
	char larger[sizeof(n) + 1] = { 0 };

	(void)state;
	for (size_t len = 0; len < 16 + 6; len++)
		assert_int_equal(mconsole_notify_parse(&n, len, &out), -EBADMSG);
	memcpy(larger, &n, sizeof(n));
	assert_int_equal(mconsole_notify_parse(larger, sizeof(larger), &out), -EBADMSG);
	n.len = 513;
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), -EBADMSG);
	n.len = UINT32_MAX;
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), -EBADMSG);
	n = make_notify(4, "", 1);
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), -EBADMSG);
	n = make_notify(0, "", 1);
	n.version = 1;
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), -EBADMSG);
	n = make_notify(0, "", 1);
	n.magic = 0;
	assert_int_equal(mconsole_notify_parse(&n, sizeof(n), &out), -EBADMSG);
	assert_int_equal(out.type, MCONSOLE_NOTIFY_HANG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_answers),
		SCRATCH_TEST(test_command_lengths),
		SCRATCH_TEST(test_strangers),
		SCRATCH_TEST(test_links_are_not_followed),
		SCRATCH_TEST(test_lying_peer),
		SCRATCH_TEST(test_endless_answer_is_cut),
		SCRATCH_TEST(test_late_answer_is_dropped),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_bad_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
