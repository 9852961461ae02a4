/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's init: the small process between the monitor and the kernel, the monitor's own program started as
 * `umld-guest-init --guest-init …`. It is PID 1 of the guest's PID namespace (or a child subreaper where there is none): it starts the kernel,
 * reaps everything, and when the kernel ends or the monitor is gone it kills all that is left.
 *
 * Descriptors it is started with: 0, 1, 2 console 0; 3, 4, … further consoles; then the report socket; behind that the lock files, which
 * it only keeps open: a guest is not over before its last process is.
 */
#ifndef DAEMON_MONITOR_GUEST_INIT_H
#define DAEMON_MONITOR_GUEST_INIT_H

#include <stdint.h>

#define GUEST_INIT_OPTION "--guest-init"

/* What is reported to the monitor; one datagram each, over a SEQPACKET socket. */
enum init_report_kind {
	INIT_REPORT_KERNEL = 'K',  /* sent by the kernel's process; its credentials say its pid */
	INIT_REPORT_RUNNING = 'R', /* the kernel's program has been executed */
	INIT_REPORT_FAILED = 'F',  /* value: errno; step says where */
	INIT_REPORT_ENDED = 'E', /* value: the kernel's wait status; nothing of the guest is left */
};

enum init_step {
	INIT_STEP_ARGUMENTS,
	INIT_STEP_USER_NAMESPACE,
	INIT_STEP_INIT_EXEC,
	INIT_STEP_FORK,
	INIT_STEP_IDENTITY,
	INIT_STEP_PRIVILEGES,
	INIT_STEP_EXEC,
	INIT_STEP_MAX,
};

struct init_report {
	uint32_t kind;
	uint32_t step;
	int32_t value;
};

/*
 * argv after the option: "pidns"|"reaper", uid, gid, cpu ("any"), number of consoles, then the kernel's argv. The environment is
 * the kernel's. Returns the exit status.
 */
int guest_init_main(int argc, char **argv);

#endif
