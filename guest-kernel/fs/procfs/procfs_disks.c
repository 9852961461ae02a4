// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/partitions and /proc/diskstats, and the line of numbers that sysfs shows too. */
#include "drivers/block.h"
#include "fs/procfs/procfs.h"

static void add_operation(struct proc_text *x, const struct block_stats *s, enum block_operation op)
{
	/* Done, merged (never), sectors, milliseconds. */
	text_add(x, " %llu 0 %llu %llu", (unsigned long long)s->n[op],
		 (unsigned long long)s->sectors[op],
		 (unsigned long long)(s->time_ns[op] / NSEC_PER_MSEC));
}

void procfs_disk_stats(struct proc_text *x, const struct block_device *d, bool alone)
{
	const struct block_stats *s = &d->stats;

	if (!alone)
		text_add(x, "%4u %7u %s", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev), d->name);
	add_operation(x, s, BLOCK_READ);
	add_operation(x, s, BLOCK_WRITE);
	text_add(x, " %u %llu %llu", s->in_flight, (unsigned long long)(s->busy_ns / NSEC_PER_MSEC),
		 (unsigned long long)(s->weighted_ns / NSEC_PER_MSEC));
	add_operation(x, s, BLOCK_DISCARD);
	text_add(x, " %llu %llu\n", (unsigned long long)s->n[BLOCK_FLUSH],
		 (unsigned long long)(s->time_ns[BLOCK_FLUSH] / NSEC_PER_MSEC));
}

int procfs_show_diskstats(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d;

	(void)p;
	list_for_each_entry(d, &block_list, link)
		procfs_disk_stats(x, d, false);
	return 0;
}

int procfs_show_partitions(struct proc_text *x, const struct proc_target *p)
{
	const struct block_device *d;

	(void)p;
	if (!list_empty(&block_list))
		text_add(x, "major minor  #blocks  name\n\n");
	list_for_each_entry(d, &block_list, link)
		text_add(x, "%4u  %7u %10llu %s\n", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev),
			 (unsigned long long)(d->bytes / 1024), d->name);
	return 0;
}
