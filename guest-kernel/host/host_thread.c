// SPDX-License-Identifier: GPL-2.0-or-later
/* Host threads and the ticket lock. The lock's futex word is `serving`; a sleeper waits on the bit of its ticket. */
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "host/host_clock.h"
#include "host/host_memory.h"
#include "host/host_thread.h"

struct thread_start {
	void (*fn)(void *arg);
	void *arg;
	char name[16];
};

static void *thread_main(void *p)
{
	struct thread_start s = *(struct thread_start *)p;

	kfree(p);
	(void)pthread_setname_np(pthread_self(), s.name);
	s.fn(s.arg);
	return NULL;
}

static const int own_faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };

int host_thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread_start *s = kzalloc(sizeof(*s));
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t t;
	int r;

	if (!s)
		return -ENOMEM;
	s->fn = fn;
	s->arg = arg;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, 256 * 1024);
	sigfillset(&all);
	/* What a thread does wrong itself must reach its handler: a blocked one would end the process without a word. */
	for (unsigned int i = 0; i < ARRAY_SIZE(own_faults); i++)
		sigdelset(&all, own_faults[i]);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&t, &attr, thread_main, s);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	if (r != 0)
		kfree(s);
	return -r;
}

int host_gettid(void)
{
	static __thread int tid;

	if (tid == 0)
		tid = gettid();
	return tid;
}

unsigned int host_cpus(int *cpus, unsigned int max)
{
	cpu_set_t set;
	unsigned int n = 0;

	if (sched_getaffinity(getpid(), sizeof(set), &set) < 0)
		return 0;
	for (int i = 0; i < CPU_SETSIZE && n < max; i++)
		if (CPU_ISSET(i, &set))
			cpus[n++] = i;
	return n;
}

int host_thread_pin(int tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (cpu >= 0) {
		CPU_SET(cpu, &set);
	} else if (sched_getaffinity(getpid(), sizeof(set), &set) < 0) {
		return -errno;
	}
	return sched_setaffinity(tid, sizeof(set), &set) < 0 ? -errno : 0;
}

static long futex(uint32_t *word, int op, uint32_t val, uint32_t bits)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, bits);
}

static uint32_t ticket_bit(uint32_t ticket)
{
	return 1u << (ticket % 32);
}

static void lock_wait(struct host_lock *l, uint32_t ticket, uint64_t spin_ns)
{
	uint64_t start = host_monotonic_ns();
	uint32_t now;

	while (spin_ns > 0 && host_monotonic_ns() - start < spin_ns) {
		if (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) == ticket)
			goto out;
		__builtin_ia32_pause();
	}
	/* The order "count, then look" against "serve, then look at the count" makes a lost wake impossible. */
	__atomic_fetch_add(&l->sleepers, 1, __ATOMIC_SEQ_CST);
	while ((now = __atomic_load_n(&l->serving, __ATOMIC_SEQ_CST)) != ticket)
		(void)futex(&l->serving, FUTEX_WAIT_BITSET, now, ticket_bit(ticket));
	__atomic_fetch_sub(&l->sleepers, 1, __ATOMIC_SEQ_CST);
out:
	l->waited_ns += host_monotonic_ns() - start;
}

void host_lock_take(struct host_lock *l, uint64_t spin_ns)
{
	uint32_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_SEQ_CST);

	if (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)
		lock_wait(l, ticket, spin_ns);
	l->owner = host_gettid();
}

void host_lock_release(struct host_lock *l)
{
	uint32_t next = l->serving + 1;

	l->owner = 0;
	__atomic_store_n(&l->serving, next, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&l->sleepers, __ATOMIC_SEQ_CST) > 0)
		(void)futex(&l->serving, FUTEX_WAKE_BITSET, INT_MAX, ticket_bit(next));
}

bool host_lock_held(const struct host_lock *l)
{
	return l->owner == host_gettid();
}

bool host_lock_contended(const struct host_lock *l)
{
	return __atomic_load_n(&l->next, __ATOMIC_RELAXED) != l->serving + 1;
}

int host_event_init(struct host_event *e)
{
	e->fd = eventfd(0, EFD_CLOEXEC);
	return e->fd < 0 ? -errno : 0;
}

void host_event_set(struct host_event *e)
{
	uint64_t one = 1;

	host_write_raw(e->fd, &one, sizeof(one));
}

bool host_event_wait(struct host_event *e, uint64_t deadline_ns)
{
	uint64_t value;

	if (deadline_ns != UINT64_MAX) {
		struct pollfd p = { .fd = e->fd, .events = POLLIN };
		uint64_t now = host_monotonic_ns();
		uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
		struct timespec ts = { .tv_sec = (time_t)(left / NSEC_PER_SEC),
				       .tv_nsec = (long)(left % NSEC_PER_SEC) };

		if (ppoll(&p, 1, &ts, NULL) <= 0)
			return false;
	}
	return read(e->fd, &value, sizeof(value)) == sizeof(value);
}

void host_exit(int status)
{
	_exit(status);
}

void host_abort(void)
{
	abort();
}

void host_write_raw(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void (*fault_fn)(int signo, const void *addr, const void *ip);

static void fault_handler(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	fault_fn(signo, info->si_addr, (const void *)(uintptr_t)uc->uc_mcontext.gregs[REG_RIP]);
}

void host_catch_faults(void (*fn)(int signo, const void *addr, const void *ip))
{
	struct sigaction sa = { .sa_sigaction = fault_handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };

	fault_fn = fn;
	for (unsigned int i = 0; i < ARRAY_SIZE(own_faults); i++)
		if (own_faults[i] != SIGSYS) /* host_sandbox.c's */
			(void)sigaction(own_faults[i], &sa, NULL);
}

void host_fault_stack(void)
{
	stack_t st = { .ss_size = 64 * 1024ul };

	st.ss_sp = host_stack_alloc(st.ss_size);
	if (st.ss_sp)
		(void)sigaltstack(&st,
				  NULL); /* without memory an overflow just kills the process */
}

struct backtrace_state {
	void **frames;
	unsigned int n, max;
};

static _Unwind_Reason_Code backtrace_frame(struct _Unwind_Context *context, void *arg)
{
	struct backtrace_state *b = arg;

	if (b->n == b->max)
		return _URC_END_OF_STACK;
	b->frames[b->n++] = (void *)_Unwind_GetIP(context);
	return _URC_NO_REASON;
}

/* The C library's backtrace() loads a library at its first call, which the sandbox refuses; this is the same unwinder, linked in. */
unsigned int host_backtrace(void **frames, unsigned int max)
{
	struct backtrace_state b = { .frames = frames, .max = max };

	(void)_Unwind_Backtrace(backtrace_frame, &b);
	return b.n;
}

void host_symbol_name(const void *addr, char *buf, size_t len)
{
	Dl_info info;

	if (dladdr(addr, &info) && info.dli_sname)
		(void)snprintf(buf, len, "%s+%#lx", info.dli_sname,
			       (unsigned long)((const char *)addr - (const char *)info.dli_saddr));
	else
		(void)snprintf(buf, len, "%p", addr);
}
