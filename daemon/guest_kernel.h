/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of guest kernels: everything that differs between `linux.uml` and `umlk`, and nothing else, is a row here.
 * umld uses a row to build the command line, the monitor to tell what an exit status means. A third kernel
 * is a third row.
 */
#ifndef DAEMON_GUEST_KERNEL_H
#define DAEMON_GUEST_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* How a guest's run ended. Strings in end.json, RPC and events: see guest_end_to_string. */
enum guest_end {
	GUEST_END_POWEROFF, /* the guest (or a stop request) powered it off or halted it */
	GUEST_END_REBOOT,   /* it rebooted and the policy says not to start it again */
	GUEST_END_PANIC,
	GUEST_END_KILLED, /* from outside: kill request, stop deadline, signal, monitor lost */
	GUEST_END_FAILED, /* it never came up */
	GUEST_END_MAX,
	GUEST_END_INVALID = -22,
};

const char *guest_end_to_string(enum guest_end e);
enum guest_end guest_end_from_string(const char *s);

/* What the command line is built from. Paths are absolute; strings are borrowed. */
struct kernel_disk {
	const char *path;
	const char *backing; /* COW: the base image; else NULL */
	bool readonly;
};

struct kernel_args {
	const char *program;
	const char *umid, *uml_dir; /* uml_dir ends with '/' */
	const char *notify_socket;
	uint64_t mem_bytes;
	unsigned int ncpus;
	unsigned int n_consoles; /* con0 is fd 0/1; conN for N >= 1 is fd 2+N (3, 4, ...) */
	const struct kernel_disk *disks;
	unsigned int n_disks;  /* disks[0] is ubd0 */
	bool root_on_disk;     /* root=/dev/ubda rw */
	const char *initrd;    /* or NULL */
	const char *tap, *mac; /* both or neither */
	const char
		*append; /* the user's own words, or NULL; split at blanks, "double quotes" group */
};

/* What a kernel binary can do; asked once for each (path, size, mtime). */
struct kernel_features {
	bool net_eth_tuntap; /* eth0=tuntap,TAP,MAC */
	bool net_vec_tap;    /* vec0:transport=tap,ifname=TAP,mac=MAC */
	bool smp;	     /* ncpus= */
	char version[64];
};

struct guest_kernel {
	const char *name;	     /* "linux.uml", "umlk" */
	const char *default_program; /* see guest_kernel_locate */
	bool pin_to_one_cpu; /* hand-overs across CPUs cost it several times the time: measured */
	bool needs_init_process; /* leaves helpers behind when killed: run below a PID 1 of our own */
	bool runs_systemd;	 /* as the guest's init */
	const char *version_word; /* what its --version begins with; NULL: a number, as Linux's */

	/*
	 * NULL-terminated argv, owned by the caller (kernel_argv_free). USAGE if append cannot be split or the kernel
	 * cannot do what is asked (a network form, ncpus).
	 */
	int (*build_argv)(const struct kernel_args *a, const struct kernel_features *f, char ***ret,
			  struct error *err);

	/*
	 * What the end of the kernel process means. wait_status as from waitpid; was_up: it had announced its mconsole;
	 * panicked: a panic notification came; tail: the last bytes of console 0 (NUL-terminated). Returns PANIC, REBOOT,
	 * POWEROFF, KILLED or FAILED. Whether a stop or kill was asked for is the monitor's to add.
	 */
	enum guest_end (*classify_end)(int wait_status, bool was_up, bool panicked,
				       const char *tail);
};

/* NULL if there is none of that name. kernel_table ends with a NULL name. */
const struct guest_kernel *guest_kernel_find(const char *name);
extern const struct guest_kernel kernel_table[];

/* All names, with commas between them. */
const char *guest_kernel_names(void);

/*
 * Locate the program: an absolute path as given, else the default searched for: where the running umld was built or installed, then in $PATH and
 * the usual places. What the calling thread may not execute is not there. NOT_FOUND, for linux.uml with a hint (apt install
 * user-mode-linux).
 */
int guest_kernel_locate(const struct guest_kernel *k, const char *program, char **ret_path,
			struct error *err);

/*
 * Run PROGRAM --help/--version once (bounded by 10 s) and cache the answer in memory. May block that long the first time. USAGE
 * "kernel-mismatch": the program is another row's kernel.
 */
int guest_kernel_probe(const struct guest_kernel *k, const char *path, struct kernel_features *ret,
		       struct error *err);

void kernel_argv_free(char **argv);

#endif
