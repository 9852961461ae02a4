// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The main stack of a new program, from the top down: the file's name, environment and argument strings, the platform's name, 16 random bytes, the
 * auxiliary vector, envp, argv, argc. The whole of RLIMIT_STACK is mapped at once (the host fills pages as they are touched), so there is no growing.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "host/host_cpu.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/exec_image.h"

#define STACK_MIN    (128 * 1024ull)
#define STACK_MAX    (64ull << 20)
#define STRINGS_MAX  (6ull << 20)
#define STRING_MAX   131072ull
#define USER_CLK_TCK 100

struct stack_builder {
	struct mm *mm;
	uint64_t sp;
	int error;
};

static uint64_t push_bytes(struct stack_builder *b, const void *data, size_t len)
{
	b->sp -= len;
	if (b->error == 0 && mm_write(b->mm, b->sp, data, len, false) != (ssize_t)len)
		b->error = -ENOMEM;
	return b->sp;
}

/* All strings of a vector as one block, so that they lie in order and one copy writes them; the address of the first. */
static uint64_t push_strings(struct stack_builder *b, const struct exec_strings *s)
{
	char *block = kmalloc(s->bytes), *p = block;
	uint64_t at;

	if (!block) {
		b->error = -ENOMEM;
		return b->sp;
	}
	for (unsigned int i = 0; i < s->n; i++) {
		size_t n = strlen(s->v[i]) + 1;

		memcpy(p, s->v[i], n);
		p += n;
	}
	at = push_bytes(b, block, s->bytes);
	kfree(block);
	return at;
}

static uint64_t *put_pointers(uint64_t *out, uint64_t at, const struct exec_strings *s)
{
	for (unsigned int i = 0; i < s->n; i++) {
		*out++ = at;
		at += strlen(s->v[i]) + 1;
	}
	*out++ = 0;
	return out;
}

static int check_strings(const struct exec_request *rq, uint64_t stack_bytes)
{
	const struct exec_strings *both[2] = { &rq->argv, &rq->envp };
	uint64_t total = 0;

	for (int k = 0; k < 2; k++) {
		total += both[k]->bytes + both[k]->n * 8;
		for (unsigned int i = 0; i < both[k]->n; i++)
			if (strlen(both[k]->v[i]) >= STRING_MAX)
				return -E2BIG;
	}
	return total > MIN(STRINGS_MAX, stack_bytes / 4 * 3) ? -E2BIG : 0;
}

static unsigned int fill_auxv(const struct exec_request *rq, uint64_t *v, uint64_t execfn,
			      uint64_t platform, uint64_t random)
{
	const struct cred *c = rq->cred;
	uint64_t pairs[][2] = {
		{ AT_SYSINFO_EHDR, engine->vdso_address() },
		{ AT_MINSIGSTKSZ, host_min_signal_stack() },
		{ AT_HWCAP, host_hwcap() },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, USER_CLK_TCK },
		{ AT_PHDR, rq->program.phdr },
		{ AT_PHENT, sizeof(struct abi_elf_segment) },
		{ AT_PHNUM, rq->program.header.phnum },
		{ AT_BASE, rq->interp.file ? rq->interp.bias : 0 },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, rq->program.entry },
		{ AT_UID, c->uid },
		{ AT_EUID, c->euid },
		{ AT_GID, c->gid },
		{ AT_EGID, c->egid },
		{ AT_SECURE, rq->secure },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, host_hwcap2() },
		{ AT_EXECFN, execfn },
		{ AT_PLATFORM, platform },
	};
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i][0] == AT_SYSINFO_EHDR && pairs[i][1] == 0)
			continue;
		v[n++] = pairs[i][0];
		v[n++] = pairs[i][1];
	}
	v[n++] = AT_NULL;
	v[n++] = 0;
	return n;
}

static bool wants_exec_stack(const struct exec_request *rq)
{
	for (unsigned int i = 0; i < rq->program.header.phnum; i++)
		if (rq->program.segments[i].type == PT_GNU_STACK)
			return (rq->program.segments[i].flags & PF_X) != 0;
	return false;
}

static int map_stack(struct exec_request *rq, uint64_t *ret_top, uint64_t *ret_bytes)
{
	uint64_t limit = rlimit(current_task(), RLIMIT_STACK);
	uint64_t bytes = ALIGN_UP(MAX(MIN(limit, STACK_MAX), STACK_MIN), PAGE_SIZE);
	uint64_t top = ENGINE_USER_MAX - PAGE_SIZE, r;
	uint32_t prot = PROT_READ | PROT_WRITE | (wants_exec_stack(rq) ? PROT_EXEC : 0);
	int64_t at;

	host_random_bytes(&r, sizeof(r));
	if (!(current_task()->personality & PERSONALITY_NO_RANDOMIZE))
		top -= (r & 0x3fff) << PAGE_SHIFT; /* up to 64 MiB lower */
	at = mm_map(rq->mm, top - bytes, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL,
		    0, PROT_READ | PROT_WRITE | PROT_EXEC, VMA_STACK);
	if (at < 0)
		return (int)at;
	*ret_top = top;
	*ret_bytes = bytes;
	return 0;
}

static void initial_regs(struct exec_request *rq, uint64_t sp)
{
	rq->regs = (struct abi_regs){
		.rip = rq->interp.file ? rq->interp.entry : rq->program.entry,
		.rsp = sp,
		.cs = 0x33,
		.ss = 0x2b,
		.eflags = 0x202,
		.orig_rax = UINT64_MAX,
	};
}

int exec_build_stack(struct exec_request *rq)
{
	struct stack_builder b = { .mm = rq->mm };
	uint64_t bytes = 0, random[2], args, envs, execfn, platform, random_at;
	uint64_t *table, *p;
	size_t words;
	unsigned int n_aux;
	int r = map_stack(rq, &b.sp, &bytes);

	if (r == 0)
		r = check_strings(rq, bytes);
	if (r < 0)
		return r;
	host_random_bytes(random, sizeof(random));
	b.sp -= 8;
	execfn = push_bytes(&b, rq->shown, strlen(rq->shown) + 1);
	envs = push_strings(&b, &rq->envp);
	args = push_strings(&b, &rq->argv);
	rq->mm->arg_start = args;
	rq->mm->arg_end = rq->mm->env_start = args + rq->argv.bytes;
	rq->mm->env_end = envs + rq->envp.bytes;
	platform = push_bytes(&b, "x86_64", 7);
	random_at = push_bytes(&b, random, sizeof(random));
	n_aux = fill_auxv(rq, rq->mm->auxv, execfn, platform, random_at);
	words = 1 + rq->argv.n + 1 + rq->envp.n + 1 + n_aux;
	b.sp = ALIGN_DOWN(b.sp, 16ull);
	if (words & 1)
		b.sp -= 8; /* argc ends up on a 16-byte border */
	table = kmalloc(words * 8);
	if (!table)
		return -ENOMEM;
	table[0] = rq->argv.n;
	p = put_pointers(table + 1, args, &rq->argv);
	p = put_pointers(p, envs, &rq->envp);
	memcpy(p, rq->mm->auxv, n_aux * 8);
	(void)push_bytes(&b, table, words * 8);
	kfree(table);
	rq->mm->start_stack = b.sp;
	initial_regs(rq, b.sp);
	return b.error;
}
