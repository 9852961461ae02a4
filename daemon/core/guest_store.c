/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests on disk, and why kill -9 of umld or a power cut at any step leaves something that the next start repairs:
 *
 * create: the directory is built under STATE/tmp, synced, then renamed to guests/NAME. Before the rename there is only
 *	something in STATE/tmp, which every start empties; after it the guest is whole. Network names that were chosen for it are
 *	part of guest.json; reservations live in memory only.
 * set: file_write_atomic of guest.json.
 * rename: one rename of the directory. The file does not contain the name.
 * delete: one rename of the directory into STATE/tmp. Removing it there may be cut off anywhere.
 * start: run.json is written last, after COW and swap files (each made under a temporary name). Cut off before run.json:
 *	files that the next start uses. Between run.json and the fork: a run without an end. Between the fork and the monitor's
 *	lock: a monitor that nobody knows. The last two look alike, and guest_store_settle() ends both: it takes the guest's lock
 *	itself for a moment, writes the end, and removes run.json. The monitor takes the lock before it reads run.json, so a
 *	late one finds the lock held (exit 75) or no run.json, and never starts a kernel behind umld's back. After the
 *	monitor has the lock, the next umld finds it held and connects.
 * stop: nothing of umld's; the monitor writes end.json before it lets go of the lock.
 * restart: what shall run is written to next-run.json; the monitor renames it to run.json when it starts again. If it was
 *	never told, the guest runs on, and its end finds run.json unchanged; guest_store_settle() removes next-run.json.
 */
#include "daemon/core/guest_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/core/guest_end.h"
#include "daemon/core/umld.h"

#define GUEST_FILE_BYTES_MAX (64u * 1024)

/* Other users reach a guest's disk and nothing else: they may pass through directories, not list them. */
static mode_t dir_mode(const struct umld *u)
{
	return u->paths.user_mode ? 0700 : 0711;
}

int guest_path(const struct guest *g, const char *file, char *buf, size_t len)
{
	int n = snprintf(buf, len, "%s/guests/%s%s%s", g->umld->paths.state, g->name,
			 file ? "/" : "", file ? file : "");

	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

static int store_dir(struct umld *u, const char *sub, mode_t mode, struct error *err)
{
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", u->paths.state, sub);
	r = dir_make(path, mode);
	if (r < 0)
		return error_set_errno(err, r, "make the directory %s", path);
	/* dir_make leaves what exists alone; a guest's kernel must be able to reach its disk. */
	if (chmod(path, mode) < 0)
		return error_set_errno(err, errno, "chmod %s", path);
	return 0;
}

int guest_store_open(struct umld *u, struct error *err)
{
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s/tmp", u->paths.state);
	r = dir_remove_all(AT_FDCWD, path);
	if (r < 0)
		log_warning("cannot empty %s: %s, ignoring", path, strerror(-r));
	if ((r = store_dir(u, "", dir_mode(u), err)) < 0 ||
	    (r = store_dir(u, "/guests", dir_mode(u), err)) < 0 ||
	    (r = store_dir(u, "/tmp", 0700, err)) < 0)
		return r;
	return 0;
}

/* --- loading ------------------------------------------------------------------------------------ */

static int guest_file_read(struct guest *g, struct error *err)
{
	cleanup_free char *text = NULL;
	struct json_object *o = NULL;
	char path[PATH_MAX];
	size_t len;
	int r = guest_path(g, "guest.json", path, sizeof(path));

	if (r == 0)
		r = file_read_all(AT_FDCWD, path, GUEST_FILE_BYTES_MAX, &text, &len);
	if (r < 0)
		return error_set_errno(err, r, "%s", path);
	r = json_parse_strict(text, len, &o, err);
	if (r == 0 && !json_object_is_type(o, json_type_object))
		r = error_set(err, ERROR_FAILED, "damaged", "it is not an object");
	if (r == 0)
		r = guest_config_from_json(o, &g->config, err);
	json_object_put(o);
	if (r < 0)
		error_prefix(err, "%s", path);
	return r;
}

static int guest_load(struct umld *u, const char *name)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest *g = guest_new(u, name);

	if (!g)
		return -ENOMEM;
	if (guest_file_read(g, &err) < 0) {
		log_error("guest %s is damaged and left as it is: %s", name, err.message);
		g->damage = strdup(err.message ? err.message : "unreadable");
		guest_config_defaults(&g->config, &u->config, 0);
		g->config.image[0] = '\0';
	}
	guests_insert(&u->guests, g);
	return 0;
}

int guest_store_load(struct umld *u, struct error *err)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/guests", u->paths.state);
	dir = opendir(path);
	if (!dir)
		return error_set_errno(err, errno, "open %s", path);
	while (r == 0 && (de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		if (!guest_name_valid(de->d_name)) {
			log_warning("%s/%s is no guest, ignoring", path, de->d_name);
			continue;
		}
		r = guest_load(u, de->d_name);
	}
	(void)closedir(dir);
	return r < 0 ? error_set_errno(err, r, "load guests") : 0;
}

/* --- changes ------------------------------------------------------------------------------------ */

static int config_write(const char *dir, const struct guest_config *c)
{
	struct json_object *o = guest_config_to_json(c);
	const char *text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	cleanup_free char *line = NULL;
	char path[PATH_MAX];
	int r = -ENOMEM;

	if (text && asprintf(&line, "%s\n", text) >= 0)
		r = path_join(path, sizeof(path), dir, "guest.json");
	if (r == 0)
		r = file_write_atomic(AT_FDCWD, path, line, strlen(line), 0600);
	json_object_put(o);
	return r;
}

static int store_sync(struct umld *u)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/guests", u->paths.state);
	return dir_sync(AT_FDCWD, path);
}

/* renameat2 by number: an existing target must not be replaced, not even an empty directory. */
static int rename_exclusive(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

/* What a monitor removes at its end, unless it was killed. */
static void runtime_clean(const struct guest *g)
{
	const char *runtime = g->umld->paths.runtime;
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s/monitors/%s.sock", runtime, g->name);
	if (unlink(path) < 0 && errno != ENOENT)
		log_warning("cannot remove %s: %s, ignoring", path, strerror(errno));
	(void)snprintf(path, sizeof(path), "%s/uml/%s", runtime, g->name);
	r = dir_remove_all(AT_FDCWD, path);
	if (r < 0)
		log_warning("cannot remove %s: %s, ignoring", path, strerror(-r));
}

int guest_store_create(struct guest *g, struct error *err)
{
	struct umld *u = g->umld;
	char tmp[PATH_MAX], final[PATH_MAX], id[ID_HEX_BYTES];
	int r;

	id_random_hex(id);
	(void)snprintf(tmp, sizeof(tmp), "%s/tmp/guest-%s", u->paths.state, id);
	r = guest_path(g, NULL, final, sizeof(final));
	if (r == 0 && mkdir(tmp, 0700) < 0)
		r = -errno;
	if (r < 0)
		return error_set_errno(err, r, "create guest '%s'", g->name);
	r = config_write(tmp, &g->config);
	if (r == 0 && chmod(tmp, dir_mode(u)) < 0)
		r = -errno;
	if (r == 0)
		r = dir_sync(AT_FDCWD, tmp);
	if (r == 0)
		r = rename_exclusive(tmp, final);
	if (r < 0) {
		(void)dir_remove_all(AT_FDCWD, tmp);
		return error_set_errno(err, r, "create guest '%s'", g->name);
	}
	r = store_sync(u);
	if (r < 0) {
		/* Whether it would be there after a power cut is unknown: say no, and mean it. */
		(void)dir_remove_all(AT_FDCWD, final);
		return error_set_errno(err, r, "create guest '%s'", g->name);
	}
	return 0;
}

int guest_store_save(struct guest *g, struct guest_config *next, struct error *err)
{
	char dir[PATH_MAX];
	int r = guest_path(g, NULL, dir, sizeof(dir));

	if (r == 0)
		r = config_write(dir, next);
	if (r < 0)
		return error_set_errno(err, r, "write the definition of guest '%s'", g->name);
	guest_config_done(&g->config);
	g->config = *next;
	memset(next, 0, sizeof(*next));
	return 0;
}

int guest_store_rename(struct guest *g, const char *new_name, struct error *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	int r = guest_path(g, NULL, from, sizeof(from));

	(void)snprintf(to, sizeof(to), "%s/guests/%s", g->umld->paths.state, new_name);
	runtime_clean(g);
	if (r == 0)
		r = rename_exclusive(from, to);
	if (r < 0)
		return error_set_errno(err, r, "rename guest '%s'", g->name);
	r = store_sync(g->umld);
	if (r < 0) {
		(void)rename_exclusive(to, from);
		return error_set_errno(err, r, "rename guest '%s'", g->name);
	}
	(void)snprintf(g->name, sizeof(g->name), "%s", new_name);
	return 0;
}

int guest_store_delete(struct guest *g, char **ret_trash, struct error *err)
{
	cleanup_free char *trash = NULL;
	char path[PATH_MAX], id[ID_HEX_BYTES];
	int r = guest_path(g, NULL, path, sizeof(path));

	/* Before the name is free: a guest that takes it next makes these anew. */
	runtime_clean(g);
	id_random_hex(id);
	if (asprintf(&trash, "%s/tmp/deleted-%s", g->umld->paths.state, id) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = rename_exclusive(path, trash);
	if (r == 0)
		r = store_sync(g->umld);
	if (r < 0)
		return error_set_errno(err, r, "delete guest '%s'", g->name);
	*ret_trash = TAKE_PTR(trash);
	return 0;
}

int guest_store_settle(struct guest *g, enum guest_end end, const char *message)
{
	cleanup_close int dir = -1;
	cleanup_close int lock = -1;
	char path[PATH_MAX];
	int r = guest_path(g, NULL, path, sizeof(path));

	if (r < 0)
		return r;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	lock = lock_take(dir, "lock");
	if (lock == -EAGAIN)
		return 1;
	if (lock < 0)
		return lock;
	/* No monitor can be there while the lock is ours. */
	(void)file_remove_stale_tmp(dir);
	runtime_clean(g);
	guest_end_settle(g, dir, end, message);
	return 0;
}
