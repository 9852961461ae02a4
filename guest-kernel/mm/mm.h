/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces. struct mm keeps a tree of areas (what /proc/PID/maps shows); the host keeps the pages. A change is made in the tree and sent to the
 * stub as one batch of orders. Every page that must not simply appear is PROT_NONE or read-only in the stub; touching it comes
 * back as a fault that mm_fault answers.
 *
 * All functions want the big lock; those marked "may sleep" may drop it, after which areas must be looked up again.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "lib/list.h"
#include "lib/types.h"

struct engine_space;
struct mm;
struct task;

/* Bits of vma->flags; protections are PROT_* of abi_mman.h in vma->prot, what mprotect may add in vma->may_prot. */
enum {
	VMA_SHARED = 1, /* MAP_SHARED */
	VMA_STACK = 2,	/* the main stack */
	VMA_HEAP = 4,	/* brk */
	VMA_LOCKED = 8,
	VMA_DONTFORK = 16,
	VMA_WIPEONFORK = 32,
	VMA_DONTDUMP = 64,
	VMA_NORESERVE = 128,
	VMA_ACCOUNT = 1024, /* private and was writable once: its pages may be memory of its own */
	VMA_KERNEL = 256,   /* made by the kernel (vDSO); may be unmapped */
	VMA_WRITTEN =
		512, /* private map of a file that is or was writable: pages may differ from the file (core dumps) */
	VMA_READONLY_RUNS =
		2048, /* shared: shows pages that must not be written before they are resolved again */
	VMA_GROWSDOWN = 4096,
};

/* Where one piece of a mapped object lies. */
enum mapping_run_kind {
	MAPPING_RUN_HOST, /* map engine_fd at host_offset */
	MAPPING_RUN_HOLE, /* reads as zero; not backed (only if write was false) */
	MAPPING_RUN_EOF,  /* wholly beyond the last page: SIGBUS */
};

struct mapping_run {
	enum mapping_run_kind kind;
	int engine_fd;	      /* enum engine_fd */
	uint64_t host_offset; /* page aligned */
	uint64_t len;	      /* of this run, from the offset asked for; at least a page */
	bool readonly;	      /* may not be mapped writable shared yet: fault again for writing */
};

/*
 * What backs a range: implemented by vfs/ and fs/ (files), mm/ (shared anonymous memory). Embedded in the owner (an inode). The owner
 * keeps itself alive while refs > 0 through get/put.
 */
struct mapping_source {
	const struct mapping_ops *ops;
	struct list_head vmas; /* areas that map it, linked by vma->source_link */
};

struct mapping_ops {
	void (*get)(struct mapping_source *s);
	void (*put)(struct mapping_source *s);
	/*
	 * Resolve the start of [offset, offset + len). write: the pages will be written through a shared map: allocate holes. May sleep.
	 * Returns 0 and *ret, or -ENOSPC, -ENOMEM, -EIO (SIGBUS).
	 */
	int (*resolve)(struct mapping_source *s, uint64_t offset, uint64_t len, bool write,
		       struct mapping_run *ret);
	/* For /proc/PID/maps: the path into buf (or "" ), and device and inode numbers. Optional. */
	void (*describe)(struct mapping_source *s, char *buf, size_t len, uint64_t *ret_dev,
			 uint64_t *ret_ino);
	/* msync(MS_SYNC) of a range. Optional (nothing to do). May sleep. */
	int (*sync)(struct mapping_source *s, uint64_t offset, uint64_t len);
	/*
	 * A shared map may show zeros for a hole until it is written to: the source zaps shared maps of what it fills. Without this a hole is filled
	 * as soon as a shared map touches it.
	 */
	bool zaps_filled_holes;
	/* madvise(MADV_REMOVE): make [offset, offset + len) a hole. Optional (-EINVAL). May sleep. */
	int (*punch)(struct mapping_source *s, uint64_t offset, uint64_t len);
	/* The last shared writable area has gone: i_writecount and friends. Optional. */
	void (*unmapped)(struct mapping_source *s, uint32_t prot, uint32_t flags);
};

struct vma {
	uint64_t start, end; /* page aligned */
	uint32_t prot, may_prot;
	uint32_t flags;
	struct mapping_source *source; /* NULL: private anonymous */
	uint64_t offset;	       /* in the source, of start */
	struct mm *mm;
	struct list_head link;	      /* mm->vmas, by address */
	struct list_head source_link; /* source->vmas */
};

/* Private and shared anonymous memory, ELF headers, private huge pages: what Linux dumps unless told otherwise. */
#define MM_DUMP_FILTER_DEFAULT 0x33u

struct mm {
	uint32_t refs;
	struct engine_space *space;
	struct list_head vmas; /* sorted; n_vmas bounded by 32768 */
	unsigned int n_vmas;
	void *index; /* search tree over vmas, mm_vma.c */
	uint64_t mmap_base;
	uint64_t start_code, end_code, start_data, end_data;
	uint64_t start_brk, brk, start_stack;
	uint64_t arg_start, arg_end, env_start, env_end;
	uint64_t total_pages, locked_pages, data_pages, stack_pages, hiwater_pages;
	uint64_t auxv[64];	    /* AT_* pairs as given at exec, AT_NULL terminated */
	struct mapping_source *exe; /* /proc/PID/exe; a reference */
	void *exe_file;		    /* struct file *, vfs/ */
	bool dumpable;
	uint32_t dump_filter;	/* /proc/PID/coredump_filter */
	bool dead;		/* the stub is gone */
	struct mm_plan *plan;	/* mm_plan.c: orders are kept, there is no stub yet */
	uint32_t membarrier;	/* registrations */
	struct list_head users; /* tasks */

	/* mm_account.c */
	struct list_head account_link;
	unsigned int running;	 /* threads that run guest code */
	bool ran;		 /* since the last sample */
	uint64_t resident_pages; /* of the host, as last sampled */
	uint64_t anon_pages;	 /* of them, private memory */
	uint64_t max_resident_pages;
	uint64_t precise_round;
};

/* A fresh, empty address space (a blank stub from the pool). -ENOMEM, -EAGAIN. */
int mm_create(struct mm **ret);
/*
 * A space that exists on paper only (dead is set): mm_map and mm_write on it are kept, mm_plan_run carries them out. Nothing else may be asked of it before.
 */
int mm_plan_create(struct mm **ret);
/*
 * Make it real: on a blank stub, or on that of `from`, all of whose memory goes (from is dead then, its areas stay until its last put). Error with
 * `from`: what was there is lost, and mm may be half made or dead. -ENOMEM, -EAGAIN, -EFAULT. May sleep.
 */
int mm_plan_run(struct mm *mm, struct mm *from);
/* Copy-on-write copy for fork; DONTFORK areas are left out, WIPEONFORK ones emptied. */
int mm_fork(struct mm *parent, struct mm **ret);
void mm_get(struct mm *mm);
void mm_put(struct mm *mm); /* the last put destroys the space; may sleep */

/*
 * mmap. hint 0 or an address; MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE, MAP_POPULATE,
 * MAP_LOCKED, MAP_GROWSDOWN, MAP_STACK, MAP_HUGETLB (-EINVAL), MAP_32BIT. source NULL: anonymous (shared anonymous memory gets a
 * source of its own). A reference of source is taken. Returns the address or -errno. May sleep.
 */
int64_t mm_map(struct mm *mm, uint64_t hint, uint64_t len, uint32_t prot, uint32_t map_flags,
	       struct mapping_source *source, uint64_t offset, uint32_t may_prot,
	       uint32_t vma_flags);
/* munmap, mprotect, mremap, brk: the tree and the stub change in one step; unmap, remap and brk may sleep after it. */
int mm_unmap(struct mm *mm, uint64_t addr, uint64_t len);
int mm_protect(struct mm *mm, uint64_t addr, uint64_t len, uint32_t prot);
int64_t mm_remap(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len, uint32_t flags,
		 uint64_t new_addr);
uint64_t mm_brk(struct mm *mm, uint64_t brk, uint64_t limit_data);
int mm_advise(struct mm *mm, uint64_t addr, uint64_t len, int advice);
int mm_sync(struct mm *mm, uint64_t addr, uint64_t len, int flags);
int mm_lock(struct mm *mm, uint64_t addr, uint64_t len, bool on);
int mm_incore(struct mm *mm, uint64_t addr, uint64_t pages, uint8_t *vec);

/*
 * Answer a fault of a guest thread or of a user copy. access: enum engine_access bits. Returns 0 (mapped, try again), or -EFAULT with
 * *ret_signo and *ret_code (SIGSEGV SEGV_MAPERR/SEGV_ACCERR, SIGBUS BUS_ADRERR), or -ENOMEM (kill: out of memory). May sleep.
 */
int mm_fault(struct mm *mm, uint64_t addr, uint32_t access, int *ret_signo, int *ret_code);

/* The same for a debugger: whatever the area's protection, the page is there afterwards. */
int mm_fault_forced(struct mm *mm, uint64_t addr);

struct vma *mm_find(struct mm *mm, uint64_t addr);	/* the area that contains addr, or NULL */
struct vma *mm_find_next(struct mm *mm, uint64_t addr); /* the first that ends above addr */

/*
 * Pages of a source change place or go away (truncate, hole punch, move to a COW file): all areas that map [offset, offset + len) lose their host
 * pages there (private copies too if zap_private) and fault again. Returns when all stubs have acknowledged. Does not sleep.
 */
void mm_zap_source(struct mapping_source *s, uint64_t offset, uint64_t len, bool zap_private);

void mapping_source_init(struct mapping_source *s, const struct mapping_ops *ops);

/* A source of shared anonymous memory of that size (also memfd, SysV shm); holes are filled on touch. One reference. */
struct mapping_source *shared_memory_create(uint64_t bytes);

/* The key of a futex in a shared area: the source and the byte offset in it; private areas: the mm and the address. -EFAULT. */
int mm_futex_key(struct mm *mm, uint64_t addr, bool private_hint, void **ret_object,
		 uint64_t *ret_offset);

/* The oom killer chooses a victim; task/ registers it. False: there is nobody to kill. */
struct oom_ops {
	bool (*kill_one)(void);
};
extern const struct oom_ops *oom_ops;

#endif
