/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.json: what umld tells the monitor to run (daemon/README.md). Read anew for each start that umld asks for. Everything is
 * checked here, so that the rest of the monitor may rely on it; unknown keys are ignored, because a newer umld may meet an
 * older monitor that still runs.
 */
#ifndef DAEMON_MONITOR_RUN_CONFIG_H
#define DAEMON_MONITOR_RUN_CONFIG_H

#include <sys/types.h>

#include "common/error.h"
#include "common/paths.h"
#include "daemon/guest_kernel.h"
#include "daemon/monitor/restart_policy.h"

#define RUN_CONSOLES_MAX 16
#define RUN_LOCKS_MAX	 64

struct run_lock {
	char *path;
	bool writable;
};

struct run_config {
	char *guest, *run_id;
	const struct guest_kernel *kernel;
	char **argv; /* [0] is an absolute path */
	char **env;  /* has a PATH */
	uid_t uid;
	gid_t gid;
	int cpu; /* -1: any */
	unsigned int n_consoles;
	char *uml_dir, *umid; /* uml_dir is RUN/uml/GUEST/ and ends with a '/' */
	struct run_lock *locks;
	unsigned int n_locks;
	struct restart_policy policy;
	uint64_t boot_timeout_ms; /* UINT64_MAX: none */
	uint64_t log_bytes;	  /* 0: no log file */
};

/* Read run.json in the guest's directory. The guest named inside must be `guest`. */
int run_config_read(int guest_dirfd, const char *guest, struct run_config *ret, struct error *err);

/*
 * Before a restart that umld asked for: if umld left a next-run.json, it becomes run.json and is read; otherwise run.json is
 * read again. On failure run.json still describes the run that was.
 */
int run_config_read_next(int guest_dirfd, const char *guest, struct run_config *ret,
			 struct error *err);

/* The same from text. */
int run_config_parse(const char *text, size_t len, const char *guest, struct run_config *ret,
		     struct error *err);

void run_config_done(struct run_config *c);

#endif
