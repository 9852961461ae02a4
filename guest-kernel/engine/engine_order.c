// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an order may be. The worker of a stub carries out what it is sent; this is the one place that decides what is sent, so it
 * allows what is listed and nothing else. No order may name an address outside the guest's part of a space.
 */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"

#define PROT_ALL     (STUB_PROT_READ | STUB_PROT_WRITE | STUB_PROT_EXEC)
#define MREMAP_FLAGS 3u /* MAYMOVE | FIXED */
#define MS_ALL	     7u

bool engine_range_ok(uint64_t addr, uint64_t len)
{
	return addr >= ENGINE_USER_MIN && addr < ENGINE_USER_MAX && len <= ENGINE_USER_MAX - addr;
}

bool engine_read_ok(uint64_t addr, uint64_t len)
{
	if (addr >= STUB_VDSO && addr < STUB_VDSO + PAGE_SIZE)
		return len <= STUB_VDSO + PAGE_SIZE - addr;
	return engine_range_ok(addr, len);
}

/* Ranges of orders: whole pages, not empty. */
static bool pages_ok(uint64_t addr, uint64_t len)
{
	return len > 0 && len <= ENGINE_USER_MAX && (addr & (PAGE_SIZE - 1)) == 0 &&
	       engine_range_ok(addr, ALIGN_UP(len, PAGE_SIZE));
}

static bool mmap_ok(const uint64_t *a)
{
	const uint64_t allowed = STUB_MAP_SHARED | STUB_MAP_PRIVATE | STUB_MAP_FIXED |
				 STUB_MAP_ANONYMOUS | STUB_MAP_LOCKED | STUB_MAP_NORESERVE |
				 STUB_MAP_POPULATE;
	int fd = (int)a[4];

	if (!pages_ok(a[0], a[1]) || (a[2] & ~(uint64_t)PROT_ALL) != 0 || (a[3] & ~allowed) != 0 ||
	    (a[3] & STUB_MAP_FIXED) == 0)
		return false;
	if (a[3] & STUB_MAP_ANONYMOUS)
		return fd == -1;
	return fd == ENGINE_FD_ARENA || fd == ENGINE_FD_ARENA_RO ||
	       (fd >= ENGINE_FD_DISK_BASE && fd < ENGINE_FD_MAX);
}

static bool madvise_ok(const uint64_t *a)
{
	/* NORMAL RANDOM SEQUENTIAL WILLNEED DONTNEED FREE REMOVE DONTFORK DOFORK HUGEPAGE NOHUGEPAGE COLD PAGEOUT */
	const uint64_t allowed = 0x1full | 0xf00ull | 0xc000ull | 0x300000ull;

	return pages_ok(a[0], a[1]) && a[2] < 64 && (allowed >> a[2] & 1);
}

static bool mremap_ok(const uint64_t *a)
{
	return pages_ok(a[0], a[1]) && pages_ok(a[4], a[2]) && a[3] == MREMAP_FLAGS;
}

int engine_order_call(const struct engine_order *o, struct stub_call *ret)
{
	static const uint64_t numbers[] = {
		[ENGINE_ORDER_MMAP] = STUB_NR_MMAP,
		[ENGINE_ORDER_MUNMAP] = STUB_NR_MUNMAP,
		[ENGINE_ORDER_MPROTECT] = STUB_NR_MPROTECT,
		[ENGINE_ORDER_MADVISE] = STUB_NR_MADVISE,
		[ENGINE_ORDER_MREMAP] = STUB_NR_MREMAP,
		[ENGINE_ORDER_MSYNC] = STUB_NR_MSYNC,
		[ENGINE_ORDER_MLOCK] = STUB_NR_MLOCK,
		[ENGINE_ORDER_MUNLOCK] = STUB_NR_MUNLOCK,
	};
	const uint64_t *a = o->args;
	uint64_t expect = 0;
	bool ok;

	switch (o->kind) {
	case ENGINE_ORDER_MMAP:
		ok = mmap_ok(a);
		expect = a[0];
		break;
	case ENGINE_ORDER_MPROTECT:
		ok = pages_ok(a[0], a[1]) && (a[2] & ~(uint64_t)PROT_ALL) == 0;
		break;
	case ENGINE_ORDER_MADVISE:
		ok = madvise_ok(a);
		break;
	case ENGINE_ORDER_MREMAP:
		ok = mremap_ok(a);
		expect = a[4];
		break;
	case ENGINE_ORDER_MSYNC:
		ok = pages_ok(a[0], a[1]) && (a[2] & ~(uint64_t)MS_ALL) == 0;
		break;
	case ENGINE_ORDER_MUNMAP:
	case ENGINE_ORDER_MLOCK:
	case ENGINE_ORDER_MUNLOCK:
		ok = pages_ok(a[0], a[1]);
		break;
	default:
		return -EINVAL;
	}
	if (!ok)
		return -EINVAL;
	*ret = (struct stub_call){ .nr = numbers[o->kind], .expect = expect };
	for (unsigned int i = 0; i < ARRAY_SIZE(ret->args); i++)
		ret->args[i] = a[i];
	if (o->kind == ENGINE_ORDER_MMAP)
		ret->args[4] = (uint64_t)(int64_t)(int)a[4];
	if (o->must_succeed)
		ret->flags = STUB_CALL_CHECK;
	return 0;
}
