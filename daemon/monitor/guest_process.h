/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's side of a running kernel: starts the guest's init in a new PID namespace, learns from it how
 * the kernel's process fares, kills everything on demand, and tells when nothing of the guest is left.
 */
#ifndef DAEMON_MONITOR_GUEST_PROCESS_H
#define DAEMON_MONITOR_GUEST_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "common/error.h"
#include "daemon/monitor/run_config.h"

struct guest_process;

struct guest_process_ops {
	/* The kernel's program runs. Not called if it cannot be executed. */
	void (*running)(void *ctx);
	/*
	 * Nothing is left; the last call, the object may be freed in it. start_error is set if the kernel never ran, and
	 * borrowed. wait_status is the kernel's (SIGKILL if its init was killed).
	 */
	void (*ended)(void *ctx, int wait_status, const struct error *start_error);
};

struct guest_process_spec {
	const struct run_config *config;
	const int *console_fds; /* n_consoles of config; slaves of the ptys */
	const int *lock_fds;	/* kept open by the guest's init */
	unsigned int n_lock_fds;
	bool no_pid_namespace; /* as if the host had none */
};

int guest_process_start(uv_loop_t *loop, const struct guest_process_spec *spec,
			const struct guest_process_ops *ops, void *ctx, struct guest_process **ret,
			struct error *err);

/* SIGKILL for everything of the guest; ended follows. May be repeated. */
void guest_process_kill(struct guest_process *p);

/* The kernel's pid as the host sees it, 0 while unknown. */
pid_t guest_process_pid(const struct guest_process *p);

/* Only after ended. NULL is fine. */
void guest_process_free(struct guest_process *p);

#endif
