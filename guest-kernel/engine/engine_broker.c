// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors for stubs that live already. A stub takes them by pidfd_getfd, which works through registers alone, from a process that owns
 * nothing else: a stub that could look into the kernel's own table could take anything. The broker lives for one installation.
 */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"
#include "host/host_clock.h"
#include "host/host_epoll.h"
#include "host/host_eventfd.h"
#include "host/host_process.h"
#include "host/host_thread.h"

/* How long a fresh broker may take; long, since the host may be busy, and nothing of the guest's has a hand in it. */
#define START_SECONDS 30

#define O_CLOEXEC_FLAG 0x80000u

int engine_broker_start(int host_fd, int *ret_pid)
{
	struct host_event ready = { .fd = host_eventfd_create() };
	const struct host_fd_move moves[] = { { ready.fd, STUB_FD_WAKE },
					      { host_fd, STUB_FD_BROKER } };
	struct host_process_start start = { .fds = moves, .n_fds = ARRAY_SIZE(moves) };
	uint64_t deadline = host_monotonic_ns() + START_SECONDS * NSEC_PER_SEC;
	int pid, r;

	if (ready.fd < 0)
		return ready.fd;
	start.image_fd = engine_stub_image();
	r = start.image_fd;
	if (r < 0)
		goto out_ready;
	r = host_process_start(&start, &pid);
	(void)host_close(start.image_fd);
	if (r < 0)
		goto out_ready;
	/* Before it says so, its table is still a copy of the kernel's. */
	if (host_event_wait(&ready, deadline)) {
		*ret_pid = pid;
	} else {
		engine_broker_end(pid);
		r = -EIO;
	}

out_ready:
	(void)host_close(ready.fd);
	return r;
}

void engine_broker_calls(int pid, unsigned int pidfd_no, unsigned int got_no, int slot,
			 struct stub_call calls[ENGINE_BROKER_CALLS])
{
	calls[0] = (struct stub_call){ .nr = STUB_NR_PIDFD_OPEN,
				       .args = { (uint64_t)pid },
				       .expect = pidfd_no };
	calls[1] = (struct stub_call){ .nr = STUB_NR_PIDFD_GETFD,
				       .args = { pidfd_no, STUB_FD_BROKER },
				       .expect = got_no };
	calls[2] = (struct stub_call){ .nr = STUB_NR_DUP3,
				       .args = { got_no, (uint64_t)slot, O_CLOEXEC_FLAG },
				       .expect = (uint64_t)slot };
	calls[3] = (struct stub_call){ .nr = STUB_NR_CLOSE, .args = { got_no } };
	calls[4] = (struct stub_call){ .nr = STUB_NR_CLOSE, .args = { pidfd_no } };
	for (unsigned int i = 0; i < ENGINE_BROKER_CALLS; i++)
		calls[i].flags = STUB_CALL_CHECK;
}

void engine_broker_end(int pid)
{
	struct host_wait_status st;

	(void)host_kill(pid, STUB_SIGKILL);
	(void)host_wait_for(pid, &st);
}
