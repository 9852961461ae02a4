// SPDX-License-Identifier: GPL-2.0-or-later
/* See boot_root.h. The rootfs stays below the root, as on Linux: pivot_root(2) wants a mount that lies on another. */
#include "boot/boot_root.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/sched.h"
#include "drivers/block.h"
#include "lib/string.h"
#include "vfs/vfs_calls.h"

#define DEFAULT_ROOT "98:0"
#define ROOT_NODE    "/dev/root"
#define ROOT_PLACE   "/root"

static void list_disks(void)
{
	const struct block_device *d;

	if (list_empty(&block_list))
		pr_err("  (no disk: give ubd0=IMAGE)");
	list_for_each_entry(d, &block_list, link)
		pr_err("%02x%02x %10llu %s%s%s", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev),
		       (unsigned long long)(d->bytes / 1024), d->name, d->partuuid[0] ? " " : "",
		       d->partuuid);
}

static noreturn void no_root(const char *name, const struct block_device *d, int error)
{
	unsigned int major = d ? DEV_MAJOR(d->rdev) : 0, minor = d ? DEV_MINOR(d->rdev) : 0;

	pr_err("VFS: Cannot open root device \"%s\" or unknown-block(%u,%u): error %d", name, major,
	       minor, error);
	pr_err("Please append a correct \"root=\" boot option; here are the available partitions:");
	list_disks();
	panic("VFS: Unable to mount root fs on unknown-block(%u,%u)", major, minor);
}

/* One name of a list separated by commas; what follows, or NULL. */
static const char *next_name(const char *list, char *name, size_t len)
{
	const char *comma = strchr(list, ',');
	size_t n = comma ? (size_t)(comma - list) : strlen(list);

	(void)str_copy(name, list, MIN(len, n + 1));
	return comma ? comma + 1 : NULL;
}

/* Try the types that are asked for, or all that live on disks. */
static int mount_types(const struct boot_options *o, uint32_t flags)
{
	static const char all[] = "ext4,ext3,ext2";
	const char *list = o->rootfstype && *o->rootfstype ? o->rootfstype : all;
	int r = -ENODEV;

	while (list) {
		char name[32];

		list = next_name(list, name, sizeof(name));
		r = mount_do(ROOT_NODE, ROOT_PLACE, name, flags, o->rootflags);
		/* A disk that may only be read; the next type otherwise, as Linux. */
		if (r == -EACCES || r == -EROFS)
			r = mount_do(ROOT_NODE, ROOT_PLACE, name, flags | MS_RDONLY, o->rootflags);
		if (r == 0) {
			pr_info("VFS: Mounted root (%s filesystem)%s.", name,
				flags & MS_RDONLY ? " readonly" : "");
			return 0;
		}
		if (r != -EINVAL && r != -ENODEV)
			return r;
	}
	return r;
}

/* chdir to it, move it over the rootfs' root, chroot. */
static int move_to_root(void)
{
	struct path p;
	int r = path_lookup(AT_FDCWD, ROOT_PLACE, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);

	if (r < 0)
		return r;
	r = mount_do(ROOT_PLACE, "/", NULL, MS_MOVE, NULL);
	if (r == 0)
		r = vfs_chroot(&p);
	if (r == 0)
		r = vfs_chdir(&p);
	path_put(&p);
	return r;
}

void boot_mount_root(const struct boot_options *o)
{
	const char *name = o->root && *o->root ? o->root : DEFAULT_ROOT;
	const struct block_device *d = block_find_by_name(name);
	int r;

	if (!d)
		no_root(name, NULL, -ENXIO);
	/* The directories may be there already: from an initrd without an init. */
	(void)vfs_mkdir(AT_FDCWD, "/dev", 0755);
	(void)vfs_mkdir(AT_FDCWD, ROOT_PLACE, 0700);
	(void)vfs_unlink(AT_FDCWD, ROOT_NODE);
	r = vfs_mknod(AT_FDCWD, ROOT_NODE, S_IFBLK | 0600, d->rdev);
	if (r == 0)
		r = mount_types(o, o->root_readonly ? MS_RDONLY : 0);
	if (r == 0)
		r = move_to_root();
	if (r < 0)
		no_root(name, d, r);
}
