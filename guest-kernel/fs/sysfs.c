// SPDX-License-Identifier: GPL-2.0-or-later
/* /sys as a table of entries, with the mechanism of procfs. Of the devices disks and network interfaces have folders of their own, see sysfs_block.c and sysfs_net.c. */
#include "fs/sysfs.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "fs/sysfs_block.h"
#include "fs/sysfs_net.h"

#define SYSFS_MAGIC 0x62656572

static int show_cpus(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	if (sched_ncpus() > 1)
		text_add(x, "0-%u\n", sched_ncpus() - 1);
	else
		text_add(x, "0\n");
	return 0;
}

static int show_nothing(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "\n");
	return 0;
}

static int show_kernel_max(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%u\n", SCHED_VCPUS_MAX - 1);
	return 0;
}

#define FOLDER(n, table)                                                     \
	{                                                                    \
		.name = n, .kind = PROC_DIR, .mode = 0755, .children = table \
	}
#define FILE_RO(n, fn)                              \
	{                                           \
		.name = n, .mode = 0444, .show = fn \
	}

static const struct proc_entry empty[] = { { 0 } };

static const struct proc_entry cpu_entries[] = {
	FILE_RO("isolated", show_nothing),
	FILE_RO("kernel_max", show_kernel_max),
	FILE_RO("offline", show_nothing),
	FILE_RO("online", show_cpus),
	FILE_RO("possible", show_cpus),
	FILE_RO("present", show_cpus),
	{ 0 },
};

static const struct proc_entry system_entries[] = { FOLDER("cpu", cpu_entries), { 0 } };
static const struct proc_entry virtual_entries[] = { SYSFS_FOLDER("net", virtual_net), { 0 } };
static const struct proc_entry device_entries[] = { SYSFS_FOLDER("platform", platform),
						    FOLDER("system", system_entries),
						    FOLDER("virtual", virtual_entries),
						    { 0 } };
static const struct proc_entry fs_entries[] = { FOLDER("cgroup", empty), { 0 } };
static const struct proc_entry kernel_entries[] = {
	FOLDER("debug", empty), FOLDER("mm", empty), FOLDER("security", empty), { 0 }
};
static const struct proc_entry class_entries[] = { SYSFS_FOLDER("block", class_block),
						   SYSFS_FOLDER("net", class_net),
						   { 0 } };
static const struct proc_entry dev_entries[] = { SYSFS_FOLDER("block", dev_block),
						 FOLDER("char", empty),
						 { 0 } };

static const struct proc_entry root_entries[] = {
	SYSFS_FOLDER("block", block),
	FOLDER("bus", empty),
	FOLDER("class", class_entries),
	FOLDER("dev", dev_entries),
	FOLDER("devices", device_entries),
	FOLDER("firmware", empty),
	FOLDER("fs", fs_entries),
	FOLDER("kernel", kernel_entries),
	FOLDER("module", empty),
	FOLDER("power", empty),
	{ 0 },
};

static const struct proc_entry root_directory = {
	.name = "", .kind = PROC_DIR, .mode = 0555, .children = root_entries
};

static int sysfs_mount(const struct fs_type *type, const char *source, uint32_t flags,
		       const char *data, struct super_block **ret)
{
	(void)source;
	(void)data;
	return procfs_mount_table(type, &root_directory, SYSFS_MAGIC, flags, ret);
}

int sysfs_init(void)
{
	static struct fs_type type = { .name = "sysfs", .mount = sysfs_mount };

	fs_type_register(&type);
	return 0;
}
