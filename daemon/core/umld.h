/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's parts in one place. There is one struct umld per process, made by umld_main.c and handed down; nothing in
 * this folder is global. Everything in it belongs to the loop's thread.
 */
#ifndef DAEMON_CORE_UMLD_H
#define DAEMON_CORE_UMLD_H

#include <sys/resource.h>
#include <uv.h>

#include "common/paths.h"
#include "daemon/core/daemon_config.h"
#include "daemon/core/guest.h"
#include "daemon/core/identity.h"

struct umld_options {
	bool user_mode;
	const char *state_dir, *runtime_dir, *config; /* NULL: the mode's default */
};

struct umld {
	uv_loop_t loop;
	struct paths paths;
	struct daemon_config config;
	uid_t uid;		     /* umld's own */
	char instance[ID_HEX_BYTES]; /* of the state directory, for ever */
	char epoch[ID_HEX_BYTES];    /* of this run */
	char boot_id[ID_BOOT_BYTES];
	char monitor_program[PATHS_MAX];
	struct rlimit nofile_at_start; /* what monitors and kernels get back */
	int lock_fd;		       /* RUN/umld.lock: one umld per runtime directory */
	int state_lock_fd;	       /* STATE/lock: one umld per state directory */
	bool stopping;		       /* no new runs; half-started ones are given up */

	struct events *events;
	struct jobs *jobs;
	struct images *images;
	struct network *network;
	struct guests guests;
	struct server *server;

	unsigned int n_adopting; /* guests whose state is not known yet */
	bool adopted;		 /* all known, or given up waiting: clients are served */
	struct loop_timer *adopt_timer;
	void (*ready)(struct umld *u); /* called then; may be NULL */
};

/*
 * Bring everything up in the order of the list in umld.c; on failure what was made is taken down again. After
 * umld_open the daemon serves; umld_close ends the service and leaves all guests running.
 */
int umld_open(struct umld *u, const struct umld_options *o, struct error *err);
void umld_close(struct umld *u);

#endif
