/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the machine: reboot(2), ctrl-alt-del, mconsole and the host's signals call these; boot/ registers what they do. */
#ifndef CORE_REBOOT_H
#define CORE_REBOOT_H

#include "lib/types.h"

struct reboot_ops {
	void (*power_off)(int status); /* does not return */
	void (*restart)(void);	       /* does not return */
	void (*ctrl_alt_del)(void);    /* SIGINT to init */
};
extern const struct reboot_ops *reboot_ops;

/* Ctrl-alt-del as reboot(2) has set it: restart at once, or tell init (the default once init has said so). */
extern bool reboot_cad_restarts; /* true at boot, as in Linux */
void reboot_ctrl_alt_del(void);

#endif
