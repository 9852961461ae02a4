// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_image_guest [KERNEL] - does the mini image boot for real, as disk and as initial RAM disk, under linux.uml or the kernel that is named? It
 * must come to a login, let root in, power off on Ctrl-Alt-Del, and leave a clean file system. Skipped (77) where the kernel
 * is not there. Debian images are tests/integration/08-debian.sh's.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mconsole.h"

#define CONSOLE_BYTES  (256u * 1024)
#define EXPECT_SECONDS 120

struct guest {
	char dir[64];
	pid_t pid;
	int console;
	char *text; /* everything the console has said, NUL-terminated */
	size_t len, seen;
};

static void shell(const char *fmt, ...) printf_like(1, 2);
static void shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int setup(void **state)
{
	struct guest *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	(void)snprintf(g->dir, sizeof(g->dir), "/var/tmp/umld-boot-XXXXXX");
	assert_non_null(mkdtemp(g->dir));
	g->console = -1;
	g->text = calloc(1, CONSOLE_BYTES);
	assert_non_null(g->text);
	*state = g;
	return 0;
}

static void guest_stop(struct guest *g)
{
	if (g->pid > 0) {
		(void)kill(g->pid, SIGKILL);
		(void)waitpid(g->pid, NULL, 0);
	}
	g->pid = 0;
	if (g->console >= 0)
		(void)close(g->console);
	g->console = -1;
	g->len = g->seen = 0;
}

static int teardown(void **state)
{
	struct guest *g = *state;

	guest_stop(g);
	shell("rm -rf %s", g->dir);
	free(g->text);
	free(g);
	return 0;
}

/* The kernel that is tried. */
static const char *kernel = "linux.uml";

/* Start it below a PID 1 of its own (`unshare --fork`), which takes all of it down when it is killed. */
static void guest_start(struct guest *g, const char *disk_words)
{
	char command[1024];
	pid_t pid;

	(void)snprintf(
		command, sizeof(command),
		"exec unshare --user --map-root-user --pid --fork --kill-child=KILL -- sh -c '%s "
		"mem=192M umid=guest uml_dir=%s/ con0=fd:0,fd:1 con=null ssl=null hostname=gonzo "
		"noreboot quiet %s; exit $?'",
		kernel, g->dir, disk_words);
	pid = forkpty(&g->console, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	g->pid = pid;
}

/* Read on. False at the end of the console. A guest that says nothing for too long fails the test. */
static bool guest_read(struct guest *g, const char *waiting_for)
{
	struct pollfd p = { .fd = g->console, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, EXPECT_SECONDS * 1000) == 0)
		fail_msg("no '%s' in:\n%s", waiting_for, g->text + g->seen);
	if (g->len >= CONSOLE_BYTES - 1)
		fail_msg("too much output");
	n = read(g->console, g->text + g->len, CONSOLE_BYTES - 1 - g->len);
	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n; i++) {
		if (g->text[g->len + (size_t)i] == '\0')
			g->text[g->len + (size_t)i] = ' ';
	}
	g->len += (size_t)n;
	g->text[g->len] = '\0';
	return true;
}

static void expect(struct guest *g, const char *what)
{
	const char *at;

	while (!(at = strstr(g->text + g->seen, what))) {
		if (!guest_read(g, what))
			fail_msg("the guest ended without '%s':\n%s", what, g->text + g->seen);
	}
	g->seen = (size_t)(at - g->text) + strlen(what);
}

static void type(struct guest *g, const char *line)
{
	assert_int_equal(fd_write_all(g->console, line, strlen(line)), 0);
}

static void guest_login(struct guest *g)
{
	expect(g, "gonzo login: ");
	type(g, "root\n");
	expect(g, "# ");
	/* Taken apart, so that the echo of the line is not the answer. */
	type(g, "echo id=$(id -u) name=$(hostname)\n");
	expect(g, "id=0 name=gonzo");
	expect(g, "# ");
}

static void guest_ctrl_alt_del(struct guest *g)
{
	struct mconsole *m = NULL;
	struct pollfd p;
	char path[128];
	int status = -1, r = 0;

	(void)snprintf(path, sizeof(path), "%s/guest/mconsole", g->dir);
	assert_int_equal(mconsole_new(path, &m), 0);
	assert_int_equal(mconsole_send(m, "cad"), 0);
	while (r == 0) {
		p = (struct pollfd){ .fd = mconsole_fd(m), .events = POLLIN };
		assert_int_equal(poll(&p, 1, EXPECT_SECONDS * 1000), 1);
		r = mconsole_receive(m);
	}
	assert_int_equal(r, 1);
	(void)mconsole_answer(m, &status);
	assert_int_equal(status, 0);
	mconsole_free(m);
	/* UML knows no power-off and says that it has halted. */
	expect(g, strstr(kernel, "linux") ? "reboot: System halted" : "reboot: Power down");
	while (guest_read(g, "the end"))
		;
	assert_int_equal(waitpid(g->pid, &status, 0), g->pid);
	g->pid = 0;
	assert_int_equal(status, 0);
}

static void assert_clean(const char *image)
{
	shell("e2fsck -fn %s >/dev/null 2>&1", image);
	/* needs_recovery: the journal was not emptied, so it was not unmounted. */
	shell("! dumpe2fs -h %s 2>/dev/null | grep -q needs_recovery", image);
}

static void test_mini_disk(void **state)
{
	struct guest *g = *state;
	char words[256], image[128];

	(void)snprintf(image, sizeof(image), "%s/mini.img", g->dir);
	shell("cp --sparse=always %s/mini.img %s", UMLD_MINI_DIR, image);
	shell("truncate -s 8M %s/swap && mkswap -q -L umld-swap %s/swap", g->dir, g->dir);
	(void)snprintf(words, sizeof(words), "ubd0=%s ubd1=%s/swap root=/dev/ubda rw", image,
		       g->dir);
	guest_start(g, words);
	guest_login(g);
	/* umlk has the disk and does not swap yet. */
	type(g, "grep -c ubdb /proc/swaps; touch /root/written; stat -c owner=%U /etc/passwd\n");
	expect(g, strstr(kernel, "linux") ? "\n1\r\n" : "\n0\r\n");
	expect(g, "owner=root");
	guest_ctrl_alt_del(g);
	assert_clean(image);
	shell("debugfs -R 'stat /root/written' %s 2>/dev/null | grep -q Inode", image);
}

static void test_mini_ramdisk(void **state)
{
	struct guest *g = *state;

	guest_start(g, "initrd=" UMLD_MINI_DIR "/mini.cpio");
	guest_login(g);
	guest_ctrl_alt_del(g);
}

/* The same inputs, the same bytes: what packages are checked against. */
static void test_mini_is_reproducible(void **state)
{
	struct guest *g = *state;

	shell("%s/build-mini.sh %s %s/tree %s/mini_pack %s/again", UMLD_MINI_SOURCE, UMLD_BUSYBOX,
	      UMLD_MINI_SOURCE, UMLD_MINI_DIR, g->dir);
	shell("cmp %s/mini.img %s/again/mini.img", UMLD_MINI_DIR, g->dir);
	shell("cmp %s/mini.cpio %s/again/mini.cpio", UMLD_MINI_DIR, g->dir);
}

int main(int argc, char **argv)
{
	char command[4200];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mini_is_reproducible, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mini_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mini_ramdisk, setup, teardown),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("test_image_guest", LOG_LEVEL_ERROR);
	if (argc > 1)
		kernel = argv[1];
	(void)snprintf(command, sizeof(command), "command -v %s >/dev/null", kernel);
	if (system(command) != 0) {
		(void)fprintf(stderr, "SKIP: no %s (apt install user-mode-linux)\n", kernel);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
