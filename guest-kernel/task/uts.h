/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UTS namespace (host and domain name) and what uname says of the kernel. */
#ifndef TASK_UTS_H
#define TASK_UTS_H

#include "lib/types.h"

#define UTS_NAME_MAX 64
#define UTS_RELEASE  "6.1.0-umlk"
#define UTS_VERSION  "#1 SMP umlk"
#define UTS_MACHINE  "x86_64"

struct uts_ns {
	uint32_t refs;
	char nodename[UTS_NAME_MAX + 1];
	char domainname[UTS_NAME_MAX + 1];
};

/* The current task's; never NULL for a user task. Written in place by sethostname (the caller has checked CAP_SYS_ADMIN). */
struct uts_ns *uts_current(void);

/* unshare(CLONE_NEWUTS). 0 or -ENOMEM. */
int uts_unshare(void);

/* Registers the task part; hostname is the first name ("(none)" if NULL). */
void uts_init(const char *hostname);

#endif
