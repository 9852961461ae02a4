/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carrying out a plan; see guest_prepare.h. run.json comes last: before it nothing says that a run was intended. For a
 * restart it is next-run.json, so that run.json is always about the run that there is.
 */
#include "daemon/core/guest_prepare.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cow.h"
#include "common/file.h"
#include "daemon/core/guest_disks.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/kernel_choice.h"
#include "daemon/core/swap_file.h"
#include "daemon/core/thread_identity.h"
#include "daemon/core/umld.h"

#define PLAN_DISKS_MAX	(GUEST_DISKS_MAX + 2)
#define BOOT_TIMEOUT_MS 120000
#define LOG_BYTES	(1024 * 1024)

struct plan_disk {
	char *path, *backing;
	bool readonly;
};

struct guest_plan {
	char name[NAME_LEN_MAX + 1];
	struct guest_config config;
	char dir[PATH_MAX];
	char uml_dir[PATHS_MAX + 64], notify[PATHS_MAX + 64];
	char boot_id[ID_BOOT_BYTES], run_id[ID_HEX_BYTES];
	char *disk_image; /* owned; or NULL */
	char *tmpdir;	  /* user mode: umld's own $TMPDIR; or NULL */
	uid_t uid;
	gid_t gid;
	int cpu;
	bool restart;
	struct plan_disk disks[PLAN_DISKS_MAX];
	unsigned int n_disks;
	int result;
	struct error err;
};

struct guest_plan *guest_plan_new(const struct guest *g, const char *disk_image, int cpu,
				  struct error *err)
{
	const struct umld *u = g->umld;
	struct guest_plan *p = calloc(1, sizeof(*p));
	const char *tmpdir = u->paths.user_mode ? getenv("TMPDIR") : NULL;
	int r = p ? guest_config_copy(&g->config, &p->config) : -ENOMEM;

	if (r == 0)
		r = guest_path(g, NULL, p->dir, sizeof(p->dir));
	if (r == 0 && disk_image && !(p->disk_image = strdup(disk_image)))
		r = -ENOMEM;
	if (r == 0 && tmpdir && *tmpdir == '/' && !(p->tmpdir = strdup(tmpdir)))
		r = -ENOMEM;
	if (r < 0)
		(void)error_set_errno(err, r, "start guest '%s'", g->name);
	else
		r = guest_run_identity(g, &p->uid, &p->gid, err);
	if (r < 0) {
		guest_plan_free(p);
		return NULL;
	}
	(void)snprintf(p->name, sizeof(p->name), "%s", g->name);
	(void)snprintf(p->uml_dir, sizeof(p->uml_dir), "%s/uml/%s/", u->paths.runtime, g->name);
	(void)snprintf(p->notify, sizeof(p->notify), "%s/uml/%s/notify", u->paths.runtime, g->name);
	(void)snprintf(p->boot_id, sizeof(p->boot_id), "%s", u->boot_id);
	id_random_hex(p->run_id);
	p->cpu = cpu;
	p->restart = g->state != GUEST_STOPPED;
	return p;
}

void guest_plan_free(struct guest_plan *p)
{
	if (!p)
		return;
	for (unsigned int i = 0; i < p->n_disks; i++) {
		free(p->disks[i].path);
		free(p->disks[i].backing);
	}
	guest_config_done(&p->config);
	error_done(&p->err);
	free(p->disk_image);
	free(p->tmpdir);
	free(p);
}

/* --- disks -------------------------------------------------------------------------------------- */

/* path and backing are taken over, on failure too. */
static int plan_add_disk(struct guest_plan *p, char *path, char *backing, bool readonly)
{
	if (!path || p->n_disks == PLAN_DISKS_MAX) {
		free(path);
		free(backing);
		return path ? -E2BIG : -ENOMEM;
	}
	p->disks[p->n_disks++] =
		(struct plan_disk){ .path = path, .backing = backing, .readonly = readonly };
	return 0;
}

static int cow_check(struct guest_plan *p, const char *path, struct error *err)
{
	/* Four KiB and more: too large for a thread's stack to be taken for granted. */
	struct cow_header *h = malloc(sizeof(*h));
	cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (!h || fd < 0)
		r = error_set_errno(err, fd < 0 ? errno : ENOMEM, "%s", path);
	else
		r = cow_header_read(fd, h, err);
	if (r == -ENOMSG)
		r = error_set(err, ERROR_FAILED, "damaged", "%s is no COW file", path);
	if (r == 0)
		r = cow_check_backing(h, p->disk_image, err);
	/* The owner may have changed with guest_user in umld.conf. */
	if (r == 0 && geteuid() == 0 && fchown(fd, p->uid, p->gid) < 0)
		r = error_set_errno(err, errno, "chown %s", path);
	free(h);
	return r;
}

static int plan_cow(struct guest_plan *p, struct error *err)
{
	cleanup_free char *path = NULL;
	struct stat st;
	int r;

	if (!p->disk_image)
		return 0;
	if (asprintf(&path, "%s/disk.cow", p->dir) < 0)
		return error_set_errno(err, ENOMEM, "disk");
	if (lstat(path, &st) < 0 && errno == ENOENT)
		r = cow_create(path, p->disk_image, p->uid, p->gid, err);
	else
		r = cow_check(p, path, err);
	if (r < 0)
		return r;
	r = plan_add_disk(p, TAKE_PTR(path), strdup(p->disk_image), false);
	return r < 0 ? error_set_errno(err, r, "disk") : 0;
}

static int plan_files(struct guest_plan *p, struct error *err)
{
	for (unsigned int i = 0; i < p->config.n_disks; i++) {
		const struct guest_disk *d = &p->config.disks[i];
		char *real = NULL;
		int r = guest_file_check("disks", d->path, !d->readonly, p->uid, p->gid, &real,
					 err);

		if (r < 0)
			return r;
		r = plan_add_disk(p, real, NULL, d->readonly);
		if (r < 0)
			return error_set_errno(err, r, "disks");
	}
	if (p->config.initrd)
		return guest_file_check("initrd", p->config.initrd, false, p->uid, p->gid, NULL,
					err);
	return 0;
}

static int plan_swap(struct guest_plan *p, struct error *err)
{
	cleanup_free char *path = NULL;
	int r;

	if (asprintf(&path, "%s/swap.img", p->dir) < 0)
		return error_set_errno(err, ENOMEM, "swap");
	if (!p->config.swap_bytes) {
		(void)unlink(path);
		return 0;
	}
	r = swap_file_ensure(path, p->config.swap_bytes, p->uid, p->gid, err);
	if (r < 0)
		return r;
	r = plan_add_disk(p, TAKE_PTR(path), NULL, false);
	return r < 0 ? error_set_errno(err, r, "swap") : 0;
}

/* --- the kernel --------------------------------------------------------------------------------- */

static int plan_argv(struct guest_plan *p, char ***ret, struct error *err)
{
	const struct guest_kernel *k = guest_kernel_find(p->config.kernel);
	cleanup_free char *program = NULL;
	struct kernel_disk disks[PLAN_DISKS_MAX];
	struct kernel_features features = { 0 };
	struct kernel_args a = { 0 };
	char mac[18];
	int r = kernel_program_find(&p->config, p->uid, p->gid, &program, &features, err);

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < p->n_disks; i++)
		disks[i] = (struct kernel_disk){ .path = p->disks[i].path,
						 .backing = p->disks[i].backing,
						 .readonly = p->disks[i].readonly };
	a.program = program;
	a.umid = p->name;
	a.uml_dir = p->uml_dir;
	a.notify_socket = p->notify;
	a.mem_bytes = p->config.mem_bytes;
	a.ncpus = p->config.ncpus;
	a.n_consoles = p->config.consoles;
	a.disks = disks;
	a.n_disks = p->n_disks;
	a.initrd = p->config.initrd;
	a.root_on_disk = !p->config.initrd;
	a.append = p->config.append;
	if (p->config.net.mode == GUEST_NET_TAP) {
		format_mac(p->config.net.mac, mac);
		a.tap = p->config.net.tap;
		a.mac = mac;
	}
	return k->build_argv(&a, &features, ret, err);
}

/* --- run.json ----------------------------------------------------------------------------------- */

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static struct json_object *lock_row(const char *path, bool writable)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "path", path);
	json_object_object_add(o, "writable", json_object_new_boolean(writable));
	return o;
}

static struct json_object *plan_locks(const struct guest_plan *p)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < p->n_disks; i++) {
		json_object_array_add(list, lock_row(p->disks[i].path, !p->disks[i].readonly));
		if (p->disks[i].backing)
			json_object_array_add(list, lock_row(p->disks[i].backing, false));
	}
	return list;
}

static struct json_object *plan_env(const struct guest_plan *p)
{
	struct json_object *list = json_object_new_array();
	cleanup_free char *home = NULL, *tmp = NULL;

	if (asprintf(&home, "HOME=%s", p->uml_dir) >= 0)
		json_object_array_add(list, json_object_new_string(home));
	/* Where the kernel puts its memory file; by itself it takes /dev/shm. */
	if (p->tmpdir && asprintf(&tmp, "TMPDIR=%s", p->tmpdir) >= 0)
		json_object_array_add(list, json_object_new_string(tmp));
	return list;
}

static struct json_object *plan_to_json(const struct guest_plan *p, char *const *argv)
{
	struct json_object *o = json_object_new_object();
	struct json_object *words = json_object_new_array();
	char started[ID_TIME_BYTES];

	time_now_format(started);
	for (; *argv; argv++)
		json_object_array_add(words, json_object_new_string(*argv));
	add_int(o, "version", 1);
	add_string(o, "guest", p->name);
	add_string(o, "run_id", p->run_id);
	add_string(o, "boot_id", p->boot_id);
	add_string(o, "started", started);
	add_string(o, "kernel", p->config.kernel);
	json_object_object_add(o, "argv", words);
	json_object_object_add(o, "env", plan_env(p));
	add_int(o, "uid", p->uid);
	add_int(o, "gid", p->gid);
	add_int(o, "cpu", p->cpu);
	add_int(o, "consoles", p->config.consoles);
	add_string(o, "uml_dir", p->uml_dir);
	add_string(o, "umid", p->name);
	json_object_object_add(o, "locks", plan_locks(p));
	add_string(o, "on_reboot", p->config.restart_on_reboot ? "restart" : "stop");
	add_string(o, "on_crash", p->config.restart_on_crash ? "restart" : "stop");
	add_int(o, "boot_timeout_ms", BOOT_TIMEOUT_MS);
	add_int(o, "log_bytes", LOG_BYTES);
	return o;
}

static int plan_write(struct guest_plan *p, char *const *argv, struct error *err)
{
	struct json_object *o = plan_to_json(p, argv);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);
	const char *file = p->restart ? "next-run.json" : "run.json";
	char path[PATH_MAX];
	int r = text ? path_join(path, sizeof(path), p->dir, file) : -ENOMEM;

	if (r == 0)
		r = file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600);
	json_object_put(o);
	return r < 0 ? error_set_errno(err, r, "write %s of guest '%s'", file, p->name) : 0;
}

void guest_plan_run(void *plan)
{
	struct guest_plan *p = plan;
	char **argv = NULL;
	int r;

	if (p->config.net.mode == GUEST_NET_TAP &&
	    (r = guest_tun_check(p->uid, p->gid, &p->err)) < 0) {
		p->result = r;
		return;
	}
	if ((r = plan_cow(p, &p->err)) == 0 && (r = plan_files(p, &p->err)) == 0 &&
	    (r = plan_swap(p, &p->err)) == 0 && (r = plan_argv(p, &argv, &p->err)) == 0 && argv)
		r = plan_write(p, argv, &p->err);
	kernel_argv_free(argv);
	p->result = r;
}

int guest_plan_result(struct guest_plan *p, struct error *err)
{
	if (p->result == 0)
		return 0;
	if (err) {
		error_done(err);
		*err = p->err;
		memset(&p->err, 0, sizeof(p->err));
	}
	return p->result;
}
