// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log lines, see log.h. A line is one write(2), so that threads and processes that share a log file
 * do not mix theirs. Control bytes become '?': text from a guest must not forge lines or steer a
 * terminal.
 */
#include "common/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

#include "common/file.h"

#define LINE_BYTES 2048u

static const struct level_row {
	int priority;
	const char *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = { LOG_ERR, "error" },
	[LOG_LEVEL_WARNING] = { LOG_WARNING, "warning" },
	[LOG_LEVEL_INFO] = { LOG_INFO, "info" },
	[LOG_LEVEL_DEBUG] = { LOG_DEBUG, "debug" },
};

static const char *log_identity = "umld";
static enum log_level log_max = LOG_LEVEL_INFO;
static bool log_to_journal;

/*
 * $JOURNAL_STREAM is inherited by children whose standard error is a file: it names the stream it
 * means.
 */
static bool stderr_is_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;
	char *end;

	if (!text || fstat(STDERR_FILENO, &st) < 0)
		return false;
	dev = strtoumax(text, &end, 10);
	if (end == text || *end != ':')
		return false;
	text = end + 1;
	ino = strtoumax(text, &end, 10);
	return end != text && *end == '\0' && st.st_dev == (dev_t)dev && st.st_ino == (ino_t)ino;
}

void log_init(const char *identity, enum log_level max)
{
	log_identity = identity;
	log_max = max;
	log_to_journal = stderr_is_journal();
}

static int format_head(char *line, enum log_level level)
{
	struct timespec now;
	struct tm utc;
	char text[32];
	int n;

	if (log_to_journal)
		return snprintf(line, LINE_BYTES, "<%d>%s: ", levels[level].priority, log_identity);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &utc) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		text[0] = '\0';
	n = snprintf(line, LINE_BYTES, "%s.%03ldZ %s %s: ", text, now.tv_nsec / 1000000,
		     levels[level].word, log_identity);
	return n;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	static const char cut[] = "...";
	int saved_errno = errno;
	char line[LINE_BYTES];
	size_t len;
	va_list args;
	int n;

	if (level > log_max || level >= ARRAY_SIZE(levels))
		return;
	n = format_head(line, level);
	len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof(line) / 2)
		len = sizeof(line) / 2;
	errno = saved_errno; /* for %m */
	va_start(args, fmt);
	n = vsnprintf(line + len, sizeof(line) - len, fmt, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(line) - len) {
		len = sizeof(line) - 1;
		memcpy(line + len - (sizeof(cut) - 1), cut, sizeof(cut) - 1);
	} else {
		len += (size_t)n;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c < 0x20 || c == 0x7f)
			line[i] = '?';
	}
	line[len] = '\n';
	/* Nobody is left to tell if standard error is gone. */
	(void)fd_write_all(STDERR_FILENO, line, len + 1);
	errno = saved_errno;
}
