// SPDX-License-Identifier: GPL-2.0-or-later
/* The zygote of the ptrace engine: a space that never has a guest thread, and that every blank space is a fork of. */
#include "abi/abi_errno.h"
#include "engine/engine_ptrace.h"
#include "host/host_epoll.h"

static int zygote_call(void *arg, const struct stub_call *call)
{
	int64_t result;

	return tracee_call(arg, call, &result, NULL);
}

static int zygote_setup(struct ptrace_space *s, uint64_t *ret_vdso)
{
	static const int faults[] = { STUB_SIGSEGV, STUB_SIGBUS, STUB_SIGFPE, STUB_SIGILL };
	const struct stub_header *header = engine_stub_header();
	struct stub_call calls[24];
	uint64_t host_vdso;
	int n, r;

	r = host_ptrace_setup(s->pid);
	if (r == 0)
		r = host_ptrace_getregs(s->pid, &s->worker_regs);
	if (r < 0)
		return r;
	n = engine_layout_calls(s->pid, calls, ARRAY_SIZE(calls) - 6, &host_vdso);
	if (n < 0)
		return n;
	calls[n++] = (struct stub_call){ .nr = STUB_NR_MMAP,
					 .args = { STUB_FAULT_STACK, STUB_FAULT_STACK_LEN,
						   STUB_PROT_READ | STUB_PROT_WRITE,
						   STUB_MAP_PRIVATE | STUB_MAP_ANONYMOUS |
							   STUB_MAP_NORESERVE | STUB_MAP_FIXED,
						   (uint64_t)-1, 0 },
					 .expect = STUB_FAULT_STACK,
					 .flags = STUB_CALL_CHECK };
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
		calls[n++] = (struct stub_call){ .nr = STUB_NR_RT_SIGACTION,
						 .args = { (uint64_t)faults[i],
							   header->fault_action, 0, 8 },
						 .flags = STUB_CALL_CHECK };
	for (int i = 0; i < n; i++) {
		r = zygote_call(&s->worker, &calls[i]);
		if (r < 0)
			return r;
	}
	return engine_vdso_install(s->pid, host_vdso, zygote_call, &s->worker, ret_vdso);
}

int ptrace_zygote_start(const struct engine_config *config, struct ptrace_space **ret,
			uint64_t *ret_vdso)
{
	struct host_fd_move moves[8];
	struct host_process_start start = { .traced = true, .fds = moves };
	struct ptrace_space *s;
	int r;

	start.image_fd = engine_stub_image();
	if (start.image_fd < 0)
		return start.image_fd;
	r = -ENOMEM;
	s = ptrace_space_alloc(NULL);
	if (!s)
		goto out_close;
	start.n_fds = engine_stub_fds(config, moves);
	r = host_process_start(&start, &s->pid);
	if (r < 0)
		goto out_free;
	tracee_add(&s->worker, s->pid, s, NULL);
	/* The stop after execve. */
	r = tracee_first_stop(&s->worker);
	if (r == 0)
		r = zygote_setup(s, ret_vdso);
	if (r == 0) {
		*ret = s;
		s = NULL;
	} else {
		ptrace_space_kill(s);
	}

out_free:
	if (s) {
		s->destroyed = true;
		ptrace_space_put(s);
	}
out_close:
	(void)host_close(start.image_fd);
	return r;
}
