// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ptrace engine: the reference, and the paranoid choice. All threads of a stub are tracees of one host thread; guest
 * threads run under PTRACE_SYSEMU, host calls are injected into the stub's leader, registers live in the host kernel.
 * Nothing of ours is mapped in a stub but its text, and a page or two where the host leaves fault frames (engine_ptrace_event.c).
 *
 * The zygote is a space without guest threads; a blank space is a fork of it. A fork is made with CLONE_PARENT: stubs are children of
 * the kernel, and are reaped once, by it.
 */
#include "abi/abi_errno.h"
#include "engine/engine_ptrace.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_memory.h"
#include "lib/string.h"

static struct ptrace_space *zygote;
static struct engine_config config;
static uint64_t vdso;
static int reap_event = -1;

static struct ptrace_space *to_space(struct engine_space *s)
{
	return (struct ptrace_space *)(void *)s;
}

static struct engine_space *from_space(struct ptrace_space *s)
{
	return (struct engine_space *)(void *)s;
}

static struct ptrace_thread *to_thread(struct engine_thread *t)
{
	return container_of(t, struct ptrace_thread, base);
}

/* Deaths that nobody waits for are told by reap; the event says that there is one. */
static void deaths_announce(void)
{
	if (ptrace_unreported())
		host_eventfd_add(reap_event, 1);
}

static int probe_child(void *arg)
{
	struct ptrace_space *s;

	config = (struct engine_config){ .arena_fd = -1, .arena_ro_fd = -1 };
	if (host_ptrace_init() < 0)
		return -1;
	return ptrace_zygote_start(&config, &s, &vdso) < 0 ? -2 : 0;
}

static int pt_probe(char *why, size_t len)
{
	int r = host_process_try(probe_child, NULL);

	if (r == 0)
		return 0;
	return engine_why(
		why, len, -ENOSYS,
		"the ptrace engine cannot trace a process of its own: look at "
		"kernel.yama.ptrace_scope (3 forbids it) and at seccomp filters around umlk");
}

static int pt_init(const struct engine_config *c)
{
	int r;

	config = *c;
	(void)host_raise_fd_limit();
	r = host_ptrace_init();
	if (r < 0)
		return r;
	reap_event = host_eventfd_create();
	if (reap_event < 0)
		return reap_event;
	r = ptrace_zygote_start(&config, &zygote, &vdso);
	if (r < 0) {
		(void)host_close(reap_event);
		reap_event = -1;
	}
	return r;
}

static int pt_space_fork(struct engine_space *parent_space, void *owner, struct engine_space **ret)
{
	const struct stub_call clone = { .nr = STUB_NR_CLONE,
					 .args = { STUB_CLONE_PARENT | STUB_SIGCHLD } };
	struct ptrace_space *parent = to_space(parent_space), *s;
	int64_t result;
	int r, pid = 0;

	tracee_scan();
	if (parent->dead)
		return -ESRCH;
	s = ptrace_space_alloc(owner);
	if (!s)
		return -ENOMEM;
	r = tracee_call(&parent->worker, &clone, &result, &pid);
	if (r == 0 && result < 0)
		r = (int)result;
	if (pid > 0) {
		s->pid = pid;
		s->worker_regs = parent->worker_regs;
		tracee_add(&s->worker, pid, s, NULL);
		if (r == 0)
			r = tracee_first_stop(&s->worker);
		if (r < 0)
			ptrace_space_kill(s);
	} else if (r == 0) {
		r = -EAGAIN;
	}
	if (r < 0) {
		s->destroyed = true;
		ptrace_space_put(s);
		return r;
	}
	*ret = from_space(s);
	return 0;
}

static void pt_space_set_owner(struct engine_space *space, void *owner)
{
	to_space(space)->owner = owner;
}

static int pt_space_create(void *owner, struct engine_space **ret)
{
	return pt_space_fork(from_space(zygote), owner, ret);
}

static void thread_forget(struct ptrace_thread *t)
{
	list_del(&t->link);
	(void)host_close(t->kick_fd);
	t->destroyed = true;
	t->tracee.leaving = true;
	if (t->tracee.tid == 0)
		kfree(t);
}

static void pt_space_destroy(struct engine_space *space)
{
	struct ptrace_space *s = to_space(space);
	struct ptrace_thread *t, *tmp;

	if (!s)
		return;
	ptrace_space_kill(s);
	list_for_each_entry_safe(t, tmp, &s->threads, link)
		thread_forget(t);
	s->destroyed = true;
	s->worker.leaving = true;
	ptrace_space_put(s);
	tracee_scan();
}

static int pt_space_orders(struct engine_space *space, struct engine_order *orders, unsigned int n)
{
	struct ptrace_space *s = to_space(space);
	struct stub_call call;
	int r;

	for (unsigned int i = 0; i < n; i++) {
		r = engine_order_call(&orders[i], &call);
		if (r < 0)
			return r;
	}
	for (unsigned int i = 0; i < n; i++) {
		(void)engine_order_call(&orders[i], &call);
		r = s->dead ? -ESRCH : tracee_call(&s->worker, &call, &orders[i].result, NULL);
		if (r < 0) {
			deaths_announce();
			return r;
		}
	}
	return 0;
}

static ssize_t pt_space_read(struct engine_space *space, uaddr_t from, void *to, size_t len)
{
	struct ptrace_space *s = to_space(space);

	if (!engine_read_ok(from.a, len))
		return -EFAULT;
	return s->dead ? -ESRCH : host_process_read(s->pid, from.a, to, len);
}

static ssize_t pt_space_write(struct engine_space *space, uaddr_t to, const void *from, size_t len)
{
	struct ptrace_space *s = to_space(space);

	if (!engine_range_ok(to.a, len))
		return -EFAULT;
	return s->dead ? -ESRCH : host_process_write(s->pid, to.a, from, len);
}

static ssize_t pt_space_write_spread(struct engine_space *space, uaddr_t to, const void *from,
				     size_t stride, size_t size, size_t n)
{
	struct ptrace_space *s = to_space(space);

	if (n == 0)
		return 0;
	if (size == 0 || size > stride || n > ENGINE_USER_MAX / stride ||
	    !engine_range_ok(to.a, (n - 1) * stride + size))
		return -EFAULT;
	return s->dead ? -ESRCH : host_process_write_spread(s->pid, to.a, from, stride, size, n);
}

static int pt_cmpxchg32(struct engine_space *space, uaddr_t addr, uint32_t expect, uint32_t desired,
			uint32_t *ret_old)
{
	struct ptrace_space *s = to_space(space);

	if (addr.a & 3)
		return -EINVAL;
	if (!engine_range_ok(addr.a, 4))
		return -EFAULT;
	return s->dead ? -ESRCH : ptrace_cmpxchg(s, addr.a, expect, desired, ret_old);
}

static int thread_start(struct ptrace_space *s, struct ptrace_thread *t, struct engine_thread *fp)
{
	const struct stub_call clone = { .nr = STUB_NR_CLONE, .args = { STUB_CLONE_GUEST_THREAD } };
	const struct stub_call stack = { .nr = STUB_NR_SIGALTSTACK,
					 .args = { engine_stub_header()->fault_stack, 0 },
					 .flags = STUB_CALL_CHECK };
	int64_t result;
	int r, tid = 0;

	r = tracee_call(&s->worker, &clone, &result, &tid);
	if (tid > 0)
		tracee_add(&t->tracee, tid, s, t);
	if (r < 0)
		return r;
	if (result < 0 || tid <= 0)
		return result < 0 ? (int)result : -EAGAIN;
	r = tracee_first_stop(&t->tracee);
	if (r == 0)
		r = tracee_call(&t->tracee, &stack, &result, NULL);
	if (r == 0 && fp)
		r = engine_fp_copy(fp, &t->base);
	if (r < 0)
		ptrace_space_kill(s);
	return r;
}

static int pt_thread_create(struct engine_space *space, const struct abi_regs *regs,
			    struct engine_thread *fp_from, struct engine_thread **ret)
{
	struct ptrace_space *s = to_space(space);
	struct ptrace_thread *t;
	int r;

	if (s->dead)
		return -ESRCH;
	t = kzalloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	list_init(&t->tracee.hash_link);
	list_init(&t->link);
	t->kick_fd = host_eventfd_create();
	r = t->kick_fd;
	if (r < 0)
		goto out_free;
	t->base.regs = *regs;
	t->base.space = space;
	r = thread_start(s, t, fp_from);
	if (r < 0)
		goto out_close;
	list_add_tail(&t->link, &s->threads);
	*ret = &t->base;
	return 0;

out_close:
	deaths_announce();
	(void)host_close(t->kick_fd);
	t->destroyed = true;
	if (t->tracee.tid != 0)
		return r; /* freed when it is reaped */
out_free:
	kfree(t);
	return r;
}

/* A stopped thread ends itself, as exit(2) does. */
static void thread_exit_inject(struct ptrace_thread *t)
{
	struct abi_regs regs = t->tracee.space->worker_regs;

	regs.rip = engine_stub_header()->inject_syscall;
	regs.orig_rax = ~0ull;
	regs.rax = STUB_NR_EXIT;
	regs.rdi = 0;
	if (host_ptrace_setregs(t->tracee.tid, &regs, false) == 0)
		(void)host_ptrace_go(t->tracee.tid, HOST_PTRACE_CONT, 0);
}

static void pt_thread_destroy(struct engine_thread *thread)
{
	struct ptrace_thread *t;
	struct ptrace_space *s;
	struct host_wait_status st;

	if (!thread)
		return;
	t = to_thread(thread);
	s = t->tracee.space;
	if (t->running && !t->tracee.stashed && t->tracee.tid != 0 && !s->dead) {
		(void)host_tgkill(s->pid, t->tracee.tid, STUB_SIGALRM);
		if (tracee_wait_answer(&t->tracee, &st) < 0)
			ptrace_space_kill(s);
	}
	t->tracee.stashed = false;
	t->tracee.leaving = true;
	if (t->tracee.tid != 0 && !s->dead)
		thread_exit_inject(t);
	thread_forget(t);
}

static bool bases_differ(const struct abi_regs *a, const struct abi_regs *b)
{
	return memcmp(&a->fs_base, &b->fs_base, sizeof(*a) - offsetof(struct abi_regs, fs_base)) !=
	       0;
}

static int pt_resume(struct engine_thread *thread)
{
	struct ptrace_thread *t = to_thread(thread);
	bool bases;
	int r;

	if (t->tracee.space->dead || t->tracee.tid == 0)
		return 0; /* wait tells */
	engine_regs_sanitize(&thread->regs);
	/* What the guest loaded itself may be an address that the host would refuse from us: leave it alone. */
	bases = !t->bases_known || bases_differ(&thread->regs, &t->seen);
	r = host_ptrace_setregs(t->tracee.tid, &thread->regs, bases);
	if (r == 0)
		r = ptrace_thread_go(t);
	if (r == -ESRCH)
		r = 0;
	if (r == 0)
		t->running = true;
	return r;
}

static int pt_wait(struct engine_thread *thread, struct engine_event *ev)
{
	struct ptrace_thread *t = to_thread(thread);
	struct ptrace_space *s = t->tracee.space;
	struct host_wait_status st;
	int r;

	do {
		r = s->dead ? 0 : tracee_wait(&t->tracee, t->kick_fd, UINT64_MAX, &st);
		if (r == -EINTR) {
			(void)host_eventfd_take(t->kick_fd);
			tracee_scan();
			deaths_announce();
			return -EINTR;
		}
		if (s->dead || st.ended) {
			t->running = false;
			s->reported = true;
			tracee_scan();
			*ev = (struct engine_event){ .kind = ENGINE_EVENT_DEAD,
						     .death_signal = s->death_signal };
			return 0;
		}
		r = ptrace_stop_event(t, &st, ev);
	} while (r == 0);
	t->running = false;
	return 0;
}

static void pt_kick(struct engine_thread *thread)
{
	host_eventfd_add(to_thread(thread)->kick_fd, 1);
}

static void pt_interrupt(struct engine_thread *thread)
{
	struct ptrace_thread *t = to_thread(thread);

	if (__atomic_load_n(&t->running, __ATOMIC_RELAXED) && t->tracee.tid != 0)
		(void)host_tgkill(t->tracee.space->pid, t->tracee.tid, STUB_SIGALRM);
}

static ssize_t pt_fp_get(struct engine_thread *thread, void *buf, size_t len)
{
	struct ptrace_thread *t = to_thread(thread);

	if (len < engine_fp_bytes())
		return -ENOSPC;
	return t->tracee.tid == 0 ? -ESRCH : host_ptrace_getfp(t->tracee.tid, buf, len);
}

static int pt_fp_set(struct engine_thread *thread, const void *buf, size_t len)
{
	struct ptrace_thread *t = to_thread(thread);
	size_t full = engine_fp_bytes();
	char *copy;
	int r;

	if (len < 576 || len > full)
		return -EINVAL;
	/* The host wants the whole area; what is missing is in its initial state. */
	copy = kzalloc(full);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, buf, len);
	r = t->tracee.tid == 0 ? -ESRCH : host_ptrace_setfp(t->tracee.tid, copy, full);
	kfree(copy);
	return r;
}

static void pt_reap(void)
{
	struct ptrace_space *s;

	(void)host_eventfd_try(reap_event);
	tracee_scan();
	while ((s = ptrace_unreported())) {
		s->reported = true;
		if (s != zygote)
			config.space_died(from_space(s), s->owner);
	}
}

static void pt_shutdown(void)
{
	if (!zygote)
		return;
	pt_space_destroy(from_space(zygote));
	zygote = NULL;
	(void)host_close(reap_event);
	reap_event = -1;
}

static int pt_reap_fd(void)
{
	return reap_event;
}

/* A tracer and its tracees take turns anyway, and the host knows it. */
static void pt_place(int guest_cpu, int worker_cpu)
{
}

static void pt_spin(unsigned int times)
{
}

static void pt_rest(struct engine_thread *thread)
{
}

static uint64_t pt_vdso_address(void)
{
	return vdso;
}

static int pt_space_pid(const struct engine_space *space)
{
	return ((const struct ptrace_space *)(const void *)space)->pid;
}

static int pt_thread_tid(const struct engine_thread *thread)
{
	return container_of(thread, const struct ptrace_thread, base)->tracee.tid;
}

static int space_take_fd(struct ptrace_space *s, const struct stub_call *calls)
{
	int64_t result;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < ENGINE_BROKER_CALLS; i++)
		r = tracee_call(&s->worker, &calls[i], &result, NULL);
	return r;
}

static int pt_install_fd(int host_fd, int slot)
{
	struct stub_call calls[ENGINE_BROKER_CALLS];
	struct ptrace_space *s;
	int pid, r;

	if (slot < ENGINE_FD_DISK_BASE || slot >= ENGINE_FD_MAX)
		return -EINVAL;
	r = engine_broker_start(host_fd, &pid);
	if (r < 0)
		return r;
	/* Stubs have no descriptors below the arena's. The zygote is the first of all. */
	engine_broker_calls(pid, 0, 1, slot, calls);
	r = space_take_fd(zygote, calls);
	for (s = ptrace_space_next(NULL); r == 0 && s; s = ptrace_space_next(s))
		if (s != zygote && !s->dead && !s->destroyed)
			(void)space_take_fd(s, calls);
	engine_broker_end(pid);
	deaths_announce();
	return r;
}

const struct engine_ops engine_ptrace = {
	.name = "ptrace",
	.max_vcpus = 1,
	.probe = pt_probe,
	.init = pt_init,
	.shutdown = pt_shutdown,
	.space_create = pt_space_create,
	.space_fork = pt_space_fork,
	.space_destroy = pt_space_destroy,
	.space_set_owner = pt_space_set_owner,
	.space_orders = pt_space_orders,
	.space_read = pt_space_read,
	.space_write = pt_space_write,
	.space_write_spread = pt_space_write_spread,
	.cmpxchg32 = pt_cmpxchg32,
	.thread_create = pt_thread_create,
	.thread_destroy = pt_thread_destroy,
	.resume = pt_resume,
	.wait = pt_wait,
	.kick = pt_kick,
	.interrupt = pt_interrupt,
	.fp_get = pt_fp_get,
	.fp_set = pt_fp_set,
	.install_fd = pt_install_fd,
	.reap_fd = pt_reap_fd,
	.reap = pt_reap,
	.place = pt_place,
	.spin = pt_spin,
	.rest = pt_rest,
	.vdso_address = pt_vdso_address,
	.space_pid = pt_space_pid,
	.thread_tid = pt_thread_tid,
};
