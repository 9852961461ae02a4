/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user registers of an x86-64 thread, in the order of Linux's user_regs_struct (ptrace, core dumps). */
#ifndef ABI_REGS_H
#define ABI_REGS_H

#include "lib/types.h"

struct abi_regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	uint64_t rax, rcx, rdx, rsi, rdi, orig_rax;
	uint64_t rip, cs, eflags, rsp, ss;
	uint64_t fs_base, gs_base, ds, es, fs, gs;
};

_Static_assert(sizeof(struct abi_regs) == 27 * 8, "user_regs_struct is 216 bytes");

#endif
