/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's definition, its parameters and its file; see guest_config.h. Whatever is refused here is refused with the
 * name of the field.
 */
#include "daemon/core/guest_config.h"

#include <string.h>

#include "daemon/core/daemon_config.h"
#include "daemon/guest_kernel.h"

#define GUEST_FILE_VERSION     1
#define STOP_TIMEOUT_DEFAULT_S 90
#define STOP_TIMEOUT_MAX_S     86400
#define PAGE_BYTES	       4096ull

/* What guest.create, guest.set and guest.json have in common. */
#define ARGS_COMMON                                                                             \
	{ .name = "kernel", .kind = RPC_ARG_STRING, .summary = "linux.uml or umlk" },           \
		{ .name = "kernel_path",                                                        \
		  .kind = RPC_ARG_STRING,                                                       \
		  .summary = "another binary of that kernel" },                                 \
		{ .name = "initrd", .kind = RPC_ARG_STRING, .summary = "initial RAM disk" },    \
		{ .name = "mem", .kind = RPC_ARG_SIZE, .summary = "memory, default 128M" },     \
		{ .name = "ncpus",                                                              \
		  .kind = RPC_ARG_INT,                                                          \
		  .min = 1,                                                                     \
		  .max = GUEST_NCPUS_MAX,                                                       \
		  .summary = "virtual CPUs, default 1" },                                       \
		{ .name = "disks",                                                              \
		  .kind = RPC_ARG_STRINGS,                                                      \
		  .summary = "more disks: FILE or FILE,ro" },                                   \
		{ .name = "swap", .kind = RPC_ARG_SIZE, .summary = "swap disk, default none" }, \
		{ .name = "append",                                                             \
		  .kind = RPC_ARG_STRING,                                                       \
		  .summary = "more words for the kernel's command line" },                      \
		{ .name = "consoles",                                                           \
		  .kind = RPC_ARG_INT,                                                          \
		  .min = 1,                                                                     \
		  .max = GUEST_CONSOLES_MAX,                                                    \
		  .summary = "default 1" },                                                     \
		{ .name = "on_reboot",                                                          \
		  .kind = RPC_ARG_STRING,                                                       \
		  .summary = "restart (the default) or stop" },                                 \
		{ .name = "on_crash",                                                           \
		  .kind = RPC_ARG_STRING,                                                       \
		  .summary = "stop (the default) or restart" },                                 \
	{                                                                                       \
		.name = "stop_timeout", .kind = RPC_ARG_DURATION,                               \
		.summary = "how long a stop may take, default 90"                               \
	}

#define ARG_NAME_OF_GUEST                                                                      \
	{                                                                                      \
		.name = "name", .kind = RPC_ARG_NAME, .required = true, .summary = "the guest" \
	}
#define ARG_NET                                                                     \
	{                                                                           \
		.name = "net", .kind = RPC_ARG_STRING,                              \
		.summary = "none (the default) or tap[=NAME][,bridge=BR][,mac=MAC]" \
	}

const struct rpc_arg guest_create_args[] = {
	ARG_NAME_OF_GUEST,
	{ .name = "image",
	  .kind = RPC_ARG_IMAGE,
	  .summary = "its disk is a copy-on-write file over this image; none for no such disk" },
	ARGS_COMMON,
	ARG_NET,
	{ .name = "owner",
	  .kind = RPC_ARG_STRING,
	  .summary = "user who may use it, default the caller" },
	{ .name = "start", .kind = RPC_ARG_BOOL, .summary = "start it at once" },
	{ .name = NULL },
};

const struct rpc_arg guest_set_args[] = {
	ARG_NAME_OF_GUEST,
	ARGS_COMMON,
	ARG_NET,
	{ .name = NULL },
};

static const struct rpc_arg guest_file_args[] = {
	{ .name = "version", .kind = RPC_ARG_INT, .required = true, .min = 1, .max = INT32_MAX },
	{ .name = "uuid", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "created", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "owner", .kind = RPC_ARG_INT, .required = true, .min = 0, .max = UINT32_MAX - 1 },
	{ .name = "image", .kind = RPC_ARG_IMAGE },
	ARGS_COMMON,
	{ .name = "net", .kind = RPC_ARG_OBJECT, .required = true },
	{ .name = NULL },
};

static const struct rpc_arg net_file_args[] = {
	{ .name = "mode", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "tap", .kind = RPC_ARG_STRING },
	{ .name = "bridge", .kind = RPC_ARG_STRING },
	{ .name = "mac", .kind = RPC_ARG_STRING },
	{ .name = "address", .kind = RPC_ARG_STRING },
	{ .name = NULL },
};

static int field_error(struct error *err, const char *field, const char *what)
{
	return error_set(err, ERROR_USAGE, "invalid-parameter", "%s %s", field, what);
}

void guest_config_defaults(struct guest_config *c, const struct daemon_config *d, uid_t owner)
{
	memset(c, 0, sizeof(*c));
	id_random_uuid(c->uuid);
	time_now_format(c->created);
	c->owner = owner;
	(void)snprintf(c->kernel, sizeof(c->kernel), "%s", d->default_kernel);
	(void)snprintf(c->image, sizeof(c->image), "%s", d->default_image);
	c->mem_bytes = d->default_mem_bytes;
	c->ncpus = 1;
	c->consoles = 1;
	c->net.mode = GUEST_NET_NONE;
	c->restart_on_reboot = true;
	c->stop_timeout_s = STOP_TIMEOUT_DEFAULT_S;
}

/* --- single fields ------------------------------------------------------------------------------ */

static int string_replace(char **field, const char *value)
{
	char *copy = NULL;

	if (*value) {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(*field);
	*field = copy;
	return 0;
}

static bool has_control_bytes(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	}
	return false;
}

static int path_check(const char *field, const char *path, const char *forbidden, struct error *err)
{
	if (path[0] != '/')
		return field_error(err, field, "must be an absolute path");
	if (strlen(path) >= PATHS_MAX * 4)
		return field_error(err, field, "is too long");
	if (has_control_bytes(path) || strpbrk(path, forbidden))
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "%s must not contain control bytes or any of '%s'", field,
				 forbidden);
	return 0;
}

static int apply_path(char **field, struct json_object *params, const char *name,
		      const char *forbidden, struct error *err)
{
	const char *value = rpc_arg_string(params, name, NULL);
	int r;

	if (!value)
		return 0;
	if (*value) {
		r = path_check(name, value, forbidden, err);
		if (r < 0)
			return r;
	}
	r = string_replace(field, value);
	return r < 0 ? error_set_errno(err, r, "%s", name) : 0;
}

static int apply_kernel(struct guest_config *c, struct json_object *params, struct error *err)
{
	const char *kernel = rpc_arg_string(params, "kernel", NULL);

	if (kernel) {
		const struct guest_kernel *k = guest_kernel_find(kernel);

		if (!k) {
			(void)error_set(err, ERROR_USAGE, "invalid-parameter",
					"kernel '%.64s' is not known", kernel);
			error_hint(err, "it is one of: %s", guest_kernel_names());
			return -EINVAL;
		}
		(void)snprintf(c->kernel, sizeof(c->kernel), "%s", k->name);
	}
	return apply_path(&c->kernel_path, params, "kernel_path", "", err);
}

static int apply_sizes(struct guest_config *c, struct json_object *params, struct error *err)
{
	uint64_t mem = rpc_arg_size(params, "mem", c->mem_bytes);
	uint64_t swap = rpc_arg_size(params, "swap", c->swap_bytes);

	if (mem < GUEST_MEM_MIN || mem > GUEST_MEM_MAX)
		return field_error(err, "mem", "must be between 16M and 64T");
	if (swap != 0 && (swap < GUEST_SWAP_MIN || swap > GUEST_SWAP_MAX))
		return field_error(err, "swap", "must be 0 or between 40K and 16T");
	c->mem_bytes = (mem + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	c->swap_bytes = (swap + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	c->ncpus = (unsigned int)rpc_arg_int(params, "ncpus", c->ncpus);
	c->consoles = (unsigned int)rpc_arg_int(params, "consoles", c->consoles);
	return 0;
}

static void disks_done(struct guest_config *c)
{
	for (unsigned int i = 0; i < c->n_disks; i++)
		free(c->disks[i].path);
	c->n_disks = 0;
}

static int disk_parse(const char *text, struct guest_disk *ret, struct error *err)
{
	const char *comma = strchr(text, ',');
	cleanup_free char *path = comma ? strndup(text, (size_t)(comma - text)) : strdup(text);
	int r;

	if (!path)
		return error_set_errno(err, ENOMEM, "disks");
	if (comma && strcmp(comma, ",ro") != 0)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "disks: '%.64s' must be FILE or FILE,ro, and FILE without ','",
				 text);
	/* The kernel separates with ',' and ':', and splits its command line at blanks. */
	r = path_check("disks", path, ",: \"'", err);
	if (r < 0)
		return r;
	ret->readonly = comma != NULL;
	ret->path = TAKE_PTR(path);
	return 0;
}

static int apply_disks(struct guest_config *c, struct json_object *params, struct error *err)
{
	struct json_object *list;
	size_t n;

	if (!rpc_arg_given(params, "disks"))
		return 0;
	list = json_object_object_get(params, "disks");
	n = json_object_array_length(list);
	if (n > GUEST_DISKS_MAX)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "disks: at most %d are possible", GUEST_DISKS_MAX);
	disks_done(c);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));
		int r = disk_parse(text, &c->disks[c->n_disks], err);

		if (r < 0)
			return r;
		for (unsigned int k = 0; k < c->n_disks; k++) {
			if (strcmp(c->disks[k].path, c->disks[c->n_disks].path) == 0) {
				free(c->disks[c->n_disks].path);
				return error_set(err, ERROR_USAGE, "invalid-parameter",
						 "disks: '%s' is named twice", c->disks[k].path);
			}
		}
		c->n_disks++;
	}
	return 0;
}

static int apply_policy(bool *restart, struct json_object *params, const char *name,
			struct error *err)
{
	const char *value = rpc_arg_string(params, name, NULL);

	if (!value)
		return 0;
	if (strcmp(value, "restart") != 0 && strcmp(value, "stop") != 0)
		return field_error(err, name, "must be restart or stop");
	*restart = strcmp(value, "restart") == 0;
	return 0;
}

static int apply_policies(struct guest_config *c, struct json_object *params, struct error *err)
{
	int r = apply_policy(&c->restart_on_reboot, params, "on_reboot", err);

	if (r == 0)
		r = apply_policy(&c->restart_on_crash, params, "on_crash", err);
	if (r == 0 && rpc_arg_given(params, "stop_timeout")) {
		uint64_t ms = rpc_arg_duration(params, "stop_timeout", 0);

		if (ms > STOP_TIMEOUT_MAX_S * 1000ull)
			return field_error(err, "stop_timeout", "must be at most one day");
		c->stop_timeout_s = (unsigned int)((ms + 999) / 1000);
	}
	return r;
}

static int apply_append(struct guest_config *c, struct json_object *params, struct error *err)
{
	const char *value = rpc_arg_string(params, "append", NULL);
	int r;

	if (!value)
		return 0;
	if (strlen(value) > GUEST_APPEND_MAX)
		return field_error(err, "append", "is longer than 1024 bytes");
	if (has_control_bytes(value))
		return field_error(err, "append", "must not contain control bytes");
	r = string_replace(&c->append, value);
	return r < 0 ? error_set_errno(err, r, "append") : 0;
}

static int apply_net(struct guest_config *c, struct json_object *params, struct error *err)
{
	struct json_object *net = NULL;
	struct guest_net parsed;
	int r;

	if (!rpc_arg_given(params, "net") || !json_object_object_get_ex(params, "net", &net) ||
	    !json_object_is_type(net, json_type_string))
		return 0;
	r = guest_net_parse(json_object_get_string(net), &parsed, err);
	if (r < 0) {
		error_prefix(err, "net");
		return r;
	}
	c->net = parsed;
	return 0;
}

static void apply_image(struct guest_config *c, struct json_object *params)
{
	const char *image = rpc_arg_string(params, "image", NULL);

	if (image)
		(void)snprintf(c->image, sizeof(c->image), "%s",
			       strcmp(image, "none") == 0 ? "" : image);
}

int guest_config_check(const struct guest_config *c, struct error *err)
{
	if (!*c->image && !c->initrd && c->n_disks == 0)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "the guest has nothing to boot from: give image, disks or initrd");
	return 0;
}

static int config_apply_all(struct guest_config *c, struct json_object *params, struct error *err)
{
	int r;

	apply_image(c, params);
	if ((r = apply_kernel(c, params, err)) < 0 ||
	    (r = apply_path(&c->initrd, params, "initrd", " \"'", err)) < 0 ||
	    (r = apply_sizes(c, params, err)) < 0 || (r = apply_disks(c, params, err)) < 0 ||
	    (r = apply_policies(c, params, err)) < 0 || (r = apply_append(c, params, err)) < 0 ||
	    (r = apply_net(c, params, err)) < 0)
		return r;
	return guest_config_check(c, err);
}

int guest_config_apply(struct guest_config *c, struct json_object *params, struct error *err)
{
	struct guest_config next;
	int r = guest_config_copy(c, &next);

	if (r < 0)
		return error_set_errno(err, r, "guest");
	r = config_apply_all(&next, params, err);
	if (r < 0) {
		guest_config_done(&next);
		return r;
	}
	guest_config_done(c);
	*c = next;
	return 0;
}

bool guest_config_needs_stop(struct json_object *params)
{
	static const char *const always[] = { "name", "on_reboot", "on_crash", "stop_timeout" };

	for (const struct rpc_arg *a = guest_set_args; a->name; a++) {
		bool harmless = false;

		for (size_t i = 0; i < ARRAY_SIZE(always); i++)
			harmless |= strcmp(a->name, always[i]) == 0;
		if (!harmless && rpc_arg_given(params, a->name))
			return true;
	}
	return false;
}

/* --- copies ------------------------------------------------------------------------------------- */

static char *copy_string(const char *s, bool *ok)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		*ok = false;
	return copy;
}

int guest_config_copy(const struct guest_config *from, struct guest_config *ret)
{
	struct guest_config c = *from;
	bool ok = true;

	c.kernel_path = copy_string(from->kernel_path, &ok);
	c.initrd = copy_string(from->initrd, &ok);
	c.append = copy_string(from->append, &ok);
	for (unsigned int i = 0; i < from->n_disks; i++)
		c.disks[i].path = copy_string(from->disks[i].path, &ok);
	if (!ok) {
		guest_config_done(&c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

void guest_config_done(struct guest_config *c)
{
	free(c->kernel_path);
	free(c->initrd);
	free(c->append);
	disks_done(c);
	c->kernel_path = NULL;
	c->initrd = NULL;
	c->append = NULL;
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value && *value ? json_object_new_string(value) : NULL);
}

static void address_format(uint32_t a, char buf[16])
{
	(void)snprintf(buf, 16, "%u.%u.%u.%u", a >> 24, (a >> 16) & 255, (a >> 8) & 255, a & 255);
}

static struct json_object *net_to_json(const struct guest_net *n)
{
	static const uint8_t no_mac[6];
	struct json_object *o = json_object_new_object();
	bool tap = n->mode == GUEST_NET_TAP;
	char text[18];

	json_object_object_add(o, "mode", json_object_new_string(tap ? "tap" : "none"));
	if (!tap)
		return o;
	add_string(o, "tap", n->tap);
	add_string(o, "bridge", n->bridge);
	if (memcmp(n->mac, no_mac, sizeof(no_mac)) != 0) {
		format_mac(n->mac, text);
		add_string(o, "mac", text);
	}
	if (n->address) {
		address_format(n->address, text);
		add_string(o, "address", text);
	}
	return o;
}

static int net_from_json(struct json_object *o, struct guest_net *ret, struct error *err)
{
	struct guest_net n = { 0 };
	const char *mode, *tap, *bridge, *mac, *address;
	unsigned int len;
	char prefix[24];
	int r = rpc_args_check(o, net_file_args, err);

	if (r < 0)
		return r;
	mode = rpc_arg_string(o, "mode", "");
	tap = rpc_arg_string(o, "tap", NULL);
	bridge = rpc_arg_string(o, "bridge", NULL);
	mac = rpc_arg_string(o, "mac", NULL);
	address = rpc_arg_string(o, "address", NULL);
	if (strcmp(mode, "none") != 0 && strcmp(mode, "tap") != 0)
		return field_error(err, "net.mode", "must be none or tap");
	n.mode = strcmp(mode, "tap") == 0 ? GUEST_NET_TAP : GUEST_NET_NONE;
	if ((tap && !ifname_valid(tap)) || (bridge && !ifname_valid(bridge)))
		return field_error(err, "net", "has a bad interface name");
	if (mac && parse_mac(mac, n.mac) < 0)
		return field_error(err, "net.mac", "is not a MAC address");
	(void)snprintf(prefix, sizeof(prefix), "%.15s/24", address ? address : "0.0.0.0");
	if (address && (strlen(address) > 15 || parse_ipv4_prefix(prefix, &n.address, &len) < 0))
		return field_error(err, "net.address", "is not an IPv4 address");
	(void)snprintf(n.tap, sizeof(n.tap), "%s", tap ? tap : "");
	(void)snprintf(n.bridge, sizeof(n.bridge), "%s", bridge ? bridge : "");
	*ret = n;
	return 0;
}

static struct json_object *disks_to_json(const struct guest_config *c)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < c->n_disks; i++) {
		cleanup_free char *text = NULL;

		if (asprintf(&text, "%s%s", c->disks[i].path, c->disks[i].readonly ? ",ro" : "") <
		    0)
			continue;
		json_object_array_add(list, json_object_new_string(text));
	}
	return list;
}

/* What the file and clients see alike. */
static void config_add_common(const struct guest_config *c, struct json_object *o)
{
	add_string(o, "uuid", c->uuid);
	add_string(o, "created", c->created);
	add_string(o, "kernel", c->kernel);
	add_string(o, "kernel_path", c->kernel_path);
	add_string(o, "initrd", c->initrd);
	json_object_object_add(o, "mem", json_object_new_uint64(c->mem_bytes));
	json_object_object_add(o, "ncpus", json_object_new_int((int)c->ncpus));
	json_object_object_add(o, "disks", disks_to_json(c));
	json_object_object_add(o, "swap", json_object_new_uint64(c->swap_bytes));
	json_object_object_add(o, "net", net_to_json(&c->net));
	add_string(o, "append", c->append);
	json_object_object_add(o, "consoles", json_object_new_int((int)c->consoles));
	add_string(o, "on_reboot", c->restart_on_reboot ? "restart" : "stop");
	add_string(o, "on_crash", c->restart_on_crash ? "restart" : "stop");
	json_object_object_add(o, "stop_timeout", json_object_new_int((int)c->stop_timeout_s));
}

struct json_object *guest_config_to_json(const struct guest_config *c)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "version", json_object_new_int(GUEST_FILE_VERSION));
	json_object_object_add(o, "owner", json_object_new_int64(c->owner));
	add_string(o, "image", *c->image ? c->image : "none");
	config_add_common(c, o);
	return o;
}

void guest_config_add_rpc(const struct guest_config *c, struct json_object *o)
{
	char owner[USER_NAME_BYTES];

	user_name_format(c->owner, owner);
	add_string(o, "owner", owner);
	add_string(o, "image", c->image);
	config_add_common(c, o);
}

static int config_read_fields(struct guest_config *c, struct json_object *o, struct error *err)
{
	static const char *const needed[] = { "image",	  "kernel",    "mem",	   "ncpus",
					      "consoles", "on_reboot", "on_crash", "stop_timeout" };
	const char *uuid = rpc_arg_string(o, "uuid", "");
	const char *created = rpc_arg_string(o, "created", "");

	if (rpc_arg_int(o, "version", 0) != GUEST_FILE_VERSION)
		return field_error(err, "version", "is not one that this umld reads");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!rpc_arg_given(o, needed[i]))
			return field_error(err, needed[i], "is missing");
	}
	if (!id_uuid_valid(uuid))
		return field_error(err, "uuid", "is not a UUID");
	if (!*created || strlen(created) >= sizeof(c->created) || has_control_bytes(created))
		return field_error(err, "created", "is not a time");
	(void)snprintf(c->uuid, sizeof(c->uuid), "%s", uuid);
	(void)snprintf(c->created, sizeof(c->created), "%s", created);
	c->owner = (uid_t)rpc_arg_int(o, "owner", 0);
	return net_from_json(rpc_arg_object(o, "net"), &c->net, err);
}

int guest_config_from_json(struct json_object *o, struct guest_config *ret, struct error *err)
{
	struct guest_config c = { 0 };
	int r = rpc_args_check(o, guest_file_args, err);

	if (r == 0)
		r = config_read_fields(&c, o, err);
	if (r == 0)
		r = guest_config_apply(&c, o, err);
	if (r < 0) {
		guest_config_done(&c);
		return r;
	}
	*ret = c;
	return 0;
}
