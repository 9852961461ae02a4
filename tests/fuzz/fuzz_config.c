// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration reader: whatever it hands on is clean text under a well-formed heading. */
#include "fuzz_target.h"

#include "common/config_file.h"
#include "common/utf8.h"

static void must_be_word(const char *s)
{
	MUST(s[0] &&
	     strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
		     strlen(s));
}

static int check_assignment(void *ctx, const char *section, const char *name, const char *key,
			    const char *value, struct error *err)
{
	unsigned int *count = ctx;

	(void)err;
	must_be_word(section);
	if (name)
		must_be_word(name);
	MUST(!key == !value);
	if (!key)
		return 0;
	must_be_word(key);
	MUST(utf8_valid(value, strlen(value)));
	for (const char *p = value; *p; p++)
		MUST((unsigned char)*p >= 0x20 || *p == '\t');
	(*count)++;
	return strcmp(key, "refuse") == 0 ? -EINVAL : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	char *copy = exact_copy(data, len);
	unsigned int count = 0;
	int r;

	r = config_parse("umld.conf", copy, len, check_assignment, &count, &err);
	MUST(r <= 0 && (r < 0) == error_is_set(&err));
	MUST(r == 0 || (err.message && strncmp(err.message, "umld.conf:", 10) == 0));
	free(copy);
	return 0;
}
