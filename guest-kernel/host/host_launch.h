/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The launcher: makes the guest's namespaces and the processes around the kernel.
 *
 *	launcher (the program that was started; keeps its pid, forwards signals, passes the exit status on, starts again on reboot)
 *	  `- PID 1 of the guest's own PID namespace (reaps, and takes everything with it when it dies)
 *	       `- the kernel process (returns from host_launch)
 *
 * The kernel is not PID 1 itself because its stubs become its children by CLONE_PARENT, which PID 1 may not use, and because an abort
 * of PID 1 is swallowed by the host.
 */
#ifndef HOST_LAUNCH_H
#define HOST_LAUNCH_H

#include "host/host_tap.h"
#include "lib/types.h"

/* One network card: made as `name` in the guest's network namespace. */
struct host_launch_nic {
	char name[16];
	uint8_t mac[6];
	bool has_mac; /* otherwise the host draws one */
	int outer;    /* the host's end, open */
	int inner;    /* set in the kernel process: the guest's end */
	int ifindex;  /* the same: its number in the guest's namespace */
};

struct host_launch {
	bool restart_on_reboot;		 /* the kernel's exit status 133 starts it again */
	int reboot_status, panic_status; /* how else it may end by itself than below 128 */
	/* Set on return: what could not be had, for the boot log; NULL if all is there. */
	const char *lacks;
	struct host_launch_nic nics[HOST_NICS];
	unsigned int n_nics;
	/*
	 * Set on return: the kernel is in a network namespace of the guest's own, in which it may keep CAP_NET_* (host_sandbox_drop_rights), with lo up
	 * and the cards made. Otherwise it must keep away from the host's network.
	 */
	bool has_network;
};

/*
 * Returns 0 in a kernel process (once for each boot), never in the launcher, which ends with the kernel's status. -errno if no process can be made.
 */
int host_launch(struct host_launch *l);

/*
 * SIGTERM and SIGINT that reach the launcher come to the kernel as SIGTERM; this is the descriptor to read them from (8 bytes = how many),
 * for an io_watch.
 */
int host_launch_signal_fd(void);

/* In the kernel process: this is where the management console's files are; the launcher removes them when the kernel has ended, however it did. */
void host_launch_made_directory(const char *directory);

/* The launcher's pid as the host sees it (for the guest's pid file); 0 before host_launch. */
int host_launch_pid(void);

#endif
