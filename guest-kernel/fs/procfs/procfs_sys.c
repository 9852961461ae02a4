// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/sys: the settings that user space reads, most of them constants of this kernel, and the few that can be written. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_net.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm_account.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "task/uts.h"
#include "vfs/vfs.h"
#include "vfs/vfs_init.h"

/* A constant: one function for each text, made by the macro so that tables stay data. */
#define CONSTANT(id, text)                                                     \
	static int show_##id(struct proc_text *x, const struct proc_target *p) \
	{                                                                      \
		(void)p;                                                       \
		text_add(x, "%s\n", text);                                     \
		return 0;                                                      \
	}
CONSTANT(ostype, "Linux")
CONSTANT(osrelease, UTS_RELEASE)
CONSTANT(version, UTS_VERSION)
CONSTANT(pid_max, "32768")
CONSTANT(cap_last_cap, "40")
CONSTANT(ngroups_max, "65536")
CONSTANT(overflow_id, "65534")
CONSTANT(zero, "0")
CONSTANT(max_map_count, "32768")
CONSTANT(nr_open, "1048576")
CONSTANT(pipe_max_size, "1048576")
CONSTANT(inotify_instances, "128")
CONSTANT(inotify_watches, "65536")
CONSTANT(inotify_events, "16384")
CONSTANT(msgmax, "8192")
CONSTANT(shmmax, "18446744073692774399")
CONSTANT(shmall, "18446744073692774399")
CONSTANT(sem, "32000\t1024000000\t500\t32000")
CONSTANT(printk, "6\t4\t1\t7")
CONSTANT(entropy, "256")
CONSTANT(seccomp_actions, "kill_process kill_thread trap errno trace log allow")
CONSTANT(pty_max, "4096")

/* --- numbers that are state --------------------------------------------------------------------- */

struct setting {
	unsigned int *value;
	unsigned int min, max;
};

static int show_setting(struct proc_text *x, const struct setting *s)
{
	text_add(x, "%u\n", *s->value);
	return 0;
}

static ssize_t write_setting(const struct setting *s, const char *text, size_t len)
{
	char digits[16];
	size_t n = 0;
	uint64_t v;

	while (n < len && (text[n] == ' ' || text[n] == '\t'))
		n++;
	text += n;
	for (n = 0; n < sizeof(digits) - 1 && text[n] >= '0' && text[n] <= '9'; n++)
		digits[n] = text[n];
	digits[n] = '\0';
	if (!str_to_u64(digits, 10, &v) || v < s->min || v > s->max ||
	    (text[n] != '\n' && text[n] != '\0' && text[n] != ' '))
		return -EINVAL;
	*s->value = (unsigned int)v;
	return (ssize_t)len;
}

/* A number in `variable` that root may set between the bounds. */
#define SETTING(id, variable, least, most)                                                   \
	static const struct setting setting_##id = { &(variable), least, most };             \
	static int show_##id(struct proc_text *x, const struct proc_target *p)               \
	{                                                                                    \
		(void)p;                                                                     \
		return show_setting(x, &setting_##id);                                       \
	}                                                                                    \
	static ssize_t write_##id(const struct proc_target *p, const char *text, size_t len) \
	{                                                                                    \
		(void)p;                                                                     \
		return write_setting(&setting_##id, text, len);                              \
	}
/* One that nothing here reads: kept for those who set and read it back. */
#define KEPT(id, start, least, most)             \
	static unsigned int kept_##id = (start); \
	SETTING(id, kept_##id, least, most)

SETTING(overcommit_memory, mm_overcommit_memory, OVERCOMMIT_GUESS, OVERCOMMIT_NEVER)
SETTING(overcommit_ratio, mm_overcommit_ratio, 0, 1000000)
SETTING(file_max, vfs_max_files, 1024, 1048576)
SETTING(mount_max, vfs_max_mounts, 1, INT_MAX)
KEPT(swappiness, 60, 0, 200)
KEPT(min_free, 4096, 0, UINT_MAX)
KEPT(dirty_ratio, 20, 0, 100)
KEPT(dirty_background_ratio, 10, 0, 100)
KEPT(panic, 0, 0, UINT_MAX)
KEPT(kptr_restrict, 1, 0, 2)
KEPT(randomize_va_space, 2, 0, 2)
KEPT(protected_hardlinks, 1, 0, 1)
KEPT(protected_symlinks, 1, 0, 1)

static int show_threads_max(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%u\n", task_threads_max());
	return 0;
}

static int show_file_nr(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%u\t0\t%u\n", vfs_n_files, vfs_max_files);
	return 0;
}

static int show_hostname(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%s\n", uts_current()->nodename);
	return 0;
}

static int show_domainname(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%s\n", uts_current()->domainname);
	return 0;
}

static ssize_t set_name(char *name, const char *text, size_t len)
{
	size_t n = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	while (n < len && n < UTS_NAME_MAX && text[n] != '\n' && text[n] != '\0')
		n++;
	memcpy(name, text, n);
	name[n] = '\0';
	return (ssize_t)len;
}

static ssize_t write_hostname(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	return set_name(uts_current()->nodename, text, len);
}

static ssize_t write_domainname(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	return set_name(uts_current()->domainname, text, len);
}

static int show_core_pattern(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%s\n", core_pattern);
	return 0;
}

static ssize_t write_core_pattern(const struct proc_target *p, const char *text, size_t len)
{
	size_t n = 0;

	(void)p;
	while (n < len && n < CORE_PATTERN_MAX && text[n] != '\n' && text[n] != '\0')
		n++;
	/* Programs to be given the dump are not supported: say so where the pattern is set. */
	if (n > 0 && text[0] == '|')
		return -EOPNOTSUPP;
	memcpy(core_pattern, text, n);
	core_pattern[n] = '\0';
	return (ssize_t)len;
}

static int show_core_uses_pid(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%d\n", core_uses_pid);
	return 0;
}

static ssize_t write_core_uses_pid(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	core_uses_pid = text[0] != '0';
	return (ssize_t)len;
}

static void add_uuid(struct proc_text *x, const uint8_t b[16])
{
	static const char dashes[16] = { [4] = 1, [6] = 1, [8] = 1, [10] = 1 };

	for (int i = 0; i < 16; i++)
		text_add(x, "%s%02x", dashes[i] ? "-" : "", b[i]);
	text_add(x, "\n");
}

static void random_uuid(uint8_t b[16])
{
	host_random_bytes(b, 16);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
}

static int show_uuid(struct proc_text *x, const struct proc_target *p)
{
	uint8_t b[16];

	(void)p;
	random_uuid(b);
	add_uuid(x, b);
	return 0;
}

static int show_boot_id(struct proc_text *x, const struct proc_target *p)
{
	static uint8_t boot_id[16];
	static bool made;

	(void)p;
	if (!made)
		random_uuid(boot_id);
	made = true;
	add_uuid(x, boot_id);
	return 0;
}

#define FILE_RO(n, fn)                                     \
	{                                                  \
		.name = n, .mode = 0444, .show = show_##fn \
	}
#define FILE_RW(n, fn)                                                          \
	{                                                                       \
		.name = n, .mode = 0644, .show = show_##fn, .write = write_##fn \
	}
#define FOLDER(n, table)                                                     \
	{                                                                    \
		.name = n, .kind = PROC_DIR, .mode = 0555, .children = table \
	}

static const struct proc_entry random_entries[] = {
	FILE_RO("boot_id", boot_id),
	FILE_RO("entropy_avail", entropy),
	FILE_RO("poolsize", entropy),
	FILE_RO("uuid", uuid),
	{ 0 },
};

static const struct proc_entry pty_entries[] = { FILE_RO("max", pty_max),
						 FILE_RO("nr", zero),
						 { 0 } };

static const struct proc_entry yama_entries[] = { FILE_RO("ptrace_scope", zero), { 0 } };

static const struct proc_entry seccomp_entries[] = { FILE_RO("actions_avail", seccomp_actions),
						     FILE_RO("actions_logged", seccomp_actions),
						     { 0 } };

static const struct proc_entry kernel_entries[] = {
	FILE_RO("cap_last_cap", cap_last_cap),
	{ .name = "core_pattern",
	  .mode = 0644,
	  .show = show_core_pattern,
	  .write = write_core_pattern },
	FILE_RO("core_pipe_limit", zero),
	{ .name = "core_uses_pid",
	  .mode = 0644,
	  .show = show_core_uses_pid,
	  .write = write_core_uses_pid },
	FILE_RO("dmesg_restrict", zero),
	{ .name = "domainname", .mode = 0644, .show = show_domainname, .write = write_domainname },
	{ .name = "hostname", .mode = 0644, .show = show_hostname, .write = write_hostname },
	FILE_RW("kptr_restrict", kptr_restrict),
	FILE_RO("msgmax", msgmax),
	FILE_RO("ngroups_max", ngroups_max),
	FILE_RO("osrelease", osrelease),
	FILE_RO("ostype", ostype),
	FILE_RO("overflowgid", overflow_id),
	FILE_RO("overflowuid", overflow_id),
	FILE_RW("panic", panic),
	FILE_RO("pid_max", pid_max),
	FILE_RO("printk", printk),
	FOLDER("pty", pty_entries),
	FOLDER("random", random_entries),
	FILE_RW("randomize_va_space", randomize_va_space),
	FOLDER("seccomp", seccomp_entries),
	FILE_RO("sem", sem),
	FILE_RO("shmall", shmall),
	FILE_RO("shmmax", shmmax),
	FILE_RO("tainted", zero),
	FILE_RO("threads-max", threads_max),
	FILE_RO("unprivileged_userns_clone", zero),
	FILE_RO("version", version),
	FOLDER("yama", yama_entries),
	{ 0 },
};

static int show_drop_caches(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "0\n");
	return 0;
}

/* 1: pages, which are the host's; 2: names and inodes. */
static ssize_t write_drop_caches(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	if (len == 0 || text[0] < '1' || text[0] > '4')
		return -EINVAL;
	if ((text[0] - '0') & 2) {
		vfs_drop_caches();
		host_memory_trim();
	}
	return (ssize_t)len;
}

static const struct proc_entry vm_entries[] = {
	FILE_RW("dirty_background_ratio", dirty_background_ratio),
	FILE_RW("dirty_ratio", dirty_ratio),
	{ .name = "drop_caches",
	  .mode = 0200,
	  .show = show_drop_caches,
	  .write = write_drop_caches },
	FILE_RO("max_map_count", max_map_count),
	FILE_RW("min_free_kbytes", min_free),
	FILE_RO("mmap_min_addr", zero),
	FILE_RW("overcommit_memory", overcommit_memory),
	FILE_RW("overcommit_ratio", overcommit_ratio),
	FILE_RW("swappiness", swappiness),
	{ 0 },
};

static const struct proc_entry inotify_entries[] = {
	FILE_RO("max_queued_events", inotify_events),
	FILE_RO("max_user_instances", inotify_instances),
	FILE_RO("max_user_watches", inotify_watches),
	{ 0 },
};

static const struct proc_entry fs_entries[] = {
	FILE_RW("file-max", file_max),
	FILE_RO("file-nr", file_nr),
	FOLDER("inotify", inotify_entries),
	FILE_RW("mount-max", mount_max),
	FILE_RO("nr_open", nr_open),
	FILE_RO("pipe-max-size", pipe_max_size),
	FILE_RW("protected_hardlinks", protected_hardlinks),
	FILE_RW("protected_symlinks", protected_symlinks),
	FILE_RO("suid_dumpable", zero),
	{ 0 },
};

const struct proc_entry proc_sys_entries[] = {
	FOLDER("fs", fs_entries),
	FOLDER("kernel", kernel_entries),
	FOLDER("net", proc_sys_net_entries),
	FOLDER("vm", vm_entries),
	{ 0 },
};
