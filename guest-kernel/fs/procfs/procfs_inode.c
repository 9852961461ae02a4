// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mechanism of /proc: inodes made from entries, directories, texts, links. An inode remembers its entry and the task's number; the task itself is looked
 * up at each use, so nothing here keeps a dead process alive.
 */
#include "abi/abi_errno.h"
#include "abi/abi_stat.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_inode.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"

#define PROC_MAGIC     0x9fa0
#define REGISTERED_MAX 64
#define ROOT_POS_PIDS  0x10000ull

const char *proc_command_line;

struct proc_inode {
	const struct proc_entry *entry;
	int tid; /* 0: not in a process' directory */
	int fd;
};

static struct {
	const char *folder;
	const struct proc_entry *entry;
} registered[REGISTERED_MAX];
static unsigned int n_registered;

static const struct inode_ops proc_inode_ops, proc_magic_ops;
static const struct file_ops proc_dir_fops, proc_file_fops;

static int inode_target(const struct inode *inode, struct proc_target *ret)
{
	const struct proc_inode *p = inode->private;

	*ret = (struct proc_target){ .fd = p->fd };
	if (p->tid == 0)
		return 0;
	ret->task = task_find(p->tid);
	return ret->task && ret->task->group ? 0 : -ESRCH;
}

struct task *procfs_file_task(const struct file *f)
{
	struct proc_target target;

	return inode_target(f->inode, &target) == 0 ? target.task : NULL;
}

/* Numbers that stay the same for the same thing, so that `ls -i` and mount points behave. */
static uint64_t entry_ino(const struct proc_entry *e, const struct proc_target *p)
{
	uint64_t h = (uint64_t)(uintptr_t)e;

	h = (h ^ (uint64_t)(p->task ? p->task->tid : 0)) * 0x9e3779b97f4a7c15ull;
	h = (h ^ (uint64_t)(p->fd + 1)) * 0x9e3779b97f4a7c15ull;
	return (h >> 16) | 0x10000;
}

static void inode_owner(struct inode *inode, const struct task *t)
{
	inode->uid = inode->gid = 0;
	if (t && t->cred && (!t->mm || t->mm->dumpable)) {
		inode->uid = t->cred->euid;
		inode->gid = t->cred->egid;
	}
}

static int make_inode(struct super_block *sb, const struct proc_entry *e,
		      const struct proc_target *target, struct inode **ret)
{
	static const uint32_t kinds[] = {
		[PROC_FILE] = S_IFREG, [PROC_DIR] = S_IFDIR, [PROC_LINK] = S_IFLNK
	};
	struct proc_inode *p = kzalloc(sizeof(*p));
	struct inode *inode = p ? inode_alloc(sb) : NULL;

	if (!inode) {
		kfree(p);
		return -ENOMEM;
	}
	p->entry = e;
	p->tid = target->task ? target->task->tid : 0;
	p->fd = target->fd;
	inode->private = p;
	inode->ino = entry_ino(e, target);
	inode->mode = kinds[e->kind] | e->mode;
	inode->nlink = e->kind == PROC_DIR ? 2 : 1;
	inode->ops = e->follow ? &proc_magic_ops : &proc_inode_ops;
	inode->fops = e->kind == PROC_DIR ? &proc_dir_fops : e->fops ? e->fops : &proc_file_fops;
	inode_owner(inode, target->task);
	*ret = inode;
	return 0;
}

/* --- looking up --------------------------------------------------------------------------------- */

static bool name_is(const struct proc_entry *e, const char *name, size_t len)
{
	return strlen(e->name) == len && memcmp(e->name, name, len) == 0;
}

static bool parse_number(const char *name, size_t len, int *ret)
{
	int n = 0;

	if (len == 0 || len > 9 || (name[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		n = n * 10 + (name[i] - '0');
	}
	*ret = n;
	return true;
}

bool procfs_parse_number(const char *name, size_t len, int *ret)
{
	return parse_number(name, len, ret);
}

static const struct proc_entry pid_directory = {
	.name = "",
	.kind = PROC_DIR,
	.mode = 0555,
	.children = proc_pid_entries,
};

/*
 * May files be registered for this folder? "net" lies in the folder of each process (/proc/net leads there) and has a namesake in /proc/sys; all others are
 * of no process.
 */
static bool takes_registered(const struct proc_entry *dir, const struct proc_target *target,
			     bool is_root)
{
	if (!is_root && strcmp(dir->name, "net") == 0)
		return target->task != NULL;
	return target->task == NULL;
}

static const struct proc_entry *find_registered(const struct proc_entry *dir, bool is_root,
						const char *name, size_t len)
{
	for (unsigned int i = 0; i < n_registered; i++) {
		if (strcmp(registered[i].folder, is_root ? "" : dir->name) == 0 &&
		    name_is(registered[i].entry, name, len))
			return registered[i].entry;
	}
	return NULL;
}

static int proc_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	const struct proc_inode *p = dir->private;
	const struct proc_entry *e = p->entry, *c;
	struct proc_target target, child;
	bool is_root = e->children == proc_root_entries;
	int r = inode_target(dir, &target), tid;

	if (r < 0)
		return -ENOENT;
	child = target;
	if (is_root && parse_number(name, len, &tid)) {
		/* A thread's number works too, though only processes are listed. */
		child.task = task_find(tid);
		if (!child.task || !child.task->group)
			return -ENOENT;
		return make_inode(dir->sb, &pid_directory, &child, ret);
	}
	if (e->lookup) {
		r = e->lookup(&target, name, len, &c, &child);
		return r < 0 ? r : make_inode(dir->sb, c, &child, ret);
	}
	for (c = e->children; c && c->name; c++)
		if (name_is(c, name, len))
			return make_inode(dir->sb, c, &child, ret);
	if (takes_registered(e, &target, is_root) && (c = find_registered(e, is_root, name, len)))
		return make_inode(dir->sb, c, &child, ret);
	return -ENOENT;
}

/* --- listing ------------------------------------------------------------------------------------ */

static unsigned int entry_type(const struct proc_entry *e)
{
	return e->kind == PROC_DIR ? DT_DIR : e->kind == PROC_LINK ? DT_LNK : DT_REG;
}

static bool list_pids(struct file *f, struct dir_sink *sink)
{
	uint64_t from = f->pos - ROOT_POS_PIDS;
	struct thread_group *g;
	char name[16];

	/* Ascending by number, each found anew: processes may come and go between two reads. */
	for (;;) {
		struct thread_group *next = NULL;

		list_for_each_entry(g, &thread_group_list, all_link)
			if ((uint64_t)g->tgid >= from && g->leader &&
			    (!next || g->tgid < next->tgid))
				next = g;
		if (!next)
			return true;
		(void)format_str(name, sizeof(name), "%d", next->tgid);
		if (!sink->emit(sink, name, strlen(name), (uint64_t)next->tgid + 0x10000, DT_DIR,
				ROOT_POS_PIDS + (uint64_t)next->tgid + 1))
			return false;
		from = (uint64_t)next->tgid + 1;
		f->pos = ROOT_POS_PIDS + from;
	}
}

static bool list_static(struct file *f, struct dir_sink *sink, const struct proc_entry *e,
			const struct proc_target *target, bool is_root)
{
	uint64_t i = 2;
	const struct proc_entry *c;

	for (c = e->children; c && c->name; c++, i++) {
		if (i < f->pos)
			continue;
		if (!sink->emit(sink, c->name, strlen(c->name), entry_ino(c, target), entry_type(c),
				i + 1))
			return false;
		f->pos = i + 1;
	}
	for (unsigned int k = 0; takes_registered(e, target, is_root) && k < n_registered;
	     k++, i++) {
		c = registered[k].entry;
		if (i < f->pos || strcmp(registered[k].folder, is_root ? "" : e->name) != 0)
			continue;
		if (!sink->emit(sink, c->name, strlen(c->name), entry_ino(c, target), entry_type(c),
				i + 1))
			return false;
		f->pos = i + 1;
	}
	return true;
}

static int proc_readdir(struct file *f, struct dir_sink *sink)
{
	const struct proc_inode *p = f->inode->private;
	const struct proc_entry *e = p->entry;
	bool is_root = e->children == proc_root_entries;
	struct proc_target target;
	int r = inode_target(f->inode, &target);

	if (r < 0)
		return -ENOENT;
	while (f->pos < 2) {
		if (!sink->emit(sink, "..", f->pos == 0 ? 1 : 2, f->inode->ino, DT_DIR, f->pos + 1))
			return 0;
		f->pos++;
	}
	if (e->readdir) {
		uint64_t pos = f->pos - 2;

		(void)e->readdir(&target, sink, &pos);
		f->pos = pos + 2;
		return 0;
	}
	if (!is_root || f->pos < ROOT_POS_PIDS) {
		if (!list_static(f, sink, e, &target, is_root))
			return 0;
		if (is_root)
			f->pos = ROOT_POS_PIDS;
	}
	if (is_root)
		(void)list_pids(f, sink);
	return 0;
}

/* --- texts -------------------------------------------------------------------------------------- */

static int guard_check(const struct proc_entry *e, const struct proc_target *target)
{
	if (e->guard == PROC_PTRACE && target->task && !task_may_ptrace(target->task))
		return -EACCES;
	return 0;
}

static int proc_open(struct inode *inode, struct file *f)
{
	const struct proc_inode *p = inode->private;
	struct proc_target target;
	int r = inode_target(inode, &target);

	if (r == 0)
		r = guard_check(p->entry, &target);
	if (r < 0)
		return r;
	if (f->can_write && !p->entry->write)
		return -EACCES;
	f->private = kzalloc(sizeof(struct proc_text));
	return f->private ? 0 : -ENOMEM;
}

static void text_clear(struct proc_text *x)
{
	kfree(x->buf);
	*x = (struct proc_text){ 0 };
}

static void proc_release(struct file *f)
{
	if (f->private)
		text_clear(f->private);
	kfree(f->private);
}

static ssize_t proc_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	const struct proc_inode *p = f->inode->private;
	struct proc_text *x = f->private;
	struct proc_target target;
	ssize_t n;
	int r;

	if (!p->entry->show)
		return -EINVAL;
	if (*pos == 0 || !x->buf) {
		struct proc_text fresh = { 0 };

		r = inode_target(f->inode, &target);
		if (r == 0)
			r = p->entry->show(&fresh, &target);
		if (r == 0 && fresh.failed)
			r = -ENOMEM;
		if (r < 0) {
			text_clear(&fresh);
			return r;
		}
		text_clear(x);
		*x = fresh;
	}
	if (*pos >= x->len)
		return 0;
	n = iter_copy_to(to, x->buf + *pos, x->len - *pos);
	if (n > 0)
		*pos += (uint64_t)n;
	return n;
}

static ssize_t proc_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	const struct proc_inode *p = f->inode->private;
	struct proc_target target;
	size_t len = MIN(from->left, PAGE_SIZE - 1);
	char *text = kmalloc(PAGE_SIZE);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = iter_copy_from(from, text, len);
	if (n >= 0) {
		int r = inode_target(f->inode, &target);

		text[n] = '\0';
		n = r < 0 ? r : p->entry->write(&target, text, (size_t)n);
	}
	kfree(text);
	if (n > 0)
		*pos += (uint64_t)n;
	return n;
}

static const struct file_ops proc_file_fops = {
	.open = proc_open,
	.release = proc_release,
	.read = proc_read,
	.write = proc_write,
};

static const struct file_ops proc_dir_fops = {
	.readdir = proc_readdir,
};

/* --- links and attributes ----------------------------------------------------------------------- */

static ssize_t proc_readlink(struct inode *inode, char *buf, size_t len)
{
	const struct proc_inode *p = inode->private;
	struct proc_target target;
	int r = inode_target(inode, &target);

	if (r == 0)
		r = guard_check(p->entry, &target);
	if (r < 0)
		return r;
	return p->entry->readlink ? p->entry->readlink(buf, len, &target) : -EINVAL;
}

static int proc_follow(struct inode *inode, struct task *t, struct path *ret)
{
	const struct proc_inode *p = inode->private;
	struct proc_target target;
	int r = inode_target(inode, &target);

	(void)t;
	if (r == 0)
		r = guard_check(p->entry, &target);
	return r < 0 ? r : p->entry->follow(&target, ret);
}

static int proc_getattr(struct inode *inode)
{
	struct proc_target target;
	const struct proc_inode *p;
	int r = inode_target(inode, &target);

	if (r < 0)
		return -ENOENT;
	inode_owner(inode, target.task);
	p = inode->private;
	if (p->entry->mode_now)
		inode->mode = (inode->mode & S_IFMT) | p->entry->mode_now(&target);
	return 0;
}

static int proc_setattr(struct inode *inode, const struct iattr *a)
{
	(void)inode;
	return a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0; /* O_TRUNC is fine */
}

static const struct inode_ops proc_inode_ops = {
	.lookup = proc_lookup,
	.readlink = proc_readlink,
	.getattr = proc_getattr,
	.setattr = proc_setattr,
};

/* Links that lead somewhere instead of naming it. */
static const struct inode_ops proc_magic_ops = {
	.readlink = proc_readlink,
	.follow = proc_follow,
	.getattr = proc_getattr,
	.setattr = proc_setattr,
};

/* --- the file system ---------------------------------------------------------------------------- */

static void proc_evict(struct inode *inode)
{
	kfree(inode->private);
}

static int proc_statfs(struct super_block *sb, struct abi_statfs *ret)
{
	*ret = (struct abi_statfs){ .f_type = (int64_t)sb->magic,
				    .f_bsize = PAGE_SIZE,
				    .f_namelen = 255,
				    .f_frsize = PAGE_SIZE };
	return 0;
}

static const struct super_ops proc_super_ops = {
	.evict = proc_evict,
	.statfs = proc_statfs,
};

int procfs_mount_table(const struct fs_type *type, const struct proc_entry *root_entry,
		       uint64_t magic, uint32_t flags, struct super_block **ret)
{
	struct super_block *sb = super_alloc(type, &proc_super_ops);
	const struct proc_target none = { .fd = -1 };
	struct inode *root;
	int r;

	if (!sb)
		return -ENOMEM;
	sb->flags = flags;
	sb->magic = magic;
	sb->no_dentry_cache = true;
	r = make_inode(sb, root_entry, &none, &root);
	if (r == 0) {
		root->ino = 1;
		r = super_set_root(sb, root);
	}
	if (r < 0) {
		super_put(sb);
		return r;
	}
	*ret = sb;
	return 0;
}

static const struct proc_entry root_directory = {
	.name = "",
	.kind = PROC_DIR,
	.mode = 0555,
	.children = proc_root_entries,
};

static int proc_mount(const struct fs_type *type, const char *source, uint32_t flags,
		      const char *data, struct super_block **ret)
{
	(void)source;
	(void)data; /* hidepid= and gid= are accepted and change nothing */
	return procfs_mount_table(type, &root_directory, PROC_MAGIC, flags, ret);
}

static struct fs_type proc_type = { .name = "proc", .mount = proc_mount };

int procfs_register(const char *folder, const struct proc_entry *entry)
{
	if (n_registered == REGISTERED_MAX)
		return -ENOMEM;
	for (unsigned int i = 0; i < n_registered; i++)
		if (strcmp(registered[i].folder, folder) == 0 &&
		    strcmp(registered[i].entry->name, entry->name) == 0)
			return -EEXIST;
	registered[n_registered].folder = folder;
	registered[n_registered++].entry = entry;
	return 0;
}

int procfs_init(const char *command_line)
{
	proc_command_line = command_line;
	fs_type_register(&proc_type);
	return 0;
}
