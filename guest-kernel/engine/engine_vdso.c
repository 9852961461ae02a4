// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's vDSO: our image with the addresses of the host's clock functions filled in, one page in the zygote that every space inherits. Where
 * the host's vDSO lacks a function, guests get no vDSO at all: a wrong one would be worse than a system call.
 */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"
#include "host/host_process.h"
#include "host/host_vdso.h"
#include "lib/string.h"

static int image_fill(uint64_t host_vdso, char *page)
{
	static const char *const names[] = { "__vdso_clock_gettime", "__vdso_gettimeofday",
					     "__vdso_time", "__vdso_clock_getres" };
	uint64_t address;

	if (stub_vdso_len > PAGE_SIZE || host_vdso == 0)
		return -ENOENT;
	memset(page, 0, PAGE_SIZE);
	memcpy(page, stub_vdso, stub_vdso_len);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		address = host_vdso_offset(names[i]);
		if (address == 0)
			return -ENOENT;
		address += host_vdso;
		memcpy(page + STUB_VDSO_TABLE + i * sizeof(address), &address, sizeof(address));
	}
	return 0;
}

int engine_vdso_install(int pid, uint64_t host_vdso,
			int (*call)(void *arg, const struct stub_call *call), void *arg,
			uint64_t *ret_vdso)
{
	const struct stub_call map = {
		.nr = STUB_NR_MMAP,
		.args = { STUB_VDSO, PAGE_SIZE, STUB_PROT_READ | STUB_PROT_WRITE,
			  STUB_MAP_PRIVATE | STUB_MAP_ANONYMOUS | STUB_MAP_FIXED, (uint64_t)-1 },
		.expect = STUB_VDSO,
		.flags = STUB_CALL_CHECK
	};
	const struct stub_call protect = { .nr = STUB_NR_MPROTECT,
					   .args = { STUB_VDSO, PAGE_SIZE,
						     STUB_PROT_READ | STUB_PROT_EXEC },
					   .flags = STUB_CALL_CHECK };
	char page[PAGE_SIZE];
	int r;

	if (image_fill(host_vdso, page) < 0) {
		*ret_vdso = 0;
		return 0;
	}
	r = call(arg, &map);
	if (r == 0 && host_process_write(pid, STUB_VDSO, page, sizeof(page)) != sizeof(page))
		r = -EFAULT;
	if (r == 0)
		r = call(arg, &protect);
	if (r == 0)
		*ret_vdso = STUB_VDSO;
	return r;
}
