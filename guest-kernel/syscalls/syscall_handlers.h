/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations of all handlers, made from the table. */
#ifndef SYSCALLS_SYSCALL_HANDLERS_H
#define SYSCALLS_SYSCALL_HANDLERS_H

#include "syscalls/syscall.h"

SYSCALL_HANDLER(sys_unimplemented);

#define SYSCALL(nr, name, handler, kinds, status, note) SYSCALL_HANDLER(handler);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#include "syscalls/syscall_table.def"
#pragma GCC diagnostic pop
#undef SYSCALL

#endif
