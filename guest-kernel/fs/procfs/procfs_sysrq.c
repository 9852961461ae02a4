// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/sysrq-trigger: the first byte of each write is the key. What only shows something goes to the log; keys that we do not have are ignored, as Linux prints a list. */
#include "core/klog.h"
#include "core/panic.h"
#include "core/reboot.h"
#include "fs/procfs/procfs.h"
#include "abi/abi_signal.h"
#include "task/process.h"
#include "task/task_signal.h"

static void signal_all(int signo)
{
	struct thread_group *g, *next;

	list_for_each_entry_safe(g, next, &thread_group_list, all_link)
		if (g != init_group && !g->zombie)
			signal_simple(g, signo);
}

ssize_t procfs_write_sysrq(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	switch (len > 0 ? text[0] : 0) {
	case 'b':
		pr_info("sysrq: Resetting");
		reboot_ops->restart();
		break;
	case 'c':
		panic("sysrq triggered crash");
	case 'e':
		signal_all(SIGTERM);
		break;
	case 'i':
		signal_all(SIGKILL);
		break;
	case 'o':
		pr_info("sysrq: Power Off");
		reboot_ops->power_off(UMLK_EXIT_POWEROFF);
		break;
	case 's':
		pr_info("sysrq: Emergency Sync");
		super_sync_all();
		break;
	default:
		pr_info("sysrq: HELP : reboot(b) crash(c) terminate-all-tasks(e) kill-all-tasks(i) poweroff(o) sync(s)");
		break;
	}
	return (ssize_t)len;
}
