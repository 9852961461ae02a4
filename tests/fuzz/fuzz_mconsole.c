// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile guest kernel's end of mconsole. The whole input is tried as one notification; then it
 * is cut into datagrams (two bytes of length before each) and sent to a real client as the answer
 * to a command.
 */
#include "fuzz_target.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/mconsole.h"
#include "common/utf8.h"

#include <fcntl.h>

static char dir[] = "/tmp/umld-fuzz-XXXXXX";
static struct mconsole *client;
static int peer = -1;

static void remove_dir(void)
{
	(void)dir_remove_all(AT_FDCWD, dir);
}

static void set_up(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	MUST(mkdtemp(dir));
	(void)atexit(remove_dir);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/mconsole", dir);
	peer = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	MUST(peer >= 0 && bind(peer, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	MUST(mconsole_new(addr.sun_path, &client) == 0);
}

static void check_notify(const uint8_t *data, size_t len)
{
	struct mconsole_notify n;
	void *copy = exact_copy(data, len);
	size_t text_len;

	if (mconsole_notify_parse(copy, len, &n) == 0) {
		text_len = strnlen(n.text, sizeof(n.text));
		MUST(text_len < sizeof(n.text) && utf8_valid(n.text, text_len));
		for (size_t i = 0; i < text_len; i++)
			MUST((unsigned char)n.text[i] >= 0x20 && n.text[i] != 0x7f);
	}
	free(copy);
}

/* Returns what mconsole_receive said last. */
static int answer_with(const uint8_t *data, size_t len, const struct sockaddr_un *to,
		       socklen_t to_len)
{
	int r = 0;

	while (len >= 2 && r == 0) {
		size_t n = (size_t)(data[0] | data[1] << 8) % 600;

		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		MUST(sendto(peer, data, n, 0, (const struct sockaddr *)to, to_len) == (ssize_t)n);
		data += n;
		len -= n;
		r = mconsole_receive(client);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sockaddr_un from;
	socklen_t from_len = sizeof(from);
	char request[1024];
	int r;

	if (peer < 0)
		set_up();
	check_notify(data, len);
	MUST(mconsole_send(client, "version") == 0);
	MUST(recvfrom(peer, request, sizeof(request), 0, (struct sockaddr *)&from, &from_len) > 0);
	r = answer_with(data, len, &from, from_len);
	MUST(r == 0 || r == 1 || r == -EBADMSG);
	if (r == 1) {
		const char *text = mconsole_answer(client, NULL);

		MUST(utf8_valid(text, strlen(text)) && strlen(text) <= MCONSOLE_ANSWER_MAX);
	}
	if (r != 1)
		MUST(mconsole_abandon(client) == 0);
	return 0;
}
