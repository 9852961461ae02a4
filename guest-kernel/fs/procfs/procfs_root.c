// SPDX-License-Identifier: GPL-2.0-or-later
/* The files at the top of /proc. Formats are those of proc(5), as free, top, uptime, ps and libc read them. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "host/host_clock.h"
#include "host/host_cpu.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "mm/mm_account.h"
#include "task/process.h"
#include "task/uts.h"

#define CLOCK_TICK_NS 10000000ull /* USER_HZ is 100 */

typedef unsigned long long ull;

static int show_cmdline(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%s\n", proc_command_line);
	return 0;
}

static int show_version(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "Linux version %s (umlk) %s\n", UTS_RELEASE, UTS_VERSION);
	return 0;
}

static int show_uptime(struct proc_text *x, const struct proc_target *p)
{
	uint64_t up = host_boottime_ns(), idle = 0;
	struct sched_stats s;

	(void)p;
	sched_stats_get(&s);
	for (unsigned int i = 0; i < sched_ncpus(); i++)
		idle += s.idle_ns[i];
	text_add(x, "%llu.%02llu %llu.%02llu\n", (ull)(up / NSEC_PER_SEC),
		 (ull)(up % NSEC_PER_SEC / CLOCK_TICK_NS), (ull)(idle / NSEC_PER_SEC),
		 (ull)(idle % NSEC_PER_SEC / CLOCK_TICK_NS));
	return 0;
}

static unsigned int count_threads(int *ret_last)
{
	struct thread_group *g;
	unsigned int n = 0;
	int last = 0;

	list_for_each_entry(g, &thread_group_list, all_link) {
		n += g->n_threads;
		last = MAX(last, g->tgid);
	}
	*ret_last = last;
	return n;
}

static int show_loadavg(struct proc_text *x, const struct proc_target *p)
{
	struct sched_stats s;
	int last;
	unsigned int total = count_threads(&last);

	(void)p;
	sched_stats_get(&s);
	for (int i = 0; i < 3; i++)
		text_add(x, "%u.%02u ", s.load[i] / 2048, s.load[i] % 2048 * 100 / 2048);
	text_add(x, "%u/%u %d\n", s.running, total, last);
	return 0;
}

static int show_meminfo(struct proc_text *x, const struct proc_target *p)
{
	struct memory_stats m;
	static const char *const zeros[] = {
		"Buffers",	  "SwapCached",	  "Active",	    "Inactive",	   "Active(anon)",
		"Inactive(anon)", "Active(file)", "Inactive(file)", "Unevictable", "Mlocked",
		"SwapTotal",	  "SwapFree",	  "Dirty",	    "Writeback",
	};

	(void)p;
	memory_stats_exact(&m);
	text_add(x, "MemTotal:       %8llu kB\n", (ull)(m.total_bytes >> 10));
	text_add(x, "MemFree:        %8llu kB\n", (ull)(m.free_bytes >> 10));
	text_add(x, "MemAvailable:   %8llu kB\n", (ull)(m.free_bytes >> 10));
	text_add(x, "Cached:         %8llu kB\n", (ull)(m.arena_bytes >> 10));
	for (unsigned int i = 0; i < ARRAY_SIZE(zeros); i++) {
		char name[24];

		(void)format_str(name, sizeof(name), "%s:", zeros[i]);
		text_add(x, "%-16s%8u kB\n", name, 0);
	}
	text_add(x, "AnonPages:      %8llu kB\n", (ull)(m.anon_bytes >> 10));
	text_add(x, "Mapped:         %8u kB\n", 0);
	text_add(x, "Shmem:          %8llu kB\n", (ull)(m.arena_bytes >> 10));
	text_add(x, "Slab:           %8llu kB\n", (ull)(m.kernel_bytes >> 10));
	text_add(x, "SReclaimable:   %8u kB\n", 0);
	text_add(x, "SUnreclaim:     %8llu kB\n", (ull)(m.kernel_bytes >> 10));
	text_add(x, "CommitLimit:    %8llu kB\n", (ull)(m.commit_limit_bytes >> 10));
	text_add(x, "Committed_AS:   %8llu kB\n", (ull)(m.committed_bytes >> 10));
	text_add(x, "VmallocTotal:   34359738367 kB\n");
	text_add(x, "HugePages_Total: %7u\n", 0);
	text_add(x, "HugePages_Free: %8u\n", 0);
	text_add(x, "Hugepagesize:   %8u kB\n", 2048);
	return 0;
}

static int show_stat(struct proc_text *x, const struct proc_target *p)
{
	uint64_t user = 0, system = 0, idle = 0, boot = host_realtime_ns() - host_boottime_ns();
	unsigned int n = sched_ncpus();
	struct sched_stats s;
	int last;

	(void)p;
	sched_stats_get(&s);
	for (unsigned int i = 0; i < n; i++) {
		user += s.user_ns[i];
		system += s.system_ns[i];
		idle += s.idle_ns[i];
	}
	text_add(x, "cpu  %llu 0 %llu %llu 0 0 0 0 0 0\n", (ull)(user / CLOCK_TICK_NS),
		 (ull)(system / CLOCK_TICK_NS), (ull)(idle / CLOCK_TICK_NS));
	for (unsigned int i = 0; i < n; i++)
		text_add(x, "cpu%u %llu 0 %llu %llu 0 0 0 0 0 0\n", i,
			 (ull)(s.user_ns[i] / CLOCK_TICK_NS), (ull)(s.system_ns[i] / CLOCK_TICK_NS),
			 (ull)(s.idle_ns[i] / CLOCK_TICK_NS));
	(void)count_threads(&last);
	text_add(x,
		 "intr 0\nctxt %llu\nbtime %llu\nprocesses %d\nprocs_running %u\nprocs_blocked 0\n",
		 (ull)s.switches, (ull)(boot / NSEC_PER_SEC), last, s.running);
	return 0;
}

static int show_cpuinfo(struct proc_text *x, const struct proc_target *p)
{
	char *one = kmalloc(8192), *line, *next;

	(void)p;
	if (!one)
		return -ENOMEM;
	for (unsigned int cpu = 0; cpu < sched_ncpus(); cpu++) {
		(void)host_cpuinfo(one, 8192);
		for (line = one; *line; line = next) {
			size_t len;

			next = strchr(line, '\n');
			len = next ? (size_t)(next - line) : strlen(line);
			next = next ? next + 1 : line + len;
			/* Numbers of the host's processors mean nothing to the guest. */
			if (strncmp(line, "processor\t", 10) == 0)
				text_add(x, "processor\t: %u\n", cpu);
			else if (strncmp(line, "siblings\t", 9) == 0 ||
				 strncmp(line, "cpu cores\t", 10) == 0)
				text_add(x, "%s%u\n",
					 line[0] == 's' ? "siblings\t: " : "cpu cores\t: ",
					 sched_ncpus());
			else if (strncmp(line, "core id", 7) == 0 ||
				 strncmp(line, "apicid", 6) == 0 ||
				 strncmp(line, "initial apicid", 14) == 0)
				text_add(x, "%s\t: %u\n",
					 line[0] == 'c'	  ? "core id\t"
					 : line[0] == 'a' ? "apicid\t"
							  : "initial apicid",
					 cpu);
			else
				text_add(x, "%.*s\n", (int)len, line);
		}
		text_add(x, "\n");
	}
	kfree(one);
	return 0;
}

static int show_filesystems(struct proc_text *x, const struct proc_target *p)
{
	static const char *const names[] = { "sysfs",  "tmpfs", "devtmpfs", "proc",
					     "devpts", "ext3",	"ext2",	    "ext4" };

	(void)p;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		const struct fs_type *t = fs_type_find(names[i]);

		if (t)
			text_add(x, "%s\t%s\n", t->needs_device ? "" : "nodev", names[i]);
	}
	return 0;
}

static int show_devices(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x,
		 "Character devices:\n  1 mem\n  4 tty\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n"
		 "  5 /dev/ptmx\n 10 misc\n136 pts\n\nBlock devices:\n 98 ubd\n");
	return 0;
}

static int show_swaps(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static int show_vmstat(struct proc_text *x, const struct proc_target *p)
{
	struct memory_stats m;

	(void)p;
	memory_stats_get(&m);
	text_add(x, "nr_free_pages %llu\nnr_shmem %llu\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n",
		 (ull)(m.free_bytes >> PAGE_SHIFT), (ull)(m.arena_bytes >> PAGE_SHIFT));
	return 0;
}

static int show_empty(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add_bytes(x, "", 0);
	return 0;
}

/* /proc/umlk: what no Linux has. */
static int show_lock(struct proc_text *x, const struct proc_target *p)
{
	struct sched_stats s;

	(void)p;
	sched_stats_get(&s);
	text_add(x, "waited_ns %llu\nswitches %llu\nwakes %llu\n", (ull)big_lock_waited_ns(),
		 (ull)s.switches, (ull)s.wakes);
	return 0;
}

/* What the kernel itself holds. A guest that is quiet again must not have more of it than before: leak tests look here. */
static int show_kernel_memory(struct proc_text *x, const struct proc_target *p)
{
	struct host_memory_use use;
	struct memory_stats m;

	(void)p;
	host_memory_use_get(&use);
	memory_stats_get(&m);
	text_add(x, "heap_bytes %llu\nkernel_stacks %llu\narena_bytes %llu\n", (ull)use.heap_bytes,
		 (ull)use.stacks, (ull)m.arena_bytes);
	return 0;
}

static int link_self(char *buf, size_t len, const struct proc_target *p)
{
	struct task *t = current_task();

	(void)p;
	return t && t->group ? format_str(buf, len, "%d", t->group->tgid) : -ENOENT;
}

static int link_thread_self(char *buf, size_t len, const struct proc_target *p)
{
	struct task *t = current_task();

	(void)p;
	return t && t->group ? format_str(buf, len, "%d/task/%d", t->group->tgid, t->tid) : -ENOENT;
}

static int link_mounts(char *buf, size_t len, const struct proc_target *p)
{
	(void)p;
	return (int)str_copy(buf, "self/mounts", len);
}

static int link_net(char *buf, size_t len, const struct proc_target *p)
{
	(void)p;
	return (int)str_copy(buf, "self/net", len);
}

static const struct proc_entry umlk_entries[] = {
	{ .name = "lock", .mode = 0444, .show = show_lock },
	{ .name = "memory", .mode = 0444, .show = show_kernel_memory },
	{ 0 },
};

const struct proc_entry proc_root_entries[] = {
	{ .name = "cmdline", .mode = 0444, .show = show_cmdline },
	{ .name = "cpuinfo", .mode = 0444, .show = show_cpuinfo },
	{ .name = "devices", .mode = 0444, .show = show_devices },
	{ .name = "diskstats", .mode = 0444, .show = procfs_show_diskstats },
	{ .name = "filesystems", .mode = 0444, .show = show_filesystems },
	{ .name = "interrupts", .mode = 0444, .show = show_empty },
	{ .name = "loadavg", .mode = 0444, .show = show_loadavg },
	{ .name = "meminfo", .mode = 0444, .show = show_meminfo },
	{ .name = "misc", .mode = 0444, .show = show_empty },
	{ .name = "modules", .mode = 0444, .show = show_empty },
	{ .name = "mounts", .kind = PROC_LINK, .mode = 0777, .readlink = link_mounts },
	{ .name = "net", .kind = PROC_LINK, .mode = 0777, .readlink = link_net },
	{ .name = "partitions", .mode = 0444, .show = procfs_show_partitions },
	{ .name = "self", .kind = PROC_LINK, .mode = 0777, .readlink = link_self },
	{ .name = "stat", .mode = 0444, .show = show_stat },
	{ .name = "swaps", .mode = 0444, .show = show_swaps },
	{ .name = "sysrq-trigger", .mode = 0200, .write = procfs_write_sysrq },
	{ .name = "sys", .kind = PROC_DIR, .mode = 0555, .children = proc_sys_entries },
	{ .name = "thread-self", .kind = PROC_LINK, .mode = 0777, .readlink = link_thread_self },
	{ .name = "umlk", .kind = PROC_DIR, .mode = 0555, .children = umlk_entries },
	{ .name = "uptime", .mode = 0444, .show = show_uptime },
	{ .name = "version", .mode = 0444, .show = show_version },
	{ .name = "vmstat", .mode = 0444, .show = show_vmstat },
	{ 0 },
};
