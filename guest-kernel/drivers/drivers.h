/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of all drivers. */
#ifndef DRIVERS_DRIVERS_H
#define DRIVERS_DRIVERS_H

#include "lib/types.h"

struct driver_options {
	const char *const *devices; /* con0=…, ssl0=…, ubd0=…, mconsole=… as given, in order */
	unsigned int n_devices;
	const char *umid, *uml_dir; /* NULL: not given */
};

/* 0, or -errno with one sentence in why (which word is wrong and what would be right). */
int drivers_init(const struct driver_options *o, char *why, size_t len);

#endif
