// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image.json: what is known of an image beside its disk file.
 */
#include "daemon/image/image_store.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/file.h"
#include "common/rpc.h"

#define META_VERSION   1
#define META_MAX_BYTES 65536

static int disk_path_join(const char *dir, char *buf, size_t len)
{
	return path_join(buf, len, dir, "disk.img");
}

struct json_object *image_to_json(const struct image *image)
{
	struct json_object *o = json_object_new_object();
	uint64_t disk_bytes = 0;
	struct stat st;

	if (image->disk_path && lstat(image->disk_path, &st) == 0)
		disk_bytes = (uint64_t)st.st_blocks * 512;
	json_object_object_add(o, "name", json_object_new_string(image->name));
	json_object_object_add(o, "size", json_object_new_uint64(image->size_bytes));
	json_object_object_add(o, "disk_bytes", json_object_new_uint64(disk_bytes));
	json_object_object_add(o, "created",
			       image->created[0] ? json_object_new_string(image->created) : NULL);
	json_object_object_add(o, "origin", json_object_new_string(image->origin));
	json_object_object_add(o, "suite",
			       image->suite[0] ? json_object_new_string(image->suite) : NULL);
	return o;
}

int image_meta_write(const char *dir, struct image *image, struct error *err)
{
	char path[PATHS_MAX * 2], disk[PATHS_MAX * 2];
	time_t now = time(NULL);
	struct json_object *o;
	const char *text;
	struct stat st;
	struct tm tm;
	int r;

	if (path_join(path, sizeof(path), dir, "image.json") < 0 ||
	    disk_path_join(dir, disk, sizeof(disk)) < 0)
		return error_set_errno(err, ENAMETOOLONG, "image %s", image->name);
	if (lstat(disk, &st) < 0)
		return error_set_errno(err, errno, "the disk of image %s", image->name);
	image->size_bytes = (uint64_t)st.st_size;
	(void)strftime(image->created, sizeof(image->created), "%Y-%m-%dT%H:%M:%SZ",
		       gmtime_r(&now, &tm));
	o = image_to_json(image);
	json_object_object_del(o, "disk_bytes");
	json_object_object_add(o, "version", json_object_new_int(META_VERSION));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY);
	r = text ? file_write_atomic(AT_FDCWD, path, text, strlen(text), 0444) : -ENOMEM;
	json_object_put(o);
	if (r < 0)
		return error_set_errno(err, r, "cannot write %s", path);
	return 0;
}

/* Copies a string member; absent and null leave buf as it is. */
static int get_string(struct json_object *o, const char *key, char *buf, size_t len)
{
	struct json_object *v;
	int n;

	if (!json_object_object_get_ex(o, key, &v) || !v)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return -EBADMSG;
	n = snprintf(buf, len, "%s", json_object_get_string(v));
	return n < 0 || (size_t)n >= len ? -EBADMSG : 0;
}

static int meta_decode(struct json_object *o, struct image *image)
{
	struct json_object *version, *size;
	char name[NAME_LEN_MAX + 1] = "";

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, "version", &version) ||
	    json_object_get_int(version) != META_VERSION ||
	    !json_object_object_get_ex(o, "size", &size) ||
	    !json_object_is_type(size, json_type_int))
		return -EBADMSG;
	image->size_bytes = json_object_get_uint64(size);
	if (get_string(o, "name", name, sizeof(name)) < 0 || strcmp(name, image->name) != 0)
		return -EBADMSG;
	if (get_string(o, "origin", image->origin, sizeof(image->origin)) < 0 ||
	    get_string(o, "suite", image->suite, sizeof(image->suite)) < 0)
		return -EBADMSG;
	return get_string(o, "created", image->created, sizeof(image->created));
}

int image_meta_read(const char *dir, const char *name, struct image *ret, struct error *err)
{
	char path[PATHS_MAX * 2];
	cleanup_free char *text = NULL;
	struct image image = { 0 };
	struct json_object *o;
	struct stat st;
	size_t len;
	int r;

	(void)snprintf(image.name, sizeof(image.name), "%s", name);
	if (path_join(path, sizeof(path), dir, "image.json") < 0)
		return error_set_errno(err, ENAMETOOLONG, "image %s", name);
	r = file_read_all(AT_FDCWD, path, META_MAX_BYTES, &text, &len);
	if (r < 0)
		return error_set_errno(err, r, "cannot read %s", path);
	r = json_parse_strict(text, len, &o, err);
	if (r < 0)
		return r;
	r = meta_decode(o, &image);
	json_object_put(o);
	if (r < 0)
		return error_set(err, ERROR_FAILED, "damaged", "%s does not describe an image",
				 path);
	if (disk_path_join(dir, path, sizeof(path)) < 0)
		return error_set_errno(err, ENAMETOOLONG, "image %s", name);
	if (lstat(path, &st) < 0)
		return error_set_errno(err, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != image.size_bytes)
		return error_set(err, ERROR_FAILED, "damaged", "%s is not what it was made as",
				 path);
	image.disk_path = strdup(path);
	if (!image.disk_path)
		return error_set_errno(err, ENOMEM, "image %s", name);
	*ret = image;
	return 0;
}

void image_done(struct image *image)
{
	free(image->disk_path);
	*image = (struct image){ 0 };
}
