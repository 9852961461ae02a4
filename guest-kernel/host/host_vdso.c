// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking up names in the host's vDSO, by the section headers that it carries. */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "host/host_vdso.h"

uint64_t host_vdso_offset(const char *name)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *eh = (const void *)base;
	const Elf64_Shdr *sh;

	if (!base || eh->e_shoff == 0)
		return 0;
	sh = (const void *)(base + eh->e_shoff);
	for (unsigned int i = 0; i < eh->e_shnum; i++) {
		const Elf64_Sym *sym = (const void *)(base + sh[i].sh_offset);

		if (sh[i].sh_type != SHT_DYNSYM || sh[i].sh_link >= eh->e_shnum)
			continue;
		for (uint64_t n = 0; n < sh[i].sh_size / sizeof(*sym); n++)
			if (strcmp(base + sh[sh[i].sh_link].sh_offset + sym[n].st_name, name) == 0)
				return sym[n].st_value;
	}
	return 0;
}
