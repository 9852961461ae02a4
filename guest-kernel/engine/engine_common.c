// SPDX-License-Identifier: GPL-2.0-or-later
/* The stub's image, the choice of an engine, and events: what both engines share. */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"
#include "host/host_memfd.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "lib/string.h"

const struct engine_ops *engine;

const struct stub_header *engine_stub_header(void)
{
	return (const struct stub_header *)(const void *)(stub_image + STUB_IMAGE_HEADER);
}

int engine_stub_image(void)
{
	if (engine_stub_header()->magic != STUB_MAGIC)
		return -ENOEXEC;
	return host_memfd_image("umlk-stub", stub_image, stub_image_len);
}

unsigned int engine_stub_fds(const struct engine_config *config, struct host_fd_move *moves)
{
	unsigned int n = 0;

	if (config->arena_fd >= 0)
		moves[n++] = (struct host_fd_move){ config->arena_fd, ENGINE_FD_ARENA };
	if (config->arena_ro_fd >= 0)
		moves[n++] = (struct host_fd_move){ config->arena_ro_fd, ENGINE_FD_ARENA_RO };
	return n;
}

int engine_why(char *why, size_t len, int error, const char *text)
{
	(void)format_str(why, len, "%s (error %d)", text, -error);
	return error;
}

int engine_choose(const char *name, char *why, size_t len)
{
	int r;

	if (strcmp(name, "ptrace") == 0) {
		engine = &engine_ptrace;
	} else if (strcmp(name, "seccomp") == 0 || strcmp(name, "auto") == 0) {
		engine = &engine_seccomp;
	} else {
		(void)format_str(why, len, "engine=%s is not known: use auto, seccomp or ptrace",
				 name);
		return -EINVAL;
	}
	r = engine->probe(why, len);
	if (r < 0 && strcmp(name, "auto") == 0) {
		char other[300];

		/* What the better one lacks is what to mend if neither can be had. */
		engine = &engine_ptrace;
		r = engine->probe(other, sizeof(other));
	}
	return r;
}

size_t engine_fp_bytes(void)
{
	static uint32_t
		bytes; /* asked once: CPUID leaves a virtual machine and costs tens of microseconds there */
	uint32_t a = 0xd, b, c = 0, d;

	if (__atomic_load_n(&bytes, __ATOMIC_RELAXED) == 0) {
		/* EBX: the size of the area for what the host has switched on. */
		__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		__atomic_store_n(&bytes, b > 512 ? b : 576, __ATOMIC_RELAXED);
	}
	return bytes;
}

int engine_fp_copy(struct engine_thread *from, struct engine_thread *to)
{
	size_t len = engine_fp_bytes();
	void *buf = kmalloc(len);
	ssize_t n;
	int r;

	if (!buf)
		return -ENOMEM;
	n = engine->fp_get(from, buf, len);
	r = n < 0 ? (int)n : engine->fp_set(to, buf, (size_t)n);
	kfree(buf);
	return r;
}

void engine_event_signal(struct engine_event *ev, int signo, int code, uint64_t addr,
			 uint32_t trapno, uint32_t error, const struct abi_regs *regs)
{
	bool memory = trapno == STUB_TRAP_PF && (signo == STUB_SIGSEGV || signo == STUB_SIGBUS);

	*ev = (struct engine_event){
		.kind = memory ? ENGINE_EVENT_FAULT : ENGINE_EVENT_TRAP,
		.signo = signo,
		.code = code,
		.trapno = trapno,
		.error = error,
		.addr = memory ? addr : regs->rip,
	};
	if (memory)
		ev->access = error & (ENGINE_WRITE | ENGINE_EXEC);
	else if (signo == STUB_SIGTRAP && trapno == 3)
		ev->addr = regs->rip - 1;
}

void engine_regs_sanitize(struct abi_regs *regs)
{
	regs->orig_rax = ~0ull;
	if (regs->cs != STUB_USER_CS32)
		regs->cs = STUB_USER_CS;
	regs->ss = STUB_USER_DS;
	/* Only what user code may change: CF PF AF ZF SF TF DF OF RF AC ID; interrupts stay on. */
	regs->eflags = (regs->eflags & 0x250dd5ull) | 0x202;
}
