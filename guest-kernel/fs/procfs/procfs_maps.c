// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/maps, smaps and mem. */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "engine/engine.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_inode.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/process.h"

typedef unsigned long long ull;

static const char *area_name(const struct mm *mm, const struct vma *v)
{
	if (v->flags & VMA_STACK)
		return "[stack]";
	if ((v->flags & VMA_HEAP) || (v->start <= mm->brk && v->end >= mm->start_brk &&
				      !v->source && mm->brk > mm->start_brk))
		return "[heap]";
	return v->flags & VMA_KERNEL ? "[vdso]" : "";
}

static void add_area(struct proc_text *x, const struct mm *mm, const struct vma *v, char *name,
		     size_t len)
{
	uint64_t dev = 0, ino = 0;
	size_t before = x->len, width;

	name[0] = '\0';
	if (v->source && v->source->ops->describe)
		v->source->ops->describe(v->source, name, len, &dev, &ino);
	else
		(void)str_copy(name, area_name(mm, v), len);
	text_add(x, "%llx-%llx %c%c%c%c %08llx %02x:%02x %llu ", (ull)v->start, (ull)v->end,
		 v->prot & PROT_READ ? 'r' : '-', v->prot & PROT_WRITE ? 'w' : '-',
		 v->prot & PROT_EXEC ? 'x' : '-', v->flags & VMA_SHARED ? 's' : 'p',
		 (ull)(v->source ? v->offset : 0), DEV_MAJOR(dev), DEV_MINOR(dev), (ull)ino);
	/* Names stand in column 73, as gdb's and others' eyes expect. */
	width = x->len - before;
	if (name[0])
		text_add(x, "%*s%s", width < 73 ? (int)(73 - width) : 0, "", name);
	text_add(x, "\n");
}

static int show_areas(struct proc_text *x, const struct proc_target *p, bool details)
{
	struct mm *mm = p->task->mm;
	struct vma *v;
	char *name;

	if (!mm)
		return 0;
	name = kmalloc(4096);
	if (!name)
		return -ENOMEM;
	list_for_each_entry(v, &mm->vmas, link) {
		ull kib = (v->end - v->start) >> 10;

		add_area(x, mm, v, name, 4096);
		if (!details)
			continue;
		text_add(
			x,
			"Size:           %8llu kB\nKernelPageSize: %8u kB\nMMUPageSize:    %8u kB\n",
			kib, 4, 4);
		/* What is resident is the host's business; the area's length is the upper bound. */
		text_add(x, "Rss:            %8llu kB\nPss:            %8llu kB\n", kib, kib);
		text_add(x,
			 "Shared_Clean:   %8u kB\nShared_Dirty:   %8u kB\nPrivate_Clean:  %8u kB\n",
			 0, 0, 0);
		text_add(
			x,
			"Private_Dirty:  %8llu kB\nReferenced:     %8llu kB\nAnonymous:      %8llu kB\n",
			kib, kib, v->source ? 0 : kib);
		text_add(x, "Swap:           %8u kB\nLocked:         %8llu kB\n", 0,
			 v->flags & VMA_LOCKED ? kib : 0);
	}
	if (!details && engine->vdso_address())
		text_add(x, "%llx-%llx r-xp 00000000 00:00 0 %25s[vdso]\n",
			 (ull)engine->vdso_address(), (ull)engine->vdso_address() + PAGE_SIZE, "");
	kfree(name);
	return 0;
}

int proc_show_maps(struct proc_text *x, const struct proc_target *p)
{
	return show_areas(x, p, false);
}

int proc_show_smaps(struct proc_text *x, const struct proc_target *p)
{
	return show_areas(x, p, true);
}

/* --- mem ---------------------------------------------------------------------------------------- */

/* The address space is taken at open and kept: after an exec the file still means the old one, which then reads as nothing. */
static int mem_open(struct inode *inode, struct file *f)
{
	struct task *t = procfs_file_task(f);

	(void)inode;
	if (!t)
		return -ESRCH;
	if (!task_may_ptrace(t))
		return -EACCES;
	f->private = t->mm;
	if (t->mm)
		mm_get(t->mm);
	return 0;
}

static void mem_release(struct file *f)
{
	mm_put(f->private);
}

static ssize_t mem_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct mm *mm = f->private;
	ssize_t done = 0, n = 0;
	char *buf;

	if (!mm)
		return 0;
	buf = kmalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	while (to->left > 0) {
		size_t chunk = MIN(to->left, PAGE_SIZE - (*pos & ~PAGE_MASK));

		n = mm_read(mm, *pos, buf, chunk);
		if (n > 0)
			n = iter_copy_to(to, buf, (size_t)n);
		if (n <= 0)
			break;
		done += n;
		*pos += (uint64_t)n;
	}
	kfree(buf);
	return done > 0 ? done : n < 0 ? -EIO : 0;
}

static ssize_t mem_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct mm *mm = f->private;
	ssize_t done = 0, n = 0;
	char *buf;

	if (!mm)
		return 0;
	buf = kmalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	while (from->left > 0) {
		n = iter_copy_from(from, buf, MIN(from->left, PAGE_SIZE - (*pos & ~PAGE_MASK)));
		if (n > 0)
			n = mm_write(mm, *pos, buf, (size_t)n, true);
		if (n <= 0)
			break;
		done += n;
		*pos += (uint64_t)n;
	}
	kfree(buf);
	return done > 0 ? done : n < 0 ? -EIO : 0;
}

static int64_t mem_llseek(struct file *f, int64_t offset, int whence)
{
	if (whence == 1)
		offset += (int64_t)f->pos;
	else if (whence != 0)
		return -EINVAL;
	f->pos = (uint64_t)offset; /* addresses may look negative */
	return offset;
}

const struct file_ops proc_mem_fops = {
	.open = mem_open,
	.release = mem_release,
	.read = mem_read,
	.write = mem_write,
	.llseek = mem_llseek,
};
