/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User Mode Linux copy-on-write files: reading the header of versions 1, 2, 3 and the 64-bit "broken
 * version 3", and making version 3 files. Layouts were taken from the format's description and checked byte for
 * byte against uml_mkcow in the tests. Big-endian on disk.
 *
 * A header is untrusted input: every field is range-checked against the file's real size, no offset
 * computation may overflow, and a backing path is only accepted if NUL-terminated inside its field.
 */
#ifndef COMMON_COW_H
#define COMMON_COW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define COW_MAGIC	0x4f4f4f4du /* "OOOM" */
#define COW_SECTOR	512u
#define COW_ALIGN	4096u
#define COW_BACKING_MAX 4096

struct cow_header {
	unsigned int version; /* 1, 2 or 3 */
	int is_broken_v3;     /* the layout that 64-bit systems wrote before December 2005 */
	uint32_t mtime;	      /* of the backing file, seconds */
	uint64_t size_bytes;  /* of the backing file */
	uint32_t sector_bytes;
	uint32_t align_bytes;
	uint64_t bitmap_offset; /* bytes from the start of the file */
	uint64_t bitmap_bytes;
	uint64_t data_offset;
	char backing[COW_BACKING_MAX]; /* NUL-terminated path as written in the header */
};

/*
 * Decode a header from the first len bytes of a file that is file_bytes long. Returns 0, -ENOMSG if
 * there is no COW magic (an ordinary image), or -EBADMSG with err set. Reads nothing outside data.
 */
int cow_header_parse(const void *data, size_t len, uint64_t file_bytes, struct cow_header *ret,
		     struct error *err);

/* The same from a descriptor (position untouched). */
int cow_header_read(int fd, struct cow_header *ret, struct error *err);

/*
 * Compute a version 3 header for a backing file of that size, mtime and absolute path, and encode it.
 * The buffer has COW_HEADER_BYTES; the encoded bytes are padded with zeros to data_offset's granularity
 * only in the file. -EINVAL for an empty or relative path, -ENAMETOOLONG.
 */
#define COW_HEADER_BYTES 4128u
int cow_header_make(const char *backing, uint64_t size_bytes, uint32_t mtime,
		    struct cow_header *ret);
void cow_header_encode(const struct cow_header *h, unsigned char out[COW_HEADER_BYTES]);

/*
 * Make a new sparse COW file over backing (absolute path; opened read-only to take its size and mtime). Durable
 * when it returns: written under a temporary name, fsync, rename, fsync of the directory. Fails with
 * BUSY if path exists. Owner uid:gid if not (uid_t)-1; mode 0600.
 */
int cow_create(const char *path, const char *backing, unsigned int uid, unsigned int gid,
	       struct error *err);

/*
 * 0 if the COW file still fits its backing file (size and mtime are what the header says), -ESTALE with a sentence
 * that names both otherwise.
 */
int cow_check_backing(const struct cow_header *h, const char *backing, struct error *err);

#endif
