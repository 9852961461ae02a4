/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld.conf(5) in memory: defaults, overridden by the [umld] section and by one [bridge NAME] section for each managed
 * bridge. Read once at start; nothing else changes it.
 */
#ifndef DAEMON_CORE_DAEMON_CONFIG_H
#define DAEMON_CORE_DAEMON_CONFIG_H

#include "common/error.h"
#include "common/parse.h"
#include "common/paths.h"
#include "daemon/network.h"

#define CONFIG_BRIDGES_MAX 16

struct daemon_config {
	char guest_user[64]; /* runs the guests that root owns; system mode only */
	uid_t guest_uid;     /* resolved by daemon_config_resolve */
	gid_t guest_gid;
	char socket_group[64];
	bool socket_group_exists;
	gid_t socket_gid;
	char default_image[NAME_LEN_MAX + 1];
	char default_kernel[32];
	uint64_t default_mem_bytes;
	char mini_image[PATHS_MAX]; /* "" for the one that ships with umld */
	struct bridge_config bridges[CONFIG_BRIDGES_MAX];
	unsigned int n_bridges;
};

void daemon_config_defaults(struct daemon_config *c);

/* Parse text over the defaults. USAGE with file and line. c is left half-changed on failure: give up then. */
int daemon_config_parse(struct daemon_config *c, const char *file, const char *text, size_t len,
			struct error *err);

/* Read path; a file that is missing is only an error if must_exist. */
int daemon_config_read(struct daemon_config *c, const char *path, bool must_exist,
		       struct error *err);

/*
 * Look up the users and groups of system mode. guest_user falls back on `nobody` with a warning in the log; an error
 * if that is missing too. A missing socket group only means that root alone is an administrator.
 */
int daemon_config_resolve(struct daemon_config *c, struct error *err);

#endif
