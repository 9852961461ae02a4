/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which program a guest's kernel is, and which kernel a new guest gets that names none. Both ask programs what they can do, so they
 * run in the thread pool.
 */
#ifndef DAEMON_CORE_KERNEL_CHOICE_H
#define DAEMON_CORE_KERNEL_CHOICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "daemon/guest_kernel.h"

struct guest_config;

/*
 * The program of c's kernel, as the guest's user finds it (what it may not run is not there), and what it can do. The program is run as that
 * user, never as root. *ret_program is the caller's. NOT_FOUND, USAGE (another kernel's program).
 */
int kernel_program_find(const struct guest_config *c, uid_t uid, gid_t gid, char **ret_program,
			struct kernel_features *ret, struct error *err);

/* What a definition asks of its kernel. */
struct kernel_wish {
	bool named; /* the client named kernel or kernel_path: what cannot work is an error */
	bool needs_systemd; /* the image's init is systemd */
	uid_t uid;	    /* whom the guest runs as */
	gid_t gid;
};

/*
 * Check that c's kernel can do what c asks for. If the client named none and the default cannot, c gets the first kernel of the table
 * that can, and *ret_why a sentence that says so (else NULL; the caller's). A kernel whose program is not there is not judged: starting
 * the guest says so. USAGE "kernel-lacks-network", with the way out as a hint.
 */
int kernel_choose(struct guest_config *c, const struct kernel_wish *w, char **ret_why,
		  struct error *err);

#endif
