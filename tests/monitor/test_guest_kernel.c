// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the table build the command lines that the kernels read, refuse what they would misread, and tell ends apart? */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/guest_kernel.h"

#define EXITED(n) ((n) << 8)

static const struct kernel_features old = { .net_eth_tuntap = true, .net_vec_tap = true };
static const struct kernel_features new = { .net_vec_tap = true, .smp = true };

static struct kernel_args basic_args(void)
{
	return (struct kernel_args){
		.program = "/usr/bin/linux.uml",
		.umid = "gonzo",
		.uml_dir = "/run/umld/uml/gonzo/",
		.notify_socket = "/run/umld/uml/gonzo/notify",
		.mem_bytes = 134217728,
		.ncpus = 1,
		.n_consoles = 1,
	};
}

static char *joined(const struct kernel_args *a, const struct kernel_features *f)
{
	cleanup_error struct error err = ERROR_INIT;
	char **argv = NULL, *text = calloc(1, 8192);
	int r = guest_kernel_find("linux.uml")->build_argv(a, f, &argv, &err);

	if (r < 0)
		fail_msg("%s", err.message);
	for (char **w = argv; *w; w++) {
		(void)strcat(text, *w);
		if (w[1])
			(void)strcat(text, " ");
	}
	kernel_argv_free(argv);
	return text;
}

static void test_whole_line(void **state)
{
	struct kernel_disk disks[] = { { "/s/disk.cow", "/i/disk.img", false },
				       { "/d/data.img", NULL, true } };
	struct kernel_args a = basic_args();
	char *text;

	a.disks = disks;
	a.n_disks = 2;
	a.root_on_disk = true;
	a.tap = "tap0";
	a.mac = "02:00:00:00:00:01";
	a.n_consoles = 3;
	a.append = " quiet  init=\"/bin/a b\" x ";
	text = joined(&a, &old);
	assert_string_equal(
		text,
		"/usr/bin/linux.uml mem=134217728 ubd0=/s/disk.cow,/i/disk.img ubd1r=/d/data.img "
		"root=/dev/ubda rw eth0=tuntap,tap0,02:00:00:00:00:01 umid=gonzo "
		"hostname=gonzo "
		"uml_dir=/run/umld/uml/gonzo/ mconsole=notify:/run/umld/uml/gonzo/notify "
		"con=none con0=fd:0,fd:1 con1=fd:3 con2=fd:4 ssl=none noreboot "
		"quiet init=\"/bin/a b\" x");
	free(text);
}

static void test_newer_kernel(void **state)
{
	struct kernel_args a = basic_args();
	char *text;

	a.tap = "tap0";
	a.mac = "02:00:00:00:00:01";
	a.ncpus = 4;
	text = joined(&a, &new);
	assert_non_null(strstr(text, " vec0:transport=tap,ifname=tap0,mac=02:00:00:00:00:01 "));
	assert_non_null(strstr(text, " ncpus=4 "));
	free(text);
}

static void refused(const struct kernel_args *a, const struct kernel_features *f, const char *part)
{
	cleanup_error struct error err = ERROR_INIT;
	char **argv = NULL;

	assert_int_equal(guest_kernel_find("linux.uml")->build_argv(a, f, &argv, &err), -EINVAL);
	assert_null(argv);
	assert_int_equal(err.code, ERROR_USAGE);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

static void test_paths_that_would_be_split(void **state)
{
	static const char *const bad[] = { "/d/a,b",  "/d/a:b",	 "/d/a b",
					   "/d/a\"b", "/d/a\nb", "relative" };
	struct kernel_args a = basic_args();

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kernel_disk d = { bad[i], NULL, false }, base = { "/ok", bad[i], false };

		a.disks = &d;
		a.n_disks = 1;
		refused(&a, &old, bad[i]);
		a.disks = &base;
		refused(&a, &old, bad[i]);
	}
}

static void test_append(void **state)
{
	static const char *const bad[] = { "umid=x",   "a uml_dir=/", "mconsole=notify:x",
					   "con0=pts", "con=null",    "x \"y",
					   "a\nb",     "--help" };
	struct kernel_args a = basic_args();

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		a.append = bad[i];
		refused(&a, &old, "append");
	}
}

static void test_too_much(void **state)
{
	struct kernel_args a = basic_args();
	char *words = calloc(1, 8192);

	assert_non_null(words);
	memset(words, 'a', 5000);
	a.append = words;
	refused(&a, &old, "4000");
	for (size_t i = 1; i < 1000; i += 2)
		words[i] = ' ';
	words[1000] = '\0';
	refused(&a, &old, "words");
	free(words);
	a.append = NULL;
	a.ncpus = 2;
	refused(&a, &old, "one CPU");
	a.ncpus = 1;
	a.tap = "tap0";
	a.mac = "02:00:00:00:00:01";
	refused(&a, &(struct kernel_features){ 0 }, "neither");
	a.mac = "03:00:00:00:00:01";
	refused(&a, &old, "network");
	a.tap = NULL;
	a.n_consoles = 17;
	refused(&a, &old, "consoles");
}

struct end_row {
	int status;
	bool up, panicked;
	const char *tail;
	enum guest_end end;
};

static void check_ends(const char *kernel, const struct end_row *rows, size_t n)
{
	const struct guest_kernel *k = guest_kernel_find(kernel);

	for (size_t i = 0; i < n; i++) {
		enum guest_end end =
			k->classify_end(rows[i].status, rows[i].up, rows[i].panicked, rows[i].tail);

		if (end != rows[i].end)
			fail_msg("%s row %zu: %s", kernel, i, guest_end_to_string(end));
	}
}

static void test_ends_of_linux_uml(void **state)
{
	static const struct end_row rows[] = {
		{ EXITED(0), true, false, "x\nreboot: Power down\n", GUEST_END_POWEROFF },
		{ EXITED(0), true, false, "reboot: System halted\n", GUEST_END_POWEROFF },
		{ EXITED(0), true, false, "reboot: Restarting system\n", GUEST_END_REBOOT },
		{ EXITED(0), true, false, "[    1.5] reboot: Restarting system\n",
		  GUEST_END_REBOOT },
		/* what counts is the last one, and only at the start of a line */
		{ EXITED(0), true, false, "reboot: Restarting system\nreboot: Power down\n",
		  GUEST_END_POWEROFF },
		{ EXITED(0), true, false, "say reboot: Restarting system\n", GUEST_END_POWEROFF },
		{ EXITED(0), true, false, "", GUEST_END_POWEROFF },
		{ EXITED(0), true, false, NULL, GUEST_END_POWEROFF },
		/* the guest wrote to /proc/exitcode */
		{ EXITED(7), true, false, "reboot: Power down\n", GUEST_END_POWEROFF },
		{ EXITED(7), true, false, "reboot: Restarting system\n", GUEST_END_REBOOT },
		{ EXITED(7), true, false, "", GUEST_END_PANIC },
		{ EXITED(1), true, false, "", GUEST_END_KILLED }, /* SIGTERM */
		{ EXITED(134), true, false, "", GUEST_END_PANIC },
		{ EXITED(0), true, true, "reboot: Power down\n", GUEST_END_PANIC },
		{ EXITED(0), false, false, "reboot: Power down\n", GUEST_END_FAILED },
		{ EXITED(1), false, false, "", GUEST_END_FAILED },
		{ SIGABRT, true, false, "", GUEST_END_PANIC },
		{ SIGABRT, false, false, "", GUEST_END_FAILED },
		{ SIGABRT, false, true, "", GUEST_END_PANIC },
		{ SIGSEGV, true, false, "", GUEST_END_PANIC },
		{ SIGKILL, true, false, "", GUEST_END_KILLED },
		{ SIGKILL, false, false, "", GUEST_END_KILLED },
		{ SIGTERM, true, false, "", GUEST_END_KILLED },
	};

	check_ends("linux.uml", rows, ARRAY_SIZE(rows));
}

static void test_ends_of_umlk(void **state)
{
	static const struct end_row rows[] = {
		{ EXITED(0), true, false, "reboot: Restarting system\n", GUEST_END_POWEROFF },
		{ EXITED(133), true, false, "", GUEST_END_REBOOT },
		{ EXITED(134), true, false, "", GUEST_END_PANIC },
		{ EXITED(134), false, true, "", GUEST_END_PANIC },
		{ EXITED(0), false, false, "", GUEST_END_FAILED },
		{ EXITED(2), false, false, "", GUEST_END_FAILED },
		{ SIGKILL, true, false, "", GUEST_END_KILLED },
		{ SIGSEGV, true, false, "", GUEST_END_PANIC },
	};

	check_ends("umlk", rows, ARRAY_SIZE(rows));
}

static void test_end_names(void **state)
{
	for (int e = 0; e < GUEST_END_MAX; e++)
		assert_int_equal(guest_end_from_string(guest_end_to_string((enum guest_end)e)), e);
	assert_int_equal(guest_end_from_string("x"), GUEST_END_INVALID);
	assert_int_equal(guest_end_from_string(NULL), GUEST_END_INVALID);
	assert_null(guest_kernel_find("hurd"));
}

static void test_locate(void **state)
{
	const struct guest_kernel *k = guest_kernel_find("linux.uml");
	cleanup_error struct error err = ERROR_INIT;
	cleanup_free char *path = NULL;

	assert_int_equal(guest_kernel_locate(k, "/bin/sh", &path, &err), 0);
	assert_string_equal(path, "/bin/sh");
	assert_int_equal(guest_kernel_locate(k, "/nowhere/linux", &path, &err), -ENOENT);
	assert_non_null(strstr(err.hint, "user-mode-linux"));
	assert_int_equal(guest_kernel_locate(k, "bin/sh", &path, &err), -EINVAL);
	assert_int_equal(guest_kernel_locate(k, "/etc", &path, &err), -ENOENT); /* no program */
}

static void test_probe(void **state)
{
	const struct guest_kernel *k = guest_kernel_find("linux.uml");
	cleanup_error struct error err = ERROR_INIT;
	struct kernel_features f = { 0 };

	assert_int_equal(guest_kernel_probe(k, FAKE_KERNEL, &f, &err), 0);
	assert_true(f.net_eth_tuntap);
	assert_true(f.net_vec_tap);
	assert_false(f.smp);
	assert_string_equal(f.version, "1.0-fake");
	assert_int_equal(guest_kernel_probe(k, "/bin/true", &f, &err), 0);
	assert_false(f.net_eth_tuntap);
	assert_true(guest_kernel_probe(k, "/nowhere", &f, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_line),
		cmocka_unit_test(test_newer_kernel),
		cmocka_unit_test(test_paths_that_would_be_split),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_ends_of_linux_uml),
		cmocka_unit_test(test_ends_of_umlk),
		cmocka_unit_test(test_end_names),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
