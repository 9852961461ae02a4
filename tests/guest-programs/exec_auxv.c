// SPDX-License-Identifier: GPL-2.0-or-later
/* The auxiliary vector tells the truth: page size, headers, entry, ids, secure, random bytes, names. */
#include <elf.h>
#include <sys/auxv.h>

#include "guest_helpers.h"

extern char **environ;
extern char __ehdr_start[];

int main(int argc, char **argv)
{
	const Elf64_Ehdr *eh = (void *)__ehdr_start;
	unsigned long *v = (void *)environ, seen = 0;
	const unsigned char *r = (void *)getauxval(AT_RANDOM);
	int sum = 0;

	while (*v++)
		;
	printf("argv below environ: %d\n", (char **)argv + argc + 1 == environ);
	for (; v[0] != AT_NULL; v += 2) {
		if (v[0] < 64 && seen & (1ul << v[0]))
			printf("twice: %lu\n", v[0]);
		if (v[0] < 64)
			seen |= 1ul << v[0];
	}
	for (int i = 0; i < 16; i++)
		sum += r[i];
	printf("page size %lu clock ticks %lu\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK));
	printf("headers %d number %d size %lu\n",
	       getauxval(AT_PHDR) == (unsigned long)__ehdr_start + eh->e_phoff,
	       getauxval(AT_PHNUM) == eh->e_phnum, getauxval(AT_PHENT));
	printf("entry %d base %lu flags %lu\n", getauxval(AT_ENTRY) == eh->e_entry,
	       getauxval(AT_BASE), getauxval(AT_FLAGS));
	printf("ids %d %d %d %d secure %lu\n", getauxval(AT_UID) == getuid(),
	       getauxval(AT_EUID) == geteuid(), getauxval(AT_GID) == getgid(),
	       getauxval(AT_EGID) == getegid(), getauxval(AT_SECURE));
	printf("random %d\n", sum > 0 && sum < 16 * 255);
	printf("name %d\n", strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
	printf("platform %s\n", (char *)getauxval(AT_PLATFORM));
	printf("vdso %d\n", memcmp((void *)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4) == 0);
	printf("minimum signal stack %d\n", getauxval(AT_MINSIGSTKSZ) >= 1024);
	printf("stack aligned %d\n", ((unsigned long)(argv - 1) & 15) == 0);
	return 0;
}
