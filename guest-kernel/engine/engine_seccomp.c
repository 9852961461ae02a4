// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seccomp engine: guest threads filter themselves so that every system call becomes a signal in the stub, whose handler tells
 * the kernel through shared memory and an eventfd. Start and end of the engine, its pool of blank spaces, its table; the rest is in
 * engine_seccomp_{space,orders,thread,fp,watch}.c, the rules in engine_seccomp.h.
 */
#include "abi/abi_errno.h"
#include "engine/engine_seccomp.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "host/host_ptrace.h"
#include "host/host_shared.h"
#include "lib/string.h"

struct sc_state sc = { .pages_fd = -1, .pages_ro_fd = -1, .reap_event = -1 };

static int free_lists_init(void)
{
	sc.free_slots = kmalloc(SC_SLOTS_MAX * sizeof(*sc.free_slots));
	sc.free_areas = kmalloc(SC_AREAS_MAX * sizeof(*sc.free_areas));
	if (!sc.free_slots || !sc.free_areas)
		return -ENOMEM;
	/* Taken from the end: slot 0, which the zygote maps, comes first. */
	for (uint32_t i = 0; i < SC_SLOTS_MAX; i++)
		sc.free_slots[i] = SC_SLOTS_MAX - 1 - i;
	for (uint32_t i = 0; i < SC_AREAS_MAX; i++)
		sc.free_areas[i] = SC_AREAS_MAX - 1 - i;
	sc.n_free_slots = SC_SLOTS_MAX;
	sc.n_free_areas = SC_AREAS_MAX;
	return 0;
}

static int sc_init(const struct engine_config *config)
{
	unsigned long fds = host_raise_fd_limit();
	void *pages = NULL;
	int r;

	sc.config = *config;
	list_init(&sc.spaces);
	list_init(&sc.pool);
	if (fds < STUB_FD_THREADS + 64)
		return -EMFILE;
	sc.index_max = (unsigned int)MIN((fds - STUB_FD_THREADS) / 2, STUB_THREADS_MAX);
	/* Ended children must stay until they are reaped, whatever the parent process ignored. */
	r = host_ptrace_init();
	if (r == 0)
		r = free_lists_init();
	if (r == 0)
		r = host_shared_create("umlk-pages", SC_PAGES_LEN, &sc.pages_fd, &sc.pages_ro_fd,
				       &pages);
	if (r < 0)
		return r;
	sc.pages = pages;
	sc.reap_event = host_eventfd_create();
	if (sc.reap_event < 0)
		return sc.reap_event;
	r = sc_watch_start();
	if (r == 0)
		r = sc_zygote_start();
	if (r == 0)
		r = sc_pool_start();
	return r;
}

static void space_enlist(struct sc_space *s, void *owner)
{
	host_lock_take(&sc.lock, 0);
	s->owner = owner;
	list_add_tail(&s->link, &sc.spaces);
	host_lock_release(&sc.lock);
}

static struct sc_space *pool_take(void)
{
	struct sc_space *s = NULL;

	host_lock_take(&sc.lock, 0);
	if (!list_empty(&sc.pool)) {
		s = list_first_entry(&sc.pool, struct sc_space, link);
		list_del(&s->link);
		sc.n_pool--;
	}
	host_lock_release(&sc.lock);
	return s;
}

static void sc_space_destroy(struct engine_space *space)
{
	if (space)
		sc_space_abandon(sc_space_of(space));
}

static void sc_space_set_owner(struct engine_space *space, void *owner)
{
	host_lock_take(&sc.lock, 0);
	sc_space_of(space)->owner = owner;
	host_lock_release(&sc.lock);
}

static int sc_space_create(void *owner, struct engine_space **ret)
{
	struct sc_space *s;
	int r;

	while ((s = pool_take())) {
		if (!sc_dead(s))
			break;
		sc_space_destroy((struct engine_space *)(void *)s);
	}
	if (!s) {
		r = sc_space_make(sc.zygote, &s);
		if (r < 0)
			return r;
	}
	sc_pool_refill();
	space_enlist(s, owner);
	*ret = (struct engine_space *)(void *)s;
	return 0;
}

static int sc_space_fork(struct engine_space *parent, void *owner, struct engine_space **ret)
{
	struct sc_space *s;
	int r;

	if (sc_dead(sc_space_of(parent)))
		return -ESRCH;
	r = sc_space_make(sc_space_of(parent), &s);
	if (r < 0)
		return r;
	space_enlist(s, owner);
	*ret = (struct engine_space *)(void *)s;
	return 0;
}

/* A death that no running thread's wait will tell of. */
static struct sc_space *death_next(void)
{
	struct sc_space *s;
	struct sc_thread *t;
	bool waited;

	list_for_each_entry(s, &sc.spaces, link) {
		if (!s->dead || s->destroyed || s->reported)
			continue;
		waited = false;
		list_for_each_entry(t, &s->threads, link)
			waited |= t->running;
		if (!waited)
			return s;
	}
	return NULL;
}

static void sc_reap(void)
{
	struct sc_space *s;

	(void)host_eventfd_try(sc.reap_event);
	for (;;) {
		host_lock_take(&sc.lock, 0);
		s = death_next();
		if (s)
			s->reported = true;
		host_lock_release(&sc.lock);
		if (!s)
			return;
		sc.config.space_died((struct engine_space *)(void *)s, s->owner);
	}
}

static int sc_reap_fd(void)
{
	return sc.reap_event;
}

/* The process is about to end, and its stubs with it: PR_SET_PDEATHSIG. Kill them now all the same. */
static void sc_shutdown(void)
{
	struct sc_space *s;

	host_lock_take(&sc.lock, 0);
	list_for_each_entry(s, &sc.pool, link)
		sc_space_kill(s);
	list_for_each_entry(s, &sc.spaces, link)
		sc_space_kill(s);
	if (sc.zygote)
		sc_space_kill(sc.zygote);
	host_lock_release(&sc.lock);
}

/* The whole way once: a stub, a filter, a trap and its answer. */
static int probe_child(void *arg)
{
	static const unsigned char code[] = { 0x0f, 0x05 };
	const struct engine_config config = { .arena_fd = -1, .arena_ro_fd = -1 };
	struct abi_regs regs = { .rip = 0x10000, .rax = 12345 };
	struct engine_order map = {
		.kind = ENGINE_ORDER_MMAP,
		.must_succeed = true,
		.args = { 0x10000, PAGE_SIZE, STUB_PROT_READ | STUB_PROT_WRITE | STUB_PROT_EXEC,
			  STUB_MAP_PRIVATE | STUB_MAP_ANONYMOUS | STUB_MAP_FIXED, (uint64_t)-1 },
	};
	struct engine_space *space;
	struct engine_thread *t;
	struct engine_event ev;

	if (sc_init(&config) < 0 || sc_space_create(NULL, &space) < 0)
		return -1;
	if (sc_space_orders(space, &map, 1) < 0 ||
	    sc_space_write(space, UADDR(0x10000), code, sizeof(code)) != sizeof(code))
		return -2;
	if (sc_thread_create(space, &regs, NULL, &t) < 0 || sc_resume(t) < 0 ||
	    sc_wait(t, &ev) < 0 || ev.kind != ENGINE_EVENT_SYSCALL || t->regs.orig_rax != 12345)
		return -3;
	return 0;
}

static int sc_probe(char *why, size_t len)
{
	int r = host_process_try(probe_child, NULL);

	switch (r) {
	case 0:
		return 0;
	case -1:
		return engine_why(why, len, -ENOSYS,
				  "the seccomp engine cannot start a process of its own: it needs "
				  "Linux 5.14, memfd and pidfd_getfd (kernel.yama.ptrace_scope "
				  "below 2), and 1,100 open files (ulimit -n)");
	case -2:
		return engine_why(why, len, -ENOSYS,
				  "the seccomp engine cannot change a process of its own: "
				  "process_vm_writev is refused (kernel.yama.ptrace_scope)");
	default:
		return engine_why(why, len, -ENOSYS,
				  "the seccomp engine got no trap: the host lacks seccomp filters "
				  "or the processor lacks FSGSBASE");
	}
}

static void sc_place(int guest_cpu, int worker_cpu)
{
	sc_guest_cpu = guest_cpu;
	sc_worker_cpu = worker_cpu;
}

static void sc_spin(unsigned int times)
{
	sc_spin_times = times;
}

static uint64_t sc_vdso_address(void)
{
	return sc.vdso;
}

static int sc_space_pid(const struct engine_space *space)
{
	return ((const struct sc_space *)(const void *)space)->pid;
}

static int sc_thread_tid(const struct engine_thread *thread)
{
	return container_of(thread, const struct sc_thread, base)->tid;
}

const struct engine_ops engine_seccomp = {
	.name = "seccomp",
	.max_vcpus = 16,
	.probe = sc_probe,
	.init = sc_init,
	.shutdown = sc_shutdown,
	.space_create = sc_space_create,
	.space_fork = sc_space_fork,
	.space_destroy = sc_space_destroy,
	.space_set_owner = sc_space_set_owner,
	.space_orders = sc_space_orders,
	.space_read = sc_space_read,
	.space_write = sc_space_write,
	.space_write_spread = sc_space_write_spread,
	.cmpxchg32 = sc_cmpxchg32,
	.thread_create = sc_thread_create,
	.thread_destroy = sc_thread_destroy,
	.resume = sc_resume,
	.wait = sc_wait,
	.kick = sc_kick,
	.interrupt = sc_interrupt,
	.fp_get = sc_fp_get,
	.fp_set = sc_fp_set,
	.install_fd = sc_install_fd,
	.reap_fd = sc_reap_fd,
	.reap = sc_reap,
	.place = sc_place,
	.spin = sc_spin,
	.rest = sc_rest,
	.signals_lend = sc_signals_lend,
	.signals_take = sc_signals_take,
	.vdso_address = sc_vdso_address,
	.space_pid = sc_space_pid,
	.thread_tid = sc_thread_tid,
};
