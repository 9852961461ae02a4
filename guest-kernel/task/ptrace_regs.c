// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The registers of a stopped tracee. While a thread does not run, thread->regs is the truth; extended state comes from the engine. Segment selectors
 * are fixed (a 64-bit program's), and there are no debug registers: DR0 to DR7 read as zero, and switching a breakpoint on is -EIO.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/task.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/ptrace.h"

#define USER_CS 0x33u
#define USER_SS 0x2bu
#define FLAG_TF 0x100u
/* What a debugger may set: CF PF AF ZF SF TF DF OF NT RF AC. */
#define FLAGS_SETTABLE 0x54dd5u

#define LEGACY_BYTES	512u
#define HEADER_BYTES	64u
#define MXCSR_OFFSET	24u
#define MXCSR_MASK	0xffffu
#define FEATURES_OFFSET 464u /* where Linux tells debuggers XCR0 */

/* --- general registers -------------------------------------------------------------------------- */

void ptrace_regs_show(const struct task *t, struct abi_regs *ret)
{
	*ret = t->thread->regs;
	ret->cs = USER_CS;
	ret->ss = USER_SS;
	ret->ds = ret->es = ret->fs = ret->gs = 0;
	ret->eflags |= 0x202;
}

static bool selector_ok(uint64_t s)
{
	return s == 0 || (s & 3) == 3;
}

/* As Linux judges each register by itself. -EIO. */
static int regs_check(const struct abi_regs *r)
{
	if (r->cs == 0 || r->ss == 0 || !selector_ok(r->cs) || !selector_ok(r->ss) ||
	    !selector_ok(r->ds) || !selector_ok(r->es) || !selector_ok(r->fs) ||
	    !selector_ok(r->gs))
		return -EIO;
	return r->fs_base >= ENGINE_USER_MAX || r->gs_base >= ENGINE_USER_MAX ? -EIO : 0;
}

static int regs_store(struct task *t, struct abi_regs *r)
{
	uint64_t flags = t->thread->regs.eflags;
	int e = regs_check(r);

	if (e < 0)
		return e;
	r->eflags = (flags & ~(uint64_t)FLAGS_SETTABLE) | (r->eflags & FLAGS_SETTABLE);
	r->cs = USER_CS;
	r->ss = USER_SS;
	t->thread->regs = *r;
	return 0;
}

int ptrace_get_regs(struct tracee *tr, uint64_t to)
{
	struct abi_regs r;

	ptrace_regs_show(tr->task, &r);
	return put_user(r, UADDR(to));
}

static int set_regs_some(int tid, uint64_t from, size_t len)
{
	char buf[sizeof(struct abi_regs)];
	struct abi_regs r;
	struct tracee *tr;

	if (copy_from_user(buf, UADDR(from), len) < 0)
		return -EFAULT;
	tr = ptrace_find(tid, true);
	if (!tr)
		return -ESRCH;
	ptrace_regs_show(tr->task, &r);
	memcpy(&r, buf, len);
	return regs_store(tr->task, &r);
}

int ptrace_set_regs(int tid, uint64_t from)
{
	return set_regs_some(tid, from, sizeof(struct abi_regs));
}

/* --- extended state ----------------------------------------------------------------------------- */

static uint64_t cpu_features(void)
{
	uint32_t lo, hi;

	__asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

int ptrace_xstate_show(const struct task *t, char *buf, size_t len)
{
	uint64_t features = cpu_features();
	ssize_t n;

	memset(buf, 0, len);
	n = engine->fp_get(t->thread, buf, len);
	if (n < 0)
		return (int)n;
	memset(buf + FEATURES_OFFSET, 0, LEGACY_BYTES - FEATURES_OFFSET);
	memcpy(buf + FEATURES_OFFSET, &features, sizeof(features));
	return 0;
}

/* Check and load a whole state; buf is changed. */
static int xstate_store(struct task *t, char *buf, size_t len)
{
	uint64_t header[8];
	uint32_t mxcsr;

	memset(buf + FEATURES_OFFSET, 0, LEGACY_BYTES - FEATURES_OFFSET);
	memcpy(header, buf + LEGACY_BYTES, sizeof(header));
	memcpy(&mxcsr, buf + MXCSR_OFFSET, sizeof(mxcsr));
	if ((mxcsr & ~MXCSR_MASK) || (header[0] & ~cpu_features()))
		return -EINVAL;
	for (int i = 1; i < 8; i++)
		if (header[i])
			return -EINVAL;
	return engine->fp_set(t->thread, buf, len);
}

/* The legacy part or all of it, by the size of the register set. */
static int get_xstate(struct tracee *tr, uint64_t to, size_t len)
{
	size_t room = engine_fp_bytes();
	char *buf = kmalloc(room);
	int r;

	if (!buf)
		return -ENOMEM;
	r = ptrace_xstate_show(tr->task, buf, room);
	/* As FXSAVE leaves them: the mask of XCR0 belongs to the other set. */
	if (r == 0 && len <= LEGACY_BYTES)
		memset(buf + FEATURES_OFFSET, 0, LEGACY_BYTES - FEATURES_OFFSET);
	if (r == 0)
		r = copy_to_user(UADDR(to), buf, MIN(len, room));
	kfree(buf);
	return r;
}

static int set_xstate(int tid, uint64_t from, size_t len)
{
	size_t room = engine_fp_bytes();
	char *buf = kmalloc(room), *news = kmalloc(room);
	struct tracee *tr;
	uint64_t features;
	int r = buf && news ? 0 : -ENOMEM;

	if (r == 0)
		r = copy_from_user(news, UADDR(from), len);
	if (r < 0)
		goto out;
	tr = ptrace_find(tid, true);
	r = tr ? ptrace_xstate_show(tr->task, buf, room) : -ESRCH;
	if (r < 0)
		goto out;
	memcpy(buf, news, len);
	if (len <= LEGACY_BYTES) {
		/* x87 and SSE count from now on, whatever was in use before. */
		memcpy(&features, buf + LEGACY_BYTES, sizeof(features));
		features |= 3;
		memcpy(buf + LEGACY_BYTES, &features, sizeof(features));
	}
	r = xstate_store(tr->task, buf, room);
out:
	kfree(buf);
	kfree(news);
	return r;
}

int ptrace_get_fpregs(struct tracee *tr, uint64_t to)
{
	return get_xstate(tr, to, LEGACY_BYTES);
}

int ptrace_set_fpregs(int tid, uint64_t from)
{
	return set_xstate(tid, from, LEGACY_BYTES);
}

/* --- register sets ------------------------------------------------------------------------------ */

struct user_iov {
	uint64_t base, len;
};

static int regset_iov(uint32_t type, uint64_t addr, struct user_iov *ret)
{
	size_t size = type == NT_PRSTATUS     ? sizeof(struct abi_regs)
		      : type == NT_PRFPREG    ? LEGACY_BYTES
		      : type == NT_X86_XSTATE ? engine_fp_bytes()
					      : 0;

	if (get_user(*ret, UADDR(addr)) < 0)
		return -EFAULT;
	if (size == 0 || ret->len % sizeof(uint64_t))
		return -EINVAL;
	ret->len = MIN(ret->len, size);
	return 0;
}

int ptrace_get_regset(int tid, uint32_t type, uint64_t addr)
{
	struct abi_regs regs;
	struct user_iov iov;
	struct tracee *tr;
	int r = regset_iov(type, addr, &iov);

	if (r < 0)
		return r;
	tr = ptrace_find(tid, true);
	if (!tr)
		return -ESRCH;
	if (type == NT_PRSTATUS) {
		ptrace_regs_show(tr->task, &regs);
		r = copy_to_user(UADDR(iov.base), &regs, iov.len);
	} else {
		r = get_xstate(tr, iov.base, iov.len);
	}
	return r < 0 ? r : put_user(iov.len, UADDR(addr + offsetof(struct user_iov, len)));
}

int ptrace_set_regset(int tid, uint32_t type, uint64_t addr)
{
	struct user_iov iov;
	int r = regset_iov(type, addr, &iov);

	if (r < 0)
		return r;
	if (type == NT_PRSTATUS)
		r = set_regs_some(tid, iov.base, iov.len);
	else if (type == NT_X86_XSTATE && iov.len != engine_fp_bytes())
		return -EFAULT;
	else
		r = set_xstate(tid, iov.base, iov.len);
	return r < 0 ? r : put_user(iov.len, UADDR(addr + offsetof(struct user_iov, len)));
}

/* --- struct user -------------------------------------------------------------------------------- */

int ptrace_peek_user(struct tracee *tr, uint64_t offset, uint64_t to)
{
	struct abi_regs r;
	uint64_t word = 0;

	if ((offset & 7) || offset >= USER_BYTES)
		return -EIO;
	ptrace_regs_show(tr->task, &r);
	if (offset < sizeof(r))
		memcpy(&word, (const char *)&r + offset, sizeof(word));
	return put_user(word, UADDR(to));
}

int ptrace_poke_user(struct tracee *tr, uint64_t offset, uint64_t value)
{
	struct abi_regs r;

	if ((offset & 7) || offset >= USER_BYTES)
		return -EIO;
	if (offset < sizeof(r)) {
		ptrace_regs_show(tr->task, &r);
		memcpy((char *)&r + offset, &value, sizeof(value));
		return regs_store(tr->task, &r);
	}
	/* There are no debug registers to set; clearing them always succeeds. */
	if (offset < USER_DEBUGREG_OFFSET || offset >= USER_DEBUGREG_OFFSET + 8 * sizeof(value))
		return -EIO;
	return value == 0 || offset == USER_DEBUGREG_OFFSET + 6 * sizeof(value) ? 0 : -EIO;
}
