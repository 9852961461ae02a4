// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The saved settings are global because a signal handler and atexit need them; nothing else looks at them.
 */
#include "cli/cli_terminal.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "common/cleanup.h"

static struct termios saved;
static volatile sig_atomic_t is_raw;

/* Colours off, cursor on, mouse reports, bracketed paste and application keys off. */
static const char quiet_modes[] = "\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1006l"
				  "\033[?2004l\033[?1l\033>";

static void restore_settings(void)
{
	if (!is_raw)
		return;
	is_raw = 0;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

static void crash_handler(int sig)
{
	restore_settings();
	(void)raise(sig); /* the default action is back: SA_RESETHAND */
}

static void handle_crashes(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction sa = { .sa_handler = crash_handler, .sa_flags = (int)SA_RESETHAND };

	for (unsigned int i = 0; i < ARRAY_SIZE(crashes); i++)
		(void)sigaction(crashes[i], &sa, NULL);
}

int terminal_raw(void)
{
	static bool prepared;
	struct termios raw;

	if (is_raw)
		return 0;
	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return -errno;
	if (!prepared) {
		prepared = true;
		handle_crashes();
		(void)atexit(restore_settings);
	}
	raw = saved;
	cfmakeraw(&raw);
	is_raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0) {
		is_raw = 0;
		return -errno;
	}
	return 0;
}

void terminal_restore(void)
{
	if (!is_raw)
		return;
	if (isatty(STDOUT_FILENO)) {
		ssize_t n = write(STDOUT_FILENO, quiet_modes, sizeof(quiet_modes) - 1);

		(void)n; /* cosmetic */
	}
	restore_settings();
}

int terminal_size(unsigned int *ret_columns, unsigned int *ret_rows)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0)
		return -errno;
	if (!ws.ws_col || !ws.ws_row)
		return -ENOTTY;
	*ret_columns = ws.ws_col;
	*ret_rows = ws.ws_row;
	return 0;
}
