/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel command line, read as Linux reads it: words that umlk knows are options, "name=value" that it does not know goes to
 * init's environment, other unknown words to its arguments, and everything behind "--" is init's.
 */
#ifndef BOOT_CMDLINE_H
#define BOOT_CMDLINE_H

#include "lib/types.h"

#define CMDLINE_WORDS 128

struct boot_options {
	char text[4096];    /* /proc/cmdline */
	uint64_t mem_bytes; /* mem=, default 64M as UML's */
	unsigned int ncpus;
	const char *engine; /* "auto" */
	const char *initrd;
	const char *init, *rdinit;
	const char *root, *rootfstype, *rootflags;
	const char *umid, *uml_dir;
	const char *hostname; /* or NULL */
	const char *trace;
	bool quiet, noreboot, root_readonly, debug_preempt;
	bool no_sandbox; /* sandbox=off */
	int loglevel;
	/* Device words (con0=…, ubd0=…, eth0=…, mconsole=…) in order, for the drivers' option parsers. */
	const char *devices[CMDLINE_WORDS];
	unsigned int n_devices;
	const char *init_args[CMDLINE_WORDS];
	unsigned int n_init_args;
	const char *init_env[CMDLINE_WORDS];
	unsigned int n_init_env;
};

/* Fill o from argv[1..]. 0, or -EINVAL with one sentence in why. The strings of argv must live on. */
int cmdline_parse(int argc, char **argv, struct boot_options *o, char *why, size_t len);

/* What /proc/cmdline shows; NULL before boot. */
extern const struct boot_options *boot_options;

/* --help. */
void cmdline_usage(int fd);

#endif
