// SPDX-License-Identifier: GPL-2.0-or-later
/* Where core dumps go: files, opened so that nobody can have the dump written over something else. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

#define CWD (-100) /* AT_FDCWD */

/* A regular file that belongs to the dying process alone: no other name, no other owner, nobody else may read it. */
static int core_check(const struct file *f)
{
	const struct inode *i = f->inode;

	if (!S_ISREG(i->mode) || i->nlink != 1 || (i->mode & 0677) != 0600)
		return -EPERM;
	return i->uid == current_task()->cred->fsuid ? 0 : -EPERM;
}

static int core_open(const char *name, void **ret_file)
{
	struct file *f;
	int r;

	/* What has the name already goes away, whatever it is; what appears in its place meanwhile is not touched. */
	(void)vfs_unlink(CWD, name);
	r = file_open(CWD, name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_LARGEFILE, 0600, 0, &f);

	if (r < 0)
		return r;
	r = core_check(f);
	if (r == 0)
		r = vfs_ftruncate(f, 0);
	if (r < 0) {
		file_put(f);
		return r;
	}
	*ret_file = f;
	return 0;
}

static ssize_t core_write(void *file, const void *buf, size_t len, uint64_t pos)
{
	struct iov_iter it;

	/* The iterator only reads from it. */
	iter_init_kernel(&it, (void *)(uintptr_t)buf, len);
	return file_write(file, &it, &pos);
}

static int core_set_size(void *file, uint64_t size)
{
	return vfs_ftruncate(file, size);
}

static void core_put(void *file)
{
	file_put(file);
}

static void core_exe_path(struct task *t, char *buf, size_t len)
{
	struct file *f = t->mm ? t->mm->exe_file : NULL;
	char *text = NULL;

	if (f)
		text = file_describe(f, buf, len);
	if (!text)
		(void)str_copy(buf, t->comm, len);
	else
		memmove(buf, text, strlen(text) + 1);
}

static const struct core_files_ops ops = {
	.open = core_open,
	.write = core_write,
	.set_size = core_set_size,
	.put = core_put,
	.exe_path = core_exe_path,
};

int core_files_init(void)
{
	core_files = &ops;
	return 0;
}
