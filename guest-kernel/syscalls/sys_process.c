// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes: birth, death, waiting, numbers, groups and sessions. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_signal.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_internal.h"
#include "task/uts.h"
#include "vfs/vfs.h"

/* --- clone -------------------------------------------------------------------------------------- */

SYSCALL_HANDLER(sys_fork)
{
	struct clone_args_k c = { .exit_signal = SIGCHLD };

	return task_clone(&c);
}

SYSCALL_HANDLER(sys_vfork)
{
	struct clone_args_k c = { .flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD };

	return task_clone(&c);
}

SYSCALL_HANDLER(sys_clone)
{
	struct clone_args_k c = {
		.flags = (uint32_t)a[0] & ~CSIGNAL,
		.exit_signal = (int)(a[0] & CSIGNAL),
		.stack = UADDR(a[1]),
		.parent_tid = UADDR(a[2]),
		.child_tid = UADDR(a[3]),
		.tls = UADDR(a[4]),
		.pidfd = UADDR(a[2]), /* the same argument: they exclude each other */
	};

	if ((c.flags & CLONE_PIDFD) && (c.flags & (CLONE_PARENT_SETTID | CLONE_DETACHED)))
		return -EINVAL;
	if (c.exit_signal > NSIG)
		return -EINVAL;
	return task_clone(&c);
}

static int copy_clone_args(uint64_t addr, uint64_t size, struct abi_clone_args *ret)
{
	static const char zeros[64];
	char rest[64];

	*ret = (struct abi_clone_args){ 0 };
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < 64)
		return -EINVAL;
	if (copy_from_user(ret, UADDR(addr), MIN(size, sizeof(*ret))) < 0)
		return -EFAULT;
	/* A newer user's further fields must be zero. */
	for (uint64_t at = sizeof(*ret); at < size; at += sizeof(rest)) {
		size_t n = MIN(size - at, sizeof(rest));

		if (copy_from_user(rest, UADDR(addr + at), n) < 0)
			return -EFAULT;
		if (memcmp(rest, zeros, n) != 0)
			return -E2BIG;
	}
	return 0;
}

SYSCALL_HANDLER(sys_clone3)
{
	struct abi_clone_args u;
	struct clone_args_k c;
	int tids[1];
	int r = copy_clone_args(a[0], a[1], &u);

	if (r < 0)
		return r;
	if ((u.flags & CSIGNAL & ~CLONE_NEWTIME) || (u.flags & CLONE_DETACHED) ||
	    u.exit_signal > NSIG || (u.flags >> 34) ||
	    ((u.flags & (CLONE_THREAD | CLONE_PARENT)) && u.exit_signal) ||
	    (u.stack == 0) != (u.stack_size == 0))
		return -EINVAL;
	c = (struct clone_args_k){
		.flags = u.flags,
		.exit_signal = (int)u.exit_signal,
		.stack = UADDR(u.stack),
		.stack_size = u.stack_size,
		.parent_tid = UADDR(u.parent_tid),
		.child_tid = UADDR(u.child_tid),
		.pidfd = UADDR(u.pidfd),
		.tls = UADDR(u.tls),
	};
	if (u.set_tid_size > 1 || (u.set_tid != 0) != (u.set_tid_size != 0))
		return -EINVAL;
	if (u.set_tid_size == 1) {
		if (get_user(tids[0], UADDR(u.set_tid)) < 0)
			return -EFAULT;
		c.set_tid = tids;
		c.n_set_tid = 1;
	}
	return task_clone(&c);
}

/* --- exec --------------------------------------------------------------------------------------- */

#define EXEC_STRINGS_MAX (6u << 20)
#define EXEC_STRING_MAX	 131072u

/*
 * A page of guest memory, read as a whole: the pointers and the strings of a vector lie side by side mostly, and a copy costs the host more than its bytes.
 * Each byte that counts is looked at once, in here.
 */
struct user_page {
	uint64_t start; /* 0: none yet */
	char bytes[PAGE_SIZE];
};

/* The page that addr lies in; -EFAULT. */
static int user_page_get(struct user_page *p, uint64_t addr)
{
	uint64_t start = addr & PAGE_MASK;

	if (p->start == start && start != 0)
		return 0;
	p->start = 0;
	if (copy_from_user(p->bytes, UADDR(start), PAGE_SIZE) < 0)
		return -EFAULT;
	p->start = start;
	return 0;
}

static int get_pointer(struct user_page *p, uint64_t addr, uint64_t *ret)
{
	uint64_t offset = addr & ~PAGE_MASK;

	if (offset > PAGE_SIZE - sizeof(*ret) || user_page_get(p, addr) < 0)
		return copy_from_user(ret, UADDR(addr), sizeof(*ret));
	memcpy(ret, p->bytes + offset, sizeof(*ret));
	return 0;
}

struct string_reader {
	struct user_page pointers, strings;
	char *buf; /* for strings that end on another page; made when there is one */
};

/* The string at addr: its length, and where it is now, or -errno. */
static ssize_t get_string(struct string_reader *in, uint64_t addr, const char **ret)
{
	uint64_t offset = addr & ~PAGE_MASK;
	const char *end = NULL;
	ssize_t n;

	if (user_page_get(&in->strings, addr) == 0)
		end = memchr(in->strings.bytes + offset, 0, PAGE_SIZE - offset);
	if (end) {
		*ret = in->strings.bytes + offset;
		return end - *ret;
	}
	if (!in->buf)
		in->buf = kmalloc(EXEC_STRING_MAX);
	if (!in->buf)
		return -ENOMEM;
	n = strncpy_from_user(in->buf, UADDR(addr), EXEC_STRING_MAX);
	*ret = in->buf;
	return n == -ENAMETOOLONG ? -E2BIG : n;
}

static int add_string(struct exec_strings *s, uint64_t addr, struct string_reader *in,
		      unsigned int *size)
{
	const char *text;
	ssize_t n = get_string(in, addr, &text);
	char *copy;

	if (n < 0)
		return (int)n;
	if (s->n == *size) {
		unsigned int more = *size ? 2 * *size : 32;
		char **v = krealloc(s->v, more * sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		*size = more;
	}
	copy = kmalloc((size_t)n + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, (size_t)n);
	copy[n] = '\0';
	s->v[s->n++] = copy;
	s->bytes += (size_t)n + 1;
	return s->bytes > EXEC_STRINGS_MAX ? -E2BIG : 0;
}

static int copy_strings(uint64_t addr, struct exec_strings *ret)
{
	struct string_reader *in;
	unsigned int size = 0;
	int r = 0;

	if (addr == 0)
		return 0;
	in = kmalloc(sizeof(*in));
	if (!in)
		return -ENOMEM;
	in->pointers.start = in->strings.start = 0;
	in->buf = NULL;
	for (uint64_t at = addr; r == 0; at += 8) {
		uint64_t p = 0;

		r = get_pointer(&in->pointers, at, &p);
		if (r < 0 || p == 0)
			break;
		r = add_string(ret, p, in, &size);
	}
	kfree(in->buf);
	kfree(in);
	return r;
}

static int64_t do_exec(int dirfd, uint64_t name_addr, uint64_t argv_addr, uint64_t envp_addr,
		       uint32_t flags)
{
	struct exec_strings argv = { 0 }, envp = { 0 };
	unsigned int lookup = flags & 0x100 ? 0 : LOOKUP_FOLLOW; /* AT_SYMLINK_NOFOLLOW */
	char *name;
	int r;

	if (flags & ~0x1100u) /* and AT_EMPTY_PATH */
		return -EINVAL;
	if (flags & 0x1000)
		lookup |= LOOKUP_EMPTY;
	r = path_name_from_user(UADDR(name_addr), (flags & 0x1000) != 0, &name);
	if (r < 0)
		return r;
	r = copy_strings(argv_addr, &argv);
	if (r == 0)
		r = copy_strings(envp_addr, &envp);
	if (r == 0) {
		r = task_exec(dirfd, name, lookup, &argv, &envp);
	} else {
		exec_strings_done(&argv);
		exec_strings_done(&envp);
	}
	kfree(name);
	return r;
}

SYSCALL_HANDLER(sys_execve)
{
	return do_exec(-100, a[0], a[1], a[2], 0);
}

SYSCALL_HANDLER(sys_execveat)
{
	return do_exec((int)a[0], a[1], a[2], a[3], (uint32_t)a[4]);
}

/* --- exit and wait ------------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_exit)
{
	task_exit((int)(a[0] & 0xff) << 8);
}

SYSCALL_HANDLER(sys_exit_group)
{
	task_exit_group((int)(a[0] & 0xff) << 8);
}

SYSCALL_HANDLER(sys_wait4)
{
	struct abi_rusage usage = { 0 };
	uint32_t options = (uint32_t)a[2];
	int pid = (int)a[0], status = 0, found = 0;
	int which = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	int64_t r;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT_MIN)
		return -ESRCH;
	r = task_wait(which, pid < 0 ? -pid : pid, options | WEXITED, &status, NULL, &usage,
		      &found);
	if (r < 0 || found == 0)
		return r;
	if (a[1] && put_user(status, UADDR(a[1])) < 0)
		return -EFAULT;
	if (a[3] && put_user(usage, UADDR(a[3])) < 0)
		return -EFAULT;
	return found;
}

/* *again: it is a pidfd with O_NONBLOCK, for which nobody waits. */
static int waitid_target(int which, int id, int *ret_which, int *ret_id, bool *again)
{
	struct file *f;

	*ret_which = which;
	*ret_id = id;
	switch (which) {
	case P_ALL:
		return 0;
	case P_PID:
		return id > 0 ? 0 : -EINVAL;
	case P_PGID:
		return id >= 0 ? 0 : -EINVAL;
	case P_PIDFD:
		if (id < 0)
			return -EINVAL;
		f = fd_get(id);
		if (!f)
			return -EBADF;
		*again = (f->flags & O_NONBLOCK) != 0;
		*ret_which = P_PID;
		*ret_id = pidfd_ops ? pidfd_ops->tgid(f) : 0;
		file_put(f);
		return *ret_id > 0 ? 0 : -EBADF;
	default:
		return -EINVAL;
	}
}

SYSCALL_HANDLER(sys_waitid)
{
	struct abi_siginfo info = { 0 };
	struct abi_rusage usage = { 0 };
	uint32_t options = (uint32_t)a[3];
	int status = 0, found = 0, which, id, r;
	bool again = false;
	int64_t w;

	if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			 __WCLONE | __WALL)) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	r = waitid_target((int)a[0], (int)a[1], &which, &id, &again);
	if (r < 0)
		return r;
	again = again && !(options & WNOHANG);
	w = task_wait(which, id, again ? options | WNOHANG : options, &status, &info, &usage,
		      &found);
	if (w == 0 && !found && again)
		w = -EAGAIN;
	/* As in Linux, a failure clears the information, and its bad pointer wins. */
	if (w < 0)
		return a[2] && put_user(info, UADDR(a[2])) < 0 ? -EFAULT : w;
	if (a[2] && put_user(info, UADDR(a[2])) < 0)
		return -EFAULT;
	if (found && a[4] && put_user(usage, UADDR(a[4])) < 0)
		return -EFAULT;
	return 0;
}

/* --- numbers ------------------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_getpid)
{
	return t->group->tgid;
}

SYSCALL_HANDLER(sys_gettid)
{
	return t->tid;
}

SYSCALL_HANDLER(sys_getppid)
{
	return t->group->parent ? t->group->parent->tgid : 0;
}

SYSCALL_HANDLER(sys_set_tid_address)
{
	t->clear_child_tid = UADDR(a[0]);
	return t->tid;
}

SYSCALL_HANDLER(sys_getpgrp)
{
	return t->group->pgrp->pgid;
}

static struct thread_group *group_or_self(struct task *t, int pid)
{
	struct task *other = pid ? task_find(pid) : t;

	return other ? other->group : NULL;
}

SYSCALL_HANDLER(sys_getpgid)
{
	struct thread_group *g = group_or_self(t, (int)a[0]);

	return g && g->pgrp ? g->pgrp->pgid : -ESRCH;
}

SYSCALL_HANDLER(sys_getsid)
{
	struct thread_group *g = group_or_self(t, (int)a[0]);

	return g && g->pgrp ? g->pgrp->session->sid : -ESRCH;
}

SYSCALL_HANDLER(sys_setsid)
{
	int r = session_start(t->group);

	if (r > 0)
		t->group->tty_detached = false; /* a new session may get a terminal of its own */
	return r;
}

SYSCALL_HANDLER(sys_setpgid)
{
	int pid = (int)a[0], pgid = (int)a[1];
	struct thread_group *g = pid ? group_find(pid) : t->group;

	if ((pgid ? pgid : pid) < 0)
		return -EINVAL;
	if (!g || g->zombie)
		return -ESRCH;
	if (g != t->group) {
		if (g->parent != t->group)
			return -ESRCH;
		if (g->pgrp->session != t->group->pgrp->session)
			return -EPERM;
		if (g->did_exec)
			return -EACCES;
	}
	return pgrp_set(g, pgid ? pgid : g->tgid);
}

SYSCALL_HANDLER(sys_unshare)
{
	uint64_t flags = a[0];
	int r = 0;

	if (flags & ~(CLONE_NEWNS | CLONE_NEWUTS | CLONE_FILES | CLONE_FS | CLONE_SYSVSEM |
		      CLONE_THREAD | CLONE_VM | CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & (CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)) && t->group->n_threads > 1)
		return -EINVAL;
	if ((flags & (CLONE_NEWNS | CLONE_NEWUTS)) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & CLONE_FILES)
		r = files_unshare();
	if (r == 0 && (flags & (CLONE_FS | CLONE_NEWNS)))
		r = fs_context_unshare();
	if (r == 0 && (flags & CLONE_NEWNS))
		r = mount_ns_unshare();
	if (r == 0 && (flags & CLONE_NEWUTS))
		r = uts_unshare();
	return r;
}
