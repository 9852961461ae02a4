/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel process gives up, so that whoever takes it over gains little: first its rights (no capability, no new privilege, nothing that an exec
 * could bring), then, once everything is open, all host calls but those that a running kernel needs. The rules are the table in host_sandbox.c; stubs are
 * other processes and have filters of their own.
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include "lib/types.h"

/*
 * Drop all capabilities, from the bounding set too, and new privileges for good. Call it while the process has one thread: capabilities are a
 * thread's. Processes started later inherit this. network: the process is in a network namespace of the guest's own: CAP_NET_BIND_SERVICE, CAP_NET_ADMIN
 * and CAP_NET_RAW stay permitted, without being effective, for host_net.h to raise. 0 or -errno.
 */
int host_sandbox_drop_rights(bool network);

struct host_sandbox {
	bool ptrace; /* the requests that a tracer of stubs needs */
	/* Internet and route netlink sockets, as far as the tables of host_net.h go. Only in a network namespace of the guest's own. */
	bool network;
	/* Called on the thread that made a refused call, in a signal handler; must not return. The call has not been made. */
	void (*refused)(int nr, const void *ip);
};

/*
 * From here on a host call that is not on the list, of any thread that exists now or later, ends in refused(). The process also stops being
 * dumpable: no core file, no debugger, no other process of the same user may look into it. Cannot be undone. 0 or -errno; -EOPNOTSUPP in a sanitizer build, whose runtime needs more.
 */
int host_sandbox_enter(const struct host_sandbox *s);

#endif
