/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the seccomp engine.
 *
 * One file of pages is mapped by the kernel as a whole and by each stub in parts: a slot (orders page and results page) for each space, an
 * area for each guest thread. A slot or area belongs to one space until its process has been reaped; only then is it
 * emptied and given to another.
 *
 * Locks, outermost first: the big lock (callers'), sc_space.order_lock (the worker carries out one list at a time), sc.lock (lists
 * of spaces and threads, free slots). The watcher, a host thread of the engine's own, takes the last two only.
 */
#ifndef ENGINE_SECCOMP_H
#define ENGINE_SECCOMP_H

#include "engine/engine_common.h"
#include "host/host_thread.h"
#include "lib/list.h"

#define SC_SLOTS_MAX  8192u
#define SC_SLOT_BYTES (2 * PAGE_SIZE)
#define SC_AREAS_MAX  16384u
#define SC_AREAS_OFF  ((uint64_t)SC_SLOTS_MAX * SC_SLOT_BYTES)
#define SC_PAGES_LEN  (SC_AREAS_OFF + (uint64_t)SC_AREAS_MAX * STUB_THREAD_STRIDE)

struct sc_space {
	struct host_lock order_lock;
	struct stub_orders *orders; /* under order_lock; read-only in the stub */
	int64_t *results;	    /* anybody's in the stub */
	uint64_t seq;
	unsigned int n_calls; /* of the list that is being made */
	unsigned int slot;
	unsigned int next_index; /* of threads */
	int pid, pidfd;
	int wake_fd, ack_fd;	    /* the kernel's ends */
	unsigned int ack_no;	    /* the stub's number of ack_fd */
	unsigned int stale_ack;	    /* a number it has to close, 0: none */
	bool stale_pidfd;	    /* a forked child's, at STUB_FD_SCRATCH */
	bool borrowed_ack;	    /* ack_fd is still its parent's */
	int cpu;		    /* where the worker is bound to */
	unsigned int install_round; /* the last installation of a descriptor it took part in */
	uint64_t order_started_ns;  /* a list is out since then; 0: none */

	/* The watcher's: what it saw of the worker since a list is overdue. */
	uint64_t overdue_ns,
		overdue_run_ns; /* which list (its start), the worker's time on a CPU then */
	unsigned int overdue_asleep;

	/* Under sc.lock. */
	struct list_head threads, spares, exited;
	unsigned int n_spares;
	struct list_head link;
	void *owner;
	bool dead, destroyed, reported;
	int death_signal;
};

struct sc_thread {
	struct engine_thread base;
	struct sc_space *space;
	struct list_head link;	  /* threads, spares or exited of the space */
	struct stub_mailbox *box; /* the start of the area, as the kernel maps it */
	unsigned int index, area; /* place in the stub, place in the file */
	int tid, cpu;
	int wake_fd, kernel_fd;
	bool running; /* resumed, and no event taken */
	bool kicked;
	bool fp_known;	/* fp is right for the frame */
	uint32_t frame; /* offset of the ucontext in the area */
	uint64_t fp;	/* address of the frame's extended state in the stub, 0: initial */
	uint64_t fs_seen, gs_seen;

	/* A request to trap that was not answered. */
	uint64_t interrupt_ns; /* when it was asked, 0: answered */
	uint64_t checked_ns;   /* the watcher's alone: which request the next two are about */
	uint64_t run_ns_before;
	unsigned int asleep_checks, unseen_checks;
};

struct sc_state {
	struct host_lock lock;
	struct list_head spaces;
	struct list_head pool; /* blank spaces, by link; they are not in spaces */
	unsigned int n_pool;
	char *pages;
	int pages_fd, pages_ro_fd;
	uint32_t *free_slots, *free_areas;
	unsigned int n_free_slots, n_free_areas;
	struct sc_space *zygote;
	struct engine_config config;
	uint64_t vdso;
	unsigned int index_max; /* threads in a space, by the host's limit of descriptors */
	unsigned int install_round;
	struct host_lock
		make_lock; /* the pool's thread makes a space; taken before any order_lock */
	int reap_event;
	/* The watcher's. */
	int refill_event; /* the pool's thread waits for it */
	int epoll, order_timer, interrupt_timer;
	bool order_armed, interrupt_armed;
};
extern struct sc_state sc;

/* engine_seccomp_space.c */
int sc_zygote_start(void);
void sc_pages_clear(uint64_t off, uint64_t len, unsigned int number);
int sc_space_make(struct sc_space *parent, struct sc_space **ret);
void sc_space_kill(struct sc_space *s);
/* Nobody wants it any more: killed, and freed as soon as the watcher has seen its process end. */
void sc_space_abandon(struct sc_space *s);
/* Give up all that belongs to a space whose process has ended and that is in no list. */
void sc_space_free(struct sc_space *s);
void sc_space_died(struct sc_space *s, int signo);

/*
 * Lists of calls, with order_lock held: start one, add to it, carry it out. The send returns 0 or -ESRCH; n_acks: how many
 * acknowledgements to wait for. Results are hints.
 */
void sc_orders_begin(struct sc_space *s);
unsigned int sc_orders_add(struct sc_space *s, const struct stub_call *call);
int sc_orders_send(struct sc_space *s);
int64_t sc_orders_result(const struct sc_space *s, unsigned int i);
void sc_orders_publish(struct sc_space *s);

/* Those of engine_ops that are about orders; engine_seccomp_orders.c */
int sc_space_orders(struct engine_space *space, struct engine_order *orders, unsigned int n);
int sc_install_fd(int host_fd, int slot);
int sc_cmpxchg32(struct engine_space *space, uaddr_t addr, uint32_t expect, uint32_t desired,
		 uint32_t *ret_old);
ssize_t sc_space_read(struct engine_space *space, uaddr_t from, void *to, size_t len);
ssize_t sc_space_write(struct engine_space *space, uaddr_t to, const void *from, size_t len);
ssize_t sc_space_write_spread(struct engine_space *space, uaddr_t to, const void *from,
			      size_t stride, size_t size, size_t n);

/* engine_seccomp_thread.c */
struct sc_thread *sc_thread_alloc(struct sc_space *s);
void sc_thread_free(struct sc_thread *t);
/* The calls that map its area, make its descriptors and start it. Returns the position of the clone. */
unsigned int sc_thread_calls(struct sc_space *s, struct sc_thread *t, bool known);
/* After the calls: fetch its descriptors and take the thread id. */
int sc_thread_adopt(struct sc_space *s, struct sc_thread *t, int64_t tid);
int sc_thread_create(struct engine_space *space, const struct abi_regs *regs,
		     struct engine_thread *fp_from, struct engine_thread **ret);
void sc_thread_destroy(struct engine_thread *thread);
int sc_resume(struct engine_thread *thread);
int sc_wait(struct engine_thread *thread, struct engine_event *ev);
void sc_kick(struct engine_thread *thread);
void sc_rest(struct engine_thread *thread);
void sc_signals_lend(struct engine_thread *thread, const struct abi_sigaction *actions);
uint64_t sc_signals_take(struct engine_thread *thread, struct abi_sigaction *actions);
void sc_interrupt(struct engine_thread *thread);
void sc_thread_wake(struct sc_thread *t);

/* engine_seccomp_fp.c */
ssize_t sc_fp_get(struct engine_thread *thread, void *buf, size_t len);
int sc_fp_set(struct engine_thread *thread, const void *buf, size_t len);

/* engine_seccomp_watch.c */
int sc_watch_start(void);
int sc_watch_space(struct sc_space *s);
void sc_watch_orders(void);
void sc_watch_interrupt(void);
int sc_pool_start(void);
void sc_pool_refill(void);

extern __thread int sc_guest_cpu, sc_worker_cpu;
extern __thread unsigned int sc_spin_times;

static inline struct sc_space *sc_space_of(struct engine_space *s)
{
	return (struct sc_space *)(void *)s;
}

static inline struct sc_thread *sc_thread_of(struct engine_thread *t)
{
	return container_of(t, struct sc_thread, base);
}

static inline bool sc_dead(const struct sc_space *s)
{
	return __atomic_load_n(&s->dead, __ATOMIC_ACQUIRE);
}

static inline uint64_t sc_area_address(const struct sc_thread *t)
{
	return STUB_THREADS + (uint64_t)t->index * STUB_THREAD_STRIDE;
}

#endif
