/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap disks: a sparse file with the header that mkswap(8) writes (version 1, pages of 4096 bytes, label "umld-swap"), so that a guest
 * may swapon it without further ado.
 */
#ifndef DAEMON_CORE_SWAP_FILE_H
#define DAEMON_CORE_SWAP_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

#define SWAP_LABEL	  "umld-swap"
#define SWAP_HEADER_BYTES 4096u

/* The first page of a swap disk of size_bytes (a multiple of 4096) with that UUID. */
void swap_header_make(uint64_t size_bytes, const uint8_t uuid[16], uint8_t ret[SWAP_HEADER_BYTES]);

/*
 * Make path a swap disk of size_bytes owned by uid:gid, mode 0600; a file of that size is kept as it is. Durable:
 * finished under a temporary name, then renamed.
 */
int swap_file_ensure(const char *path, uint64_t size_bytes, uid_t uid, gid_t gid,
		     struct error *err);

#endif
