/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the kernel when it can't go on: prints task, registers and a back trace, then exits with EXIT_PANIC. */
#ifndef CORE_PANIC_H
#define CORE_PANIC_H

#include "lib/types.h"

/* Exit statuses of umlk (DESIGN section 8). */
enum { UMLK_EXIT_POWEROFF = 0, UMLK_EXIT_USAGE = 2, UMLK_EXIT_REBOOT = 133, UMLK_EXIT_PANIC = 134 };

noreturn void panic(const char *fmt, ...) printf_like(1, 2);

/* Faults of the kernel's own code panic from now on. Called once by boot; further host threads call host_fault_stack. */
void panic_catch_faults(void);

/* Called once before the process ends in a panic, with the message: mconsole's notification, terminal modes. May be NULL. */
extern void (*panic_notify)(const char *message);

#define ASSERT(cond)                                                                          \
	do {                                                                                  \
		if (__builtin_expect(!(cond), 0))                                             \
			panic("%s:%d: assertion failed: %s", __FILE_NAME__, __LINE__, #cond); \
	} while (0)

#endif
