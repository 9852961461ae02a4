// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of devices: drivers fill it, opening a device node looks here, devtmpfs makes nodes of it. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "vfs/vfs.h"

struct list_head device_list = LIST_HEAD_INIT(device_list);
void (*device_changed)(struct device *d, bool added);

struct device *device_find(uint64_t rdev, bool is_block)
{
	struct device *d;

	list_for_each_entry(d, &device_list, link)
		if (d->rdev == rdev && d->is_block == is_block)
			return d;
	return NULL;
}

int device_register(struct device *d)
{
	ASSERT_LOCKED();
	if (device_find(d->rdev, d->is_block))
		return -EEXIST;
	list_add_tail(&d->link, &device_list);
	if (device_changed && d->name)
		device_changed(d, true);
	return 0;
}

void device_unregister(struct device *d)
{
	ASSERT_LOCKED();
	list_del(&d->link);
	if (device_changed && d->name)
		device_changed(d, false);
}
