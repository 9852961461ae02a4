/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw mode of the controlling terminal, given back on every way out: by terminal_restore, at exit, and by handlers for the
 * signals of a crash. Signals that end a program politely are the caller's (it reads them from a signalfd).
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

/* Make standard input raw. May be called again after terminal_restore. -errno. */
int terminal_raw(void);

/* Give back what terminal_raw found, and switch off the modes a guest's programs may have left on. */
void terminal_restore(void);

/* Size of the terminal on standard output or input; -ENOTTY if there is none. */
int terminal_size(unsigned int *ret_columns, unsigned int *ret_rows);

#endif
