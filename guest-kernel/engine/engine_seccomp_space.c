// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spaces of the seccomp engine: the zygote, forks, deaths.
 *
 * A fork takes one round trip. The parent's worker clones itself; the child's first call, in the parent's list, maps the
 * child's own orders page over the parent's. There it finds a list that was written before: new shared pages, new descriptors,
 * one parked guest thread, and then it acknowledges through the parent's descriptor, which it still has. So the kernel waits for two
 * acknowledgements. Who the child is, is read from the pidfd that the host put into the parent's descriptor table, which no
 * guest thread can change: a number in the results page could be a lie.
 */
#include "abi/abi_errno.h"
#include "engine/engine_seccomp.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "host/host_shared.h"

#define PR_SET_PDEATHSIG 1
#define O_CLOEXEC_FLAG	 0x80000u
#define PAGES_KEPT	 64u /* slots and areas that keep their memory */

static uint64_t slot_offset(const struct sc_space *s)
{
	return (uint64_t)s->slot * SC_SLOT_BYTES;
}

/*
 * Nothing of one process may be seen by the next that gets the pages. Those of low numbers, which are handed out first, keep their memory: a guest that forks
 * all the time uses the same few.
 */
void sc_pages_clear(uint64_t off, uint64_t len, unsigned int number)
{
	if (number < PAGES_KEPT)
		host_shared_clear(sc.pages_fd, sc.pages, off, len);
	else
		(void)host_punch_hole(sc.pages_fd, off, len);
}

static struct sc_space *space_alloc(void)
{
	struct sc_space *s = kzalloc(sizeof(*s));

	if (!s)
		return NULL;
	list_init(&s->threads);
	list_init(&s->spares);
	list_init(&s->exited);
	list_init(&s->link);
	s->pidfd = s->wake_fd = s->ack_fd = -1;
	s->cpu = -1;
	host_lock_take(&sc.lock, 0);
	if (sc.n_free_slots == 0) {
		host_lock_release(&sc.lock);
		kfree(s);
		return NULL;
	}
	s->slot = sc.free_slots[--sc.n_free_slots];
	host_lock_release(&sc.lock);
	s->orders = (void *)(sc.pages + slot_offset(s));
	s->results = (void *)(sc.pages + slot_offset(s) + PAGE_SIZE);
	return s;
}

static void fd_drop(int fd)
{
	if (fd >= 0)
		(void)host_close(fd);
}

static void threads_free(struct list_head *h)
{
	struct sc_thread *t, *tmp;

	list_for_each_entry_safe(t, tmp, h, link) {
		list_del(&t->link);
		sc_thread_free(t);
	}
}

void sc_space_free(struct sc_space *s)
{
	struct host_wait_status st;

	if (s->pidfd >= 0) {
		(void)host_pidfd_wait(s->pidfd, true, &st);
		fd_drop(s->pidfd);
	}
	fd_drop(s->wake_fd);
	if (!s->borrowed_ack)
		fd_drop(s->ack_fd);
	threads_free(&s->threads);
	threads_free(&s->spares);
	threads_free(&s->exited);
	sc_pages_clear(slot_offset(s), SC_SLOT_BYTES, s->slot);
	host_lock_take(&sc.lock, 0);
	list_del(&s->link);
	sc.free_slots[sc.n_free_slots++] = s->slot;
	host_lock_release(&sc.lock);
	kfree(s);
}

void sc_space_kill(struct sc_space *s)
{
	if (s->pidfd >= 0)
		(void)host_pidfd_kill(s->pidfd, STUB_SIGKILL);
}

/* By the watcher: the process has ended. Everybody who waits for something of it is woken. */
void sc_space_died(struct sc_space *s, int signo)
{
	struct sc_thread *t;
	bool destroyed;

	host_lock_take(&sc.lock, 0);
	s->death_signal = signo;
	__atomic_store_n(&s->dead, true, __ATOMIC_SEQ_CST);
	destroyed = s->destroyed;
	if (!destroyed) {
		list_for_each_entry(t, &s->threads, link)
			host_eventfd_add(t->kernel_fd, 1);
		if (s->ack_fd >= 0)
			host_eventfd_add(s->ack_fd, 1);
		host_eventfd_add(sc.reap_event, 1);
	}
	host_lock_release(&sc.lock);
	if (destroyed)
		sc_space_free(s);
}

/* An eventfd at a number of our choice: it appears at the number that is kept free, and is moved. */
static void calls_eventfd(struct sc_space *s, unsigned int no)
{
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_EVENTFD2,
						    .expect = STUB_FD_SCRATCH,
						    .flags = STUB_CALL_CHECK });
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_DUP3,
						    .args = { STUB_FD_SCRATCH, no, O_CLOEXEC_FLAG },
						    .expect = no,
						    .flags = STUB_CALL_CHECK });
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_CLOSE,
						    .args = { STUB_FD_SCRATCH },
						    .flags = STUB_CALL_CHECK });
}

static void call_map(struct sc_space *s, uint64_t at, uint64_t len, unsigned int fd, uint64_t off)
{
	(void)sc_orders_add(
		s, &(struct stub_call){ .nr = STUB_NR_MMAP,
					.args = { at, len, STUB_PROT_READ | STUB_PROT_WRITE,
						  STUB_MAP_SHARED | STUB_MAP_FIXED, fd, off },
					.expect = at,
					.flags = STUB_CALL_CHECK });
}

unsigned int sc_thread_calls(struct sc_space *s, struct sc_thread *t, bool known)
{
	uint64_t at = sc_area_address(t);

	if (!known) {
		call_map(s, at, STUB_THREAD_STRIDE, STUB_FD_PAGES,
			 SC_AREAS_OFF + (uint64_t)t->area * STUB_THREAD_STRIDE);
		calls_eventfd(s, STUB_FD_THREADS + 2 * t->index);
		calls_eventfd(s, STUB_FD_THREADS + 2 * t->index + 1);
	}
	return sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_CLONE,
						     .args = { STUB_CLONE_GUEST_THREAD,
							       at + STUB_THREAD_STRIDE },
						     .flags = STUB_CALL_THREAD });
}

/* What a forked child does first, in its own orders page. Returns the position of the thread's clone. */
static unsigned int child_calls(struct sc_space *s, struct sc_thread *t, unsigned int ack_old,
				unsigned int ack_new)
{
	unsigned int i;

	s->n_calls = 0;
	call_map(s, STUB_RESULTS, PAGE_SIZE, STUB_FD_PAGES, slot_offset(s) + PAGE_SIZE);
	/* The parent's threads' areas go. */
	(void)sc_orders_add(s, &(struct stub_call){
				       .nr = STUB_NR_MMAP,
				       .args = { STUB_THREADS,
						 (uint64_t)STUB_THREADS_MAX * STUB_THREAD_STRIDE, 0,
						 STUB_MAP_PRIVATE | STUB_MAP_ANONYMOUS |
							 STUB_MAP_NORESERVE | STUB_MAP_FIXED,
						 (uint64_t)-1, 0 },
				       .expect = STUB_THREADS,
				       .flags = STUB_CALL_CHECK });
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_PRCTL,
						    .args = { PR_SET_PDEATHSIG, STUB_SIGKILL },
						    .flags = STUB_CALL_CHECK });
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_GETPPID,
						    .expect = (uint64_t)host_getpid(),
						    .flags = STUB_CALL_CHECK });
	(void)sc_orders_add(s, &(struct stub_call){ .nr = STUB_NR_CLOSE_RANGE,
						    .args = { STUB_FD_THREADS, ~0u, 0 },
						    .flags = STUB_CALL_CHECK });
	calls_eventfd(s, STUB_FD_WAKE);
	calls_eventfd(s, ack_new);
	i = sc_thread_calls(s, t, false);
	/* This once the acknowledgement goes to whom the parent's go. */
	s->ack_no = ack_old;
	sc_orders_publish(s);
	s->ack_no = ack_new;
	s->stale_ack = ack_old;
	return i;
}

/* Wait for the child's acknowledgement; the parent's has come. parent->order_lock is held. */
static int child_wait(struct sc_space *parent, struct sc_space *s, uint64_t got)
{
	while (got < 2 && !sc_dead(s) && !sc_dead(parent))
		got += host_eventfd_take(parent->ack_fd);
	return sc_dead(s) || sc_dead(parent) ? -EAGAIN : 0;
}

/* Carry out the parent's list, meanwhile adopt the child. 0, or -errno with s->pidfd set if there is a child to be killed. */
static int fork_send(struct sc_space *parent, struct sc_space *s, unsigned int clone)
{
	uint64_t got;
	int64_t hint;
	int r = -ESRCH;

	if (sc_dead(parent))
		return r;
	if (sc_worker_cpu != parent->cpu) {
		(void)host_thread_pin(parent->pid, sc_worker_cpu);
		parent->cpu = sc_worker_cpu;
	}
	s->cpu = parent->cpu;
	sc_orders_publish(parent);
	__atomic_store_n(&parent->order_started_ns, host_monotonic_ns(), __ATOMIC_SEQ_CST);
	sc_watch_orders();
	host_eventfd_add(parent->wake_fd, 1);
	got = host_eventfd_take(parent->ack_fd);
	if (sc_dead(parent))
		goto out;
	parent->stale_pidfd = true;
	s->pidfd = host_pidfd_getfd(parent->pidfd, STUB_FD_SCRATCH);
	if (s->pidfd < 0) {
		/* Truly no child: the descriptor would be there before the child runs. */
		hint = sc_orders_result(parent, clone);
		parent->stale_pidfd = false;
		r = hint == -ENOMEM ? -ENOMEM : -EAGAIN;
		goto out;
	}
	r = host_pidfd_pid(s->pidfd);
	if (r > 0) {
		s->pid = r;
		r = sc_watch_space(s);
	}
	if (r == 0)
		r = child_wait(parent, s, got);
out:
	__atomic_store_n(&parent->order_started_ns, 0, __ATOMIC_SEQ_CST);
	return r;
}

static int child_fetch(struct sc_space *s, struct sc_thread *t, unsigned int clone)
{
	int wake = host_pidfd_getfd(s->pidfd, STUB_FD_WAKE);
	int ack = host_pidfd_getfd(s->pidfd, (int)s->ack_no);
	int r;

	if (wake < 0 || ack < 0) {
		fd_drop(wake);
		fd_drop(ack);
		return -EMFILE;
	}
	s->wake_fd = wake;
	host_lock_take(&sc.lock, 0);
	s->ack_fd = ack;
	s->borrowed_ack = false;
	host_lock_release(&sc.lock);
	r = sc_thread_adopt(s, t, sc_orders_result(s, clone));
	if (r < 0)
		return r;
	host_lock_take(&sc.lock, 0);
	list_add(&t->link, &s->spares);
	s->n_spares++;
	host_lock_release(&sc.lock);
	return 0;
}

/* A late word of a child that failed must not be taken for an answer of its parent's. */
static void ack_give_back(struct sc_space *parent, struct sc_space *s)
{
	if (s->pidfd >= 0) {
		sc_space_kill(s);
		host_pidfd_wait_end(s->pidfd);
	}
	host_lock_take(&sc.lock, 0);
	s->ack_fd = -1;
	host_lock_release(&sc.lock);
	(void)host_eventfd_try(parent->ack_fd);
}

static int space_fork_locked(struct sc_space *parent, struct sc_space *s, struct sc_thread *t)
{
	unsigned int ack_new = parent->ack_no == STUB_FD_ACK ? STUB_FD_ACK + 1 : STUB_FD_ACK;
	unsigned int child_clone, clone;
	int r;

	child_clone = child_calls(s, t, parent->ack_no, ack_new);
	sc_orders_begin(parent);
	clone = sc_orders_add(
		parent,
		&(struct stub_call){ .nr = STUB_NR_CLONE,
				     .args = { STUB_CLONE_PARENT | STUB_CLONE_PIDFD | STUB_SIGCHLD,
					       0, STUB_RESULTS + 2048 },
				     .flags = STUB_CALL_FORK });
	(void)sc_orders_add(parent,
			    &(struct stub_call){ .nr = STUB_NR_MMAP,
						 .args = { STUB_ORDERS, PAGE_SIZE, STUB_PROT_READ,
							   STUB_MAP_SHARED | STUB_MAP_FIXED,
							   STUB_FD_PAGES_RO, slot_offset(s) } });
	/* If the child dies before it is ready, its death is told here. */
	s->ack_fd = parent->ack_fd;
	s->borrowed_ack = true;
	r = fork_send(parent, s, clone);
	if (r == 0)
		r = child_fetch(s, t, child_clone);
	if (r < 0 && s->borrowed_ack)
		ack_give_back(parent, s);
	return r;
}

void sc_space_abandon(struct sc_space *s)
{
	bool dead;

	host_lock_take(&sc.lock, 0);
	s->destroyed = true;
	dead = s->dead;
	host_lock_release(&sc.lock);
	/* The watcher frees it once the process has ended. */
	if (dead)
		sc_space_free(s);
	else
		sc_space_kill(s);
}

/* A failed child: one that exists is killed and left to the watcher. */
static void child_abandon(struct sc_space *s)
{
	/* Without a process it is not watched, and was ended by ack_give_back if it ever was. */
	if (s->pid == 0)
		sc_space_free(s);
	else
		sc_space_abandon(s);
}

int sc_space_make(struct sc_space *parent, struct sc_space **ret)
{
	struct sc_space *s = space_alloc();
	struct sc_thread *t;
	int r;

	if (!s)
		return -ENOMEM;
	t = sc_thread_alloc(s);
	if (!t) {
		sc_space_free(s);
		return -ENOMEM;
	}
	host_lock_take(&parent->order_lock, 0);
	r = space_fork_locked(parent, s, t);
	host_lock_release(&parent->order_lock);
	if (r < 0) {
		if (list_empty(&t->link)) {
			host_lock_take(&sc.lock, 0);
			list_add(&t->link, &s->exited); /* freed with the space */
			host_lock_release(&sc.lock);
		}
		child_abandon(s);
		return r;
	}
	*ret = s;
	return 0;
}

static int zygote_call(void *arg, const struct stub_call *call)
{
	struct sc_space *s = arg;
	int r;

	host_lock_take(&s->order_lock, 0);
	sc_orders_begin(s);
	(void)sc_orders_add(s, call);
	r = sc_orders_send(s);
	host_lock_release(&s->order_lock);
	return r;
}

static int zygote_setup(struct sc_space *s)
{
	struct stub_call calls[24];
	uint64_t host_vdso;
	int n, r = 0;

	n = engine_layout_calls(s->pid, calls, ARRAY_SIZE(calls), &host_vdso);
	if (n < 0)
		return n;
	for (int i = 0; i < n && r == 0; i++)
		r = zygote_call(s, &calls[i]);
	if (r == 0)
		r = engine_vdso_install(s->pid, host_vdso, zygote_call, s, &sc.vdso);
	return r;
}

/* The first list: it is in the orders page before the stub starts. */
static void zygote_first_calls(struct sc_space *s)
{
	static const int traps[] = { STUB_SIGSYS, STUB_SIGSEGV, STUB_SIGBUS, STUB_SIGFPE,
				     STUB_SIGILL, STUB_SIGTRAP, STUB_SIGALRM };

	s->n_calls = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(traps); i++)
		(void)sc_orders_add(
			s, &(struct stub_call){ .nr = STUB_NR_RT_SIGACTION,
						.args = { (uint64_t)traps[i],
							  engine_stub_header()->trap_action, 0, 8 },
						.flags = STUB_CALL_CHECK });
	s->ack_no = STUB_FD_ACK;
	sc_orders_publish(s);
}

int sc_zygote_start(void)
{
	struct sc_space *s = space_alloc();
	struct host_fd_move moves[8];
	struct host_process_start start = { .fds = moves };
	int r = -ENOMEM;

	if (!s)
		return r;
	/* The stub maps the start of the file: the first slot is handed out first. */
	s->wake_fd = host_eventfd_create();
	s->ack_fd = host_eventfd_create();
	start.image_fd = engine_stub_image();
	if (s->wake_fd < 0 || s->ack_fd < 0 || start.image_fd < 0)
		goto out_free;
	zygote_first_calls(s);
	start.n_fds = engine_stub_fds(&sc.config, moves);
	moves[start.n_fds++] = (struct host_fd_move){ sc.pages_ro_fd, STUB_FD_PAGES_RO };
	moves[start.n_fds++] = (struct host_fd_move){ sc.pages_fd, STUB_FD_PAGES };
	moves[start.n_fds++] = (struct host_fd_move){ s->wake_fd, STUB_FD_WAKE };
	moves[start.n_fds++] = (struct host_fd_move){ s->ack_fd, STUB_FD_ACK };
	r = host_process_start(&start, &s->pid);
	if (r < 0)
		goto out_free;
	s->pidfd = host_pidfd_open(s->pid);
	r = s->pidfd < 0 ? s->pidfd : sc_watch_space(s);
	if (r == 0) {
		(void)host_eventfd_take(s->ack_fd);
		r = sc_dead(s) ? -ENOEXEC : zygote_setup(s);
	}
	fd_drop(start.image_fd);
	if (r < 0) {
		child_abandon(s);
		return r;
	}
	sc.zygote = s;
	return 0;

out_free:
	fd_drop(start.image_fd);
	sc_space_free(s);
	return r;
}
