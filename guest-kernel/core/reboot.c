// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-alt-del and where the end of the machine is decided. */
#include "core/reboot.h"
#include "core/big_lock.h"
#include "core/klog.h"

const struct reboot_ops *reboot_ops;
bool reboot_cad_restarts = true;

void reboot_ctrl_alt_del(void)
{
	ASSERT_LOCKED();
	if (!reboot_ops)
		return;
	if (reboot_cad_restarts)
		reboot_ops->restart();
	else
		reboot_ops->ctrl_alt_del();
}
