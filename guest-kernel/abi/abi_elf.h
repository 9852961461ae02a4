/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of ELF64 that exec reads and core dumps write, see elf(5). */
#ifndef ABI_ELF_H
#define ABI_ELF_H

#include "lib/types.h"

struct abi_elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct abi_elf_header) == 64, "Elf64_Ehdr");

struct abi_elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct abi_elf_segment) == 56, "Elf64_Phdr");

enum { ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };
enum { EM_X86_64 = 62 };
enum {
	PT_LOAD = 1,
	PT_INTERP = 3,
	PT_NOTE = 4,
	PT_GNU_STACK = 0x6474e551,
	PT_GNU_PROPERTY = 0x6474e553
};
enum { PF_X = 1, PF_W = 2, PF_R = 4 };

#endif
