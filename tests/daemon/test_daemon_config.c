// SPDX-License-Identifier: GPL-2.0-or-later
/* Is umld.conf read as umld.conf(5) says, and refused where it is wrong? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/daemon_config.h"

static int parse(struct daemon_config *c, const char *text, struct error *err)
{
	daemon_config_defaults(c);
	return daemon_config_parse(c, "umld.conf", text, strlen(text), err);
}

static void test_defaults(void **state)
{
	struct daemon_config c;

	assert_int_equal(parse(&c, "", NULL), 0);
	assert_string_equal(c.guest_user, "umld-guest");
	assert_string_equal(c.default_image, "mini");
	assert_string_equal(c.default_kernel, "umlk");
	assert_int_equal(c.default_mem_bytes, 128 << 20);
	assert_int_equal(c.n_bridges, 1);
	assert_string_equal(c.bridges[0].name, "umlbr0");
	assert_int_equal(c.bridges[0].address, 0x0a9b0001);
	assert_true(c.bridges[0].nat && c.bridges[0].dhcp);
}

static void test_all_keys(void **state)
{
	struct daemon_config c;
	const char *text =
		"[umld]\nguest_user = uml\ndefault_image=debian\ndefault_kernel=linux.uml\n"
		"default_mem=1G\nsocket_group=wheel\nmini_image=/a/b\n"
		"[bridge umlbr0]\nnat = no\n"
		"[bridge lab]\naddress=192.168.7.1/25\ndhcp=off\ndomain=lab.example\n";

	assert_int_equal(parse(&c, text, NULL), 0);
	assert_string_equal(c.guest_user, "uml");
	assert_string_equal(c.default_image, "debian");
	assert_string_equal(c.default_kernel, "linux.uml");
	assert_int_equal(c.default_mem_bytes, 1 << 30);
	assert_string_equal(c.socket_group, "wheel");
	assert_string_equal(c.mini_image, "/a/b");
	assert_int_equal(c.n_bridges, 2);
	assert_false(c.bridges[0].nat);
	assert_int_equal(c.bridges[0].address, 0x0a9b0001);
	assert_string_equal(c.bridges[1].name, "lab");
	assert_int_equal(c.bridges[1].address, 0xc0a80701);
	assert_int_equal(c.bridges[1].prefix_len, 25);
	assert_false(c.bridges[1].dhcp);
	assert_string_equal(c.bridges[1].domain, "lab.example");
}

static void test_refused(void **state)
{
	/* clang-format off */
	static const struct { const char *text, *word; } rows[] = {
		{ "[umld]\ncolour = red\n", "colour" },
		{ "[house]\na = b\n", "house" },
		{ "[umld]\ndefault_mem = lots\n", "default_mem" },
		{ "[umld]\ndefault_mem = 1M\n", "default_mem" },
		{ "[umld]\ndefault_kernel = vmlinux\n", "default_kernel" },
		{ "[umld]\ndefault_image = ../x\n", "default_image" },
		{ "[umld]\nmini_image = relative\n", "mini_image" },
		{ "[bridge umlbr0]\nnat = maybe\n", "nat" },
		{ "[bridge umlbr0]\naddress = 10.0.0.1\n", "address" },
		{ "[bridge umlbr0]\ndomain = .x\n", "domain" },
		{ "[bridge this-name-is-too-long]\nnat = no\n", "interface name" },
		{ "[bridge lab]\nnat = no\n", "address" },
		{ "[bridge]\nnat = no\n", "bridge" },
		{ "[bridge lab]\n", "needs an address" },
		{ "[bridge lab]\n[umld]\nguest_user = uml\n", "needs an address" },
		{ "[bridge]\n", "interface name" },
		{ "[bridges lab]\n", "unknown section" },
	};
	/* clang-format on */
	struct daemon_config c;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;

		assert_int_equal(parse(&c, rows[i].text, &err), -EINVAL);
		assert_non_null(strstr(err.message, rows[i].word));
		assert_non_null(strstr(err.message, "umld.conf"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
