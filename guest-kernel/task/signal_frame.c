// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The x86-64 signal frame, byte for byte as Linux lays it out. From high to low addresses: red zone (128 bytes, not on an alternate stack that is just
 * entered), extended state aligned to 64, struct rt_sigframe so that the handler begins as if it had been called. Everything that comes back
 * through rt_sigreturn is the guest's word: only harmless flags are taken, segments are not taken at all, extended state is checked.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

#define RED_ZONE 128u

#define FP_XSTATE_MAGIC1 0x46505853u
#define FP_XSTATE_MAGIC2 0x46505845u
#define FP_LEGACY_BYTES	 512u
#define FP_HEADER_BYTES	 64u
#define FP_SW_OFFSET	 464u
#define FP_MXCSR_OFFSET	 24u
#define FP_MXCSR_MASK	 0xffffu
#define FP_FCW_INITIAL	 0x37fu
#define FP_MXCSR_INITIAL 0x1f80u
#define FP_AMX_FEATURES	 (3ull << 17)

#define UC_FP_XSTATE	     1u
#define UC_SIGCONTEXT_SS     2u
#define UC_STRICT_RESTORE_SS 4u

#define USER_CS 0x33u
#define USER_SS 0x2bu

enum {
	FLAG_CF = 0x1,
	FLAG_FIXED = 0x2,
	FLAG_PF = 0x4,
	FLAG_AF = 0x10,
	FLAG_ZF = 0x40,
	FLAG_SF = 0x80,
	FLAG_TF = 0x100,
	FLAG_IF = 0x200,
	FLAG_DF = 0x400,
	FLAG_OF = 0x800,
	FLAG_RF = 0x10000,
	FLAG_AC = 0x40000,
};
#define FLAGS_FROM_USER                                                                            \
	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_TF | FLAG_DF | FLAG_OF | FLAG_RF | \
	 FLAG_AC)

/* Bytes 464 to 511 of the legacy area, which the processor leaves to software. */
struct fp_software {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t xstate_size, pad[7];
};
_Static_assert(sizeof(struct fp_software) == 48, "struct _fpx_sw_bytes");

/* --- alternate stack ---------------------------------------------------------------------------- */

static bool inside_altstack(const struct abi_stack *s, uint64_t sp)
{
	return sp > s->sp && sp - s->sp <= s->size;
}

static bool on_altstack(const struct task *t, uint64_t sp)
{
	const struct abi_stack *s = &t->signals->altstack;

	/* With SS_AUTODISARM the stack may be changed while it is in use. */
	return !((uint32_t)s->flags & SS_AUTODISARM) && inside_altstack(s, sp);
}

static int altstack_flags(const struct task *t, uint64_t sp)
{
	if (t->signals->altstack.size == 0)
		return SS_DISABLE;
	return on_altstack(t, sp) ? SS_ONSTACK : 0;
}

static void altstack_reset(struct task *t)
{
	t->signals->altstack = (struct abi_stack){ .flags = SS_DISABLE };
}

static int altstack_set(struct task *t, const struct abi_stack *set, uint64_t sp)
{
	struct abi_stack *s = &t->signals->altstack;
	uint32_t mode = (uint32_t)set->flags & ~SS_AUTODISARM;

	if (on_altstack(t, sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		*s = (struct abi_stack){ .flags = set->flags };
		return 0;
	}
	if (set->size < MINSIGSTKSZ)
		return -ENOMEM;
	*s = *set;
	s->pad = 0;
	return 0;
}

int signal_altstack(struct task *t, const struct abi_stack *set, struct abi_stack *ret_old)
{
	uint64_t sp = t->thread->regs.rsp;

	*ret_old = t->signals->altstack;
	ret_old->flags = altstack_flags(t, sp) |
			 (int)((uint32_t)t->signals->altstack.flags & SS_AUTODISARM);
	ret_old->pad = 0;
	return set ? altstack_set(t, set, sp) : 0;
}

/* --- extended state ----------------------------------------------------------------------------- */

static size_t fp_frame_bytes(void)
{
	return engine_fp_bytes() + sizeof(uint32_t);
}

static uint64_t fp_features(size_t bytes)
{
	uint32_t lo, hi;
	uint64_t all;

	if (bytes <= FP_LEGACY_BYTES)
		return 3;
	__asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	all = (uint64_t)hi << 32 | lo;
	return bytes < engine_fp_bytes() ? all & ~FP_AMX_FEATURES : all;
}

/* The thread's state with the words that Linux adds and the mark behind it: fp_frame_bytes() of them. */
static int fp_read(struct task *t, char *buf)
{
	const uint32_t magic2 = FP_XSTATE_MAGIC2;
	struct fp_software sw = { .magic1 = FP_XSTATE_MAGIC1 };
	size_t room = engine_fp_bytes();
	ssize_t n = engine->fp_get(t->thread, buf, room);

	if (n < (ssize_t)FP_LEGACY_BYTES)
		return n < 0 ? (int)n : -EFAULT;
	/* A frame is as long as the CPU's state, whatever the engine left out because it is unused. */
	sw.features = fp_features(room);
	sw.xstate_size = (uint32_t)room;
	sw.extended_size = sw.xstate_size + (uint32_t)sizeof(magic2);
	memcpy(buf + FP_SW_OFFSET, &sw, sizeof(sw));
	memcpy(buf + room, &magic2, sizeof(magic2));
	return 0;
}

static bool fp_valid(const char *buf, size_t len)
{
	uint64_t header[8];
	uint32_t mxcsr;

	memcpy(&mxcsr, buf + FP_MXCSR_OFFSET, sizeof(mxcsr));
	if (mxcsr & ~FP_MXCSR_MASK)
		return false;
	memcpy(header, buf + FP_LEGACY_BYTES, sizeof(header));
	if (header[0] & ~fp_features(len))
		return false;
	for (int i = 1; i < 8; i++)
		if (header[i])
			return false;
	return true;
}

int signal_fp_reset(struct task *t)
{
	const uint16_t fcw = FP_FCW_INITIAL;
	const uint32_t mxcsr = FP_MXCSR_INITIAL;
	char buf[FP_LEGACY_BYTES + FP_HEADER_BYTES];

	memset(buf, 0, sizeof(buf));
	memcpy(buf, &fcw, sizeof(fcw));
	memcpy(buf + FP_MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	return engine->fp_set(t->thread, buf, sizeof(buf));
}

/* What one copy has brought of the guest's stack: usually the whole frame, for the extended state lies right behind it. */
struct frame_bytes {
	uint64_t addr;
	size_t len;
	char *bytes;
};

static int frame_copy(const struct frame_bytes *f, void *to, uint64_t from, size_t len)
{
	if (from >= f->addr && from - f->addr <= f->len && len <= f->len - (from - f->addr)) {
		memcpy(to, f->bytes + (from - f->addr), len);
		return 0;
	}
	return copy_from_user(to, UADDR(from), len);
}

/* Is there a whole extended state behind the legacy area, with both marks? Otherwise only the legacy area counts. */
static bool fp_is_extended(const struct frame_bytes *f, uint64_t addr, const char *legacy,
			   size_t room)
{
	struct fp_software sw;
	uint32_t magic2;

	memcpy(&sw, legacy + FP_SW_OFFSET, sizeof(sw));
	if (sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size > room ||
	    sw.xstate_size < FP_LEGACY_BYTES + FP_HEADER_BYTES ||
	    sw.extended_size != sw.xstate_size + sizeof(magic2))
		return false;
	return frame_copy(f, &magic2, addr + sw.xstate_size, sizeof(magic2)) == 0 &&
	       magic2 == FP_XSTATE_MAGIC2;
}

static int fp_write(struct task *t, const struct frame_bytes *f, uint64_t addr)
{
	size_t room = engine_fp_bytes(), len = FP_LEGACY_BYTES + FP_HEADER_BYTES;
	uint64_t both = 3; /* x87 and SSE */
	struct fp_software sw;
	char *buf;
	int r;

	if (addr == 0)
		return signal_fp_reset(t);
	buf = kzalloc(room);
	if (!buf)
		return -ENOMEM;
	r = frame_copy(f, buf, addr, FP_LEGACY_BYTES);
	if (r == 0 && fp_is_extended(f, addr, buf, room)) {
		memcpy(&sw, buf + FP_SW_OFFSET, sizeof(sw));
		len = sw.xstate_size;
		r = frame_copy(f, buf + FP_LEGACY_BYTES, addr + FP_LEGACY_BYTES,
			       len - FP_LEGACY_BYTES);
	} else {
		memcpy(buf + FP_LEGACY_BYTES, &both, sizeof(both));
	}
	memset(buf + FP_SW_OFFSET, 0, sizeof(sw));
	if (r == 0 && !fp_valid(buf, len))
		r = -EFAULT;
	if (r == 0)
		r = engine->fp_set(t->thread, buf, len);
	kfree(buf);
	return r;
}

/* --- the frame ---------------------------------------------------------------------------------- */

static void fill_context(struct abi_sigcontext *c, const struct task *t, uint64_t mask, uint64_t fp)
{
	const struct abi_regs *r = &t->thread->regs;

	*c = (struct abi_sigcontext){
		.r8 = r->r8,
		.r9 = r->r9,
		.r10 = r->r10,
		.r11 = r->r11,
		.r12 = r->r12,
		.r13 = r->r13,
		.r14 = r->r14,
		.r15 = r->r15,
		.rdi = r->rdi,
		.rsi = r->rsi,
		.rbp = r->rbp,
		.rbx = r->rbx,
		.rdx = r->rdx,
		.rax = r->rax,
		.rcx = r->rcx,
		.rsp = r->rsp,
		.rip = r->rip,
		.eflags = r->eflags,
		.cs = USER_CS,
		.ss = USER_SS,
		.err = t->signals->fault_error,
		.trapno = t->signals->fault_trapno,
		.oldmask = mask,
		.cr2 = t->signals->fault_cr2,
		.fpstate = fp,
	};
}

/* Where the frame goes. 0: no room for it. */
static uint64_t choose_stack(const struct task *t, const struct abi_sigaction *act, size_t fp_len,
			     uint64_t *ret_fp)
{
	const struct abi_stack *alt = &t->signals->altstack;
	uint64_t old = t->thread->regs.rsp, sp = old - RED_ZONE;
	bool nested = on_altstack(t, old), entering = false;

	if ((act->flags & SA_ONSTACK) && altstack_flags(t, old) == 0) {
		sp = alt->sp + alt->size;
		entering = true;
	}
	*ret_fp = ALIGN_DOWN(sp - fp_len, 64ull);
	sp = ALIGN_DOWN(*ret_fp - sizeof(struct abi_rt_sigframe), 16ull) - 8;
	if ((nested || entering) && !inside_altstack(alt, sp))
		return 0;
	return sp;
}

int signal_frame_push(struct task *t, const struct abi_sigaction *act,
		      const struct abi_siginfo *info, uint64_t mask)
{
	struct abi_rt_sigframe *frame;
	struct abi_regs *r;
	uint64_t sp, fp;
	size_t len;
	char *buf;
	int e;

	/* Without a restorer there is no way back; Linux refuses too. */
	if (!(act->flags & SA_RESTORER))
		return -EFAULT;
	sp = choose_stack(t, act, fp_frame_bytes(), &fp);
	if (sp == 0)
		return -EFAULT;
	/* One copy for all of it; the few bytes that align the extended state belong to the frame as well. */
	len = fp - sp + fp_frame_bytes();
	buf = kzalloc(len);
	if (!buf)
		return -ENOMEM;
	frame = (void *)buf;
	frame->restorer = act->restorer;
	frame->info = *info;
	frame->uc.flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	frame->uc.stack = t->signals->altstack;
	frame->uc.stack.flags = altstack_flags(t, t->thread->regs.rsp) |
				(int)((uint32_t)t->signals->altstack.flags & SS_AUTODISARM);
	frame->uc.sigmask = mask;
	fill_context(&frame->uc.mcontext, t, mask, fp);
	e = fp_read(t, buf + (fp - sp));
	if (e == 0)
		e = copy_to_user(UADDR(sp), buf, len);
	kfree(buf);
	/* A handler begins with clean extended state. */
	if (e == 0)
		e = signal_fp_reset(t);
	if (e < 0)
		return e;
	if ((uint32_t)t->signals->altstack.flags & SS_AUTODISARM)
		altstack_reset(t);
	r = &t->thread->regs;
	r->rdi = (uint64_t)info->signo;
	r->rsi = sp + offsetof(struct abi_rt_sigframe, info);
	r->rdx = sp + offsetof(struct abi_rt_sigframe, uc);
	r->rax = 0;
	r->rip = act->handler;
	r->rsp = sp;
	r->eflags &= ~(uint64_t)(FLAG_DF | FLAG_RF | FLAG_TF);
	r->cs = USER_CS;
	r->ss = USER_SS;
	r->orig_rax = UINT64_MAX;
	return 0;
}

/* --- the way back ------------------------------------------------------------------------------- */

static void take_context(struct abi_regs *r, const struct abi_sigcontext *c)
{
	r->r8 = c->r8;
	r->r9 = c->r9;
	r->r10 = c->r10;
	r->r11 = c->r11;
	r->r12 = c->r12;
	r->r13 = c->r13;
	r->r14 = c->r14;
	r->r15 = c->r15;
	r->rdi = c->rdi;
	r->rsi = c->rsi;
	r->rbp = c->rbp;
	r->rbx = c->rbx;
	r->rdx = c->rdx;
	r->rax = c->rax;
	r->rcx = c->rcx;
	r->rsp = c->rsp;
	r->rip = c->rip;
	r->eflags = (c->eflags & FLAGS_FROM_USER) | FLAG_FIXED | FLAG_IF;
	r->cs = USER_CS;
	r->ss = USER_SS;
	r->orig_rax = UINT64_MAX;
}

/* From the context on, as much as the kernel's own frames have; the end of the stack's mapping may come earlier. */
static int frame_fetch(struct frame_bytes *f, uint64_t addr)
{
	size_t room = sizeof(struct abi_rt_sigframe) + 128 + fp_frame_bytes();
	ssize_t n;

	f->bytes = kmalloc(room);
	if (!f->bytes)
		return -ENOMEM;
	f->addr = addr;
	n = copy_from_user_some(f->bytes, UADDR(addr), room);
	f->len = n > 0 ? (size_t)n : 0;
	if (f->len >= sizeof(struct abi_ucontext))
		return 0;
	kfree(f->bytes);
	return -EFAULT;
}

int64_t signal_return(struct task *t)
{
	struct abi_siginfo segv = { .signo = SIGSEGV, .code = SI_KERNEL };
	uint64_t sp = t->thread->regs.rsp - 8; /* the handler's return has taken the restorer */
	struct frame_bytes f;
	struct abi_ucontext uc;
	bool ok;

	t->keep_regs = true;
	t->thread->regs.orig_rax = UINT64_MAX;
	ok = frame_fetch(&f, sp + offsetof(struct abi_rt_sigframe, uc)) == 0;
	if (ok) {
		memcpy(&uc, f.bytes, sizeof(uc));
		ok = fp_write(t, &f, uc.mcontext.fpstate) == 0;
		kfree(f.bytes);
	}
	if (!ok) {
		trace(TRACE_SIGNAL, "bad frame at %#llx", (unsigned long long)sp);
		signal_force(t, &segv);
		return 0;
	}
	signal_set_blocked(t, uc.sigmask);
	take_context(&t->thread->regs, &uc.mcontext);
	/* As Linux: a stack that cannot be set again is not an error here. */
	(void)altstack_set(t, &uc.stack, t->thread->regs.rsp);
	return 0;
}
