// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verbs for images. Building and importing are jobs of umld's; what is imported travels as a descriptor, opened here
 * with the rights of the user.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/cli_guest.h"
#include "cli/cli_job.h"
#include "cli/cli_output.h"

/* Bytes for people: two or three digits and a letter. */
static const char *rough_size(int64_t bytes, char *buf, size_t len)
{
	static const char letters[] = "BKMGT";
	double value = (double)bytes;
	unsigned int i = 0;

	while (value >= 1000 && i + 2 < sizeof(letters)) {
		value /= 1024;
		i++;
	}
	(void)snprintf(buf, len, value < 10 && i ? "%.1f%c" : "%.0f%c", value, letters[i]);
	return buf;
}

int verb_image_build(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *job = NULL;
	struct json_object *params = guest_params(call->args[0]);
	int r = call_params(call, params, err);

	if (r < 0) {
		json_object_put(params);
		return r;
	}
	r = ctl_call(ctl, "image.build", params, &job, err);
	return r < 0 ? r : job_finish(ctl, call, job, "built", err);
}

int verb_image_import(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	const char *path = call->args[1];
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	cleanup_json struct json_object *job = NULL;
	struct json_object *params;
	int r;

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open %s", path);
	params = guest_params(call->args[0]);
	r = call_params(call, params, err);
	if (r < 0) {
		json_object_put(params);
		return r;
	}
	r = client_call_fds(&ctl->client, "image.import", params, &fd, 1, &job, err);
	return r < 0 ? r : job_finish(ctl, call, job, "imported", err);
}

static const struct table_column image_columns[] = {
	{ .title = "NAME" },
	{ .title = "SIZE", .right = true },
	{ .title = "ON DISK", .right = true },
	{ .title = "SUITE", .shrink = true },
	{ .title = "ORIGIN", .shrink = true },
	{ .title = "AGE", .right = true },
};

static void image_row(struct table *t, struct json_object *image)
{
	char buf[24];

	table_cell(t, member_string(image, "name"), COLOUR_NONE);
	table_cell(t, rough_size(member_int(image, "size"), buf, sizeof(buf)), COLOUR_NONE);
	table_cell(t, rough_size(member_int(image, "disk_bytes"), buf, sizeof(buf)), COLOUR_NONE);
	table_cell(t, member_string(image, "suite"), COLOUR_NONE);
	table_cell(t, member_string(image, "origin"), COLOUR_NONE);
	table_cell(t, format_age(member_string(image, "created"), buf, sizeof(buf)), COLOUR_NONE);
}

int verb_image_list(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *result = NULL;
	cleanup_table struct table *t = table_new(image_columns, ARRAY_SIZE(image_columns));
	struct json_object *images;
	size_t n;
	int r = ctl_call(ctl, "image.list", NULL, &result, err);

	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(result, err);
	images = member(result, "images");
	n = json_object_is_type(images, json_type_array) ? json_object_array_length(images) : 0;
	for (size_t i = 0; i < n; i++) {
		struct json_object *image = json_object_array_get_idx(images, i);

		if (ctl->quiet)
			(void)printf("%s\n", member_string(image, "name"));
		else
			image_row(t, image);
	}
	if (ctl->quiet)
		return output_check(err);
	if (!n) {
		note(ctl, "there are no images; make one with `umlctl image build NAME "
			  "--suite bookworm`");
		return 0;
	}
	return print_table(t, err);
}

int verb_image_show(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	static const char *const keys[] = { "name", "suite", "origin", "created", NULL };
	cleanup_json struct json_object *image = NULL;
	char buf[24];
	int r = ctl_call(ctl, "image.show", guest_params(call->args[0]), &image, err);

	if (r < 0)
		return r;
	if (ctl->json)
		return print_json(image, err);
	for (const char *const *key = keys; *key; key++)
		if (*member_string(image, *key))
			print_field(*key, member_string(image, *key));
	print_field("size", rough_size(member_int(image, "size"), buf, sizeof(buf)));
	print_field("on disk", rough_size(member_int(image, "disk_bytes"), buf, sizeof(buf)));
	return output_check(err);
}

static int delete_one(struct ctl *ctl, const struct verb_call *call, const char *name,
		      struct json_object **ret, struct error *err)
{
	int r = ctl_call(ctl, "image.delete", guest_params(name), NULL, err);

	if (r < 0)
		return r;
	*ret = guest_params(name);
	if (*ret)
		json_object_object_add(*ret, "state", json_object_new_string("deleted"));
	return 0;
}

int verb_image_delete(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	return names_each(ctl, call, delete_one, err);
}
