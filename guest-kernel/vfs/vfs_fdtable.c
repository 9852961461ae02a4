// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptor tables: shared by CLONE_FILES, copied by fork, made private and swept by exec. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

#define FDS_MAX (1u << 20)

static bool test_cloexec(const struct files *t, unsigned int fd)
{
	return (t->cloexec[fd / 64] >> (fd % 64)) & 1;
}

static void put_cloexec(struct files *t, unsigned int fd, bool on)
{
	uint64_t bit = 1ull << (fd % 64);

	t->cloexec[fd / 64] = on ? t->cloexec[fd / 64] | bit : t->cloexec[fd / 64] & ~bit;
}

static struct files *files_alloc(unsigned int size)
{
	struct files *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->refs = 1;
	t->size = size;
	t->fd = kzalloc(size * sizeof(struct file *));
	t->cloexec = kzalloc(size / 64 * sizeof(uint64_t));
	if (t->fd && t->cloexec)
		return t;
	kfree(t->fd);
	kfree(t->cloexec);
	kfree(t);
	return NULL;
}

static int files_grow(struct files *t, unsigned int want)
{
	unsigned int size = t->size;
	struct file **fd;
	uint64_t *bits;

	while (size <= want)
		size *= 2;
	fd = krealloc(t->fd, size * sizeof(struct file *));
	if (!fd)
		return -ENOMEM;
	t->fd = fd;
	bits = krealloc(t->cloexec, size / 64 * sizeof(uint64_t));
	if (!bits)
		return -ENOMEM;
	t->cloexec = bits;
	memset(fd + t->size, 0, (size - t->size) * sizeof(struct file *));
	memset(bits + t->size / 64, 0, (size - t->size) / 64 * sizeof(uint64_t));
	t->size = size;
	return 0;
}

static struct files *files_copy(const struct files *t)
{
	unsigned int size = t->size;
	struct files *n;

	while (size > 64 && !t->fd[size - 1])
		size--;
	n = files_alloc(ALIGN_UP(size, 64u));
	if (!n)
		return NULL;
	for (unsigned int i = 0; i < size; i++) {
		n->fd[i] = t->fd[i];
		if (n->fd[i])
			file_get(n->fd[i]);
	}
	memcpy(n->cloexec, t->cloexec, n->size / 64 * sizeof(uint64_t));
	n->low = t->low;
	return n;
}

/* What close(2) does once the slot is empty. */
static int close_file(struct files *t, struct file *f)
{
	int r = 0;

	if (!(f->flags & O_PATH)) {
		if (f->ops->flush)
			r = f->ops->flush(f);
		locks_close(f, t);
	}
	file_put(f);
	return r;
}

static struct file *take_slot(struct files *t, unsigned int fd)
{
	struct file *f = fd < t->size ? t->fd[fd] : NULL;

	if (!f)
		return NULL;
	t->fd[fd] = NULL;
	put_cloexec(t, fd, false);
	t->low = MIN(t->low, fd);
	return f;
}

static void files_put(struct files *t)
{
	if (!t || --t->refs > 0)
		return;
	t->refs = 1; /* closing may sleep: nobody else can find it, but it must not look dead */
	for (unsigned int i = 0; i < t->size; i++) {
		struct file *f = take_slot(t, i);

		if (f)
			(void)close_file(t, f);
	}
	kfree(t->fd);
	kfree(t->cloexec);
	kfree(t);
}

/* --- for everybody ------------------------------------------------------------------------------ */

static struct file *get_from(const struct files *t, int fd)
{
	struct file *f;

	if (!t || fd < 0 || (unsigned int)fd >= t->size)
		return NULL;
	f = t->fd[fd];
	if (f)
		file_get(f);
	return f;
}

struct file *fd_get_raw(int fd)
{
	struct task *t = current_task();

	return get_from(t ? t->files : NULL, fd);
}

struct file *fd_get(int fd)
{
	struct file *f = fd_get_raw(fd);

	if (f && (f->flags & O_PATH)) {
		file_put(f);
		return NULL;
	}
	return f;
}

struct file *fd_get_of(struct task *t, int fd)
{
	return get_from(t->files, fd);
}

static uint64_t fd_limit(void)
{
	return MIN(rlimit(current_task(), RLIMIT_NOFILE), FDS_MAX);
}

int fd_room(void)
{
	const struct files *t = current_task()->files;
	unsigned int fd = t->low;

	while (fd < t->size && t->fd[fd])
		fd++;
	return fd < fd_limit() ? 0 : -EMFILE;
}

int fd_install(struct file *f, int min, bool cloexec)
{
	struct files *t = current_task()->files;
	unsigned int fd = MAX((unsigned int)min, t->low);
	int r;

	ASSERT_LOCKED();
	while (fd < t->size && t->fd[fd])
		fd++;
	if (fd >= fd_limit())
		return -EMFILE;
	if (fd >= t->size) {
		r = files_grow(t, fd);
		if (r < 0)
			return r;
	}
	if ((unsigned int)min <= t->low)
		t->low = fd + 1;
	t->fd[fd] = f;
	put_cloexec(t, fd, cloexec);
	return (int)fd;
}

int fd_replace(struct file *f, int fd, bool cloexec)
{
	struct files *t = current_task()->files;
	struct file *old;
	int r;

	if (fd < 0 || (uint64_t)fd >= fd_limit())
		return -EBADF;
	if ((unsigned int)fd >= t->size) {
		r = files_grow(t, (unsigned int)fd);
		if (r < 0)
			return r;
	}
	old = t->fd[fd];
	t->fd[fd] = f;
	put_cloexec(t, (unsigned int)fd, cloexec);
	if (old)
		(void)close_file(t, old);
	return fd;
}

int fd_close(int fd)
{
	struct files *t = current_task()->files;
	struct file *f = fd < 0 ? NULL : take_slot(t, (unsigned int)fd);
	int r;

	if (!f)
		return -EBADF;
	r = close_file(t, f);
	/* The descriptor is gone: the call must not be made again. */
	return r == -ERESTARTSYS || r == -ERESTARTNOHAND ? -EINTR : r;
}

int fd_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	struct files *t;
	int r = 0;

	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		r = files_unshare();
	if (r < 0)
		return r;
	t = current_task()->files;
	for (unsigned int fd = first; fd < t->size && fd <= last; fd++) {
		struct file *f;

		if (flags & CLOSE_RANGE_CLOEXEC) {
			if (t->fd[fd])
				put_cloexec(t, fd, true);
			continue;
		}
		f = take_slot(t, fd);
		if (f)
			(void)close_file(t, f);
	}
	return 0;
}

void fd_for_each(struct task *task, bool (*fn)(void *ctx, int fd, struct file *f), void *ctx)
{
	struct files *t = task->files;

	if (!t)
		return;
	t->refs++; /* fn may sleep, the task may exit */
	for (unsigned int i = 0; i < t->size; i++) {
		struct file *f = get_from(t, (int)i);
		bool more;

		if (!f)
			continue;
		more = fn(ctx, (int)i, f);
		file_put(f);
		if (!more)
			break;
	}
	files_put(t);
}

bool fd_is_cloexec(struct task *t, int fd)
{
	return t->files && fd >= 0 && (unsigned int)fd < t->files->size &&
	       test_cloexec(t->files, (unsigned int)fd);
}

int fd_set_cloexec(int fd, bool on)
{
	struct files *t = current_task()->files;

	if (fd < 0 || (unsigned int)fd >= t->size || !t->fd[fd])
		return -EBADF;
	put_cloexec(t, (unsigned int)fd, on);
	return 0;
}

/* --- the task part ------------------------------------------------------------------------------ */

static int task_files_unshare(struct task *t)
{
	struct files *n, *old = t->files;

	if (old->refs == 1)
		return 0;
	n = files_copy(old);
	if (!n)
		return -ENOMEM;
	t->files = n;
	files_put(old);
	return 0;
}

int files_unshare(void)
{
	return task_files_unshare(current_task());
}

static int part_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	if (parent && (args->flags & CLONE_FILES)) {
		child->files = parent->files;
		child->files->refs++;
		return 0;
	}
	child->files = parent ? files_copy(parent->files) : files_alloc(64);
	return child->files ? 0 : -ENOMEM;
}

/*
 * Past the point of no return: if there is no memory for a private table (it is shared with another process by CLONE_FILES), the shared one is swept;
 * leaking a close-on-exec descriptor into a program would be worse.
 */
static void part_exec(struct task *task)
{
	struct files *t;

	(void)task_files_unshare(task);
	t = task->files;
	for (unsigned int i = 0; i < t->size; i++) {
		struct file *f = test_cloexec(t, i) ? take_slot(t, i) : NULL;

		if (f)
			(void)close_file(t, f);
	}
}

static void part_exit(struct task *task)
{
	struct files *t = task->files;

	task->files = NULL;
	files_put(t);
}

int files_init(void)
{
	static struct task_part part = {
		.name = "files",
		.clone = part_clone,
		.exec = part_exec,
		.exit = part_exit,
	};

	task_part_register(&part);
	return 0;
}
