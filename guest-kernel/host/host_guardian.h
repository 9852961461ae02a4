/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guardian of the host's terminals: a tiny process beside the launcher that knows the settings which the terminals among umlk's descriptors had at
 * the start, and puts them back if launcher and kernel end without doing so themselves (SIGKILL). Without a terminal there is none.
 */
#ifndef HOST_GUARDIAN_H
#define HOST_GUARDIAN_H

#include "lib/types.h"

/* In the launcher, before there is any other process. Without memory or processes for it, terminals are not guarded. */
void host_guardian_start(void);

/* In the launcher, when the kernel has ended for good. restore: it did not put the terminals back itself. Ends the guardian. */
void host_guardian_end(bool restore);

#endif
