// SPDX-License-Identifier: GPL-2.0-or-later
/* Is a log line one line, whatever it is made of, in the form that its reader understands? */
#include "scratch.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/log.h"

/* Point standard error to a file while lines are written; return its contents. */
static char *captured(void **state, void (*write_lines)(void))
{
	const char *path = scratch_path(state, "log");
	char *text = NULL;
	size_t len;
	int saved = dup(STDERR_FILENO);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(saved >= 0 && fd >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	write_lines();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(fd);
	assert_int_equal(file_read_all(AT_FDCWD, path, 1 << 20, &text, &len), 0);
	return text;
}

static void write_plain(void)
{
	unsetenv("JOURNAL_STREAM");
	log_init("umld-test", LOG_LEVEL_INFO);
	log_debug("hidden");
	log_info("guest %s\nforged: \x1b[2J", "x");
	errno = ENOSPC;
	log_error("%m");
	assert_int_equal(errno, ENOSPC);
}

static void test_plain(void **state)
{
	cleanup_free char *text = captured(state, write_plain);
	int n = 0;

	assert_null(strstr(text, "hidden"));
	assert_non_null(strstr(text, "Z info umld-test: guest x?forged: ?[2J\n"));
	assert_non_null(strstr(text, "Z error umld-test: No space left on device\n"));
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	assert_int_equal(n, 2);
	assert_int_equal(text[4], '-');
	assert_int_equal(text[10], 'T');
}

static void write_long(void)
{
	char big[5000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_init("umld-test", LOG_LEVEL_DEBUG);
	log_debug("%s", big);
}

static void test_long_line_is_cut(void **state)
{
	cleanup_free char *text = captured(state, write_long);
	size_t len = strlen(text);

	assert_true(len <= 2048);
	assert_string_equal(text + len - 5, "x...\n");
}

static void write_journal(void)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
		       (unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("umld-test", LOG_LEVEL_DEBUG);
	log_error("e");
	log_debug("d");
	/* Inherited from a parent that wrote to the journal. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_init("umld-test", LOG_LEVEL_DEBUG);
	log_warning("w");
	unsetenv("JOURNAL_STREAM");
}

static void test_journal(void **state)
{
	cleanup_free char *text = captured(state, write_journal);

	assert_int_equal(strncmp(text, "<3>umld-test: e\n<7>umld-test: d\n", 32), 0);
	assert_non_null(strstr(text, "Z warning umld-test: w\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_plain),
		SCRATCH_TEST(test_long_line_is_cut),
		SCRATCH_TEST(test_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
