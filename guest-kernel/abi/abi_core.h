/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a core file of x86-64 has in its notes, see core(5) and elf(5). */
#ifndef ABI_CORE_H
#define ABI_CORE_H

#include "abi/abi_clone.h"
#include "abi/abi_regs.h"
#include "lib/types.h"

enum {
	NT_PRPSINFO = 3,
	NT_AUXV = 6,
	NT_SIGINFO = 0x53494749,
	NT_FILE = 0x46494c45,
};

struct abi_elf_note {
	uint32_t namesz, descsz, type;
};

struct abi_prstatus {
	int32_t signo, code, error;
	int16_t cursig, pad;
	uint64_t pending, blocked;
	int32_t pid, ppid, pgrp, sid;
	struct abi_timeval utime, stime, children_utime, children_stime;
	struct abi_regs regs;
	int32_t fpvalid, pad2;
};
_Static_assert(sizeof(struct abi_prstatus) == 336, "struct elf_prstatus");

struct abi_prpsinfo {
	char state, sname, zombie, nice;
	uint32_t pad;
	uint64_t flags;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char fname[16], psargs[80];
};
_Static_assert(sizeof(struct abi_prpsinfo) == 136, "struct elf_prpsinfo");

#endif
