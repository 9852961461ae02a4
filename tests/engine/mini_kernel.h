/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A miniature kernel for tests of the engine: loads static programs into spaces, runs their threads in turns on the calling
 * host thread, and serves just enough system calls for a C library and a shell. What is written to descriptors 1 and 2 is collected.
 * A helper thread interrupts what runs every few milliseconds. Not for more than one run at a time.
 */
#ifndef MINI_KERNEL_H
#define MINI_KERNEL_H

#include "engine/engine.h"

#define MINI_ARENA_BYTES (64ul << 20)

/* Choose and start the engine for this process (arena included). Skips nothing: prints the reason and returns -errno. */
int mini_engine_start(const char *name);

struct mini_result {
	int status; /* of the first process: exit code, or 128 + signal */
	char output[65536];
	size_t output_len;
	unsigned long syscalls, forks, threads, interrupts, faults;
};

/* Run a program (argv[0] is the file) until its first process has ended. 0 or -errno if it could not be started. */
int mini_run(const char *const argv[], struct mini_result *ret);

/* A space with a page of code at MINI_CODE (RX), four pages of data at MINI_DATA (RW), a stack; for tests of single events. */
#define MINI_CODE  0x400000ull
#define MINI_DATA  0x500000ull
#define MINI_STACK 0x600000ull /* one page below this */

int mini_code_space(const void *code, size_t len, struct engine_space **ret);
/* A thread at MINI_CODE + offset with its stack pointer at MINI_STACK. */
int mini_code_thread(struct engine_space *space, uint64_t offset, struct engine_thread **ret);
/* resume and wait. */
int mini_step(struct engine_thread *t, struct engine_event *ev);

/* One order of this kind; its result, or what space_orders said. */
int64_t mini_order(struct engine_space *s, enum engine_order_kind kind, uint64_t a, uint64_t b,
		   uint64_t c, uint64_t d, uint64_t e, uint64_t f);
/* Anonymous private memory at a fixed address. */
int64_t mini_map(struct engine_space *s, uint64_t addr, uint64_t len, unsigned int prot);

/* How often space_died was called, and for which owner last. */
extern unsigned int mini_deaths;
extern void *mini_dead_owner;
extern int mini_arena_fd;

#endif
