// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The progress bar. Drawn at most four times a second, wiped by progress_end.
 */
#include "cli/cli_progress.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cli/cli_text.h"

#define FIRST_MS     1000
#define REDRAW_MS    250
#define BAR_MAX	     40
#define LINE_PER_MIL 100 /* without a terminal: a line every ten per cent */

int64_t clock_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->enabled)
		return;
	progress_end(p);
	va_start(ap, fmt);
	(void)vsnprintf(p->label, sizeof(p->label), fmt, ap);
	va_end(ap);
	p->active = true;
	p->has_end = false;
	p->per_mille = p->printed_per_mille = 0;
	p->phase[0] = p->printed_phase[0] = '\0';
	p->began_ms = clock_now_ms();
	p->next_ms = p->began_ms + FIRST_MS;
}

static unsigned int terminal_columns(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 20)
		return 80;
	return ws.ws_col;
}

static void draw_bar(struct progress *p)
{
	unsigned int columns = terminal_columns();
	unsigned int seconds = (unsigned int)((clock_now_ms() - p->began_ms) / 1000);
	char line[256];

	if (p->has_end) {
		char bar[BAR_MAX + 1];
		unsigned int width = columns / 3 < BAR_MAX ? columns / 3 : BAR_MAX;
		unsigned int full = width * p->per_mille / 1000;

		memset(bar, '.', width);
		memset(bar, '#', full);
		bar[width] = '\0';
		(void)snprintf(line, sizeof(line), "[%s] %3u%% %s%s%s", bar, p->per_mille / 10,
			       p->label, p->phase[0] ? ": " : "", p->phase);
	} else {
		(void)snprintf(line, sizeof(line), "%s%s%s ... %u s", p->label,
			       p->phase[0] ? ": " : "", p->phase, seconds);
	}
	text_cut(line, columns - 1);
	(void)fprintf(stderr, "\r\033[K%s", line);
	(void)fflush(stderr);
	p->drawn = true;
}

static void print_line(struct progress *p)
{
	bool new_phase = strcmp(p->phase, p->printed_phase) != 0;

	if (p->drawn && !new_phase && p->per_mille < p->printed_per_mille + LINE_PER_MIL)
		return;
	(void)fprintf(stderr, "%s%s%s", p->label, p->phase[0] ? ": " : "", p->phase);
	if (p->has_end)
		(void)fprintf(stderr, " (%u%%)", p->per_mille / 10);
	(void)fputc('\n', stderr);
	p->drawn = true;
	p->printed_per_mille = p->per_mille;
	(void)snprintf(p->printed_phase, sizeof(p->printed_phase), "%s", p->phase);
}

void progress_update(struct progress *p, unsigned int per_mille, const char *phase)
{
	if (!p->active)
		return;
	p->has_end = true;
	p->per_mille = per_mille > 1000 ? 1000 : per_mille;
	if (phase) {
		cleanup_free char *clean = text_clean(phase, TEXT_WORD);

		(void)snprintf(p->phase, sizeof(p->phase), "%s", clean ? clean : "");
	}
	if (clock_now_ms() >= p->next_ms)
		progress_tick(p);
}

void progress_end(struct progress *p)
{
	if (p->active && p->drawn && p->is_tty) {
		(void)fputs("\r\033[K", stderr);
		(void)fflush(stderr);
	}
	p->active = p->drawn = false;
}

int progress_timeout_ms(const struct progress *p)
{
	if (!p->active || (!p->is_tty && p->drawn && !p->has_end))
		return -1;

	int64_t left = p->next_ms - clock_now_ms();

	return left > 0 ? (int)left : 0;
}

void progress_tick(struct progress *p)
{
	if (!p->active || clock_now_ms() < p->next_ms)
		return;
	if (p->is_tty)
		draw_bar(p);
	else
		print_line(p);
	p->next_ms = clock_now_ms() + REDRAW_MS;
}
