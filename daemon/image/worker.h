/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld-image-worker: the process that makes an image's disk file, one for each job. umld talks to it through
 * its arguments, the output pipe and its exit status only:
 *
 *	umld-image-worker PARENT build  DIR SIZE SCRIPTS SUITE PACKAGES MIRROR
 *	umld-image-worker PARENT import DIR SIZE OWNER		(the source is descriptor 3)
 *	umld-image-worker PARENT remove DIR
 *
 * PARENT is umld's pid: the worker and everything below it die with that process. DIR is an empty directory of mode 0700
 * under STATE/tmp; on success (exit 0) DIR/disk.img (0444) is finished, on the disk, and alone in DIR. SIGTERM cancels: the worker exits
 * only after everything it started is gone, so that DIR can be removed. Lines that start with "@umld " on
 * standard output are "PER-MILLE PHASE"; all else is what the tools said.
 *
 * Two processes matter: the outer one keeps the host's ids and does what needs them (the client's
 * descriptor, the finished file); everything that touches foreign contents runs in the sandbox.
 */
#ifndef DAEMON_IMAGE_WORKER_H
#define DAEMON_IMAGE_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cleanup.h"

#define WORKER_SOURCE_FD 3

/* Exit statuses of the stages, so that a wait status alone tells which step failed. */
enum { WORKER_FAILED = 1, WORKER_USAGE = 2, WORKER_SANDBOX = 10, WORKER_EXEC = 127 };

/* A sentence on standard error (umld shows the last lines as the error's hint), then exit with status. */
void worker_fail(int status, const char *fmt, ...) printf_like(2, 3) __attribute__((noreturn));
void worker_phase(unsigned int per_mille, const char *phase);

/* --- processes (worker_process.c) ---------------------------------------------------------------- */

/* fork whose child dies with its parent, has default signals, and never runs after the parent has died. */
pid_t worker_fork(void);

/* Run argv[0] from $PATH and wait, reaping strangers too (for PID 1). Returns the wait status; does not return without fork. */
int worker_run(const char *const argv[]);

/*
 * Wait until all n processes have ended. The first failure, or SIGTERM, kills the others. Zero only if all
 * exited with 0. Call worker_block_signals before the first fork.
 */
int worker_wait_all(pid_t *pids, unsigned int n);
void worker_block_signals(void);

/* --- sandbox (worker_sandbox.c) ------------------------------------------------------------------ */

/*
 * A process in its own PID and mount namespace, in which everything but work_dir is read-only. With map_ids
 * also in its own user namespace, where it is root over ids that belong to nobody on the host (as root) or to the caller's
 * subordinate ids (otherwise, needs newuidmap and /etc/subuid). Without root the ids are always mapped.
 */
struct sandbox {
	const char *work_dir; /* absolute; becomes the working directory */
	bool map_ids;
	bool read_write; /* leave the rest of the file system as it is */
};

/* Start fn(ctx) as PID 1 of a new sandbox. */
pid_t sandbox_start(const struct sandbox *s, int (*fn)(void *ctx), void *ctx);

/* Whom files in a sandbox's work_dir must belong to on the host. */
uid_t sandbox_root_id(bool map_ids);

/* --- sources and disks -------------------------------------------------------------------------- */

enum source_kind { SOURCE_DIR, SOURCE_TAR, SOURCE_EXT, SOURCE_KIND_MAX };

/* Look at an open source without moving it. tar_option: tar's option for the compression, or NULL. Returns -errno; -EBADMSG: none of these. */
int source_detect(int fd, enum source_kind *ret, const char **ret_tar_option);

/* Check an ext2/3/4 superblock and that the file holds all of the file system. -EBADMSG with a sentence in *ret_why. */
int ext_check(int fd, uint64_t *ret_fs_bytes, const char **ret_why);

/* What a tree takes on a disk. */
int tree_measure(const char *path, uint64_t *ret_bytes, uint64_t *ret_inodes);

/* In the sandbox: "tree" to an ext4 file system on "disk.img" (which exists); size 0: contents plus a quarter plus 256 MiB. Exits on failure. */
void tree_to_disk(uint64_t size_bytes);

#endif
