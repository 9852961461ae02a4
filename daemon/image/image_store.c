// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store of base images (daemon/image.h). What takes long is done by image_job.c and its worker; here are the list in
 * memory, and the few file operations that make and unmake an image in one step.
 */
#include "daemon/image/image_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/log.h"

#define MINI "mini"

struct image *images_find(struct images *im, const char *name)
{
	for (unsigned int i = 0; i < im->n_images; i++) {
		if (strcmp(im->images[i].name, name) == 0)
			return &im->images[i];
	}
	return NULL;
}

static bool mini_ships(struct images *im)
{
	return im->mini_path && access(im->mini_path, R_OK) == 0;
}

static int not_found(const char *name, struct error *err)
{
	int r = error_set(err, ERROR_NOT_FOUND, "image-not-found", "there is no image '%s'", name);

	error_hint(err, "umlctl image list");
	return r;
}

/* Takes image over. */
static int images_add(struct images *im, struct image *image)
{
	struct image *more = reallocarray(im->images, im->n_images + 1, sizeof(*more));
	unsigned int at = 0;

	if (!more)
		return -ENOMEM;
	im->images = more;
	while (at < im->n_images && strcmp(more[at].name, image->name) < 0)
		at++;
	memmove(&more[at + 1], &more[at], (im->n_images - at) * sizeof(*more));
	more[at] = *image;
	im->n_images++;
	*image = (struct image){ 0 };
	return 0;
}

int images_make_dir(struct images *im, char *ret, size_t len, struct error *err)
{
	int r = path_join(ret, len, im->tmp, "image-XXXXXX");

	if (r < 0)
		return error_set_errno(err, r, "%s", im->tmp);
	if (!mkdtemp(ret))
		return error_set_errno(err, errno, "cannot make a directory in %s", im->tmp);
	return 0;
}

int images_publish(struct images *im, const char *dir, const char *name, const char *origin,
		   const char *suite, struct error *err)
{
	struct image image = { 0 };
	char final[PATHS_MAX * 2];
	int r = path_join(final, sizeof(final), im->dir, name);

	if (r < 0)
		return error_set_errno(err, r, "image %s", name);
	(void)snprintf(image.name, sizeof(image.name), "%s", name);
	(void)snprintf(image.origin, sizeof(image.origin), "%s", origin);
	(void)snprintf(image.suite, sizeof(image.suite), "%s", suite ? suite : "");
	r = image_meta_write(dir, &image, err);
	if (r < 0)
		return r;
	/* Guests' kernels run as their owners and open the disk by name. */
	if (chmod(dir, 0755) < 0)
		return error_set_errno(err, errno, "cannot open up %s", dir);
	r = dir_sync(AT_FDCWD, dir);
	if (r < 0)
		return error_set_errno(err, r, "cannot write %s", dir);
	if (renameat2(AT_FDCWD, dir, AT_FDCWD, final, RENAME_NOREPLACE) < 0)
		return error_set_errno(err, errno, "cannot make image '%s'", name);
	r = dir_sync(AT_FDCWD, im->dir);
	if (r == 0)
		r = image_meta_read(final, name, &image, err);
	if (r == 0)
		r = images_add(im, &image);
	if (r < 0) {
		/* Not known to be durable, or not usable: then it shall not be there at all. */
		(void)renameat2(AT_FDCWD, final, AT_FDCWD, dir, RENAME_NOREPLACE);
		image_done(&image);
		return error_is_set(err) ? r
					 : error_set_errno(err, r, "cannot make image '%s'", name);
	}
	return 0;
}

/* --- loading ------------------------------------------------------------------------------------- */

static int images_load(struct images *im, struct error *err)
{
	DIR *d = opendir(im->dir);
	int r = 0;

	if (!d)
		return error_set_errno(err, errno, "cannot list %s", im->dir);
	for (struct dirent *e; r == 0 && (e = readdir(d));) {
		cleanup_error struct error damage = ERROR_INIT;
		struct image image = { 0 };
		char dir[PATHS_MAX * 2];

		if (e->d_name[0] == '.')
			continue;
		if (!image_name_valid(e->d_name) ||
		    path_join(dir, sizeof(dir), im->dir, e->d_name) < 0 ||
		    image_meta_read(dir, e->d_name, &image, &damage) < 0) {
			log_warning("%s/%s is not an image%s%s, ignoring", im->dir, e->d_name,
				    damage.message ? ": " : "",
				    damage.message ? damage.message : "");
			continue;
		}
		r = images_add(im, &image);
		if (r < 0) {
			image_done(&image);
			r = error_set_errno(err, r, "images");
		}
	}
	(void)closedir(d);
	return r;
}

/* Directories that a crash has left; files in them may belong to subordinate ids, so a worker removes them. */
static void images_clean_tmp(struct images *im)
{
	DIR *d = opendir(im->tmp);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char dir[PATHS_MAX * 2];

		if (strncmp(e->d_name, "image-", strlen("image-")) == 0 &&
		    path_join(dir, sizeof(dir), im->tmp, e->d_name) == 0)
			image_dir_remove(im, dir);
	}
	(void)closedir(d);
}

static int images_make_dirs(struct images *im, const struct paths *paths, struct error *err)
{
	int r = path_join(im->dir, sizeof(im->dir), paths->state, "images");

	if (r == 0)
		r = path_join(im->tmp, sizeof(im->tmp), paths->state, "tmp");
	if (r == 0)
		r = dir_make(im->dir, 0755);
	/* Closed to all others: what lies here may have set-user-id bits that nobody has looked at. */
	if (r == 0)
		r = dir_make(im->tmp, 0700);
	return r < 0 ? error_set_errno(err, r, "cannot make the image store in %s", paths->state)
		     : 0;
}

int images_new(uv_loop_t *loop, const struct paths *paths, const char *mini_path, struct jobs *jobs,
	       struct images **ret, struct error *err)
{
	struct images *im = calloc(1, sizeof(*im));
	int r;

	if (!im)
		return error_set_errno(err, ENOMEM, "images");
	im->loop = loop;
	im->jobs = jobs;
	LIST_INIT(&im->running);
	if (mini_path)
		im->mini_path = strdup(mini_path);
	if ((mini_path && !im->mini_path) || image_tools_locate(im) < 0)
		r = error_set_errno(err, ENOMEM, "images");
	else
		r = images_make_dirs(im, paths, err);
	if (r == 0)
		r = images_load(im, err);
	if (r < 0) {
		images_free(im);
		return r;
	}
	images_clean_tmp(im);
	*ret = im;
	return 0;
}

void images_free(struct images *im)
{
	if (!im)
		return;
	image_jobs_abandon(im);
	for (unsigned int i = 0; i < im->n_images; i++)
		image_done(&im->images[i]);
	free(im->images);
	free(im->mini_path);
	free(im->worker);
	free(im->scripts);
	free(im);
}

/* --- the shipped image --------------------------------------------------------------------------- */

static int mini_copy(struct images *im, const char *dir, struct error *err)
{
	char path[PATHS_MAX * 2];
	cleanup_close int from = open(im->mini_path, O_RDONLY | O_CLOEXEC);
	cleanup_close int to = -1;
	int r = path_join(path, sizeof(path), dir, "disk.img");

	if (r < 0)
		return error_set_errno(err, r, "%s", dir);
	if (from < 0)
		return error_set_errno(err, errno, "cannot open %s", im->mini_path);
	to = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return error_set_errno(err, errno, "cannot make %s", path);
	r = file_copy_sparse(from, to);
	if (r == 0 && (fchmod(to, 0444) < 0 || fsync(to) < 0))
		r = -errno;
	return r < 0 ? error_set_errno(err, r, "cannot copy %s", im->mini_path) : 0;
}

static int mini_install(struct images *im, struct error *err)
{
	char dir[PATHS_MAX * 2];
	int r = images_make_dir(im, dir, sizeof(dir), err);

	if (r < 0)
		return r;
	r = mini_copy(im, dir, err);
	if (r == 0)
		r = images_publish(im, dir, MINI, "mini", NULL, err);
	if (r < 0) {
		error_prefix(err, "cannot install the image that ships with umld");
		(void)dir_remove_all(AT_FDCWD, dir);
	}
	return r;
}

/* --- for everybody ------------------------------------------------------------------------------- */

int images_disk_path(struct images *im, const char *name, const char **ret, struct error *err)
{
	struct image *image = images_find(im, name);
	int r;

	if (!image && strcmp(name, MINI) == 0 && mini_ships(im)) {
		r = mini_install(im, err);
		if (r < 0)
			return r;
		image = images_find(im, name);
	}
	if (!image)
		return not_found(name, err);
	*ret = image->disk_path;
	return 0;
}

/* What `mini` will be once somebody asks for it. */
static struct json_object *mini_to_json(struct images *im)
{
	struct image mini = { .name = MINI, .origin = "mini" };
	struct stat st;

	if (stat(im->mini_path, &st) == 0)
		mini.size_bytes = (uint64_t)st.st_size;
	return image_to_json(&mini);
}

bool images_init_is_systemd(struct images *im, const char *name)
{
	const struct image *image = images_find(im, name);

	return image && *image->suite;
}

struct json_object *images_list(struct images *im)
{
	struct json_object *list = json_object_new_array();
	bool mini = mini_ships(im) && !images_find(im, MINI);

	for (unsigned int i = 0; i < im->n_images; i++) {
		if (mini && strcmp(im->images[i].name, MINI) > 0) {
			json_object_array_add(list, mini_to_json(im));
			mini = false;
		}
		json_object_array_add(list, image_to_json(&im->images[i]));
	}
	if (mini)
		json_object_array_add(list, mini_to_json(im));
	return list;
}

struct json_object *images_show(struct images *im, const char *name, struct error *err)
{
	struct image *image = images_find(im, name);

	if (image)
		return image_to_json(image);
	if (strcmp(name, MINI) == 0 && mini_ships(im))
		return mini_to_json(im);
	(void)not_found(name, err);
	return NULL;
}

int images_delete(struct images *im, const char *name, struct error *err)
{
	struct image *image = images_find(im, name);
	char dir[PATHS_MAX * 2], trash[PATHS_MAX * 2];
	int r;

	if (!image)
		return not_found(name, err);
	r = path_join(dir, sizeof(dir), im->dir, name);
	if (r < 0)
		return error_set_errno(err, r, "image %s", name);
	r = images_make_dir(im, trash, sizeof(trash), err);
	if (r < 0)
		return r;
	/* The target is an empty directory: one step, after which there is no such image. */
	if (rename(dir, trash) < 0) {
		r = error_set_errno(err, errno, "cannot delete image '%s'", name);
		(void)rmdir(trash);
		return r;
	}
	r = dir_sync(AT_FDCWD, im->dir);
	if (r < 0)
		log_warning("cannot sync %s: %s, ignoring", im->dir, strerror(-r));
	image_done(image);
	im->n_images--;
	memmove(image, image + 1,
		(im->n_images - (unsigned int)(image - im->images)) * sizeof(*image));
	image_dir_remove(im, trash);
	return 0;
}

/* Whether an image of that name may be made now. */
static int images_check_new(struct images *im, const char *name, struct error *err)
{
	if (!name || !image_name_valid(name))
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "name: '%s' is not a valid image name", name ? name : "");
	if (images_find(im, name) || (strcmp(name, MINI) == 0 && mini_ships(im)))
		return error_set(err, ERROR_BUSY, "image-exists", "image '%s' exists already",
				 name);
	if (image_job_runs(im, name))
		return error_set(err, ERROR_BUSY, "image-busy", "image '%s' is being made already",
				 name);
	return 0;
}

static char *join_packages(const struct image_build *b)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (unsigned int i = 0; i < b->n_include; i++)
		(void)fprintf(f, "%s%s", i > 0 ? "," : "", b->include[i]);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

int images_build(struct images *im, const struct image_build *b, uid_t owner, struct job **ret,
		 struct error *err)
{
	cleanup_free char *packages = NULL;
	char size[24];
	int r = images_check_new(im, b->name, err);

	if (r == 0)
		r = image_build_check(b, err);
	if (r < 0)
		return r;
	packages = join_packages(b);
	if (!packages)
		return error_set_errno(err, ENOMEM, "image %s", b->name);
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)b->size_bytes);
	return image_job_start(im, b->name, b->suite, owner,
			       (const char *const[]){ "build", size, im->scripts, b->suite,
						      packages, b->mirror ? b->mirror : "", NULL },
			       -1, ret, err);
}

int images_import(struct images *im, const char *name, int source_fd, uint64_t size_bytes,
		  uid_t owner, struct job **ret, struct error *err)
{
	char size[24], uid[16];
	int r = images_check_new(im, name, err);

	if (r < 0)
		return r;
	if (source_fd < 0)
		return error_set(err, ERROR_USAGE, "missing-descriptor",
				 "an import needs an open descriptor of its source");
	if (size_bytes > INT64_MAX)
		return error_set(err, ERROR_USAGE, "invalid-parameter", "size: at most 16T");
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)size_bytes);
	(void)snprintf(uid, sizeof(uid), "%u", owner);
	return image_job_start(im, name, NULL, owner,
			       (const char *const[]){ "import", size, uid, NULL }, source_fd, ret,
			       err);
}
