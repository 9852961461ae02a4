/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of base images: STATE/images/NAME/{disk.img,image.json}. An image never changes once it is there (mode 0444, its mtime
 * is part of every COW header over it), so making one is: build under STATE/tmp, fsync, one rename of the
 * directory, fsync of the parent. `mini` is made from the file that ships with umld when it is first asked for.
 */
#ifndef DAEMON_IMAGE_H
#define DAEMON_IMAGE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <uv.h>

#include "common/error.h"
#include "common/paths.h"
#include "daemon/jobs.h"

struct images;

/* Loads the store; removes what a crash left in STATE/tmp. mini_path: the shipped mini image or NULL. */
int images_new(uv_loop_t *loop, const struct paths *paths, const char *mini_path, struct jobs *jobs,
	       struct images **ret, struct error *err);
void images_free(struct images *im); /* cancels jobs, waits for nothing */

/* Absolute path of an image's disk, owned by the store. Installs `mini` on first use. NOT_FOUND with the hint `umlctl image list`. */
int images_disk_path(struct images *im, const char *name, const char **ret, struct error *err);

/* Is the image's init systemd, as far as umld knows: it is in those that umld has built. False for one that is not there. */
bool images_init_is_systemd(struct images *im, const char *name);

/* [{"name","size","disk_bytes","created","origin","suite"}…], sorted by name; a new reference. */
struct json_object *images_list(struct images *im);
struct json_object *images_show(struct images *im, const char *name, struct error *err);

/* The caller has checked that no guest needs it. */
int images_delete(struct images *im, const char *name, struct error *err);

struct image_build {
	const char *name, *suite; /* suite: a-z0-9-, e.g. "bookworm" */
	const char *const *include;
	unsigned int n_include; /* package names, validated here */
	uint64_t size_bytes;	/* of the disk; at least 256 MiB */
	const char *mirror;	/* NULL: what the host's apt uses */
};

/* Both return a job that ends with {"image":NAME}; BUSY at once if the name exists or is being made. Strings are copied. */
int images_build(struct images *im, const struct image_build *b, uid_t owner, struct job **ret,
		 struct error *err);

/*
 * source: an open descriptor of a raw ext4 image, a directory, or a tar archive (any compression tar knows); taken over on success. size_bytes 0:
 * contents plus a quarter plus 256 MiB (directory, tar) or as it is (image).
 */
int images_import(struct images *im, const char *name, int source_fd, uint64_t size_bytes,
		  uid_t owner, struct job **ret, struct error *err);

#endif
