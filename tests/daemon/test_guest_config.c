// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a definition survive its file, is a bad one refused as a whole, and does a change leave the rest alone? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/daemon_config.h"
#include "daemon/core/guest_config.h"

static struct json_object *json(const char *text)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *o = NULL;

	if (json_parse_strict(text, strlen(text), &o, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return o;
}

static void defaults(struct guest_config *c)
{
	struct daemon_config d;

	daemon_config_defaults(&d);
	guest_config_defaults(c, &d, 1000);
}

static int apply(struct guest_config *c, const char *text, struct error *err)
{
	struct json_object *o = json(text);
	int r = rpc_args_check(o, guest_create_args, err);

	if (r == 0)
		r = guest_config_apply(c, o, err);
	json_object_put(o);
	return r;
}

static const char full[] =
	"{\"name\":\"a\",\"kernel\":\"umlk\",\"kernel_path\":\"/opt/umlk\",\"initrd\":\"/boot/i\","
	"\"mem\":\"256M\",\"ncpus\":4,\"disks\":[\"/d/1\",\"/d/2,ro\"],\"swap\":\"1G\","
	"\"append\":\"quiet x=\\\"y z\\\"\",\"consoles\":3,\"on_reboot\":\"stop\",\"on_crash\":\"restart\","
	"\"stop_timeout\":\"5m\",\"image\":\"debian\","
	"\"net\":\"tap=t0,bridge=umlbr0,mac=02:00:00:00:00:01\"}";

static void test_file_round_trip(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest_config c, back;
	struct json_object *o, *again;

	defaults(&c);
	assert_int_equal(apply(&c, full, &err), 0);
	c.net.address = 0x0a9b0005;
	o = guest_config_to_json(&c);
	if (guest_config_from_json(o, &back, &err) < 0)
		fail_msg("%s", err.message);
	again = guest_config_to_json(&back);
	assert_string_equal(json_object_to_json_string(o), json_object_to_json_string(again));
	assert_int_equal(back.owner, 1000);
	assert_string_equal(back.uuid, c.uuid);
	assert_string_equal(back.kernel_path, "/opt/umlk");
	assert_int_equal(back.mem_bytes, 256 << 20);
	assert_int_equal(back.n_disks, 2);
	assert_string_equal(back.disks[1].path, "/d/2");
	assert_true(back.disks[1].readonly);
	assert_int_equal(back.stop_timeout_s, 300);
	assert_false(back.restart_on_reboot);
	assert_true(back.restart_on_crash);
	assert_string_equal(back.net.tap, "t0");
	assert_int_equal(back.net.address, 0x0a9b0005);
	assert_int_equal(back.net.mac[5], 1);
	json_object_put(o);
	json_object_put(again);
	guest_config_done(&c);
	guest_config_done(&back);
}

static void test_file_is_strict(void **state)
{
	static const char *const drop[] = { "version", "uuid", "created", "owner",   "image",
					    "kernel",  "mem",  "net",	  "consoles" };
	struct guest_config c, back = { 0 };
	struct json_object *o;

	defaults(&c);
	for (size_t i = 0; i < ARRAY_SIZE(drop); i++) {
		cleanup_error struct error err = ERROR_INIT;

		o = guest_config_to_json(&c);
		json_object_object_del(o, drop[i]);
		assert_int_equal(guest_config_from_json(o, &back, &err), -EINVAL);
		assert_non_null(strstr(err.message, drop[i]));
		json_object_put(o);
	}
	o = guest_config_to_json(&c);
	json_object_object_add(o, "colour", json_object_new_string("red"));
	assert_int_equal(guest_config_from_json(o, &back, NULL), -EINVAL);
	json_object_object_del(o, "colour");
	json_object_object_add(o, "version", json_object_new_int(2));
	assert_int_equal(guest_config_from_json(o, &back, NULL), -EINVAL);
	json_object_object_add(o, "version", json_object_new_int(1));
	assert_int_equal(guest_config_from_json(o, &back, NULL), 0);
	guest_config_done(&back);
	json_object_put(o);
	guest_config_done(&c);
}

static void test_a_bad_field_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"{\"name\":\"a\",\"mem\":\"1G\",\"stop_timeout\":\"infinity\"}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"disks\":[\"/a\",\"/a\"]}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"disks\":[\"/a,b\"]}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"disks\":[\"\"]}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"append\":\"a\\nb\"}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"net\":\"tap,what\"}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"image\":\"none\"}",
		"{\"name\":\"a\",\"mem\":\"1G\",\"swap\":4096}",
	};
	struct guest_config c;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_error struct error err = ERROR_INIT;

		defaults(&c);
		assert_int_equal(apply(&c, bad[i], &err), -EINVAL);
		assert_true(error_is_set(&err));
		assert_int_equal(c.mem_bytes, 128 << 20);
		assert_string_equal(c.image, "mini");
		guest_config_done(&c);
	}
}

static void test_change_and_clear(void **state)
{
	struct guest_config c;

	defaults(&c);
	assert_int_equal(apply(&c, full, NULL), 0);
	assert_int_equal(apply(&c,
			       "{\"name\":\"a\",\"kernel_path\":\"\",\"append\":\"\",\"disks\":[]}",
			       NULL),
			 0);
	assert_null(c.kernel_path);
	assert_null(c.append);
	assert_int_equal(c.n_disks, 0);
	assert_string_equal(c.initrd, "/boot/i");
	assert_int_equal(c.ncpus, 4);
	assert_int_equal(apply(&c, "{\"name\":\"a\",\"mem\":16777217}", NULL), 0);
	assert_int_equal(c.mem_bytes, 16777216 + 4096);
	guest_config_done(&c);
}

static void test_needs_stop(void **state)
{
	struct json_object *o = json("{\"name\":\"a\",\"on_crash\":\"stop\",\"stop_timeout\":1}");

	assert_false(guest_config_needs_stop(o));
	json_object_object_add(o, "mem", json_object_new_int(1 << 30));
	assert_true(guest_config_needs_stop(o));
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_round_trip),
		cmocka_unit_test(test_file_is_strict),
		cmocka_unit_test(test_a_bad_field_changes_nothing),
		cmocka_unit_test(test_change_and_clear),
		cmocka_unit_test(test_needs_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
