// SPDX-License-Identifier: GPL-2.0-or-later
/* See run_config.h. */
#include <json-c/json.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#include "common/file.h"
#include "common/parse.h"
#include "common/rpc.h"
#include "daemon/monitor/run_config.h"

#define RUN_FILE_MAX  (256u * 1024)
#define RUN_WORDS_MAX 512

static int field_error(struct error *err, const char *field, const char *why)
{
	return error_set(err, ERROR_FAILED, "invalid-run-file", "run.json: %s %s", field, why);
}

static int get_string(struct json_object *o, const char *name, char **ret, struct error *err)
{
	struct json_object *v;
	const char *s;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_string))
		return field_error(err, name, "is not a string");
	s = json_object_get_string(v);
	if (!*s || strlen(s) != (size_t)json_object_get_string_len(v))
		return field_error(err, name, "is empty or contains a NUL");
	*ret = strdup(s);
	return *ret ? 0 : error_set_errno(err, ENOMEM, "run.json");
}

static int get_int(struct json_object *o, const char *name, int64_t min, int64_t max, int64_t *ret,
		   struct error *err)
{
	struct json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_int))
		return field_error(err, name, "is not an integer");
	n = json_object_get_int64(v);
	if (n < min || n > max)
		return field_error(err, name, "is out of range");
	*ret = n;
	return 0;
}

static int get_array(struct json_object *o, const char *name, size_t max, struct json_object **ret,
		     struct error *err)
{
	if (!json_object_object_get_ex(o, name, ret) || !json_object_is_type(*ret, json_type_array))
		return field_error(err, name, "is not an array");
	if (json_object_array_length(*ret) > max)
		return field_error(err, name, "has too many elements");
	return 0;
}

/* NULL-terminated; room for one word more than the file has. */
static int get_words(struct json_object *o, const char *name, char ***ret, struct error *err)
{
	struct json_object *list;
	size_t n;
	int r = get_array(o, name, RUN_WORDS_MAX, &list, err);

	if (r < 0)
		return r;
	n = json_object_array_length(list);
	*ret = calloc(n + 2, sizeof(char *));
	if (!*ret)
		return error_set_errno(err, ENOMEM, "run.json");
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);
		const char *s = json_object_get_string(v);

		if (!json_object_is_type(v, json_type_string) || !*s ||
		    strlen(s) != (size_t)json_object_get_string_len(v))
			return field_error(err, name, "has an element that is no proper string");
		(*ret)[i] = strdup(s);
		if (!(*ret)[i])
			return error_set_errno(err, ENOMEM, "run.json");
	}
	return 0;
}

static int get_env(struct json_object *o, struct run_config *c, struct error *err)
{
	int r = get_words(o, "env", &c->env, err);
	unsigned int n = 0;

	if (r < 0)
		return r;
	for (; c->env[n]; n++) {
		if (!strchr(c->env[n], '='))
			return field_error(err, "env", "has an element without '='");
		if (strncmp(c->env[n], "PATH=", 5) == 0)
			return 0;
	}
	while (c->env[n])
		n++;
	c->env[n] = strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	return c->env[n] ? 0 : error_set_errno(err, ENOMEM, "run.json");
}

static int get_locks(struct json_object *o, struct run_config *c, struct error *err)
{
	struct json_object *list;
	int r = get_array(o, "locks", RUN_LOCKS_MAX, &list, err);

	if (r < 0)
		return r;
	c->locks = calloc(json_object_array_length(list) + 1, sizeof(*c->locks));
	if (!c->locks)
		return error_set_errno(err, ENOMEM, "run.json");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i), *w;

		if (!json_object_is_type(row, json_type_object) ||
		    !json_object_object_get_ex(row, "writable", &w) ||
		    !json_object_is_type(w, json_type_boolean))
			return field_error(err, "locks", "has an element without writable");
		r = get_string(row, "path", &c->locks[i].path, err);
		if (r < 0)
			return r;
		c->n_locks++;
		if (c->locks[i].path[0] != '/')
			return field_error(err, "locks", "has a path that is not absolute");
		c->locks[i].writable = json_object_get_boolean(w);
	}
	return 0;
}

static int get_policy_word(struct json_object *o, const char *name, bool *ret, struct error *err)
{
	cleanup_free char *word = NULL;
	int r = get_string(o, name, &word, err);

	if (r < 0)
		return r;
	if (restart_word_parse(word, ret) < 0)
		return field_error(err, name, "is neither restart nor stop");
	return 0;
}

/*
 * The monitor removes uml_dir and all below it before each start, so a wrong path there would be a disaster: only
 * …/uml/GUEST/ is believed.
 */
static bool uml_dir_valid(const char *dir, const char *guest)
{
	char tail[NAME_LEN_MAX + 8];
	int n = snprintf(tail, sizeof(tail), "/uml/%s/", guest);
	size_t len = strlen(dir);

	return n > 0 && (size_t)n < sizeof(tail) && dir[0] == '/' && len > (size_t)n &&
	       len < PATHS_MAX && strcmp(dir + len - (size_t)n, tail) == 0 && !strstr(dir, "/../");
}

static int get_identity(struct json_object *o, const char *guest, struct run_config *c,
			struct error *err)
{
	cleanup_free char *kernel = NULL;
	int r = get_string(o, "guest", &c->guest, err);

	if (r == 0 && (strcmp(c->guest, guest) != 0 || !guest_name_valid(guest)))
		return field_error(err, "guest", "is not the guest that shall be started");
	if (r == 0)
		r = get_string(o, "run_id", &c->run_id, err);
	if (r == 0 && strlen(c->run_id) > 64)
		return field_error(err, "run_id", "is too long");
	if (r == 0)
		r = get_string(o, "kernel", &kernel, err);
	if (r < 0)
		return r;
	c->kernel = guest_kernel_find(kernel);
	if (!c->kernel)
		return field_error(err, "kernel", "is not known");
	r = get_string(o, "uml_dir", &c->uml_dir, err);
	if (r == 0 && !uml_dir_valid(c->uml_dir, guest))
		return field_error(err, "uml_dir", "is not the guest's own directory");
	if (r == 0)
		r = get_string(o, "umid", &c->umid, err);
	if (r == 0 && !guest_name_valid(c->umid))
		return field_error(err, "umid", "is not a valid name");
	return r;
}

static int get_numbers(struct json_object *o, struct run_config *c, struct error *err)
{
	int64_t version = 0, uid = 0, gid = 0, cpu = -1, consoles = 0, boot = 0, log_bytes = 0;
	int r = get_int(o, "version", 1, 1, &version, err);

	if (r == 0)
		r = get_int(o, "uid", 0, UINT32_MAX - 1, &uid, err);
	if (r == 0)
		r = get_int(o, "gid", 0, UINT32_MAX - 1, &gid, err);
	if (r == 0)
		r = get_int(o, "cpu", -1, CPU_SETSIZE - 1, &cpu, err);
	if (r == 0)
		r = get_int(o, "consoles", 1, RUN_CONSOLES_MAX, &consoles, err);
	if (r == 0)
		r = get_int(o, "boot_timeout_ms", 0, INT64_MAX, &boot, err);
	if (r == 0)
		r = get_int(o, "log_bytes", 0, INT64_MAX, &log_bytes, err);
	if (r < 0)
		return r;
	c->uid = (uid_t)uid;
	c->gid = (gid_t)gid;
	c->cpu = (int)cpu;
	c->n_consoles = (unsigned int)consoles;
	c->boot_timeout_ms = boot ? (uint64_t)boot : UINT64_MAX;
	c->log_bytes = (uint64_t)log_bytes;
	return 0;
}

static int get_all(struct json_object *o, const char *guest, struct run_config *c,
		   struct error *err)
{
	int r;

	if (!json_object_is_type(o, json_type_object))
		return field_error(err, "the text", "is not an object");
	r = get_numbers(o, c, err);
	if (r == 0)
		r = get_identity(o, guest, c, err);
	if (r == 0)
		r = get_words(o, "argv", &c->argv, err);
	if (r == 0 && (!c->argv[0] || c->argv[0][0] != '/'))
		return field_error(err, "argv", "does not start with an absolute path");
	if (r == 0)
		r = get_env(o, c, err);
	if (r == 0)
		r = get_locks(o, c, err);
	if (r == 0)
		r = get_policy_word(o, "on_reboot", &c->policy.on_reboot, err);
	if (r == 0)
		r = get_policy_word(o, "on_crash", &c->policy.on_crash, err);
	return r;
}

int run_config_parse(const char *text, size_t len, const char *guest, struct run_config *ret,
		     struct error *err)
{
	struct run_config c = { 0 };
	struct json_object *o = NULL;
	int r = json_parse_strict(text, len, &o, err);

	if (r < 0) {
		error_prefix(err, "run.json");
		return r;
	}
	r = get_all(o, guest, &c, err);
	json_object_put(o);
	if (r < 0)
		run_config_done(&c);
	else
		*ret = c;
	return r;
}

static int read_file(int guest_dirfd, const char *file, const char *guest, struct run_config *ret,
		     struct error *err)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = file_read_all(guest_dirfd, file, RUN_FILE_MAX, &text, &len);

	if (r < 0)
		return error_set_errno(err, r, "cannot read %s", file);
	return run_config_parse(text, len, guest, ret, err);
}

int run_config_read(int guest_dirfd, const char *guest, struct run_config *ret, struct error *err)
{
	return read_file(guest_dirfd, "run.json", guest, ret, err);
}

int run_config_read_next(int guest_dirfd, const char *guest, struct run_config *ret,
			 struct error *err)
{
	struct run_config next = { 0 };
	int r = read_file(guest_dirfd, "next-run.json", guest, &next, err);

	if (r == -ENOENT) {
		error_done(err);
		return run_config_read(guest_dirfd, guest, ret, err);
	}
	if (r < 0)
		return r;
	/* The kernel starts only after this is durable: the ends of two runs must not be mixed up. */
	if (renameat(guest_dirfd, "next-run.json", guest_dirfd, "run.json") < 0)
		r = -errno;
	if (r == 0)
		r = dir_sync(guest_dirfd, ".");
	if (r < 0) {
		run_config_done(&next);
		return error_set_errno(err, r, "cannot put next-run.json into place");
	}
	*ret = next;
	return 0;
}

void run_config_done(struct run_config *c)
{
	free(c->guest);
	free(c->run_id);
	kernel_argv_free(c->argv);
	kernel_argv_free(c->env);
	free(c->uml_dir);
	free(c->umid);
	for (unsigned int i = 0; i < c->n_locks; i++)
		free(c->locks[i].path);
	free(c->locks);
	*c = (struct run_config){ 0 };
}
