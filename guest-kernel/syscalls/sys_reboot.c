// SPDX-License-Identifier: GPL-2.0-or-later
/* reboot(2): the end of the machine, and what ctrl-alt-del does. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_reboot.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/reboot.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

#define COMMAND_MAX 256

static bool magic_is_right(uint64_t magic1, uint64_t magic2)
{
	uint32_t m = (uint32_t)magic2;

	return (uint32_t)magic1 == LINUX_REBOOT_MAGIC1 &&
	       (m == LINUX_REBOOT_MAGIC2 || m == LINUX_REBOOT_MAGIC2A ||
		m == LINUX_REBOOT_MAGIC2B || m == LINUX_REBOOT_MAGIC2C);
}

static int64_t restart_with(uint64_t arg)
{
	char command[COMMAND_MAX];
	ssize_t n = strncpy_from_user(command, UADDR(arg), sizeof(command));

	if (n < 0)
		return -EFAULT;
	pr_info("reboot: Restarting system with command '%s'", command);
	reboot_ops->restart();
	return 0;
}

SYSCALL_HANDLER(sys_reboot)
{
	(void)t;
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!magic_is_right(a[0], a[1]))
		return -EINVAL;
	switch ((uint32_t)a[2]) {
	case LINUX_REBOOT_CMD_RESTART:
		reboot_ops->restart();
		return 0;
	case LINUX_REBOOT_CMD_RESTART2:
		return restart_with(a[3]);
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		/* There is no machine that could stand still with its power on. */
		reboot_ops->power_off(UMLK_EXIT_POWEROFF);
		return 0;
	case LINUX_REBOOT_CMD_CAD_ON:
		reboot_cad_restarts = true;
		return 0;
	case LINUX_REBOOT_CMD_CAD_OFF:
		reboot_cad_restarts = false;
		return 0;
	default:
		return -EINVAL;
	}
}
