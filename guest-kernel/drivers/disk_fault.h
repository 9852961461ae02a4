/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "ubd=fail:WHAT:FIRST[:COUNT]": a debugging aid that lets host calls on images fail, as a broken disk would. WHAT is read, write, flush or punch; the FIRST-th
 * such call from now on (counted from 1, over all disks, base images too) and COUNT - 1 behind it end with EIO; without COUNT all of them do. On the command line, or
 * while the guest runs by mconsole's "config diskfail=WHAT:…"
 * (uml_mconsole takes what is behind "ubd=" for a path). "none" ends it.
 */
#ifndef DRIVERS_DISK_FAULT_H
#define DRIVERS_DISK_FAULT_H

#include "lib/types.h"

enum disk_fault {
	DISK_FAULT_READ,
	DISK_FAULT_WRITE,
	DISK_FAULT_FLUSH,
	DISK_FAULT_PUNCH,
	DISK_FAULTS
};

/* The text behind "ubd=fail:". 0, or -EINVAL with a sentence in why. */
int disk_fault_set(const char *text, char *why, size_t len);
/* True: this call is to fail. Counts it. With the big lock. */
bool disk_fault_due(enum disk_fault what);
/* True: some such calls are to fail, now or later. */
bool disk_fault_planned(enum disk_fault what);

#endif
