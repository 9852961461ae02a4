// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting the engine, and spaces with a few bytes of code. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/engine/mini_kernel.h"

unsigned int mini_deaths;
void *mini_dead_owner;
int mini_arena_fd = -1;

static void died(struct engine_space *space, void *owner)
{
	mini_deaths++;
	mini_dead_owner = owner;
}

int mini_engine_start(const char *name)
{
	struct engine_config config = { .ncpus = 2, .space_died = died };
	char why[256] = "", path[64];
	int r;

	r = engine_choose(name, why, sizeof(why));
	if (r < 0) {
		(void)fprintf(stderr, "engine %s: %s\n", name, why);
		return r;
	}
	config.arena_fd = memfd_create("arena", MFD_CLOEXEC);
	if (config.arena_fd < 0 || ftruncate(config.arena_fd, MINI_ARENA_BYTES) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", config.arena_fd);
	config.arena_ro_fd = -1;
	FILE *ro = fopen(path, "re");

	if (!ro)
		return -1;
	config.arena_ro_fd = fileno(ro);
	mini_arena_fd = config.arena_fd;
	r = engine->init(&config);
	if (r < 0)
		(void)fprintf(stderr, "engine %s: init: %d\n", name, r);
	return r;
}

int64_t mini_order(struct engine_space *s, enum engine_order_kind kind, uint64_t a, uint64_t b,
		   uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	struct engine_order o = { .kind = kind, .args = { a, b, c, d, e, f } };
	int r = engine->space_orders(s, &o, 1);

	return r < 0 ? r : o.result;
}

int64_t mini_map(struct engine_space *s, uint64_t addr, uint64_t len, unsigned int prot)
{
	return mini_order(s, ENGINE_ORDER_MMAP, addr, len, prot,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, (uint64_t)-1, 0);
}

int mini_code_space(const void *code, size_t len, struct engine_space **ret)
{
	struct engine_space *s;
	int r = engine->space_create(NULL, &s);

	if (r < 0)
		return r;
	if (mini_map(s, MINI_CODE, 4096, PROT_READ | PROT_WRITE) != (int64_t)MINI_CODE ||
	    mini_map(s, MINI_DATA, 16384, PROT_READ | PROT_WRITE) != (int64_t)MINI_DATA ||
	    mini_map(s, MINI_STACK - 4096, 4096, PROT_READ | PROT_WRITE) < 0 ||
	    engine->space_write(s, UADDR(MINI_CODE), code, len) != (ssize_t)len ||
	    mini_order(s, ENGINE_ORDER_MPROTECT, MINI_CODE, 4096, PROT_READ | PROT_EXEC, 0, 0, 0)) {
		engine->space_destroy(s);
		return -1;
	}
	*ret = s;
	return 0;
}

int mini_code_thread(struct engine_space *space, uint64_t offset, struct engine_thread **ret)
{
	struct abi_regs regs = { .rip = MINI_CODE + offset,
				 .rsp = MINI_STACK,
				 .cs = 0x33,
				 .ss = 0x2b,
				 .eflags = 0x202 };

	return engine->thread_create(space, &regs, NULL, ret);
}

int mini_step(struct engine_thread *t, struct engine_event *ev)
{
	int r = engine->resume(t);

	if (r < 0)
		return r;
	do
		r = engine->wait(t, ev);
	while (r == -4 /* EINTR */);
	return r;
}
