// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which keys reach the guest, and which are umlctl's? Every case runs whole and key by key: people do not type in blocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "cli/cli_escape.h"
#include "common/cleanup.h"

/* What came of the keys: what is sent, with <detach>, <help>, <suspend> in between. */
static void feed(const char *keys, size_t step, char *out, size_t size)
{
	static const char *const words[] = {
		[KEY_NONE] = "",
		[KEY_DETACH] = "<detach>",
		[KEY_HELP] = "<help>",
		[KEY_SUSPEND] = "<suspend>",
	};
	struct key_parser k = { 0 };
	size_t len = strlen(keys), at = 0;

	*out = '\0';
	while (at < len) {
		uint8_t sent[64];
		size_t n_sent, chunk = len - at < step ? len - at : step;
		enum key_action action;
		size_t used =
			key_parse(&k, (const uint8_t *)keys + at, chunk, sent, &n_sent, &action);

		assert_true(used > 0 && used <= chunk);
		assert_true(n_sent <= chunk + 1);
		(void)snprintf(out + strlen(out), size - strlen(out), "%.*s%s", (int)n_sent,
			       (const char *)sent, words[action]);
		at += used;
	}
}

static void check(const char *keys, const char *want)
{
	char out[256];

	feed(keys, 1, out, sizeof(out));
	assert_string_equal(out, want);
	feed(keys, 60, out, sizeof(out));
	assert_string_equal(out, want);
}

static void test_detach(void **state)
{
	check("~.", "<detach>");
	check("ls\r~.", "ls\r<detach>");
	check("ls\n~.", "ls\n<detach>");
	check("ls\035", "ls<detach>");
	check("~\035", "<detach>");
}

/* A tilde elsewhere belongs to the guest: paths like ~/x and a~. must work. */
static void test_tilde_inside(void **state)
{
	check("ls ~.", "ls ~.");
	check("a~.b", "a~.b");
	check("cd ~/x\r", "cd ~/x\r");
	check("~/x\r", "~/x\r");
	check("\r~x~.", "\r~x~.");
}

static void test_tilde_twice(void **state)
{
	check("~~.", "~.");
	check("\r~~\r~.", "\r~\r<detach>");
}

static void test_others(void **state)
{
	check("~?ls\r", "<help>ls\r");
	check("~?~.", "<help><detach>"); /* still at the start of the line */
	check("~\032~.", "<suspend><detach>");
	check("~\r~.", "~\r<detach>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_tilde_inside),
		cmocka_unit_test(test_tilde_twice),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
