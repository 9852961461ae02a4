/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Console lines: con0 to con15 (/dev/tty0…) and ssl0 to ssl63 (/dev/ttyS0…), each connected to a channel of the host; /dev/console. */
#ifndef DRIVERS_CONSOLE_H
#define DRIVERS_CONSOLE_H

#include "lib/types.h"

int console_init(void);
/* "con0=fd:0,fd:1", "con=null", "ssl3=pts". 0, or -errno with one sentence in why. */
int console_option(const char *word, char *why, size_t len);
/* After all options: con0 gets its default, /dev/console its line, the kernel log its writer. */
int console_start(char *why, size_t len);
/* Send what is left, for at most a short while. */
void console_end(void);

/* mconsole's view: the specification of a line ("con1", "ssl0"); NULL if there is no such line. */
const char *console_spec(const char *name);
/* Disconnect a line: -ENODEV, -EBUSY while it is open. */
int console_remove(const char *name, char *why, size_t len);

#endif
