// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/self: stat's fields, status lines, cmdline, comm, fd and fdinfo, exe, cwd, root, environ, maps' form. */
#include <ctype.h>
#include <dirent.h>

#include "guest_helpers.h"

static char buf[65536];

static long get(const char *name)
{
	int fd = open(name, O_RDONLY);
	long n = 0, r;

	if (fd < 0)
		return -1;
	while ((r = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += r;
	buf[n] = 0;
	close(fd);
	return n;
}

static void line(const char *key)
{
	char *p, *e;

	get("/proc/self/status");
	p = strstr(buf, key);
	if (!p) {
		printf("%s missing\n", key);
		return;
	}
	e = strchr(p, '\n');
	printf("%.*s\n", (int)(e - p), p);
}

int main(int argc, char **argv)
{
	int fields = 1, good = 0, bad = 0, fd;
	char b[256], *p;
	struct dirent *e;
	ssize_t n;
	DIR *d;

	if (argc == 1)
		execle("/proc/self/exe", "two words", "arg", "", NULL,
		       (char *[]){ "A=1", "B=2", NULL });
	n = get("/proc/self/cmdline");
	printf("cmdline %zd", n);
	for (int i = 0; i < n; i++)
		putchar(buf[i] ? buf[i] : '|');
	n = get("/proc/self/environ");
	printf("\nenviron %zd %s\n", n, buf);
	get("/proc/self/stat");
	printf("own pid %d\n", atoi(buf) == getpid());
	p = strrchr(buf, ')');
	printf("state %c\n", p[2]);
	for (p += 1; *p; p++)
		fields += *p == ' ';
	printf("fields %d\n", fields + 1);
	line("Uid:");
	line("Gid:");
	line("Threads:");
	line("SigBlk:");
	line("TracerPid:");
	line("NoNewPrivs:");
	get("/proc/self/comm");
	printf("comm %s", buf);
	fd = open("/proc/self/comm", O_WRONLY);
	report("write comm", write(fd, "a very long new name", 20));
	get("/proc/self/comm");
	printf("comm %s", buf);
	make_file("f", "0123456789");
	fd = open("f", O_RDWR | O_APPEND);
	lseek(fd, 5, SEEK_SET);
	snprintf(b, sizeof(b), "/proc/self/fdinfo/%d", fd);
	get(b);
	p = strstr(buf, "mnt_id");
	printf("%.*s", p ? (int)(p - buf) : 0, buf);
	snprintf(b, sizeof(b), "/proc/self/fd/%d", fd);
	n = readlink(b, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	printf("fd link %s\n", strrchr(buf, '/'));
	result("fd that is closed", readlink("/proc/self/fd/99", buf, 10));
	get("/proc/self/maps");
	for (p = buf; *p;) {
		unsigned long s, t, o;
		char perms[5];
		unsigned int maj, min;
		unsigned long ino;

		if (sscanf(p, "%lx-%lx %4s %lx %x:%x %lu", &s, &t, perms, &o, &maj, &min, &ino) ==
			    7 &&
		    s < t && s % 4096 == 0)
			good++;
		else
			bad++;
		p = strchr(p, '\n') + 1;
	}
	printf("maps: some %d bad %d stack %d heap %d\n", good > 5, bad,
	       strstr(buf, "[stack]") != NULL, (sbrk(4096), strstr(buf, "[heap]") != NULL));
	n = 0;
	d = opendir("/proc/self/task");
	while ((e = readdir(d)))
		n += isdigit(e->d_name[0]) != 0;
	printf("tasks %zd\n", n);
	result("no such process", open("/proc/999999999/stat", O_RDONLY));
	result("create", open("/proc/new", O_CREAT | O_RDWR, 0644));
	result("unlink", unlink("/proc/self/stat"));
	result("write stat", open("/proc/self/stat", O_WRONLY) >= 0 ? 0 : -1);
	n = readlink("/proc/self", b, 20);
	CHECK(n > 0);
	b[n] = 0;
	printf("self is %d\n", atoi(b) == getpid());
	printf("thread-self %d\n", readlink("/proc/thread-self", b, 40) > 0);
	return 0;
}
