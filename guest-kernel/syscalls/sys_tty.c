// SPDX-License-Identifier: GPL-2.0-or-later
/* vhangup(2). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "drivers/tty.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

SYSCALL_HANDLER(sys_vhangup)
{
	(void)t;
	(void)a;
	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_vhangup_self();
	return 0;
}
