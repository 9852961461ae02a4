// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest threads of the seccomp engine. A thread that is not running guest code sits in the stub's handler, in read on its eventfd,
 * with the signal frame that holds its registers in its area. What comes back is copied once: the frame may be rewritten by
 * other threads of the guest at any time, and means nothing but "these are the guest's registers".
 *
 * Threads that end are kept parked (their filter is installed, their descriptors are known), a few of them for each space;
 * one parked thread comes with each new space. So most guest threads start without a trip to the worker.
 */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "engine/engine_seccomp.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "lib/string.h"

#define SPARES_MAX    2u
#define STOP_NS	      (1000 * NSEC_PER_MSEC)
#define STUB_TEXT_LEN 0x10000ull

__thread int sc_guest_cpu = -1, sc_worker_cpu = -1;
__thread unsigned int sc_spin_times;

static char *area_bytes(const struct sc_thread *t)
{
	return (char *)t->box;
}

struct sc_thread *sc_thread_alloc(struct sc_space *s)
{
	struct sc_thread *t;

	if (s->next_index >= sc.index_max)
		return NULL;
	t = kzalloc(sizeof(*t));
	if (!t)
		return NULL;
	host_lock_take(&sc.lock, 0);
	if (sc.n_free_areas == 0) {
		host_lock_release(&sc.lock);
		kfree(t);
		return NULL;
	}
	t->area = sc.free_areas[--sc.n_free_areas];
	host_lock_release(&sc.lock);
	t->space = s;
	t->base.space = (struct engine_space *)(void *)s;
	t->index = s->next_index++;
	t->wake_fd = t->kernel_fd = -1;
	t->box = (void *)(sc.pages + SC_AREAS_OFF + (uint64_t)t->area * STUB_THREAD_STRIDE);
	t->box->wake_fd = STUB_FD_THREADS + 2 * t->index;
	t->box->kernel_fd = STUB_FD_THREADS + 2 * t->index + 1;
	t->cpu = s->cpu;
	list_init(&t->link);
	return t;
}

void sc_thread_free(struct sc_thread *t)
{
	if (t->wake_fd >= 0)
		(void)host_close(t->wake_fd);
	if (t->kernel_fd >= 0)
		(void)host_close(t->kernel_fd);
	sc_pages_clear(SC_AREAS_OFF + (uint64_t)t->area * STUB_THREAD_STRIDE, STUB_THREAD_STRIDE,
		       t->area);
	host_lock_take(&sc.lock, 0);
	sc.free_areas[sc.n_free_areas++] = t->area;
	host_lock_release(&sc.lock);
	kfree(t);
}

int sc_thread_adopt(struct sc_space *s, struct sc_thread *t, int64_t tid)
{
	if (tid < 0)
		return -EAGAIN;
	if (t->wake_fd < 0)
		t->wake_fd = host_pidfd_getfd(s->pidfd, STUB_FD_THREADS + 2 * (int)t->index);
	if (t->kernel_fd < 0)
		t->kernel_fd = host_pidfd_getfd(s->pidfd, STUB_FD_THREADS + 2 * (int)t->index + 1);
	if (t->wake_fd < 0 || t->kernel_fd < 0)
		return -EMFILE;
	/* The number is a hint: it must at least be a thread of this stub, and not its worker. */
	if (tid > INT_MAX || tid == s->pid || host_tgkill(s->pid, (int)tid, 0) < 0)
		return -EAGAIN;
	t->tid = (int)tid;
	t->cpu = s->cpu;
	return 0;
}

static struct sc_thread *thread_reuse(struct sc_space *s, bool *ret_running)
{
	struct sc_thread *t = NULL, *pos;

	host_lock_take(&sc.lock, 0);
	if (!list_empty(&s->spares)) {
		t = list_first_entry(&s->spares, struct sc_thread, link);
		s->n_spares--;
		*ret_running = true;
	} else {
		list_for_each_entry(pos, &s->exited, link)
			if (host_tgkill(s->pid, pos->tid, 0) == -ESRCH) {
				t = pos;
				break;
			}
		*ret_running = false;
	}
	if (t)
		list_del(&t->link);
	host_lock_release(&sc.lock);
	return t;
}

/* Have the worker start a host thread for t. */
static int thread_start(struct sc_space *s, struct sc_thread *t, bool known)
{
	unsigned int i;
	int r;

	host_lock_take(&s->order_lock, 0);
	sc_orders_begin(s);
	t->box->state = STUB_PARKED;
	t->box->stub_sleeps = 0;
	i = sc_thread_calls(s, t, known);
	r = sc_orders_send(s);
	if (r == 0)
		r = sc_thread_adopt(s, t, sc_orders_result(s, i));
	host_lock_release(&s->order_lock);
	return r;
}

static int thread_get(struct sc_space *s, struct sc_thread **ret)
{
	bool known = true, runs = false;
	struct sc_thread *t = thread_reuse(s, &runs);
	int r;

	if (!t) {
		known = false;
		t = sc_thread_alloc(s);
		if (!t)
			return -EAGAIN;
	}
	r = runs ? 0 : thread_start(s, t, known);
	if (r < 0) {
		/* Its area may be mapped, its thread may exist: it stays with the space, and is never used again. */
		t->tid = s->pid;
		host_lock_take(&sc.lock, 0);
		list_add_tail(&t->link, &s->exited);
		host_lock_release(&sc.lock);
		return r;
	}
	*ret = t;
	return 0;
}

/* The frame that a thread starts from: empty but for what the host insists on. */
static void frame_init(struct sc_thread *t)
{
	struct stub_ucontext *uc = (void *)(area_bytes(t) + STUB_AREA_FRAME);

	memset(uc, 0, sizeof(*uc));
	uc->flags = STUB_UC_XSTATE | STUB_UC_SS | STUB_UC_STRICT_SS;
	t->frame = STUB_AREA_FRAME;
	t->fp = 0;
	t->fp_known = true;
	t->fs_seen = t->gs_seen = ~0ull;
}

int sc_thread_create(struct engine_space *space, const struct abi_regs *regs,
		     struct engine_thread *fp_from, struct engine_thread **ret)
{
	struct sc_space *s = sc_space_of(space);
	struct sc_thread *t;
	int r;

	if (sc_dead(s))
		return -ESRCH;
	r = thread_get(s, &t);
	if (r < 0)
		return r;
	frame_init(t);
	t->base.regs = *regs;
	t->base.owner = NULL;
	t->base.single_step = false;
	t->box->signals = 0;
	t->running = t->kicked = false;
	t->interrupt_ns = 0;
	host_lock_take(&sc.lock, 0);
	list_add_tail(&t->link, &s->threads);
	host_lock_release(&sc.lock);
	if (fp_from)
		r = engine_fp_copy(fp_from, &t->base);
	if (r < 0) {
		sc_thread_destroy(&t->base);
		return r;
	}
	*ret = &t->base;
	return 0;
}

/* Let the stub's side look at the mailbox. */
void sc_thread_wake(struct sc_thread *t)
{
	if (__atomic_load_n(&t->box->stub_sleeps, __ATOMIC_SEQ_CST))
		host_eventfd_add(t->wake_fd, 1);
}

static uint32_t state_get(const struct sc_thread *t)
{
	return __atomic_load_n(&t->box->state, __ATOMIC_SEQ_CST);
}

/* Make a running thread trap; false: it did not in time. */
static bool thread_stop(struct sc_thread *t)
{
	struct host_event event = { .fd = t->kernel_fd };
	uint64_t deadline = host_monotonic_ns() + STOP_NS;

	(void)host_tgkill(t->space->pid, t->tid, STUB_SIGALRM);
	__atomic_exchange_n(&t->box->kernel_sleeps, 1, __ATOMIC_SEQ_CST);
	while (state_get(t) != STUB_TRAPPED && !sc_dead(t->space))
		if (!host_event_wait(&event, deadline))
			return false;
	t->box->kernel_sleeps = 0;
	return true;
}

void sc_thread_destroy(struct engine_thread *thread)
{
	struct sc_thread *t;
	struct sc_space *s;
	bool keep;

	if (!thread)
		return;
	t = sc_thread_of(thread);
	s = t->space;
	if (t->running && !sc_dead(s) && !thread_stop(t))
		sc_space_kill(s);
	t->running = false;
	host_lock_take(&sc.lock, 0);
	list_del(&t->link);
	keep = s->n_spares < SPARES_MAX;
	if (keep)
		s->n_spares++;
	list_add_tail(&t->link, keep ? &s->spares : &s->exited);
	host_lock_release(&sc.lock);
	if (!keep) {
		__atomic_exchange_n(&t->box->state, STUB_EXIT, __ATOMIC_SEQ_CST);
		sc_thread_wake(t);
	}
}

static bool bases_ok(uint64_t base, uint64_t seen)
{
	return base == seen || base < STUB_REGION_END;
}

static void frame_fill(struct sc_thread *t)
{
	struct stub_ucontext *uc = (void *)(area_bytes(t) + t->frame);
	const struct abi_regs *r = &t->base.regs;

	uc->stack.sp = sc_area_address(t) + STUB_AREA_STACK;
	uc->stack.flags = 0;
	uc->stack.size = STUB_THREAD_STRIDE - STUB_AREA_STACK;
	uc->r8 = r->r8;
	uc->r9 = r->r9;
	uc->r10 = r->r10;
	uc->r11 = r->r11;
	uc->r12 = r->r12;
	uc->r13 = r->r13;
	uc->r14 = r->r14;
	uc->r15 = r->r15;
	uc->rdi = r->rdi;
	uc->rsi = r->rsi;
	uc->rbp = r->rbp;
	uc->rbx = r->rbx;
	uc->rdx = r->rdx;
	uc->rax = r->rax;
	uc->rcx = r->rcx;
	uc->rsp = r->rsp;
	uc->rip = r->rip;
	uc->eflags = r->eflags | (t->base.single_step ? STUB_EFLAGS_TF : 0);
	uc->cs = (uint16_t)r->cs;
	uc->ss = (uint16_t)r->ss;
	uc->fpstate = t->fp;
	uc->sigmask = 0;
}

int sc_resume(struct engine_thread *thread)
{
	struct sc_thread *t = sc_thread_of(thread);
	struct abi_regs *regs = &thread->regs;

	if (!bases_ok(regs->fs_base, t->fs_seen) || !bases_ok(regs->gs_base, t->gs_seen))
		return -EINVAL;
	engine_regs_sanitize(regs);
	frame_fill(t);
	if (regs->fs_base != t->fs_seen || regs->gs_base != t->gs_seen) {
		t->box->fs_base = regs->fs_base;
		t->box->gs_base = regs->gs_base;
		t->box->bases_changed = 1;
	}
	t->box->frame = sc_area_address(t) + t->frame;
	if (sc_guest_cpu != t->cpu) {
		(void)host_thread_pin(t->tid, sc_guest_cpu);
		t->cpu = sc_guest_cpu;
	}
	__atomic_store_n(&t->box->spin, sc_spin_times, __ATOMIC_RELAXED);
	__atomic_store_n(&t->interrupt_ns, 0, __ATOMIC_SEQ_CST);
	t->fp_known = false;
	__atomic_store_n(&t->running, true, __ATOMIC_SEQ_CST);
	__atomic_exchange_n(&t->box->state, STUB_RUN, __ATOMIC_SEQ_CST);
	sc_thread_wake(t);
	return 0;
}

static void regs_take(struct sc_thread *t, const struct stub_mailbox *box,
		      const struct stub_ucontext *uc)
{
	struct abi_regs *r = &t->base.regs;

	*r = (struct abi_regs){
		.r15 = uc->r15,
		.r14 = uc->r14,
		.r13 = uc->r13,
		.r12 = uc->r12,
		.rbp = uc->rbp,
		.rbx = uc->rbx,
		.r11 = uc->r11,
		.r10 = uc->r10,
		.r9 = uc->r9,
		.r8 = uc->r8,
		.rax = uc->rax,
		.rcx = uc->rcx,
		.rdx = uc->rdx,
		.rsi = uc->rsi,
		.rdi = uc->rdi,
		.orig_rax = ~0ull,
		.rip = uc->rip,
		.cs = uc->cs,
		.eflags = uc->eflags,
		.rsp = uc->rsp,
		.ss = uc->ss,
		.fs_base = box->fs_base,
		.gs_base = box->gs_base,
	};
	if (t->base.single_step)
		r->eflags &= ~STUB_EFLAGS_TF;
	t->fs_seen = box->fs_base;
	t->gs_seen = box->gs_base;
	t->fp = uc->fpstate;
	t->fp_known = true;
}

/* What the mailbox and the frame say, from private copies. -EPROTO: a guest has tampered with its stub. */
static int event_take(struct sc_thread *t, struct engine_event *ev)
{
	struct stub_mailbox box = *t->box;
	uint64_t offset = box.frame - sc_area_address(t);
	struct stub_ucontext uc;
	uint64_t rip;

	if (offset < sizeof(box) || offset > STUB_THREAD_STRIDE - sizeof(uc) || (offset & 7))
		return -EPROTO;
	t->frame = (uint32_t)offset;
	memcpy(&uc, area_bytes(t) + offset, sizeof(uc));
	regs_take(t, &box, &uc);
	rip = uc.rip;
	/* Nothing of the guest's may run in the stub's text: a trap there is a forged call or a jump. */
	if (rip - STUB_TEXT < STUB_TEXT_LEN)
		return -EPROTO;
	switch (box.signo) {
	case STUB_SIGSYS:
		if (box.code != STUB_SYS_SECCOMP)
			break;
		*ev = (struct engine_event){ .kind = ENGINE_EVENT_SYSCALL };
		ev->compat = box.arch != STUB_ARCH_X86_64 || uc.cs != STUB_USER_CS;
		t->base.regs.orig_rax = uc.rax;
		t->base.regs.rax = (uint64_t)-ENOSYS;
		return 0;
	case STUB_SIGSEGV:
	case STUB_SIGBUS:
	case STUB_SIGFPE:
	case STUB_SIGILL:
	case STUB_SIGTRAP:
		/* Sent by a process of the host: nothing of the guest's. */
		if (box.code <= 0)
			break;
		engine_event_signal(ev, box.signo, box.code, uc.cr2, (uint32_t)uc.trapno,
				    (uint32_t)uc.error, &t->base.regs);
		return 0;
	case STUB_SIGALRM:
		break;
	default:
		return -EPROTO;
	}
	*ev = (struct engine_event){ .kind = ENGINE_EVENT_INTERRUPTED };
	return 0;
}

static int event_dead(struct sc_thread *t, struct engine_event *ev)
{
	t->space->reported = true;
	t->running = false;
	*ev = (struct engine_event){ .kind = ENGINE_EVENT_DEAD,
				     .death_signal = t->space->death_signal };
	return 0;
}

/* Look for an answer for a while. */
static bool trapped_soon(struct sc_thread *t)
{
	for (unsigned int i = sc_spin_times; i > 0; i--) {
		if (state_get(t) == STUB_TRAPPED)
			return true;
		__builtin_ia32_pause();
	}
	return false;
}

int sc_wait(struct engine_thread *thread, struct engine_event *ev)
{
	struct sc_thread *t = sc_thread_of(thread);

	for (;;) {
		if (sc_dead(t->space))
			return event_dead(t, ev);
		if (t->running && state_get(t) == STUB_TRAPPED) {
			__atomic_store_n(&t->running, false, __ATOMIC_SEQ_CST);
			__atomic_store_n(&t->interrupt_ns, 0, __ATOMIC_SEQ_CST);
			if (event_take(t, ev) == 0)
				return 0;
			sc_space_kill(t->space); /* and wait to be told of its end */
			continue;
		}
		if (__atomic_exchange_n(&t->kicked, false, __ATOMIC_SEQ_CST))
			return -EINTR;
		if (trapped_soon(t))
			continue;
		/* Say "asleep", then look once more: the other side publishes, then looks. */
		__atomic_exchange_n(&t->box->kernel_sleeps, 1, __ATOMIC_SEQ_CST);
		if (!(t->running && state_get(t) == STUB_TRAPPED))
			(void)host_eventfd_take(t->kernel_fd);
		__atomic_store_n(&t->box->kernel_sleeps, 0, __ATOMIC_SEQ_CST);
	}
}

void sc_kick(struct engine_thread *thread)
{
	struct sc_thread *t = sc_thread_of(thread);

	__atomic_store_n(&t->kicked, true, __ATOMIC_SEQ_CST);
	host_eventfd_add(t->kernel_fd, 1);
}

void sc_interrupt(struct engine_thread *thread)
{
	struct sc_thread *t = sc_thread_of(thread);
	uint64_t none = 0;

	if (!__atomic_load_n(&t->running, __ATOMIC_SEQ_CST) || sc_dead(t->space))
		return;
	/* The first request that is not answered starts the clock; more of them do not set it back. */
	(void)__atomic_compare_exchange_n(&t->interrupt_ns, &none, host_monotonic_ns(), false,
					  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	(void)host_tgkill(t->space->pid, t->tid, STUB_SIGALRM);
	sc_watch_interrupt();
}

void sc_rest(struct engine_thread *thread)
{
	__atomic_store_n(&sc_thread_of(thread)->box->spin, 0, __ATOMIC_RELAXED);
}

static struct stub_signals *lent_signals(const struct sc_thread *t)
{
	return (void *)(area_bytes(t) + STUB_AREA_SIGNALS);
}

_Static_assert(sizeof(struct stub_sigaction) == sizeof(struct abi_sigaction) &&
		       ARRAY_SIZE(((struct stub_signals *)0)->actions) == NSIG,
	       "the host's actions look like the guest's");

void sc_signals_lend(struct engine_thread *thread, const struct abi_sigaction *actions)
{
	struct sc_thread *t = sc_thread_of(thread);
	struct stub_signals *s = lent_signals(t);

	t->box->signals = actions != NULL;
	s->changed = 0;
	if (actions)
		memcpy(s->actions, actions, sizeof(s->actions));
}

uint64_t sc_signals_take(struct engine_thread *thread, struct abi_sigaction *actions)
{
	const struct stub_signals *s = lent_signals(sc_thread_of(thread));
	uint64_t changed = __atomic_load_n(&s->changed, __ATOMIC_RELAXED);

	for (unsigned int i = 0; i < NSIG; i++)
		if (changed & BIT(i))
			memcpy(&actions[i], &s->actions[i], sizeof(actions[i]));
	return changed;
}
