/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: how guest code runs and traps. Two implementations, engine_ptrace.c and engine_seccomp.c, behind one
 * table; nothing above this folder knows which one is in use.
 *
 * A *space* is a host process (a stub) that holds one guest address space. A *thread* is a host thread of
 * that process which runs guest code and nothing else. Orders (host calls made inside a space) are carried out by a
 * thread of the stub's own, the worker, so a space can be changed while none or all of its guest threads run.
 *
 * A space is one protection domain: the guest can write to all that its stub can write to. Whatever comes
 * back from a space is copied once into private memory and means nothing beyond "these are the guest's own registers".
 * A stub that does not acknowledge an order within ENGINE_ORDER_TIMEOUT_MS is looked at, and killed if it is its own doing: it sleeps, or runs without
 * end. One that only waits for a CPU or a disk of a busy host is waited for.
 *
 * Locking: calls marked [any] may come from any host thread of the kernel at any time; all others with the big lock held unless they are marked
 * [unlocked] (they block in the host; the caller has given the big lock up). A thread is resumed and waited for by one vCPU at a time.
 * The ptrace engine has one vCPU (a tracer is one host thread) and all its calls but [any] come from that host thread.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "abi/abi_regs.h"
#include "lib/types.h"

/*
 * Guest addresses lie in [ENGINE_USER_MIN, ENGINE_USER_MAX); all else of the host's address space is the stub's and reserved. An order whose
 * range leaves this window is refused with -EINVAL before it is sent: the caller must not rely on the stub to refuse.
 */
#define ENGINE_USER_MIN 0x1000ull
#define ENGINE_USER_MAX 0x7ffe00000000ull

#define ENGINE_ORDER_TIMEOUT_MS 1000

/* Descriptor numbers that are the same in every space and may be named in orders (mmap). */
enum engine_fd {
	ENGINE_FD_ARENA = 100,	   /* read-write descriptor of the arena memfd */
	ENGINE_FD_ARENA_RO = 101,  /* read-only one: maps made from it can never be made writable */
	ENGINE_FD_DISK_BASE = 110, /* disk n: +2n read-only, +2n+1 read-write */
};

enum engine_event_kind {
	ENGINE_EVENT_SYSCALL, /* regs.orig_rax is the number, regs.rax is -ENOSYS; regs.rip is behind the instruction */
	ENGINE_EVENT_FAULT, /* memory: signal, code, addr, access below */
	ENGINE_EVENT_TRAP,  /* int3, single step, #DE, #UD, #AC, x87/SSE: signal, code, addr */
	ENGINE_EVENT_INTERRUPTED, /* engine->interrupt: nothing of the guest's */
	ENGINE_EVENT_DEAD, /* the stub is gone; only thread_destroy and space_destroy are allowed from now on */
};

enum engine_access {
	ENGINE_READ = 0,
	ENGINE_WRITE = 2,
	ENGINE_EXEC = 16
}; /* as the page fault error code */

struct engine_event {
	enum engine_event_kind kind;
	int signo; /* FAULT, TRAP: the signal Linux would send (SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGFPE) */
	int code;		/* si_code as the host saw it */
	uint64_t addr;		/* FAULT: the address touched; TRAP: the instruction's */
	uint32_t access;	/* FAULT: enum engine_access bits */
	uint32_t trapno, error; /* for the guest's signal frame */
	bool compat; /* SYSCALL: by int $0x80 or from a 32-bit code segment; the kernel answers -ENOSYS */
	int death_signal; /* DEAD: the host signal that ended the stub, 0 if it exited; SIGKILL: out of memory, most likely */
};

struct abi_sigaction;
struct engine_space;

/*
 * A guest thread as the kernel sees it. Embedded nowhere; made by thread_create. regs is the kernel's private copy: filled
 * by wait, used by resume. fs_base and gs_base are part of it.
 */
struct engine_thread {
	struct abi_regs regs;
	struct engine_space *space;
	void *owner; /* the struct task; set by the caller, never looked at here */
	bool single_step; /* set by the caller: trap after one instruction (TF is not shown to the guest) */
};

enum engine_order_kind {
	ENGINE_ORDER_MMAP, /* args as mmap(2); fd is an enum engine_fd or -1; MAP_FIXED is required */
	ENGINE_ORDER_MUNMAP,
	ENGINE_ORDER_MPROTECT,
	ENGINE_ORDER_MADVISE, /* DONTNEED, FREE, WILLNEED, REMOVE(arena), DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE */
	ENGINE_ORDER_MREMAP, /* old, old_len, new_len, flags, new: MREMAP_MAYMOVE | MREMAP_FIXED always */
	ENGINE_ORDER_MSYNC,
	ENGINE_ORDER_MLOCK,
	ENGINE_ORDER_MUNLOCK,
};

/*
 * One host call inside a space. result is what the host returned; it is only believable if must_succeed was set:
 * then the worker itself ends the stub when the result is not what it should be, so a guest cannot forge a
 * success that others rely on (a munmap before the pages are handed to somebody else).
 */
struct engine_order {
	enum engine_order_kind kind;
	bool must_succeed;
	uint64_t args[6];
	int64_t result;
};

struct engine_config {
	int arena_fd,
		arena_ro_fd; /* host descriptors to place at ENGINE_FD_ARENA(_RO) in every stub */
	unsigned int ncpus;
	/* Called with the big lock held, from a vCPU or the I/O thread, when a stub died while nobody waited for one of its threads. Required. */
	void (*space_died)(struct engine_space *space, void *owner);
};

struct engine_ops {
	const char *name;
	unsigned int max_vcpus;

	/*
	 * Can this host run it? 0, or -errno and one sentence in why (what is missing and how to mend it). Forks and tries; takes some
	 * milliseconds. Before init, before any other thread exists.
	 */
	int (*probe)(char *why, size_t len);

	/* Start the zygote and the pool of blank stubs. Called once, from the kernel process' main thread. 0 or -errno. */
	int (*init)(const struct engine_config *config);
	void (*shutdown)(void);

	/*
	 * A blank space: nothing mapped in the guest's range. owner is handed to space_died. -ENOMEM, -EAGAIN (process limit). The pool is
	 * refilled off the caller's path.
	 */
	int (*space_create)(void *owner, struct engine_space **ret);

	/*
	 * A copy-on-write copy of a space, as fork(2) of the stub makes it (MADV_DONTFORK ranges are missing). The child has no guest
	 * thread yet. No guest thread of the parent need be stopped; what they write meanwhile may or may not be in the copy.
	 */
	int (*space_fork)(struct engine_space *parent, void *owner, struct engine_space **ret);

	/* Kill the stub and forget it. Its threads must have been destroyed or are destroyed by this. Reaped asynchronously. NULL is fine. */
	void (*space_destroy)(struct engine_space *space);

	/* Another owner for space_died. */
	void (*space_set_owner)(struct engine_space *space, void *owner);

	/*
	 * Carry out n orders in sequence, in one trip. All are attempted unless one with must_succeed fails (then the space is dead).
	 * Returns 0 with the results filled, -EINVAL if an order's range or descriptor is not allowed (none is sent), -ESRCH if
	 * the stub is dead or had to be killed. Blocks for microseconds; holds the big lock.
	 */
	int (*space_orders)(struct engine_space *space, struct engine_order *orders,
			    unsigned int n);

	/*
	 * Copy between kernel memory and the space, without regard to what the kernel thinks is mapped there; host protections count (a
	 * read-only page is not written). Returns the bytes copied from the start: fewer than len if a page refused; -EFAULT if none,
	 * -ESRCH if dead. [unlocked]: may block on a page that comes from disk.
	 */
	ssize_t (*space_read)(struct engine_space *space, uaddr_t from, void *to, size_t len);
	ssize_t (*space_write)(struct engine_space *space, uaddr_t to, const void *from,
			       size_t len);

	/*
	 * space_write of n parts of size bytes that lie stride bytes apart on both sides (the answers in an array of questions), in one host call
	 * for many. Bytes written from the first part on, or the errors of space_write. [unlocked]
	 */
	ssize_t (*space_write_spread)(struct engine_space *space, uaddr_t to, const void *from,
				      size_t stride, size_t size, size_t n);

	/*
	 * Atomic compare-and-exchange on an aligned 32-bit word of guest memory, atomic against running guest threads too.
	 * 0 with *ret_old set (exchanged if *ret_old == expect), -EFAULT (also read-only), -EINVAL unaligned, -ESRCH. [unlocked]
	 */
	int (*cmpxchg32)(struct engine_space *space, uaddr_t addr, uint32_t expect,
			 uint32_t desired, uint32_t *ret_old);

	/*
	 * A guest thread in space with these registers; it does not run before resume. fp_from: copy its extended state, NULL: the
	 * initial state of a fresh program. -EAGAIN, -ENOMEM, -ESRCH.
	 */
	int (*thread_create)(struct engine_space *space, const struct abi_regs *regs,
			     struct engine_thread *fp_from, struct engine_thread **ret);

	/* End the host thread, whatever it does. The thread must not be in wait. */
	void (*thread_destroy)(struct engine_thread *thread);

	/* Let the guest run with thread->regs. Allowed after thread_create or after wait returned an event; never blocks. */
	int (*resume)(struct engine_thread *thread);

	/*
	 * Block until the thread traps: 0 and *ev, thread->regs filled. -EINTR: kick was called, the guest is still running, call
	 * again at any time. [unlocked]
	 */
	int (*wait)(struct engine_thread *thread, struct engine_event *ev);

	/* Make the wait that is going on for thread, or else the next one, return -EINTR. [any] */
	void (*kick)(struct engine_thread *thread);

	/*
	 * Ask a running guest to trap: wait returns INTERRUPTED soon, or another event that happened first (then no INTERRUPTED need follow).
	 * Harmless if it is not running. A stub that resists for 20 ms (signals masked by a forged frame) is killed: DEAD. [any]
	 */
	void (*interrupt)(struct engine_thread *thread);

	/*
	 * Extended state (XSAVE layout as Linux puts it into signal frames, without the software-reserved magic) of a thread that is not
	 * running. get: returns the bytes written, -ENOSPC if len is too small. set: checks nothing but the length; the host refuses garbage
	 * and the guest dies of it alone.
	 */
	ssize_t (*fp_get)(struct engine_thread *thread, void *buf, size_t len);
	int (*fp_set)(struct engine_thread *thread, const void *buf, size_t len);

	/* Another descriptor for all spaces, living ones too (a hot-plugged disk). slot >= ENGINE_FD_DISK_BASE. May block. */
	int (*install_fd)(int host_fd, int slot);

	/*
	 * Deaths nobody waits for. reap_fd is readable when there are some: the I/O thread polls it and has reap called with the big
	 * lock held (ptrace: by the vCPU's host thread); reap calls space_died for each. A space whose thread's wait told DEAD is not reported again.
	 */
	int (*reap_fd)(void);
	void (*reap)(void);

	/*
	 * Where the calling vCPU wants the guest threads that it resumes and the workers that it orders: host CPUs, -1: anywhere.
	 * A hand-over costs 5 to 9 us on one CPU and 45 to 100 across, so both should be the CPU the vCPU is bound to itself; guest threads on
	 * another one only while spinning. [any], concerns the calling thread only.
	 */
	void (*place)(int guest_cpu, int worker_cpu);

	/*
	 * Look this many times for an answer before sleeping, on both sides, for what the calling vCPU resumes; 0 (the default) unless CPUs are idle.
	 * Seccomp engine only. [any], concerns the calling thread only.
	 */
	void (*spin)(unsigned int times);

	/* A thread that is not running will not be resumed soon: it need not go on looking for an answer. The thread itself decides; no more than advice. */
	void (*rest)(struct engine_thread *thread);

	/*
	 * Lend a thread that is about to be resumed its 64 signal actions (NULL: none any more): it may answer its own rt_sigaction from them, without a trap,
	 * until it traps for something else. take, after each wait: bit n - 1 for each action n that it has set, which is in actions[n - 1] then. Like
	 * all that comes from a space these are the words of whoever can write to it. Optional, both or none.
	 */
	void (*signals_lend)(struct engine_thread *thread, const struct abi_sigaction *actions);
	uint64_t (*signals_take)(struct engine_thread *thread, struct abi_sigaction *actions);

	/* Where the vDSO image lies in every space (AT_SYSINFO_EHDR), 0 if there is none. */
	uint64_t (*vdso_address)(void);

	/* For debugging: the host process and thread of these. */
	int (*space_pid)(const struct engine_space *space);
	int (*thread_tid)(const struct engine_thread *thread);
};

extern const struct engine_ops engine_seccomp;
extern const struct engine_ops engine_ptrace;

/* The engine in use; set once by engine_choose before anything else is called. */
extern const struct engine_ops *engine;

/*
 * name: "auto" (seccomp if it probes, else ptrace), "seccomp", "ptrace". -EINVAL for another name, the probe's error
 * otherwise; why gets one sentence.
 */
int engine_choose(const char *name, char *why, size_t len);

/* Bytes that fp_get may return at most on this CPU (CPUID leaf 0xd). */
size_t engine_fp_bytes(void);

#endif
