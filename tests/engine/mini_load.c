// SPDX-License-Identifier: GPL-2.0-or-later
/* The miniature kernel's loader: static ELF programs, the stack with arguments and auxiliary vector. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/engine/mini_task.h"

#define STACK_TOP  0x7ffd00000000ull
#define STACK_LEN  (8ull << 20)
#define DYN_BASE   0x555555554000ull
#define MMAP_FIRST 0x100000000000ull

static int load_segment(struct mini_mm *mm, const char *image, const Elf64_Phdr *p, uint64_t base)
{
	uint64_t start = ALIGN_DOWN(base + p->p_vaddr, 4096);
	uint64_t end = ALIGN_UP(base + p->p_vaddr + p->p_memsz, 4096);
	unsigned int prot = (p->p_flags & PF_R ? PROT_READ : 0) |
			    (p->p_flags & PF_W ? PROT_WRITE : 0) |
			    (p->p_flags & PF_X ? PROT_EXEC : 0);

	if (mini_map(mm->space, start, end - start, PROT_READ | PROT_WRITE) != (int64_t)start)
		return -ENOMEM;
	if (engine->space_write(mm->space, UADDR(base + p->p_vaddr), image + p->p_offset,
				p->p_filesz) != (ssize_t)p->p_filesz)
		return -EFAULT;
	if (mini_order(mm->space, ENGINE_ORDER_MPROTECT, start, end - start, prot, 0, 0, 0) != 0)
		return -EACCES;
	if (end > mm->brk)
		mm->brk = end;
	return 0;
}

struct stack_image {
	char *bytes;
	uint64_t sp; /* guest address of the lowest byte used */
};

static uint64_t push(struct stack_image *s, const void *data, size_t len)
{
	s->sp -= len;
	memcpy(s->bytes + (s->sp - (STACK_TOP - 65536)), data, len);
	return s->sp;
}

static int load_stack(struct mini_mm *mm, const Elf64_Ehdr *eh, uint64_t base,
		      const char *const argv[], uint64_t *ret_sp)
{
	struct stack_image s = { .bytes = calloc(1, 65536), .sp = STACK_TOP - 16 };
	uint64_t words[128];
	unsigned int n = 0, argc = 0;
	char random[16] = "0123456789abcdef";
	uint64_t random_at = push(&s, random, sizeof(random));
	const uint64_t aux[][2] = {
		{ AT_PHDR, base + eh->e_phoff + (base ? 0 : 0x400000) },
		{ AT_PHENT, sizeof(Elf64_Phdr) },
		{ AT_PHNUM, eh->e_phnum },
		{ AT_PAGESZ, 4096 },
		{ AT_ENTRY, base + eh->e_entry },
		{ AT_HWCAP, getauxval(AT_HWCAP) },
		{ AT_HWCAP2, getauxval(AT_HWCAP2) },
		{ AT_RANDOM, random_at },
		{ AT_CLKTCK, 100 },
		{ AT_MINSIGSTKSZ, getauxval(AT_MINSIGSTKSZ) },
		{ AT_SYSINFO_EHDR, engine->vdso_address() },
		{ AT_NULL, 0 },
	};

	while (argv[argc])
		argc++;
	words[n++] = argc;
	for (unsigned int i = 0; i < argc && i < 64; i++)
		words[n++] = push(&s, argv[i], strlen(argv[i]) + 1);
	words[n++] = 0;
	words[n++] = push(&s, "PATH=/bin", 10);
	words[n++] = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(aux); i++) {
		words[n++] = aux[i][0];
		words[n++] = aux[i][1];
	}
	s.sp = ALIGN_DOWN(s.sp - n * 8, 16) + n * 8;
	*ret_sp = push(&s, words, n * 8);
	if (mini_map(mm->space, STACK_TOP - STACK_LEN, STACK_LEN, PROT_READ | PROT_WRITE) < 0 ||
	    engine->space_write(mm->space, UADDR(STACK_TOP - 65536), s.bytes, 65536) != 65536) {
		free(s.bytes);
		return -ENOMEM;
	}
	free(s.bytes);
	return 0;
}

static int load_image(struct mini_mm *mm, const char *image, const char *const argv[],
		      struct abi_regs *regs)
{
	const Elf64_Ehdr *eh = (const void *)image;
	const Elf64_Phdr *ph = (const void *)(image + eh->e_phoff);
	uint64_t base = eh->e_type == ET_DYN ? DYN_BASE : 0, sp;
	int r;

	for (unsigned int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		r = load_segment(mm, image, &ph[i], base);
		if (r < 0)
			return r;
	}
	mm->brk_start = mm->brk;
	r = load_stack(mm, eh, base, argv, &sp);
	*regs = (struct abi_regs){
		.rip = base + eh->e_entry, .rsp = sp, .cs = 0x33, .ss = 0x2b, .eflags = 0x202
	};
	return r;
}

void mini_mm_put(struct mini_mm *mm)
{
	if (--mm->refs > 0)
		return;
	engine->space_destroy(mm->space);
	free(mm);
}

int mini_load(const char *file, const char *const argv[], struct mini_mm **ret_mm,
	      struct abi_regs *ret_regs)
{
	struct mini_mm *mm;
	struct stat st;
	void *image;
	int fd = open(file, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	image = r < 0 ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (image == MAP_FAILED)
		return -ENOEXEC;
	mm = calloc(1, sizeof(*mm));
	mm->refs = 1;
	mm->mmap_next = MMAP_FIRST;
	r = engine->space_create(mm, &mm->space);
	if (r == 0)
		r = load_image(mm, image, argv, ret_regs);
	(void)munmap(image, (size_t)st.st_size);
	if (r < 0) {
		engine->space_destroy(mm->space);
		free(mm);
		return r;
	}
	*ret_mm = mm;
	return 0;
}
