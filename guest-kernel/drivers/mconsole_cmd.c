// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the management console, one row each. Names match by prefix, as uml_mconsole's clients expect. */
#include "drivers/disk_fault.h"
#include "drivers/mconsole_cmd.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_regs.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/reboot.h"
#include "core/sched.h"
#include "core/trace.h"
#include "drivers/console.h"
#include "drivers/ubd.h"
#include "lib/string.h"
#include "mm/mm_account.h"
#include "task/process.h"
#include "task/task_signal.h"
#include "task/uts.h"
#include "vfs/vfs.h"

#define PROC_MAX (4u << 20) /* bytes of one file that are sent */

struct mconsole_command {
	const char *name, *help;
	void (*run)(struct mconsole_reply *r, char *args);
};

static bool stopped;

static void fail(struct mconsole_reply *r, int err, const char *text)
{
	reply_text(r, text, strlen(text));
	reply_end(r, err);
}

/* --- the machine -------------------------------------------------------------------------------- */

static void cmd_version(struct mconsole_reply *r, char *args)
{
	struct task *init = init_group ? init_group->leader : NULL;

	(void)args;
	reply_add(r, "Linux %s %s %s %s", init && init->uts_ns ? init->uts_ns->nodename : "(none)",
		  UTS_RELEASE, UTS_VERSION, UTS_MACHINE);
	reply_end(r, 0);
}

static void cmd_halt(struct mconsole_reply *r, char *args)
{
	(void)args;
	reply_end(r, 0);
	reboot_ops->power_off(UMLK_EXIT_POWEROFF);
}

static void cmd_reboot(struct mconsole_reply *r, char *args)
{
	(void)args;
	reply_end(r, 0);
	reboot_ops->restart();
}

static void cmd_cad(struct mconsole_reply *r, char *args)
{
	(void)args;
	reply_end(r, 0);
	reboot_ctrl_alt_del();
}

static void cmd_stop(struct mconsole_reply *r, char *args)
{
	(void)args;
	if (stopped) {
		fail(r, 1, "Already stopped");
		return;
	}
	stopped = true;
	sched_freeze(true);
	fail(r, 0, "stopped");
}

static void cmd_go(struct mconsole_reply *r, char *args)
{
	(void)args;
	if (!stopped) {
		fail(r, 1, "Not stopped");
		return;
	}
	stopped = false;
	sched_freeze(false);
	reply_end(r, 0);
}

static void cmd_log(struct mconsole_reply *r, char *args)
{
	klog(KLOG_WARNING, "%s", args);
	reply_end(r, 0);
}

/* --- looking inside ----------------------------------------------------------------------------- */

static const char *state_name(const struct task *t)
{
	static const char *const names[] = {
		[TASK_NEW] = "new",	    [TASK_RUNNABLE] = "runnable",
		[TASK_RUNNING] = "running", [TASK_SLEEPING] = "sleeping",
		[TASK_STOPPED] = "stopped", [TASK_ZOMBIE] = "zombie",
		[TASK_DEAD] = "dead"
	};

	return t->state < ARRAY_SIZE(names) ? names[t->state] : "?";
}

static void show_task(struct mconsole_reply *r, const struct task *t)
{
	const struct abi_regs *regs = t->thread && sched_engine.regs ? sched_engine.regs(t->thread)
								     : NULL;

	reply_add(r, "%-16s %5d %-8s user %llu ms system %llu ms\n", t->comm, t->tid, state_name(t),
		  (unsigned long long)(t->user_ns / NSEC_PER_MSEC),
		  (unsigned long long)(t->system_ns / NSEC_PER_MSEC));
	if (regs)
		reply_add(r, "  rip %016llx rsp %016llx rax %016llx call %lld\n",
			  (unsigned long long)regs->rip, (unsigned long long)regs->rsp,
			  (unsigned long long)regs->rax, (long long)regs->orig_rax);
}

static void cmd_stack(struct mconsole_reply *r, char *args)
{
	uint64_t pid;
	struct task *t;

	if (*args == '\0') {
		fail(r, 1, "Please specify a pid");
		return;
	}
	t = str_to_u64(args, 10, &pid) && pid <= INT_MAX ? task_find((int)pid) : NULL;
	if (!t) {
		fail(r, 1, "Couldn't find that pid");
		return;
	}
	task_get(t);
	show_task(r, t);
	task_put(t);
	reply_end(r, 0);
}

/* In a /proc of our own, as Linux does: the guest's may be mounted elsewhere, over with something else, or not at all. */
static int open_proc(const char *name, struct file **ret)
{
	static struct path proc;
	struct path p;
	int r = proc.mount ? 0 : vfs_mount_hidden("proc", &proc);

	if (r == 0)
		r = path_lookup_at(&proc, name,
				   LOOKUP_FOLLOW | LOOKUP_IN_ROOT | LOOKUP_NO_MAGICLINKS, &p);
	if (r < 0)
		return r;
	r = file_open_path(&p, O_RDONLY | O_NONBLOCK | O_NOCTTY, ret);
	path_put(&p);
	return r;
}

static void cmd_proc(struct mconsole_reply *r, char *args)
{
	char path[PATH_MAX / 4], buf[1024];
	struct file *f;
	uint64_t pos = 0;
	ssize_t n;
	int err;

	err = open_proc(args, &f);
	if (err < 0) {
		/* What hangs below self (mounts, net): a kernel thread has none. */
		(void)format_str(path, sizeof(path), "1/%s", args);
		err = open_proc(path, &f);
	}
	if (err < 0) {
		fail(r, 1, "Failed to open file");
		return;
	}
	reply_text(r, "\n", 1);
	while (pos < PROC_MAX) {
		struct iov_iter it;

		iter_init_kernel(&it, buf, sizeof(buf));
		n = file_read(f, &it, &pos);
		if (n <= 0)
			break;
		reply_text(r, buf, (size_t)n);
	}
	file_put(f);
	reply_end(r, 0);
}

/* --- sysrq -------------------------------------------------------------------------------------- */

static void sysrq_tasks(struct mconsole_reply *r)
{
	struct task *t, *next;

	/* Answers drop the lock: the task at hand is held, so its successor can be found. */
	if (list_empty(&task_list))
		return;
	t = list_first_entry(&task_list, struct task, all_link);
	task_get(t);
	for (;;) {
		show_task(r, t);
		if (t->all_link.next == &task_list)
			break;
		next = list_entry(t->all_link.next, struct task, all_link);
		task_get(next);
		task_put(t);
		t = next;
	}
	task_put(t);
}

static void sysrq_memory(struct mconsole_reply *r)
{
	struct memory_stats m;

	memory_stats_get(&m);
	reply_add(r, "total %llu KiB, free %llu KiB, shared and files %llu KiB, private %llu KiB\n",
		  (unsigned long long)(m.total_bytes >> 10),
		  (unsigned long long)(m.free_bytes >> 10),
		  (unsigned long long)(m.arena_bytes >> 10),
		  (unsigned long long)(m.anon_bytes >> 10));
}

/* All processes but the first. */
static void sysrq_signal(int signo)
{
	struct thread_group *g, *next;

	list_for_each_entry_safe(g, next, &thread_group_list, all_link)
		if (g != init_group && !g->zombie)
			signal_simple(g, signo);
}

static void cmd_sysrq(struct mconsole_reply *r, char *args)
{
	switch (*args) {
	case 'b':
	case 'o':
	case 'c':
		reply_end(r, 0);
		if (*args == 'c')
			panic("sysrq triggered crash");
		if (*args == 'b')
			reboot_ops->restart();
		reboot_ops->power_off(UMLK_EXIT_POWEROFF);
		return;
	case 'e':
		sysrq_signal(SIGTERM);
		break;
	case 'i':
		sysrq_signal(SIGKILL);
		break;
	case 'm':
		sysrq_memory(r);
		break;
	case 's': /* nothing waits in memory */
		break;
	case 't':
	case 'w':
		sysrq_tasks(r);
		break;
	default:
		reply_add(r, "HELP : reboot(b) crash(c) terminate-all-tasks(e) kill-all-tasks(i) "
			     "show-memory-usage(m) poweroff(o) sync(s) show-task-states(t)");
		break;
	}
	reply_end(r, 0);
}

/* --- devices ------------------------------------------------------------------------------------ */

static bool is_line(const char *name)
{
	return strncmp(name, "con", 3) == 0 || strncmp(name, "ssl", 3) == 0;
}

static void config_query(struct mconsole_reply *r, const char *name)
{
	struct memory_stats m;

	if (is_line(name)) {
		const char *spec = console_spec(name);

		fail(r, spec ? 0 : -EINVAL, spec ? spec : "Couldn't parse device number");
	} else if (strcmp(name, "mem") == 0) {
		memory_stats_get(&m);
		reply_add(r, "%llu", (unsigned long long)m.total_bytes);
		reply_end(r, 0);
	} else if (strncmp(name, "ubd", 3) == 0) {
		const char *spec = ubd_spec(name); /* of a disk that is not there: empty */

		fail(r, spec ? 0 : -EINVAL, spec ? spec : "Couldn't parse device number");
	} else if (strncmp(name, "eth", 3) == 0 || strncmp(name, "vec", 3) == 0) {
		fail(r, 1, "No get_config routine defined");
	} else {
		fail(r, -EINVAL, "Bad configuration option");
	}
}

static void config_set(struct mconsole_reply *r, const char *word, const char *value)
{
	char why[400] = "";
	int err;

	if (is_line(word)) {
		if (word[3] == '=') {
			fail(r, -EINVAL, "Can't configure all devices from mconsole");
			return;
		}
		err = console_option(word, why, sizeof(why));
		fail(r, err, err == -EBUSY ? "Device is currently open" : why);
	} else if (strncmp(word, "mem=", 4) == 0) {
		if (*value != '-' && *value != '+')
			fail(r, -EINVAL, "Expected increment to start with '-' or '+'");
		else
			fail(r, -EOPNOTSUPP, "The memory's size is fixed");
	} else if (strncmp(word, "trace=", 6) == 0) {
		err = trace_set(value);
		fail(r, err, err < 0 ? "Unknown trace channel" : "");
	} else if (strncmp(word, "diskfail=", 9) == 0) {
		err = disk_fault_set(value, why, sizeof(why));
		fail(r, err, why);
	} else if (strncmp(word, "ubd", 3) == 0) {
		err = ubd_plug(word, why, sizeof(why));
		fail(r, err, why);
	} else if (strncmp(word, "eth", 3) == 0 || strncmp(word, "vec", 3) == 0) {
		fail(r, -EOPNOTSUPP, "Not supported yet");
	} else {
		fail(r, -EINVAL, "Bad configuration option");
	}
}

static void cmd_config(struct mconsole_reply *r, char *args)
{
	const char *eq = strchr(args, '=');

	if (eq)
		config_set(r, args, eq + 1);
	else
		config_query(r, args);
}

static void cmd_remove(struct mconsole_reply *r, char *args)
{
	char why[160] = "";
	int err;

	if (strncmp(args, "ubd", 3) == 0) {
		err = ubd_remove(args, why, sizeof(why));
		fail(r, err, why);
		return;
	}
	if (!is_line(args)) {
		if (strncmp(args, "eth", 3) == 0)
			fail(r, -ENODEV, "Device doesn't exist");
		else
			fail(r, -EINVAL, "Bad remove option");
		return;
	}
	err = console_remove(args, why, sizeof(why));
	fail(r, err, why);
}

/* --- table -------------------------------------------------------------------------------------- */

static void cmd_help(struct mconsole_reply *r, char *args);

static const struct mconsole_command commands[] = {
	{ "version", "get the kernel's version", cmd_version },
	{ "halt", "halt the guest at once", cmd_halt },
	{ "reboot", "restart the guest at once", cmd_reboot },
	{ "config", "config <dev>=<spec>: add a device; config <dev>: show it", cmd_config },
	{ "remove", "remove <dev>: take a device away", cmd_remove },
	{ "sysrq", "sysrq <letter>: what the SysRq key would do; h lists the letters", cmd_sysrq },
	{ "cad", "press ctrl-alt-del", cmd_cad },
	{ "stop", "freeze the guest; commands are still answered", cmd_stop },
	{ "go", "let a stopped guest go on", cmd_go },
	{ "log", "log <text>: write into the kernel log", cmd_log },
	{ "proc", "proc <file>: show a file below /proc", cmd_proc },
	{ "stack", "stack <pid>: state and registers of a task", cmd_stack },
	{ "help", "this list", cmd_help },
};

static void cmd_help(struct mconsole_reply *r, char *args)
{
	(void)args;
	reply_add(r, "Commands:\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		reply_add(r, "    %-8s- %s\n", commands[i].name, commands[i].help);
	reply_end(r, 0);
}

void mconsole_run(struct mconsole_reply *r, char *line)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t n = strlen(commands[i].name);
		char *args = line + n;

		if (strncmp(line, commands[i].name, n) != 0)
			continue;
		while (*args == ' ' || *args == '\t')
			args++;
		commands[i].run(r, args);
		return;
	}
	fail(r, 1, "Unknown command");
}
