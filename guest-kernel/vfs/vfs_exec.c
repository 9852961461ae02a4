// SPDX-License-Identifier: GPL-2.0-or-later
/* What exec needs of files: opening for execution (nobody may write meanwhile), reading, mapping, set-user-ID bits. */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "task/exec_image.h"
#include "task/task_internal.h"
#include "vfs/vfs_internal.h"

static int exec_open_path(const struct path *p, struct file **ret)
{
	struct inode *inode = p->dentry->inode;
	struct file *f;
	int r;

	if (!S_ISREG(inode->mode) || (p->mount->flags & MS_NOEXEC))
		return -EACCES;
	r = inode_permission(inode, MAY_EXEC);
	if (r < 0)
		return r;
	if (inode->write_count > 0)
		return -ETXTBSY;
	f = file_alloc(O_RDONLY | O_LARGEFILE);
	if (!f)
		return -ENFILE;
	r = file_open_at(p, O_RDONLY, f);
	if (r == 0) {
		inode->write_count--;
		f->denies_write = true;
		*ret = f;
		return 0;
	}
	f->ops = NULL; /* it was never open: no release */
	file_put(f);
	return r;
}

static int exec_open(int dirfd, const char *name, unsigned int lookup, void **ret_file)
{
	struct file *f;
	struct path p;
	int r = path_lookup(dirfd, name, lookup, &p);

	if (r < 0)
		return r;
	r = S_ISLNK(p.dentry->inode->mode) ? -ELOOP : exec_open_path(&p, &f);
	path_put(&p);
	if (r == 0)
		*ret_file = f;
	return r;
}

static ssize_t exec_read(void *file, void *buf, size_t len, uint64_t pos)
{
	return file_read_kernel(file, buf, len, pos);
}

static int exec_mapping(void *file, struct mapping_source **ret)
{
	struct file *f = file;

	if (f->ops->mmap)
		return f->ops->mmap(f, 0, 0, 0, false, ret);
	if (!f->inode->mapping.ops)
		return -ENOEXEC;
	*ret = &f->inode->mapping;
	return 0;
}

static void exec_put(void *file)
{
	file_put(file);
}

static void exec_get(void *file)
{
	if (file)
		file_get(file);
}

static void exec_suid(void *file, uint32_t *ret_mode, uint32_t *ret_uid, uint32_t *ret_gid)
{
	const struct file *f = file;
	bool nosuid = (f->path.mount->flags & MS_NOSUID) != 0;

	*ret_mode = nosuid ? 0 : f->inode->mode;
	*ret_uid = nosuid ? 0 : f->inode->uid;
	*ret_gid = nosuid ? 0 : f->inode->gid;
}

static bool exec_readable(void *file)
{
	const struct file *f = file;

	return inode_permission(f->inode, MAY_READ) == 0;
}

static bool exec_closes(int fd)
{
	return fd_is_cloexec(current_task(), fd);
}

static const struct exec_files_ops ops = {
	.open = exec_open,
	.read = exec_read,
	.mapping = exec_mapping,
	.put = exec_put,
	.suid = exec_suid,
	.readable = exec_readable,
	.closes = exec_closes,
};

int exec_files_init(void)
{
	exec_files = &ops;
	exe_file_get = exec_get;
	exe_file_put = exec_put;
	return 0;
}
