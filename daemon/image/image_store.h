/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of umld_image: the store as its jobs see it. Others include daemon/image.h only.
 */
#ifndef DAEMON_IMAGE_IMAGE_STORE_H
#define DAEMON_IMAGE_IMAGE_STORE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "common/parse.h"
#include "daemon/image.h"

struct image_job;

/* What image.json says, and where the disk is. */
struct image {
	char name[NAME_LEN_MAX + 1];
	char origin[16];  /* "mini", "build", "import" */
	char suite[40];	  /* build; else "" */
	char created[32]; /* RFC 3339, UTC */
	uint64_t size_bytes;
	char *disk_path;
};

struct images {
	uv_loop_t *loop;
	struct jobs *jobs;
	char dir[PATHS_MAX], tmp[PATHS_MAX]; /* STATE/images, STATE/tmp */
	char *mini_path;		     /* or NULL */
	char *worker, *scripts; /* umld-image-worker; the directory of the shell scripts */
	struct image *images;	/* sorted by name */
	unsigned int n_images;
	LIST_HEAD(image_job_list, image_job) running;
};

struct image *images_find(struct images *im, const char *name);

/* A new empty directory STATE/tmp/image-XXXXXX (0700). */
int images_make_dir(struct images *im, char *ret, size_t len, struct error *err);

/*
 * Turn a directory with a finished disk.img into an image: image.json, fsync, one rename, fsync of the parent. On
 * failure the directory is still where it was.
 */
int images_publish(struct images *im, const char *dir, const char *name, const char *origin,
		   const char *suite, struct error *err);

/* --- image_meta.c ------------------------------------------------------------------------------- */

/* DIR/image.json of a finished disk file. size_bytes is filled in. */
int image_meta_write(const char *dir, struct image *image, struct error *err);

/* The image in DIR, which must be called name. -EBADMSG with a sentence if it is damaged. */
int image_meta_read(const char *dir, const char *name, struct image *ret, struct error *err);
struct json_object *image_to_json(const struct image *image);
void image_done(struct image *image);

/* --- image_spec.c: what clients may ask for ------------------------------------------------------ */

int image_build_check(const struct image_build *b, struct error *err);
bool package_name_valid(const char *s);
bool suite_name_valid(const char *s);
bool mirror_url_valid(const char *s);

/* --- image_job.c -------------------------------------------------------------------------------- */

/* Start the worker; kind "image.build" or "image.import". source_fd: -1 or taken over on success. */
int image_job_start(struct images *im, const char *name, const char *suite, uid_t owner,
		    const char *const args[], int source_fd, struct job **ret, struct error *err);
bool image_job_runs(struct images *im, const char *name);

/* Ends all jobs: their workers are told to stop, their handles close as the loop goes on. */
void image_jobs_abandon(struct images *im);

/* Remove a directory in the background, whoever owns what is in it. */
void image_dir_remove(struct images *im, const char *dir);

/* --- image_tools.c ------------------------------------------------------------------------------ */

int image_tools_locate(struct images *im);

#endif
