// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest kernel for tests of umld-monitor: takes linux.uml's words, announces its mconsole, answers commands, echoes console
 * 0, and does what further words on its command line say:
 *
 *	poweroff reboot panic crash	end that way as soon as it is up; with FILE.once: only while FILE does not exist
 *	early-exit			end with a sentence before it is up
 *	never-up			never announce anything
 *	hang				ignore Ctrl-Alt-Del and SIGTERM
 *	silent				never answer mconsole
 *	bad-answers, bad-notify		say what no kernel says
 *	orphans				leave processes in other sessions behind
 *	spew				write to console 0 without end
 *	deaf				never read console 0
 *	identity			print who it is and what it holds
 *	attack				try to kill and trace its parent
 *	once=FILE			see above
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MAGIC 0xcafebabeu

struct packet {
	uint32_t magic, version, type_or_len, len;
	char data[512];
};

struct reply {
	int32_t err;
	uint32_t more, len;
	char data[512];
};

static char **words;
static char dir[256];
static int mconsole = -1;

static bool has(const char *word)
{
	for (char **w = words; *w; w++)
		if (strcmp(*w, word) == 0)
			return true;
	return false;
}

static const char *value(const char *prefix)
{
	for (char **w = words; *w; w++)
		if (strncmp(*w, prefix, strlen(prefix)) == 0)
			return *w + strlen(prefix);
	return NULL;
}

static void say(const char *text)
{
	(void)!write(1, text, strlen(text));
}

static void make_address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "%s", path);
}

static void open_mconsole(void)
{
	struct sockaddr_un a;
	char path[512];

	(void)snprintf(dir, sizeof(dir), "%s%s", value("uml_dir="), value("umid="));
	if (mkdir(dir, 0700) < 0) {
		say("fake: the umid directory is there already\n");
		exit(3);
	}
	(void)snprintf(path, sizeof(path), "%s/mconsole", dir);
	make_address(&a, path);
	mconsole = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(mconsole, (struct sockaddr *)&a, sizeof(a)) < 0)
		exit(4);
}

static void notify_bytes(const void *data, size_t len)
{
	struct sockaddr_un a;

	make_address(&a, value("mconsole=notify:"));
	(void)sendto(mconsole, data, len, 0, (struct sockaddr *)&a, sizeof(a));
}

static void notify(uint32_t type, const char *text)
{
	struct packet p = { MAGIC, 2, type, (uint32_t)strlen(text) + 1, "" };

	(void)snprintf(p.data, sizeof(p.data), "%s", text);
	notify_bytes(&p, 16 + p.len);
}

static void print_status_line(const char *key)
{
	char line[512];
	FILE *f = fopen("/proc/thread-self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			say(line);
	if (f)
		(void)fclose(f);
}

static void print_identity(void)
{
	char line[256];
	struct rlimit core = { 1, 1 };
	const struct dirent *e;
	gid_t groups[64];
	DIR *d;

	(void)getrlimit(RLIMIT_CORE, &core);
	(void)snprintf(line, sizeof(line), "uid=%u gid=%u groups=%d core=%lu ppid=%d pid=%d\n",
		       getuid(), getgid(), getgroups(64, groups), (unsigned long)core.rlim_cur,
		       getppid(), getpid());
	say(line);
	print_status_line("NoNewPrivs");
	print_status_line("CapEff");
	print_status_line("CapPrm");
	print_status_line("SigBlk");
	print_status_line("SigIgn");
	print_status_line("Cpus_allowed_list");
	(void)snprintf(line, sizeof(line), "/proc/self/fd");
	d = opendir(line);
	say("fds:");
	while (d && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && (int)strtol(e->d_name, NULL, 10) != dirfd(d)) {
			(void)snprintf(line, sizeof(line), " %d", (int)strtol(e->d_name, NULL, 10));
			say(line);
		}
	say("\nidentity-done\n");
}

static void attack(void)
{
	say(kill(getppid(), SIGKILL) < 0 ? "kill-refused\n" : "kill-sent\n");
	say(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 ? "trace-refused\n" : "trace-done\n");
	say(setgid(0) < 0 || setuid(0) < 0 ? "root-refused\n" : "root-again\n");
	say("attack-done\n");
}

static void leave_orphans(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)setsid();
			if (fork() == 0) {
				(void)signal(SIGTERM, SIG_IGN);
				(void)signal(SIGHUP, SIG_IGN);
				for (;;)
					(void)pause();
			}
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
}

static void clean_up(void)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/mconsole", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

/* End as the word says, if it is there and `once` allows it. */
static void end_if(const char *word)
{
	const char *once = value("once=");

	if (!has(word))
		return;
	if (once) {
		int fd = open(once, O_CREAT | O_EXCL | O_WRONLY, 0600);

		if (fd < 0)
			return;
		(void)close(fd);
	}
	if (strcmp(word, "panic") == 0) {
		notify(1, "VFS: no root");
		say("Kernel panic - not syncing: VFS: no root\n");
		abort();
	}
	if (strcmp(word, "crash") == 0)
		(void)raise(SIGSEGV);
	say(strcmp(word, "reboot") == 0 ? "reboot: Restarting system\n" : "reboot: Power down\n");
	clean_up();
	exit(0);
}

static void answer(const struct sockaddr_un *to, socklen_t len, int err, const char *text)
{
	struct reply r = { err, 0, (uint32_t)strlen(text) + 1, "" };

	(void)snprintf(r.data, sizeof(r.data), "%s", text);
	if (has("bad-answers"))
		r.len = 0xfffffff0u;
	(void)sendto(mconsole, &r, 12 + strlen(text) + 1, 0, (const struct sockaddr *)to, len);
}

static void serve_command(void)
{
	static bool stopped;
	struct {
		uint32_t magic, version, len;
		char data[512];
	} q = { 0 };
	struct sockaddr_un from;
	socklen_t len = sizeof(from);

	if (recvfrom(mconsole, &q, sizeof(q), 0, (struct sockaddr *)&from, &len) <= 0)
		return;
	q.data[511] = '\0';
	if (has("silent"))
		return;
	if (strncmp(q.data, "stop", 4) == 0) {
		answer(&from, len, stopped ? 1 : 0, stopped ? "Already stopped" : "stopped");
		stopped = true;
	} else if (strncmp(q.data, "go", 2) == 0) {
		answer(&from, len, stopped ? 0 : 1, stopped ? "" : "Not stopped");
		stopped = false;
	} else if (strncmp(q.data, "version", 7) == 0) {
		answer(&from, len, 0, "fake 1.0");
	} else if (strncmp(q.data, "cad", 3) == 0) {
		answer(&from, len, 0, "");
		if (!has("hang") && !stopped) {
			say("reboot: Restarting system\n");
			clean_up();
			exit(0);
		}
	} else {
		answer(&from, len, 1, "Unknown command");
	}
}

static void serve(void)
{
	struct pollfd fds[2] = { { .fd = mconsole, .events = POLLIN },
				 { .fd = has("deaf") ? -1 : 0, .events = POLLIN } };
	char buf[4096];

	for (;;) {
		if (has("spew")) {
			memset(buf, 'x', sizeof(buf));
			buf[sizeof(buf) - 1] = '\n';
			(void)!write(1, buf, sizeof(buf));
		}
		if (poll(fds, 2, has("spew") ? 0 : -1) < 0)
			continue;
		if (fds[0].revents)
			serve_command();
		if (fds[1].revents) {
			ssize_t n = read(0, buf, sizeof(buf));

			if (n > 0)
				(void)!write(1, buf, (size_t)n);
		}
	}
}

int main(int argc, char **argv)
{
	struct termios t;

	(void)argc;
	words = argv;
	if (has("--help")) {
		say("eth[0-9]+=<transport>\nvec[0-9]+:<option>\n");
		return 0;
	}
	if (has("--version")) {
		say("1.0-fake\n");
		return 0;
	}
	say("fake kernel\n");
	(void)fprintf(stderr, "stderr line\n");
	if (value("con1="))
		(void)!write(3, "console one\n", 12);
	if (has("hang")) {
		(void)signal(SIGTERM, SIG_IGN);
		(void)signal(SIGHUP, SIG_IGN);
	}
	if (has("early-exit")) {
		say("fake: cannot allocate anything\n");
		return 1;
	}
	open_mconsole();
	if (tcgetattr(0, &t) == 0) {
		cfmakeraw(&t);
		(void)tcsetattr(0, TCSADRAIN, &t);
	}
	if (has("orphans"))
		leave_orphans();
	if (has("bad-notify")) {
		notify_bytes("rubbish", 7);
		notify_bytes("", 0);
		for (unsigned int i = 0; i < 50; i++)
			notify(77, "what");
	}
	if (!has("never-up"))
		notify(0, dir);
	if (has("identity"))
		print_identity();
	if (has("attack"))
		attack();
	end_if("poweroff");
	end_if("reboot");
	end_if("panic");
	end_if("crash");
	say("fake kernel is up\n");
	serve();
	return 0;
}
