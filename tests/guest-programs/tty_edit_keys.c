// SPDX-License-Identifier: GPL-2.0-or-later
/* Canonical input: erase, word erase, kill, literal next, reprint, end of line characters, and what each echoes. */
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "guest_helpers.h"

static int master, slave;

static void show(const char *label, const char *b, ssize_t n)
{
	printf("%s:", label);
	for (ssize_t i = 0; i < n; i++)
		if (b[i] > ' ' && b[i] < 127)
			printf(" %c", b[i]);
		else
			printf(" %02x", (unsigned char)b[i]);
	printf("\n");
}

static void type(const char *label, const char *keys, size_t len)
{
	char in[256], echo[256];
	ssize_t n;

	struct pollfd p[2] = { { master, POLLIN, 0 }, { slave, POLLIN, 0 } };
	int had[2] = { -1, -1 }, have[2];

	CHECK_EQ(write(master, keys, len), len);
	fcntl(master, F_SETFL, O_NONBLOCK);
	/* The host processes input in a worker: until something is there, and then until no more comes. */
	CHECK(poll(p + 1, 1, 5000) == 1);
	for (;;) {
		CHECK_EQ(ioctl(master, FIONREAD, &have[0]), 0);
		CHECK_EQ(ioctl(slave, FIONREAD, &have[1]), 0);
		if (memcmp(had, have, sizeof(had)) == 0)
			break;
		memcpy(had, have, sizeof(had));
		usleep(20000);
	}
	n = read(master, echo, sizeof(echo));
	printf("%s\n", label);
	show("  echo", echo, n);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	while ((n = read(slave, in, sizeof(in))) > 0)
		show("  line", in, n);
	if (n == 0)
		printf("  end of file\n");
}

#define TYPE(label, keys) type(label, keys, sizeof(keys) - 1)

int main(void)
{
	struct termios t;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK_EQ(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK_EQ(tcgetattr(slave, &t), 0);
	t.c_cc[VEOL] = ';';
	t.c_cc[VEOL2] = '!';
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	TYPE("erase", "abc\177\177d\n");
	TYPE("erase too far", "a\177\177\177b\n");
	TYPE("erase a tab", "a\tb\177\177c\n");
	TYPE("erase a control character", "a\001\177b\n");
	TYPE("word erase", "one two  \027x\n");
	TYPE("word erase with punctuation", "one.two\027x\n");
	TYPE("kill", "abcdef\025x\n");
	TYPE("literal next", "a\026\003\026\026b\n");
	TYPE("literal newline", "a\026\nb\n");
	TYPE("reprint", "ab\022c\n");
	TYPE("end of line characters", "a;b!c\n");
	TYPE("end of file in the middle", "ab\004cd\n");
	TYPE("end of file", "\004");
	TYPE("control character", "\001\033\n");
	TYPE("carriage return", "x\r");
	t.c_lflag &= ~(tcflag_t)ECHOCTL;
	tcsetattr(slave, TCSANOW, &t);
	TYPE("without ECHOCTL", "\001b\n");
	t.c_lflag &= ~(tcflag_t)(ECHOE | ECHOKE);
	tcsetattr(slave, TCSANOW, &t);
	TYPE("without ECHOE, ECHOKE", "ab\177c\025d\n");
	t.c_lflag |= ECHOPRT | ECHOE;
	tcsetattr(slave, TCSANOW, &t);
	TYPE("ECHOPRT", "abc\177\177d\n");
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHOPRT);
	t.c_lflag |= ECHONL;
	tcsetattr(slave, TCSANOW, &t);
	TYPE("only ECHONL", "ab\n");
	t.c_lflag &= ~(tcflag_t)IEXTEN;
	tcsetattr(slave, TCSANOW, &t);
	TYPE("without IEXTEN", "a b\027\026c\n");
	t.c_iflag |= ISTRIP | IUCLC;
	t.c_lflag |= IEXTEN;
	tcsetattr(slave, TCSANOW, &t);
	TYPE("ISTRIP, IUCLC", "A\301B\n");
	return 0;
}
