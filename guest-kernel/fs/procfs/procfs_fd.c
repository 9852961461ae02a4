// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/fd and fdinfo. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_stat.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_inode.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"

struct fd_list {
	struct dir_sink *sink;
	uint64_t *pos;
	unsigned int type;
	bool full;
};

static bool list_fd(void *ctx, int fd, struct file *f)
{
	struct fd_list *l = ctx;
	char name[16];

	(void)f;
	if ((uint64_t)fd < *l->pos)
		return true;
	(void)format_str(name, sizeof(name), "%d", fd);
	if (!l->sink->emit(l->sink, name, strlen(name), (uint64_t)fd + 0x10000, l->type,
			   (uint64_t)fd + 3)) {
		l->full = true;
		return false;
	}
	*l->pos = (uint64_t)fd + 1;
	return true;
}

static bool readdir_as(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos,
		       unsigned int type)
{
	struct fd_list l = { .sink = sink, .pos = pos, .type = type };

	if (p->task && task_may_ptrace(p->task))
		fd_for_each(p->task, list_fd, &l);
	return !l.full;
}

bool proc_fd_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	return readdir_as(p, sink, pos, DT_LNK);
}

bool proc_fdinfo_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	return readdir_as(p, sink, pos, DT_REG);
}

static struct file *target_file(const struct proc_target *p)
{
	return p->task ? fd_get_of(p->task, p->fd) : NULL;
}

static int fd_follow(const struct proc_target *p, struct path *ret)
{
	struct file *f = target_file(p);

	if (!f)
		return -ENOENT;
	if (!f->path.dentry) {
		/* Anonymous: open(2) of it is refused as for a socket; readlink still works. */
		file_put(f);
		return -ENXIO;
	}
	*ret = f->path;
	path_get(ret);
	file_put(f);
	return 0;
}

static int fd_readlink(char *buf, size_t len, const struct proc_target *p)
{
	struct file *f = target_file(p);
	char *tmp, *text;
	int n = -ENOENT;

	if (!f)
		return n;
	tmp = kmalloc(4096 + 64);
	text = tmp ? file_describe(f, tmp, 4096 + 64) : NULL;
	if (text) {
		n = (int)MIN(strlen(text), len);
		memcpy(buf, text, (size_t)n);
	} else {
		n = -ENOMEM;
	}
	kfree(tmp);
	file_put(f);
	return n;
}

static int fdinfo_show(struct proc_text *x, const struct proc_target *p)
{
	struct file *f = target_file(p);
	uint32_t flags;

	if (!f)
		return -ENOENT;
	flags = f->flags | (fd_is_cloexec(p->task, p->fd) ? 02000000u : 0);
	text_add(x, "pos:\t%llu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n",
		 (unsigned long long)f->pos, flags, f->path.mount ? f->path.mount->id : 0,
		 (unsigned long long)(f->inode ? f->inode->ino : 0));
	if (f->ops->show_fdinfo) {
		char more[1024] = "";

		f->ops->show_fdinfo(f, more, sizeof(more));
		text_add(x, "%s", more);
	}
	file_put(f);
	return 0;
}

/* The link's permissions say what the descriptor is open for. */
static uint32_t fd_mode(const struct proc_target *p)
{
	struct file *f = target_file(p);
	uint32_t mode = 0;

	if (!f)
		return 0;
	if (!(f->flags & O_PATH))
		mode = (f->can_read ? 0500u : 0) | (f->can_write ? 0300u : 0);
	file_put(f);
	return mode;
}

static const struct proc_entry fd_link = {
	.name = "",
	.kind = PROC_LINK,
	.mode = 0700,
	.mode_now = fd_mode,
	.guard = PROC_PTRACE,
	.readlink = fd_readlink,
	.follow = fd_follow,
};
static const struct proc_entry fdinfo_file = {
	.name = "",
	.mode = 0444,
	.guard = PROC_PTRACE,
	.show = fdinfo_show,
};

static int lookup_as(const struct proc_target *p, const char *name, size_t len,
		     const struct proc_entry *e, const struct proc_entry **ret_entry,
		     struct proc_target *ret_target)
{
	struct file *f;
	int fd;

	if (!procfs_parse_number(name, len, &fd))
		return -ENOENT;
	if (!task_may_ptrace(p->task))
		return -EACCES;
	f = fd_get_of(p->task, fd);
	if (!f)
		return -ENOENT;
	file_put(f);
	*ret_target = (struct proc_target){ .task = p->task, .fd = fd };
	*ret_entry = e;
	return 0;
}

int proc_fd_lookup(const struct proc_target *p, const char *name, size_t len,
		   const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	return lookup_as(p, name, len, &fd_link, ret_entry, ret_target);
}

int proc_fdinfo_lookup(const struct proc_target *p, const char *name, size_t len,
		       const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	return lookup_as(p, name, len, &fdinfo_file, ret_entry, ret_target);
}
