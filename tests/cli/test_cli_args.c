// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the parser take what the table says and nothing else, and does it help who mistyped?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/cli_args.h"
#include "common/cleanup.h"

#define WORDS_MAX 16

struct parsed {
	struct ctl ctl;
	struct verb_call call;
	struct error err;
	char *argv[WORDS_MAX];
	char words[512];
};

/* Parse blank-separated words. */
static int parse(struct parsed *p, const char *line)
{
	char *save = NULL;
	int argc = 0;

	memset(p, 0, sizeof(*p));
	p->ctl.progress.enabled = true;
	(void)snprintf(p->words, sizeof(p->words), "umlctl %s", line);
	for (char *w = strtok_r(p->words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(argc < WORDS_MAX);
		p->argv[argc++] = w;
	}
	return args_parse(&p->ctl, argc, p->argv, &p->call, &p->err);
}

static void done(struct parsed *p)
{
	args_done(&p->call);
	error_done(&p->err);
}

static void check_params(const char *line, const char *want)
{
	struct parsed p;
	struct json_object *params = json_object_new_object();

	assert_int_equal(parse(&p, line), 0);
	assert_int_equal(call_params(&p.call, params, &p.err), 0);
	assert_string_equal(json_object_to_json_string_ext(params,
							   JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE),
			    want);
	json_object_put(params);
	done(&p);
}

static void check_usage(const char *line, const char *message, const char *hint)
{
	struct parsed p;

	assert_true(parse(&p, line) < 0);
	assert_int_equal(p.err.code, ERROR_USAGE);
	assert_string_equal(p.err.message, message);
	if (hint)
		assert_string_equal(p.err.hint, hint);
	done(&p);
}

static void test_params(void **state)
{
	check_params("create x --mem 1G --ncpus=2", "{\"mem\":\"1G\",\"ncpus\":2}");
	check_params("create --disk /a --disk /b,ro x", "{\"disks\":[\"/a\",\"/b,ro\"]}");
	check_params("set x --disk none --initrd none", "{\"disks\":[],\"initrd\":\"\"}");
	check_params("image build x --include a,b --include c",
		     "{\"include\":[\"a\",\"b\",\"c\"]}");
	check_params("stop a b --timeout 30s --no-wait", "{\"timeout\":\"30s\"}");
	check_params("set x --stop-timeout 5m", "{\"stop_timeout\":\"5m\"}");
}

/* Are paths made absolute without touching anything else of them? */
static void test_paths(void **state)
{
	assert_int_equal(chdir("/usr"), 0);
	check_params("set x --disk bin/../a,ro", "{\"disks\":[\"/usr/bin/../a,ro\"]}");
	check_params("set x --kernel-path ./linux", "{\"kernel_path\":\"/usr/linux\"}");
	assert_int_equal(chdir("/"), 0);
	check_params("set x --initrd i", "{\"initrd\":\"/i\"}");
}

static void test_globals(void **state)
{
	struct parsed p;

	assert_int_equal(parse(&p, "-q --socket /s show --output json gonzo --no-progress"), 0);
	assert_string_equal(p.call.verb->name, "show");
	assert_string_equal(p.ctl.socket, "/s");
	assert_true(p.ctl.json && p.ctl.quiet && !p.ctl.progress.enabled);
	assert_int_equal(p.call.n_args, 1);
	done(&p);

	assert_int_equal(parse(&p, "log -n5 -f gonzo"), 0);
	assert_string_equal(call_option(&p.call, "lines"), "5");
	assert_true(call_given(&p.call, "follow"));
	done(&p);

	assert_int_equal(parse(&p, "mconsole gonzo -- config --x"), 0);
	assert_int_equal(p.call.n_args, 3);
	assert_string_equal(p.call.args[2], "--x");
	done(&p);
}

static void test_mistakes(void **state)
{
	check_usage("shwo gonzo", "there is no verb \"shwo\"", "did you mean `umlctl show`?");
	check_usage("rm gonzo", "there is no verb \"rm\"", "did you mean `umlctl delete`?");
	check_usage("xyzzy", "there is no verb \"xyzzy\"", "`umlctl help` lists all verbs");
	check_usage("create x --memm 1", "\"--memm\" is no option of create",
		    "did you mean --mem?");
	check_usage("--frob list", "\"--frob\" is no global option", NULL);
	check_usage("show", "show needs GUEST", "usage: umlctl show GUEST");
	check_usage("show a b", "show cannot do anything with \"b\"", NULL);
	check_usage("create x --mem", "--mem needs SIZE", NULL);
	check_usage("create x --start=1", "--start takes no value", NULL);
	check_usage("image", "\"image\" needs a second word",
		    "it is one of: build, import, list, show, delete");
	check_usage("job frob", "there is no verb \"job frob\"", NULL);
	check_usage("list -o xml", "--output is text or json, not \"xml\"", NULL);
}

static void test_bad_number(void **state)
{
	struct parsed p;
	struct json_object *params = json_object_new_object();

	assert_int_equal(parse(&p, "create x --ncpus two"), 0);
	assert_true(call_params(&p.call, params, &p.err) < 0);
	assert_string_equal(p.err.message, "--ncpus is a whole number, not \"two\"");
	json_object_put(params);
	done(&p);
}

/* Does every row have what help and completion need, and is no name there twice? */
static void test_table(void **state)
{
	for (const struct verb *v = verb_table; v->name; v++) {
		assert_non_null(v->args);
		assert_non_null(v->summary);
		assert_non_null(v->run);
		assert_true(v->min_args <= v->max_args);
		assert_ptr_equal(verb_find(v->name), v);
		for (const struct verb_option *o = v->options; o && o->name; o++) {
			assert_non_null(o->summary);
			assert_true((o->kind == OPTION_FLAG) == !o->value);
			for (const struct verb_option *other = v->options; other < o; other++) {
				assert_string_not_equal(other->name, o->name);
				assert_false(o->letter && other->letter == o->letter);
			}
			for (const struct verb_option *g = global_options; g->name; g++) {
				assert_string_not_equal(g->name, o->name);
				assert_false(o->letter && g->letter == o->letter);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),	   cmocka_unit_test(test_paths),
		cmocka_unit_test(test_globals),	   cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_bad_number), cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
