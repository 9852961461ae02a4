/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where umld keeps things. System mode: /etc/umld.conf, /var/lib/umld, /run/umld. User mode: the XDG directories.
 * umld --state-dir/--runtime-dir/--config and $UMLD_SOCKET (umlctl) override them, which is how tests run a private umld.
 *
 *	STATE/guests/NAME/guest.json	definition			umld writes, atomically
 *	STATE/guests/NAME/run.json	what the monitor shall run	umld writes, atomically
 *	STATE/guests/NAME/next-run.json	the same for a restart	umld writes; the monitor renames it to run.json
 *	STATE/guests/NAME/end.json	how the last run ended		the monitor writes, atomically
 *	STATE/guests/NAME/lock		held by the monitor while the guest exists
 *	STATE/guests/NAME/disk.cow, swap.img
 *	STATE/guests/NAME/console-N.log[.1]
 *	STATE/images/NAME/image.json, disk.img (0444; never changes)
 *	STATE/tmp/			objects under construction; emptied at start
 *	RUN/umld.sock, RUN/umld.lock	one umld per directory
 *	RUN/monitors/NAME.sock		the monitor's control socket (0600)
 *	RUN/uml/NAME/			uml_dir of the kernel, owned by the guest's user
 *	RUN/uml/NAME/notify		the monitor listens for mconsole notifications
 *	RUN/uml/NAME/NAME/mconsole	the kernel's mconsole
 *	RUN/network/			ledger of taps, bridges, tables that umld made
 */
#ifndef COMMON_PATHS_H
#define COMMON_PATHS_H

#include <stdbool.h>

#include "common/error.h"

#define PATHS_MAX 256

struct paths {
	bool user_mode;
	char config[PATHS_MAX]; /* "" if none is read */
	char state[PATHS_MAX];
	char runtime[PATHS_MAX];
	char socket[PATHS_MAX]; /* RUN/umld.sock unless overridden */
};

/*
 * Fill the defaults for a mode. User mode: $XDG_CONFIG_HOME/umld/umld.conf (~/.config), $XDG_STATE_HOME/umld (~/.local/state),
 * $XDG_RUNTIME_DIR/umld, or /tmp/umld-UID (0700, owner checked) where that is not set.
 */
int paths_default(bool user_mode, struct paths *ret, struct error *err);

/*
 * The socket a client talks to: $UMLD_SOCKET, else the user's own if it exists there and the caller is not root,
 * else the system's.
 */
int paths_client_socket(char *buf, size_t len, struct error *err);

/* -ENAMETOOLONG with a sentence if a socket path below runtime would pass 108 bytes for the longest name. */
int paths_check_runtime(const char *runtime, struct error *err);

#endif
