/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both engines share: the stub's image and layout, the check of orders, the making of events. Not for other folders. */
#ifndef ENGINE_COMMON_H
#define ENGINE_COMMON_H

#include "engine/engine.h"
#include "stub/stub_abi.h"

/* Descriptors of disks have numbers below this one. */
#define ENGINE_FD_MAX 1000

/* What the stub's text says of itself. */
const struct stub_header *engine_stub_header(void);

/* A descriptor of the stub as a file to execute; -errno. */
int engine_stub_image(void);

/* The start of the kernel's descriptor moves for a stub: arena descriptors. Returns how many of moves are filled. */
struct host_fd_move;
unsigned int engine_stub_fds(const struct engine_config *config, struct host_fd_move *moves);

/*
 * Calls that turn a freshly started stub into a blank space: the guest's part unmapped, everything else reserved but what the host and the
 * stub need. Returns how many (at most max), -errno. *ret_vdso: where the host's vDSO lies, 0 if none was kept.
 */
int engine_layout_calls(int pid, struct stub_call *calls, unsigned int max, uint64_t *ret_vdso);

/*
 * Put the guest's vDSO into the zygote; call carries out one host call there. *ret_vdso: where it lies, 0 if the host's has not what
 * it needs. 0, or what call said.
 */
int engine_vdso_install(int pid, uint64_t host_vdso,
			int (*call)(void *arg, const struct stub_call *call), void *arg,
			uint64_t *ret_vdso);

/* An order as a host call; -EINVAL if it is not allowed. */
int engine_order_call(const struct engine_order *order, struct stub_call *ret);

/* Is [addr, addr + len) guest memory? */
bool engine_range_ok(uint64_t addr, uint64_t len);
/* What space_read may read: also the page of the vDSO, which lies outside that range. */
bool engine_read_ok(uint64_t addr, uint64_t len);

/* A FAULT or TRAP event of a host signal. */
void engine_event_signal(struct engine_event *ev, int signo, int code, uint64_t addr,
			 uint32_t trapno, uint32_t error, const struct abi_regs *regs);

/* Registers that no thread may be started with are put right: selectors, the restart mark, flags. */
void engine_regs_sanitize(struct abi_regs *regs);

/*
 * A broker: a process that holds host_fd and nothing else, for stubs to take it from. 0 and *ret_pid, or -errno. The calls make a
 * stub take it as its descriptor slot; pidfd_no and got_no are the two numbers that are free in the stub. They end the stub if they fail.
 */
#define ENGINE_BROKER_CALLS 5
int engine_broker_start(int host_fd, int *ret_pid);
void engine_broker_calls(int pid, unsigned int pidfd_no, unsigned int got_no, int slot,
			 struct stub_call calls[ENGINE_BROKER_CALLS]);
void engine_broker_end(int pid);

/* The extended state of one stopped thread for another, as it travels between fp_get and fp_set of the chosen engine. 0 or their error, -ENOMEM. */
int engine_fp_copy(struct engine_thread *from, struct engine_thread *to);

/* Keep the first error of a probe as a sentence. */
int engine_why(char *why, size_t len, int error, const char *text);

#endif
