// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest seccomp. Filters are immutable and form a tree: each points to the one that was there before it, and threads hold references on leaves. All of a
 * thread's filters run, the newest first, and the strictest answer counts.
 */
#include "task/task_seccomp.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/klog.h"
#include "core/task.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/bpf_classic.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

/* As Linux: instructions of all filters of a thread, each with an overhead. */
#define PATH_INSNS_MAX 32768u
#define FILTER_EXTRA   4u
#define ERRNO_MAX      4095u
#define SYS_SECCOMP    1 /* si_code */

struct seccomp_filter {
	uint32_t refs;
	struct seccomp_filter *before;
	struct abi_bpf_insn *insns;
	unsigned int len, path_insns;
	bool log;
};

static void filter_put(struct seccomp_filter *f)
{
	while (f && --f->refs == 0) {
		struct seccomp_filter *before = f->before;

		kfree(f->insns);
		kfree(f);
		f = before;
	}
}

int seccomp_mode(const struct task *t)
{
	return t->seccomp_mode;
}

unsigned int seccomp_count(const struct task *t)
{
	unsigned int n = 0;

	for (const struct seccomp_filter *f = t->seccomp; f; f = f->before)
		n++;
	return n;
}

/* --- setting ------------------------------------------------------------------------------------ */

int seccomp_strict(struct task *t)
{
	if (t->seccomp_mode == SECCOMP_MODE_FILTER)
		return -EINVAL;
	t->seccomp_mode = SECCOMP_MODE_STRICT;
	return 0;
}

static bool is_ancestor(const struct seccomp_filter *a, const struct seccomp_filter *of)
{
	if (!a)
		return true;
	for (; of; of = of->before)
		if (of == a)
			return true;
	return false;
}

/* A thread of the process that has gone a way of its own and cannot get our filters; NULL: all can. */
static struct task *find_stray(struct task *t)
{
	struct task *other;

	list_for_each_entry(other, &t->group->threads, group_link)
		if (other != t && other->signals &&
		    (other->seccomp_mode == SECCOMP_MODE_STRICT ||
		     !is_ancestor(other->seccomp, t->seccomp)))
			return other;
	return NULL;
}

static int set_no_new_privs(struct task *t)
{
	struct cred *c;

	if (t->cred->no_new_privs)
		return 0;
	c = cred_copy(t->cred);
	if (!c)
		return -ENOMEM;
	c->no_new_privs = true;
	cred_commit(t, c);
	return 0;
}

static void bring_along(struct task *t)
{
	struct seccomp_filter *f = t->seccomp;
	struct task *other;

	list_for_each_entry(other, &t->group->threads, group_link) {
		if (other == t || !other->signals)
			continue;
		f->refs++;
		filter_put(other->seccomp);
		other->seccomp = f;
		other->seccomp_mode = SECCOMP_MODE_FILTER;
		/* Without memory for it the thread keeps rights that its filter may not expect: it goes. */
		if (t->cred->no_new_privs && set_no_new_privs(other) < 0)
			group_kill(t->group, SIGKILL);
	}
}

int64_t seccomp_add(struct task *t, struct abi_bpf_insn *insns, unsigned int len, uint32_t flags)
{
	struct seccomp_filter *before = t->seccomp, *f;
	unsigned int path = len + FILTER_EXTRA + (before ? before->path_insns : 0);
	struct task *stray;
	int64_t r = bpf_classic_check(insns, len);

	if (r == 0 && t->seccomp_mode == SECCOMP_MODE_STRICT)
		r = -EINVAL;
	if (r == 0 && path > PATH_INSNS_MAX)
		r = -ENOMEM;
	if (r == 0 && (flags & SECCOMP_FLAG_TSYNC)) {
		stray = find_stray(t);
		if (stray)
			r = flags & SECCOMP_FLAG_TSYNC_ESRCH ? -ESRCH : stray->tid;
	}
	f = r == 0 ? kzalloc(sizeof(*f)) : NULL;
	if (!f) {
		kfree(insns);
		return r == 0 ? -ENOMEM : r;
	}
	*f = (struct seccomp_filter){ .refs = 1,
				      .before = before,
				      .insns = insns,
				      .len = len,
				      .path_insns = path,
				      .log = (flags & SECCOMP_FLAG_LOG) != 0 };
	t->seccomp = f; /* the reference on the older one is the new one's now */
	t->seccomp_mode = SECCOMP_MODE_FILTER;
	if (flags & SECCOMP_FLAG_TSYNC)
		bring_along(t);
	return 0;
}

/* --- asking ------------------------------------------------------------------------------------- */

static uint32_t run_filters(const struct task *t, const struct abi_seccomp_data *data,
			    bool *ret_log)
{
	uint32_t strictest = SECCOMP_RET_ALLOW;

	*ret_log = false;
	for (const struct seccomp_filter *f = t->seccomp; f; f = f->before) {
		uint32_t r = bpf_classic_run(f->insns, data);

		/* Actions are ordered as signed numbers, the strictest lowest; of equals the newest filter's data counts. */
		if ((int32_t)(r & SECCOMP_RET_ACTION) < (int32_t)(strictest & SECCOMP_RET_ACTION)) {
			strictest = r;
			*ret_log = f->log;
		}
	}
	return strictest;
}

static void log_action(const struct task *t, const struct abi_seccomp_data *data, uint32_t action,
		       int signo)
{
	pr_info("audit: type=1326 uid=%u pid=%d comm=\"%s\" sig=%d arch=%x syscall=%d compat=%d ip=%#llx code=%#x",
		t->cred->uid, t->tid, t->comm, signo, data->arch, data->nr,
		data->arch == AUDIT_ARCH_GUEST_COMPAT, (unsigned long long)data->ip, action);
}

static void fill_data(const struct task *t, bool compat, struct abi_seccomp_data *ret)
{
	const struct abi_regs *r = &t->thread->regs;

	*ret = (struct abi_seccomp_data){
		.nr = (int32_t)r->orig_rax,
		.arch = compat ? AUDIT_ARCH_GUEST_COMPAT : AUDIT_ARCH_GUEST,
		.ip = r->rip,
	};
	if (compat) {
		const uint64_t args[6] = { r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp };

		for (int i = 0; i < 6; i++)
			ret->args[i] = (uint32_t)args[i];
	} else {
		const uint64_t args[6] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 };

		memcpy(ret->args, args, sizeof(args));
	}
}

static void send_sigsys(struct task *t, const struct abi_seccomp_data *data, uint16_t error)
{
	struct abi_siginfo info = { .signo = SIGSYS, .code = SYS_SECCOMP, .error = error };

	info.sys.call_addr = data->ip;
	info.sys.syscall = data->nr;
	info.sys.arch = data->arch;
	/* As if the call had not been begun. */
	t->thread->regs.rax = t->thread->regs.orig_rax;
	signal_force(t, &info);
}

static void kill_caller(struct task *t, const struct abi_seccomp_data *data, bool process)
{
	if (!process && t->group->n_threads > 1)
		task_exit(SIGSYS); /* this thread alone; does not return */
	t->group->shared->hand->actions[SIGSYS - 1].handler = SIG_DFL;
	send_sigsys(t, data, 0);
}

/* The tracer decides; without one the call fails. True: ask the filters again about what it has made of the call. */
static bool ask_tracer(struct task *t, uint16_t message)
{
	const struct tracee *tr = t->ptrace;

	if (!tr || !(tr->options & (1u << PTRACE_EVENT_SECCOMP))) {
		t->thread->regs.rax = (uint64_t)-ENOSYS;
		return false;
	}
	/* What the caller finds if the tracer turns the call off. */
	t->thread->regs.rax = (uint64_t)-ENOSYS;
	ptrace_event(t, PTRACE_EVENT_SECCOMP, message);
	return !signal_fatal_pending(t) && (int32_t)t->thread->regs.orig_rax != -1;
}

static bool filters_allow(struct task *t, bool compat, bool traced)
{
	struct abi_seccomp_data data;
	uint32_t answer, action;
	bool log;

	fill_data(t, compat, &data);
	answer = run_filters(t, &data, &log);
	action = answer & SECCOMP_RET_ACTION;
	switch (action) {
	case SECCOMP_RET_ALLOW:
		return true;
	case SECCOMP_RET_LOG:
		log_action(t, &data, action, 0);
		return true;
	case SECCOMP_RET_TRACE:
		if (traced)
			return true;
		return ask_tracer(t, (uint16_t)(answer & SECCOMP_RET_DATA)) &&
		       filters_allow(t, compat, true);
	case SECCOMP_RET_ERRNO:
		t->thread->regs.rax =
			-(uint64_t)MIN(answer & SECCOMP_RET_DATA, (uint32_t)ERRNO_MAX);
		break;
	case SECCOMP_RET_TRAP:
		send_sigsys(t, &data, (uint16_t)(answer & SECCOMP_RET_DATA));
		break;
	case SECCOMP_RET_USER_NOTIF: /* nobody listens */
		t->thread->regs.rax = (uint64_t)-ENOSYS;
		break;
	default:
		log_action(t, &data, action, SIGSYS);
		kill_caller(t, &data, action != SECCOMP_RET_KILL_THREAD);
		return false;
	}
	if (log)
		log_action(t, &data, action, 0);
	return false;
}

static bool strict_allows(uint64_t nr)
{
	enum { READ = 0, WRITE = 1, RT_SIGRETURN = 15, EXIT = 60 };

	return nr == READ || nr == WRITE || nr == RT_SIGRETURN || nr == EXIT;
}

bool seccomp_allows(struct task *t, bool compat)
{
	switch (t->seccomp_mode) {
	case SECCOMP_MODE_OFF:
		return true;
	case SECCOMP_MODE_STRICT:
		if (!compat && strict_allows(t->thread->regs.orig_rax))
			return true;
		if (t->group->n_threads > 1)
			task_exit(SIGKILL); /* only this thread, as Linux does */
		group_kill(t->group, SIGKILL);
		return false;
	default:
		return filters_allow(t, compat, false);
	}
}

/* --- part of a task ----------------------------------------------------------------------------- */

static int part_clone(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	(void)a;
	if (!parent)
		return 0;
	child->seccomp = parent->seccomp;
	child->seccomp_mode = parent->seccomp_mode;
	if (child->seccomp)
		((struct seccomp_filter *)child->seccomp)->refs++;
	return 0;
}

static void part_exit(struct task *t)
{
	filter_put(t->seccomp);
	t->seccomp = NULL;
}

static struct task_part seccomp_part = {
	.name = "seccomp",
	.clone = part_clone,
	.exit = part_exit,
};

void seccomp_init(void)
{
	task_part_register(&seccomp_part);
}
