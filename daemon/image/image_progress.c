// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmdebstrap --verbose prints a line for each of its steps ("I: …") and passes on what apt and dpkg say. Its steps are a table
 * with the part of the whole that each took when measured; within a step packages are counted.
 */
#include "daemon/image/image_progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/utf8.h"

static const struct {
	const char *line;
	unsigned int from, to;
	const char *phase;
} steps[] = {
	{ "I: running apt-get update", 10, 100, "fetching the package lists" },
	{ "I: downloading packages with apt", 100, 300, "downloading packages" },
	{ "I: extracting archives", 300, 350, "unpacking the base system" },
	{ "I: installing essential packages", 350, 500, "installing the base system" },
	{ "I: installing remaining packages", 500, 800, "installing packages" },
	{ "I: running --customize-hook", 800, 830, "setting the system up" },
	{ "I: cleaning package lists", 830, 850, "cleaning up" },
};

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool progress_set(struct image_progress *p, unsigned int per_mille, const char *phase)
{
	bool changed = false;

	if (per_mille > 1000)
		per_mille = 1000;
	if (per_mille > p->per_mille) {
		p->per_mille = per_mille;
		changed = true;
	}
	if (phase && strcmp(p->phase, phase) != 0) {
		(void)snprintf(p->phase, sizeof(p->phase), "%s", phase);
		changed = true;
	}
	return changed;
}

/* "@umld 850 making the file system", from the worker itself. */
static bool progress_own(struct image_progress *p, const char *line)
{
	char *end;
	unsigned long n = strtoul(line, &end, 10);

	if (end == line || *end != ' ' || n > 1000)
		return false;
	p->total = 0;
	return progress_set(p, (unsigned int)n, end + 1);
}

/* One more package fetched, unpacked or set up. */
static bool progress_count(struct image_progress *p)
{
	if (p->total == 0 || p->done >= p->total)
		return false;
	p->done++;
	return progress_set(p, p->from + (p->to - p->from) * p->done / p->total, NULL);
}

/* "0 upgraded, 69 newly installed, 0 to remove …": how many packages the step has. */
static void progress_total(struct image_progress *p, const char *line)
{
	const char *word = strstr(line, " newly installed");
	const char *number = word;
	unsigned long n;

	if (!word || p->to == 0)
		return;
	while (number > line && number[-1] >= '0' && number[-1] <= '9')
		number--;
	n = strtoul(number, NULL, 10);
	if (n == 0 || n > 100000)
		return;
	/* Fetching is one line for each package; installing has fetched, unpacked and set up. */
	p->total = (unsigned int)n * (p->from == 100 ? 1 : 3);
	p->done = 0;
}

static void progress_remember(struct image_progress *p, const char *line)
{
	char *slot = p->tail[p->n_tail % PROGRESS_TAIL_LINES];
	size_t len;

	(void)snprintf(slot, PROGRESS_LINE_MAX, "%s", line);
	len = strlen(slot);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)slot[i] < ' ' || slot[i] == 0x7f)
			slot[i] = ' ';
	}
	utf8_sanitize(slot, len);
	p->n_tail++;
}

static bool progress_line(struct image_progress *p, const char *line)
{
	if (line[0] == '\0')
		return false;
	if (starts_with(line, "@umld "))
		return progress_own(p, line + strlen("@umld "));
	progress_remember(p, line);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (!starts_with(line, steps[i].line))
			continue;
		p->from = steps[i].from;
		p->to = steps[i].to;
		p->done = 0;
		/* Until apt has said how many; the lists are about eight. The base system has been counted. */
		p->total = i == 0 ? 8 : i == 3 ? p->total * 2 : 0;
		return progress_set(p, p->from, steps[i].phase);
	}
	if (starts_with(line, "Get:") || starts_with(line, "Unpacking ") ||
	    starts_with(line, "Setting up "))
		return progress_count(p);
	if (line[0] >= '0' && line[0] <= '9')
		progress_total(p, line);
	return false;
}

bool image_progress_feed(struct image_progress *p, const char *data, size_t len)
{
	bool changed = false;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' || data[i] == '\r' || data[i] == '\0') {
			p->line[p->line_len] = '\0';
			p->line_len = 0;
			changed |= progress_line(p, p->line);
		} else if (p->line_len < sizeof(p->line) - 1) {
			p->line[p->line_len++] = data[i];
		}
	}
	return changed;
}

void image_progress_tail(const struct image_progress *p, char *buf, size_t len)
{
	unsigned int first = p->n_tail > PROGRESS_TAIL_LINES ? p->n_tail - PROGRESS_TAIL_LINES : 0;
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int i = first; i < p->n_tail; i++) {
		const char *line = p->tail[i % PROGRESS_TAIL_LINES];
		int n = snprintf(buf + used, len - used, "%s%s", used ? "\n" : "", line);

		if (n < 0 || (size_t)n >= len - used) {
			/* A cut could fall into a character: rather the line not at all. */
			buf[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}
