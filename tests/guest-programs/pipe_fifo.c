// SPDX-License-Identifier: GPL-2.0-or-later
/* Fifos: opening waits for the other side; O_NONBLOCK does not; O_RDWR never. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guest_test.h"

static void on_alarm(int signo)
{
	(void)signo;
}

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	char b[10];
	int r, w;

	CHECK(mkfifo("f", 0600) == 0);
	report("writer alone", open("f", O_WRONLY | O_NONBLOCK));
	r = open("f", O_RDONLY | O_NONBLOCK);
	CHECK(r >= 0);
	report("read without writers", read(r, b, 1));
	report("poll before any writer", ready(r));
	w = open("f", O_WRONLY | O_NONBLOCK);
	CHECK(w >= 0);
	report("empty", read(r, b, 1));
	close(w);
	report("poll after a writer", ready(r));
	close(r);
	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	report("interrupted open", open("f", O_RDONLY));
	if (fork() == 0) {
		w = open("f", O_WRONLY);
		(void)!write(w, "hello", 5);
		_exit(0);
	}
	r = open("f", O_RDONLY);
	report("read", read(r, b, 10));
	wait(NULL);
	report("end", read(r, b, 10));
	close(r);
	r = open("f", O_RDWR);
	CHECK(r >= 0);
	report("write to oneself", write(r, "abc", 3));
	report("read it", read(r, b, 10));
	return 0;
}
