/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.*: decoding for daemon/image.h, and the one rule that the store cannot know: an image stays while a guest's disk is
 * a copy over it.
 */
#include <string.h>

#include "daemon/core/guest.h"
#include "daemon/core/job_list.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"
#include "daemon/image.h"

#define BUILD_SIZE_DEFAULT (4ull << 30)
#define INCLUDE_MAX	   64

int request_image_list(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "images", images_list(req->umld->images));
	*ret = o;
	return 0;
}

int request_image_show(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *o =
		images_show(req->umld->images, rpc_arg_string(req->params, "name", ""), err);

	if (!o)
		return -ENOENT;
	*ret = o;
	return 0;
}

static struct json_object *job_result(const struct job *job)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "job", json_object_new_uint64(job_id(job)));
	return o;
}

static int name_check(const char *name, struct error *err)
{
	if (strcmp(name, "none") == 0)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "name: 'none' means no image and cannot be one");
	return 0;
}

int request_image_build(struct request *req, struct json_object **ret, struct error *err)
{
	const char *include[INCLUDE_MAX];
	struct image_build b = {
		.name = rpc_arg_string(req->params, "name", ""),
		.suite = rpc_arg_string(req->params, "suite", ""),
		.include = include,
		.size_bytes = rpc_arg_size(req->params, "size", BUILD_SIZE_DEFAULT),
		.mirror = rpc_arg_string(req->params, "mirror", NULL),
	};
	struct json_object *list = NULL;
	struct job *job = NULL;
	int r = name_check(b.name, err);

	if (r == 0 && rpc_arg_given(req->params, "include")) {
		list = json_object_object_get(req->params, "include");
		for (size_t i = 0; i < json_object_array_length(list) && i < INCLUDE_MAX; i++)
			include[b.n_include++] =
				json_object_get_string(json_object_array_get_idx(list, i));
	}
	if (r == 0)
		r = images_build(req->umld->images, &b, req->uid, &job, err);
	if (r == 0)
		*ret = job_result(job);
	return r;
}

int request_image_import(struct request *req, struct json_object **ret, struct error *err)
{
	const char *name = rpc_arg_string(req->params, "name", "");
	struct job *job = NULL;
	int r = name_check(name, err);

	if (r == 0 && req->fd < 0)
		r = error_set(err, ERROR_USAGE, "missing-descriptor",
			      "image.import needs an open descriptor with the request");
	if (r == 0)
		r = images_import(req->umld->images, name, req->fd,
				  rpc_arg_size(req->params, "size", 0), req->uid, &job, err);
	if (r < 0)
		return r;
	(void)TAKE_FD(req->fd);
	*ret = job_result(job);
	return 0;
}

/* "a, b and 3 more": enough to act on, and bounded. */
static int image_users(struct request *req, const char *name, struct error *err)
{
	char names[5 * (NAME_LEN_MAX + 2) + 32] = "";
	unsigned int n = 0;
	struct guest *g;

	CHAIN_FOREACH(g, &req->umld->guests.list, entry)
	{
		size_t len = strlen(names);

		if (strcmp(g->config.image, name) != 0)
			continue;
		if (n++ < 5)
			(void)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
				       g->name);
	}
	if (n == 0)
		return 0;
	if (n > 5)
		(void)snprintf(names + strlen(names), sizeof(names) - strlen(names), " and %u more",
			       n - 5);
	(void)error_set(err, ERROR_BUSY, "image-in-use", "image '%s' is needed by %s", name, names);
	error_hint(err, "delete these guests first");
	return -EBUSY;
}

static int image_damaged_guests(struct request *req, struct error *err)
{
	struct guest *g;

	CHAIN_FOREACH(g, &req->umld->guests.list, entry)
	{
		if (g->damage) {
			(void)error_set(err, ERROR_BUSY, "image-in-use",
					"guest '%s' is damaged: whether it needs the image is not "
					"known",
					g->name);
			error_hint(err, "mend or delete that guest first");
			return -EBUSY;
		}
	}
	return 0;
}

int request_image_delete(struct request *req, struct json_object **ret, struct error *err)
{
	const char *name = rpc_arg_string(req->params, "name", "");
	int r = image_users(req, name, err);

	if (r == 0)
		r = image_damaged_guests(req, err);
	if (r == 0)
		r = images_delete(req->umld->images, name, err);
	return r;
}
