/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad pointers to system calls, by table: each call is made once for each of its pointer arguments and each bad address, the other arguments being good.
 * P: a pointer that is read, W: one that is written (a read-only page is bad for it too), I: an integer.
 */
#ifndef EFAULT_TABLE_H
#define EFAULT_TABLE_H

#include <stdint.h>
#include <sys/mman.h>

#include "guest_helpers.h"

struct efault_call {
	const char *name;
	long number;
	const char *kinds; /* P, W or I for each argument */
	long args[6];
};

static inline void efault_run(const struct efault_call *calls, size_t n)
{
	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct {
		const char *name;
		long address;
	} bad[] = {
		{ "null", 0 },
		{ "unmapped", 16 },
		{ "read-only", (long)page },
		{ "page's end", (long)page + 4095 },
		{ "kernel", (long)0xffffffff81000000ul },
		{ "last user page", 0x7fffffffeff8 },
		{ "end of space", -8 },
		{ "not canonical", (long)0x0000900000000000ul },
	};

	CHECK_EQ(mprotect(page + 4096, 4096, PROT_NONE), 0);
	for (size_t i = 0; i < n; i++) {
		const struct efault_call *c = &calls[i];

		for (int k = 0; c->kinds[k]; k++) {
			long a[6];

			if (c->kinds[k] == 'I')
				continue;
			printf("%s %d:", c->name, k + 1);
			for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
				long r;

				/* What may be read is good for P; a structure that starts at the page's end is bad for both. */
				if (c->kinds[k] == 'P' && j == 2)
					continue;
				memcpy(a, c->args, sizeof(a));
				a[k] = bad[j].address;
				r = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
				printf(" %s", r >= 0 ? "ok" : strerrorname_np(errno));
			}
			printf("\n");
		}
	}
}

#endif
