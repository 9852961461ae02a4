/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The management console: commands over an AF_UNIX datagram socket, the protocol of uml_mconsole(1). */
#ifndef DRIVERS_MCONSOLE_H
#define DRIVERS_MCONSOLE_H

#include "lib/types.h"

int mconsole_option(const char *value, char *why, size_t len); /* "notify:SOCKET" */
/* Make uml_dir/umid with pid file and socket, and listen. Without umid there is none. 0, or -errno with a sentence in why. */
int mconsole_start(const char *umid, const char *uml_dir, char *why, size_t len);
void mconsole_panic(const char *message); /* tells the notify socket */

#endif
