/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers of UML's copy-on-write files: versions 1, 2, 3 and the version 3 that 64-bit systems wrote before December 2005 are read, version 3
 * is written. A parser of untrusted bytes without state; common/cow.c is its counterpart for the programs of the host.
 */
#ifndef DRIVERS_UBD_COW_HEADER_H
#define DRIVERS_UBD_COW_HEADER_H

#include "lib/types.h"

#define UBD_COW_READ  4136u /* bytes that the longest header takes */
#define UBD_COW_BYTES 4128u /* of a version 3 header */
#define UBD_COW_PATH  4096u
#define UBD_COW_MAX_SIZE \
	(1ull << 44) /* 16 TiB of disk: what the bitmap's table in memory is made for */

struct ubd_cow_header {
	unsigned int version;
	bool broken; /* the 64-bit layout of version 3 */
	uint32_t mtime;
	uint64_t bytes; /* of the base image */
	uint64_t bitmap_offset, bitmap_bytes, data_offset;
	bool bitmap_short; /* versions 1 and 2 round the bitmap down: the last sectors have no bit, nothing may be written */
	char backing[UBD_COW_PATH];
};

/*
 * From the first len bytes of a file of file_bytes. 0; -ENOENT: no COW file; -EINVAL: one that is damaged or unknown, *ret_why says in what (a constant).
 */
int ubd_cow_parse(const uint8_t *data, size_t len, uint64_t file_bytes, struct ubd_cow_header *ret,
		  const char **ret_why);

/* A version 3 header for a new file: -ENAMETOOLONG, -EINVAL (relative path, empty or too large a base). */
int ubd_cow_make(const char *backing, uint64_t bytes, uint32_t mtime, struct ubd_cow_header *ret);
void ubd_cow_encode(const struct ubd_cow_header *h, uint8_t out[UBD_COW_BYTES]);

#endif
