/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ubd: disks that are files of the host, raw images and UML's copy-on-write files. ubd<n><flags>=<file>[,<file2>][,<serial>], n 0 to 15 or a to p.
 *
 * Files are opened and locked in two steps: ubd_open in the launcher, which still sees the host's paths with the user's rights, and ubd_start in the
 * kernel process, which works on the descriptors it inherited. So a restart of the kernel never lets go of the locks.
 */
#ifndef DRIVERS_UBD_H
#define DRIVERS_UBD_H

#include "lib/types.h"

#define UBD_MAJOR 98
#define UBD_MAX	  16

/* One word of the command line, "ubd…=…", "ubd=sync", or a debugging aid: "ubd=record:…", "ubd=fail:…" (disk_record.h, disk_fault.h). No lock, no task is wanted. 0, or -errno with a sentence in why. */
int ubd_open(const char *word, char *why, size_t len);

/* Make devices of all that was opened: /dev/ubda and so on. 0 or -errno. */
int ubd_start(char *why, size_t len);

/* mconsole: the specification of "ubd0" as it was given, "" if there is none; NULL: no such name. */
const char *ubd_spec(const char *name);
/* Take "ubd0" away: -EBUSY, -ENODEV, -EINVAL (a bad name); why gets uml_mconsole's words. May sleep. */
int ubd_remove(const char *name, char *why, size_t len);
/*
 * Add a disk now: "ubd3=/file". The sandbox lets the kernel open files but not make them, and stubs that live cannot be given descriptors: so the COW file must
 * exist, the flag s is refused, and files on the disk are mapped through the arena. -EBUSY: there is one. May sleep.
 */
int ubd_plug(const char *word, char *why, size_t len);

#endif
