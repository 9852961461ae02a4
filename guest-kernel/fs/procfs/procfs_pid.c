// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID and /proc/PID/task/TID: the same tables but for `task`. Formats are those of proc(5). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_stat.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_inode.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_oom.h"
#include "task/task_seccomp.h"
#include "task/task_signal.h"
#include "vfs/vfs_mount_text.h"

typedef unsigned long long ull;

/* --- memory of the process ---------------------------------------------------------------------- */

static int show_range(struct proc_text *x, struct mm *mm, uint64_t start, uint64_t end)
{
	size_t len = end > start ? MIN(end - start, 1u << 20) : 0;
	char *buf;
	ssize_t n;

	if (!mm || len == 0)
		return 0;
	buf = kmalloc(len);
	if (!buf)
		return -ENOMEM;
	n = mm_read(mm, start, buf, len);
	if (n > 0)
		text_add_bytes(x, buf, (size_t)n);
	kfree(buf);
	return 0;
}

static int show_cmdline(struct proc_text *x, const struct proc_target *p)
{
	struct mm *mm = p->task->mm;

	char last = '\0', *buf;
	ssize_t n;

	if (!mm || mm->arg_end <= mm->arg_start)
		return 0;
	if (mm_read(mm, mm->arg_end - 1, &last, 1) != 1 || last == '\0')
		return show_range(x, mm, mm->arg_start, mm->arg_end);
	/* A title has been written over the arguments: one string, which may reach into the environment. */
	buf = kmalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	n = mm_read(mm, mm->arg_start, buf,
		    MIN(MAX(mm->env_end, mm->arg_end) - mm->arg_start, PAGE_SIZE - 1));
	if (n > 0) {
		buf[n] = '\0';
		text_add_bytes(x, buf, MIN(strlen(buf) + 1, (size_t)n));
	}
	kfree(buf);
	return 0;
}

static int show_environ(struct proc_text *x, const struct proc_target *p)
{
	struct mm *mm = p->task->mm;

	return mm ? show_range(x, mm, mm->env_start, mm->env_end) : 0;
}

static int show_auxv(struct proc_text *x, const struct proc_target *p)
{
	struct mm *mm = p->task->mm;
	unsigned int n = 0;

	if (!mm)
		return 0;
	while (n + 2 < ARRAY_SIZE(mm->auxv) && mm->auxv[n] != AT_NULL)
		n += 2;
	text_add_bytes(x, mm->auxv, (n + 2) * sizeof(mm->auxv[0]));
	return 0;
}

/* --- small ones --------------------------------------------------------------------------------- */

static int show_comm(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%s\n", p->task->comm);
	return 0;
}

static ssize_t write_comm(const struct proc_target *p, const char *text, size_t len)
{
	size_t n = MIN(len, sizeof(p->task->comm) - 1);

	if (current_task()->group != p->task->group)
		return -EINVAL;
	memcpy(p->task->comm, text, n);
	p->task->comm[n] = '\0';
	if (n > 0 && p->task->comm[n - 1] == '\n')
		p->task->comm[n - 1] = '\0';
	return (ssize_t)len;
}

static int show_limits(struct proc_text *x, const struct proc_target *p)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIMITS] = {
		{ "Max cpu time", "seconds" },	   { "Max file size", "bytes" },
		{ "Max data size", "bytes" },	   { "Max stack size", "bytes" },
		{ "Max core file size", "bytes" }, { "Max resident set", "bytes" },
		{ "Max processes", "processes" },  { "Max open files", "files" },
		{ "Max locked memory", "bytes" },  { "Max address space", "bytes" },
		{ "Max file locks", "locks" },	   { "Max pending signals", "signals" },
		{ "Max msgqueue size", "bytes" },  { "Max nice priority", "" },
		{ "Max realtime priority", "" },   { "Max realtime timeout", "us" },
	};

	text_add(x, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned int i = 0; i < RLIMITS; i++) {
		const struct rlimit_k *l = &p->task->group->rlimits[i];
		char soft[24] = "unlimited", hard[24] = "unlimited";

		if (l->cur != RLIM_INFINITY)
			(void)format_str(soft, sizeof(soft), "%llu", (ull)l->cur);
		if (l->max != RLIM_INFINITY)
			(void)format_str(hard, sizeof(hard), "%llu", (ull)l->max);
		text_add(x, "%-25s %-20s %-20s %-10s\n", rows[i].name, soft, hard, rows[i].unit);
	}
	return 0;
}

static int show_oom_score_adj(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%d\n", p->task->group->oom_score_adj);
	return 0;
}

static ssize_t write_oom_score_adj(const struct proc_target *p, const char *text, size_t len)
{
	bool minus = text[0] == '-';
	char digits[8];
	uint64_t v;
	int adj;

	(void)str_copy(digits, text + minus, sizeof(digits));
	if (strlen(digits) > 0 && digits[strlen(digits) - 1] == '\n')
		digits[strlen(digits) - 1] = '\0';
	if (!str_to_u64(digits, 10, &v) || v > 1000)
		return -EINVAL;
	adj = minus ? -(int)v : (int)v;
	if (adj < p->task->group->oom_score_adj && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	p->task->group->oom_score_adj = adj;
	return (ssize_t)len;
}

static int show_loginuid(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%u", p->task->group->login_uid);
	return 0;
}

static int show_sessionid(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%u", p->task->group->login_session);
	return 0;
}

/* Once and for oneself; later only by whoever may steer the audit. */
static ssize_t write_loginuid(const struct proc_target *p, const char *text, size_t len)
{
	struct thread_group *g = p->task->group;
	static uint32_t next_session;
	char digits[16];
	uint64_t v;

	(void)str_copy(digits, text, sizeof(digits));
	if (strlen(digits) > 0 && digits[strlen(digits) - 1] == '\n')
		digits[strlen(digits) - 1] = '\0';
	if (!str_to_u64(digits, 10, &v) || v > UINT32_MAX)
		return -EINVAL;
	if (current_task()->group != g)
		return -EPERM;
	if (g->login_uid != UINT32_MAX && !capable(CAP_AUDIT_CONTROL))
		return -EPERM;
	g->login_uid = (uint32_t)v;
	g->login_session = v == UINT32_MAX ? UINT32_MAX : ++next_session;
	return (ssize_t)len;
}

#define CONSTANT(id, text)                                                     \
	static int show_##id(struct proc_text *x, const struct proc_target *p) \
	{                                                                      \
		(void)p;                                                       \
		text_add(x, "%s", text);                                       \
		return 0;                                                      \
	}
CONSTANT(zero, "0\n")
CONSTANT(wchan, "0")
CONSTANT(cgroup, "0::/\n")
CONSTANT(
	io,
	"rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n")
CONSTANT(id_map, "         0          0 4294967295\n")

static int show_oom_score(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%u\n", task_oom_score(p->task->group));
	return 0;
}

static void add_piece(void *ctx, const void *data, size_t len)
{
	text_add_bytes(ctx, data, len);
}

static int show_mounts(struct proc_text *x, const struct proc_target *p)
{
	return mount_text(p->task, MOUNT_TEXT_MOUNTS, x, add_piece);
}

static int show_mountinfo(struct proc_text *x, const struct proc_target *p)
{
	return mount_text(p->task, MOUNT_TEXT_MOUNTINFO, x, add_piece);
}

/* --- links -------------------------------------------------------------------------------------- */

static int give_path(const struct path *from, struct path *ret)
{
	if (!from || !from->dentry)
		return -ENOENT;
	*ret = *from;
	path_get(ret);
	return 0;
}

static int follow_exe(const struct proc_target *p, struct path *ret)
{
	const struct file *f = p->task->mm ? p->task->mm->exe_file : NULL;

	return f ? give_path(&f->path, ret) : -ENOENT;
}

static int follow_cwd(const struct proc_target *p, struct path *ret)
{
	return p->task->fs ? give_path(&p->task->fs->cwd, ret) : -ENOENT;
}

static int follow_root(const struct proc_target *p, struct path *ret)
{
	return p->task->fs ? give_path(&p->task->fs->root, ret) : -ENOENT;
}

static int read_followed(char *buf, size_t len, const struct proc_target *p,
			 int (*follow)(const struct proc_target *p, struct path *ret))
{
	struct task *me = current_task();
	struct path path;
	char *tmp, *text;
	int n = follow(p, &path);

	if (n < 0)
		return n;
	tmp = kmalloc(4096 + 16);
	text = tmp ? path_to_string(&path, &me->fs->root, tmp, 4096 + 16) : NULL;
	n = text ? (int)MIN(strlen(text), len) : -ENAMETOOLONG;
	if (text)
		memcpy(buf, text, (size_t)n);
	kfree(tmp);
	path_put(&path);
	return n;
}

static int read_exe(char *buf, size_t len, const struct proc_target *p)
{
	return read_followed(buf, len, p, follow_exe);
}

static int read_cwd(char *buf, size_t len, const struct proc_target *p)
{
	return read_followed(buf, len, p, follow_cwd);
}

static int read_root(char *buf, size_t len, const struct proc_target *p)
{
	return read_followed(buf, len, p, follow_root);
}

/* --- task/ -------------------------------------------------------------------------------------- */

static const struct proc_entry task_directory = {
	.name = "",
	.kind = PROC_DIR,
	.mode = 0555,
	.children = proc_task_entries,
};

static int task_lookup(const struct proc_target *p, const char *name, size_t len,
		       const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	struct task *t;
	int tid;

	if (!procfs_parse_number(name, len, &tid))
		return -ENOENT;
	t = task_find(tid);
	if (!t || t->group != p->task->group)
		return -ENOENT;
	*ret_target = (struct proc_target){ .task = t, .fd = -1 };
	*ret_entry = &task_directory;
	return 0;
}

static bool task_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	for (;;) {
		struct task *t, *next = NULL;
		char name[16];

		list_for_each_entry(t, &p->task->group->threads, group_link)
			if ((uint64_t)t->tid >= *pos && (!next || t->tid < next->tid))
				next = t;
		if (!next)
			return true;
		(void)format_str(name, sizeof(name), "%d", next->tid);
		if (!sink->emit(sink, name, strlen(name), (uint64_t)next->tid + 0x10000, DT_DIR,
				(uint64_t)next->tid + 3))
			return false;
		*pos = (uint64_t)next->tid + 1;
	}
}

/* --- ns/ ---------------------------------------------------------------------------------------- */

#define NS_LINK(id, number)                                                         \
	static int read_ns_##id(char *buf, size_t len, const struct proc_target *p) \
	{                                                                           \
		(void)p;                                                            \
		return format_str(buf, len, #id ":[%u]", number);                   \
	}
NS_LINK(cgroup, 4026531835u)
NS_LINK(ipc, 4026531839u)
NS_LINK(mnt, 4026531841u)
NS_LINK(net, 4026531840u)
NS_LINK(pid, 4026531836u)
NS_LINK(time, 4026531834u)
NS_LINK(user, 4026531837u)
NS_LINK(uts, 4026531838u)

#define NS_ENTRY(id)                                                                \
	{                                                                           \
		.name = #id, .kind = PROC_LINK, .mode = 0777, .guard = PROC_PTRACE, \
		.readlink = read_ns_##id                                            \
	}
static const struct proc_entry ns_entries[] = {
	NS_ENTRY(cgroup), NS_ENTRY(ipc),  NS_ENTRY(mnt), NS_ENTRY(net), NS_ENTRY(pid),
	NS_ENTRY(time),	  NS_ENTRY(user), NS_ENTRY(uts), { 0 },
};

static const struct proc_entry net_entries[] = { { 0 } };

/* --- the tables --------------------------------------------------------------------------------- */

#define COMMON_ENTRIES                                                                            \
	{ .name = "auxv", .mode = 0400, .guard = PROC_PTRACE, .show = show_auxv },                \
		{ .name = "cgroup", .mode = 0444, .show = show_cgroup },                          \
		{ .name = "cmdline", .mode = 0444, .show = show_cmdline },                        \
		{ .name = "comm", .mode = 0644, .show = show_comm, .write = write_comm },         \
		{ .name = "coredump_filter",                                                      \
		  .mode = 0644,                                                                   \
		  .show = proc_show_dump_filter,                                                  \
		  .write = proc_write_dump_filter },                                              \
		{ .name = "cwd",                                                                  \
		  .kind = PROC_LINK,                                                              \
		  .mode = 0777,                                                                   \
		  .guard = PROC_PTRACE,                                                           \
		  .readlink = read_cwd,                                                           \
		  .follow = follow_cwd },                                                         \
		{ .name = "environ", .mode = 0400, .guard = PROC_PTRACE, .show = show_environ },  \
		{ .name = "exe",                                                                  \
		  .kind = PROC_LINK,                                                              \
		  .mode = 0777,                                                                   \
		  .guard = PROC_PTRACE,                                                           \
		  .readlink = read_exe,                                                           \
		  .follow = follow_exe },                                                         \
		{ .name = "fd",                                                                   \
		  .kind = PROC_DIR,                                                               \
		  .mode = 0500,                                                                   \
		  .lookup = proc_fd_lookup,                                                       \
		  .readdir = proc_fd_readdir },                                                   \
		{ .name = "fdinfo",                                                               \
		  .kind = PROC_DIR,                                                               \
		  .mode = 0555,                                                                   \
		  .lookup = proc_fdinfo_lookup,                                                   \
		  .readdir = proc_fdinfo_readdir },                                               \
		{ .name = "gid_map", .mode = 0644, .show = show_id_map },                         \
		{ .name = "io", .mode = 0400, .guard = PROC_PTRACE, .show = show_io },            \
		{ .name = "limits", .mode = 0444, .show = show_limits },                          \
		{ .name = "loginuid",                                                             \
		  .mode = 0644,                                                                   \
		  .show = show_loginuid,                                                          \
		  .write = write_loginuid },                                                      \
		{ .name = "maps", .mode = 0444, .guard = PROC_PTRACE, .show = proc_show_maps },   \
		{ .name = "mem", .mode = 0600, .guard = PROC_PTRACE, .fops = &proc_mem_fops },    \
		{ .name = "mountinfo", .mode = 0444, .show = show_mountinfo },                    \
		{ .name = "mounts", .mode = 0444, .show = show_mounts },                          \
		{ .name = "net", .kind = PROC_DIR, .mode = 0555, .children = net_entries },       \
		{ .name = "ns", .kind = PROC_DIR, .mode = 0511, .children = ns_entries },         \
		{ .name = "oom_adj", .mode = 0644, .show = show_zero },                           \
		{ .name = "oom_score", .mode = 0444, .show = show_oom_score },                    \
		{ .name = "oom_score_adj",                                                        \
		  .mode = 0644,                                                                   \
		  .show = show_oom_score_adj,                                                     \
		  .write = write_oom_score_adj },                                                 \
		{ .name = "personality",                                                          \
		  .mode = 0400,                                                                   \
		  .guard = PROC_PTRACE,                                                           \
		  .show = proc_show_personality },                                                \
		{ .name = "root",                                                                 \
		  .kind = PROC_LINK,                                                              \
		  .mode = 0777,                                                                   \
		  .guard = PROC_PTRACE,                                                           \
		  .readlink = read_root,                                                          \
		  .follow = follow_root },                                                        \
		{ .name = "sessionid", .mode = 0444, .show = show_sessionid },                    \
		{ .name = "setgroups", .mode = 0644, .show = show_zero },                         \
		{ .name = "smaps", .mode = 0444, .guard = PROC_PTRACE, .show = proc_show_smaps }, \
		{ .name = "stack", .mode = 0400, .guard = PROC_PTRACE, .show = proc_show_stack }, \
		{ .name = "statm", .mode = 0444, .show = proc_show_statm },                       \
		{ .name = "status", .mode = 0444, .show = proc_show_status },                     \
		{ .name = "syscall",                                                              \
		  .mode = 0400,                                                                   \
		  .guard = PROC_PTRACE,                                                           \
		  .show = proc_show_syscall },                                                    \
		{ .name = "uid_map", .mode = 0644, .show = show_id_map },                         \
	{                                                                                         \
		.name = "wchan", .mode = 0444, .show = show_wchan                                 \
	}

const struct proc_entry proc_pid_entries[] = {
	COMMON_ENTRIES,
	{ .name = "stat", .mode = 0444, .show = proc_show_stat },
	{ .name = "task",
	  .kind = PROC_DIR,
	  .mode = 0555,
	  .lookup = task_lookup,
	  .readdir = task_readdir },
	{ 0 },
};

const struct proc_entry proc_task_entries[] = {
	COMMON_ENTRIES,
	{ .name = "stat", .mode = 0444, .show = proc_show_task_stat },
	{ 0 },
};
