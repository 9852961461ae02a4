/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the daemon comes up, as one list, and its end. Clients can connect from the "socket" step on; they are
 * answered when every guest's true state is known, or after two seconds.
 */
#include "daemon/core/umld.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/core/event_log.h"
#include "daemon/core/guest_run.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/job_list.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/monitor_spawn.h"
#include "daemon/core/server.h"
#include "daemon/image.h"
#include "daemon/network.h"

#ifndef UMLD_DATA_DIR
#define UMLD_DATA_DIR "/usr/share/umld"
#endif

#define INSTANCE_BYTES_MAX 64
#define LOCK_WAIT_S	   2
#define NOFILE_WANTED	   65536

/* --- steps -------------------------------------------------------------------------------------- */

static int path_override(char *buf, const char *value, const char *option, struct error *err)
{
	char *real;

	if (!value)
		return 0;
	if (value[0] != '/')
		return error_set(err, ERROR_USAGE, "invalid-option", "%s must be an absolute path",
				 option);
	if (strlen(value) >= PATHS_MAX)
		return error_set(err, ERROR_USAGE, "invalid-option", "%s is too long", option);
	(void)snprintf(buf, PATHS_MAX, "%s", value);
	/* "/a/b/" and "/a/b" are the same directory and must give the same names below it. */
	for (real = buf + strlen(buf) - 1; real > buf && *real == '/'; real--)
		*real = '\0';
	return 0;
}

static int open_paths(struct umld *u, const struct umld_options *o, struct error *err)
{
	int r = paths_default(o->user_mode, &u->paths, err);

	if (r < 0 || (r = path_override(u->paths.state, o->state_dir, "--state-dir", err)) < 0 ||
	    (r = path_override(u->paths.runtime, o->runtime_dir, "--runtime-dir", err)) < 0 ||
	    (r = path_override(u->paths.config, o->config, "--config", err)) < 0)
		return r;
	if (o->runtime_dir) {
		r = path_join(u->paths.socket, sizeof(u->paths.socket), u->paths.runtime,
			      "umld.sock");
		if (r < 0)
			return error_set_errno(err, r, "--runtime-dir");
	}
	return paths_check_runtime(u->paths.runtime, err);
}

static int open_config(struct umld *u, const struct umld_options *o, struct error *err)
{
	int r = 0;

	daemon_config_defaults(&u->config);
	if (*u->paths.config)
		r = daemon_config_read(&u->config, u->paths.config, o->config != NULL, err);
	if (r == 0 && !u->paths.user_mode)
		r = daemon_config_resolve(&u->config, err);
	return r;
}

/* Through these directories a guest's user reaches the kernel's uml_dir; he cannot list them. */
static int open_runtime(struct umld *u, const struct umld_options *o, struct error *err)
{
	static const struct {
		const char *sub;
		mode_t system_mode;
	} dirs[] = { { "", 0755 }, { "/monitors", 0700 }, { "/uml", 0711 } };
	char path[PATHS_MAX + 16];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		mode_t mode = u->paths.user_mode ? 0700 : dirs[i].system_mode;
		int r;

		(void)snprintf(path, sizeof(path), "%s%s", u->paths.runtime, dirs[i].sub);
		r = dir_make(path, mode);
		if (r < 0)
			return error_set_errno(err, r, "make the directory %s", path);
		if (chmod(path, mode) < 0)
			return error_set_errno(err, errno, "chmod %s", path);
	}
	return 0;
}

static void alarm_ignore(int sig)
{
}

/*
 * If the last umld was killed while it started a monitor, the child holds copies of its locks until its exec, a moment
 * later. So wait a little; another umld that lives does not let go.
 */
static int lock_wait(const char *path)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct itimerval limit = { .it_value = { .tv_sec = LOCK_WAIT_S } }, off = { 0 };
	struct sigaction act = { .sa_handler = alarm_ignore }, old;
	cleanup_close int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	(void)sigaction(SIGALRM, &act, &old);
	(void)setitimer(ITIMER_REAL, &limit, NULL);
	r = fcntl(fd, F_OFD_SETLKW, &fl) < 0 ? -errno : 0;
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigaction(SIGALRM, &old, NULL);
	if (r < 0)
		return r == -EINTR ? -EAGAIN : r;
	return TAKE_FD(fd);
}

static int take_lock(const char *dir, const char *name, int *ret_fd, struct error *err)
{
	char path[PATHS_MAX + 16];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = lock_take(AT_FDCWD, path);
	if (fd == -EAGAIN)
		fd = lock_wait(path);
	if (fd == -EAGAIN)
		return error_set(err, ERROR_BUSY, "umld-running", "another umld holds %s", path);
	if (fd < 0)
		return error_set_errno(err, fd, "lock %s", path);
	*ret_fd = fd;
	return 0;
}

static int open_locks(struct umld *u, const struct umld_options *o, struct error *err)
{
	int r = take_lock(u->paths.runtime, "umld.lock", &u->lock_fd, err);

	if (r < 0)
		return r;
	r = dir_make(u->paths.state, u->paths.user_mode ? 0700 : 0711);
	if (r < 0)
		return error_set_errno(err, r, "make the directory %s", u->paths.state);
	return take_lock(u->paths.state, "lock", &u->state_lock_fd, err);
}

static int open_instance(struct umld *u, const struct umld_options *o, struct error *err)
{
	cleanup_free char *text = NULL;
	char path[PATHS_MAX + 16];
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/instance", u->paths.state);
	r = file_read_all(AT_FDCWD, path, INSTANCE_BYTES_MAX, &text, &len);
	if (r == 0 && strspn(text, "0123456789abcdef") >= ID_HEX_BYTES - 1) {
		(void)snprintf(u->instance, sizeof(u->instance), "%.16s", text);
		return 0;
	}
	if (r == 0)
		return error_set(err, ERROR_FAILED, "damaged", "%s does not hold 16 hex digits",
				 path);
	if (r != -ENOENT)
		return error_set_errno(err, r, "read %s", path);
	id_random_hex(u->instance);
	r = file_write_atomic(AT_FDCWD, path, u->instance, strlen(u->instance), 0600);
	return r < 0 ? error_set_errno(err, r, "write %s", path) : 0;
}

static int open_limits(struct umld *u, const struct umld_options *o, struct error *err)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &u->nofile_at_start) < 0)
		return error_set_errno(err, errno, "RLIMIT_NOFILE");
	rl = u->nofile_at_start;
	/* First beyond the hard limit, which takes a capability, then up to it. */
	if (rl.rlim_max < NOFILE_WANTED) {
		rl.rlim_cur = rl.rlim_max = NOFILE_WANTED;
		if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
			return 0;
		rl = u->nofile_at_start;
	}
	rl.rlim_cur = rl.rlim_max < NOFILE_WANTED ? rl.rlim_max : NOFILE_WANTED;
	if (rl.rlim_cur > u->nofile_at_start.rlim_cur && setrlimit(RLIMIT_NOFILE, &rl) < 0)
		log_warning("cannot raise RLIMIT_NOFILE: %s, ignoring", strerror(errno));
	if (rl.rlim_cur < SERVER_CONNECTIONS_MAX + 256)
		log_info("RLIMIT_NOFILE allows %llu descriptors, fewer than %d clients need",
			 (unsigned long long)rl.rlim_cur, SERVER_CONNECTIONS_MAX);
	return 0;
}

static int open_socket(struct umld *u, const struct umld_options *o, struct error *err)
{
	return server_listen(u, &u->server, err);
}

static int open_store(struct umld *u, const struct umld_options *o, struct error *err)
{
	return guest_store_open(u, err);
}

static int open_events(struct umld *u, const struct umld_options *o, struct error *err)
{
	u->events = events_new(u->epoch);
	if (u->events)
		u->jobs = jobs_new(&u->loop, u->events);
	return u->jobs ? 0 : error_set_errno(err, ENOMEM, "events");
}

/* The configured file, else the one beside umld in the build tree, else the installed one; NULL if there is none. */
static const char *mini_locate(const struct umld *u, char *buf, size_t len)
{
	char exe[PATHS_MAX * 4];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (*u->config.mini_image)
		return u->config.mini_image;
	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
		(void)snprintf(buf, len, "%s/../mini/mini.img", exe);
		if (access(buf, R_OK) == 0)
			return buf;
	}
	(void)snprintf(buf, len, "%s/mini.img", UMLD_DATA_DIR);
	if (access(buf, R_OK) == 0)
		return buf;
	log_warning("the image 'mini' is not there: no %s", buf);
	return NULL;
}

static int open_images(struct umld *u, const struct umld_options *o, struct error *err)
{
	char path[PATHS_MAX * 4 + 32];

	return images_new(&u->loop, &u->paths, mini_locate(u, path, sizeof(path)), u->jobs,
			  &u->images, err);
}

static int open_network(struct umld *u, const struct umld_options *o, struct error *err)
{
	return network_new(&u->loop, &u->paths, u->instance, u->config.bridges, u->config.n_bridges,
			   &u->network, err);
}

/* Reservations live in memory: every guest claims again what its definition says. */
static int open_guests(struct umld *u, const struct umld_options *o, struct error *err)
{
	struct guest *g;
	int r = guest_store_load(u, err);

	if (r < 0)
		return r;
	CHAIN_FOREACH(g, &u->guests.list, entry)
	{
		cleanup_error struct error net_err = ERROR_INIT;

		if (!g->damage &&
		    network_guest_define(u->network, g->name, &g->config.net, &net_err) < 0)
			log_error("guest %s: its network: %s, ignoring", g->name, net_err.message);
	}
	return 0;
}

/* --- adoption ----------------------------------------------------------------------------------- */

static void adopt_finish(struct umld *u)
{
	cleanup_error struct error err = ERROR_INIT;
	unsigned int n = 0;
	const char **names;
	struct guest *g;

	loop_timer_stop(&u->adopt_timer);
	if (u->adopted)
		return;
	u->adopted = true;
	names = calloc(u->guests.count + 1, sizeof(*names));
	if (names) {
		CHAIN_FOREACH(g, &u->guests.list, entry)
		{
			if (g->state != GUEST_STOPPED)
				names[n++] = g->name;
		}
		network_reconcile(u->network, names, n);
	}
	free((void *)names);
	if (server_accept(u->server, &err) < 0)
		log_error("%s", err.message);
	log_info("%u guests, %u of them running", u->guests.count, n);
	if (u->ready)
		u->ready(u);
}

static void adopt_one(struct umld *u)
{
	if (u->n_adopting > 0 && --u->n_adopting == 0 && !u->adopted)
		adopt_finish(u);
}

static void adopt_late(void *ctx)
{
	struct umld *u = ctx;

	u->adopt_timer = NULL;
	log_warning("%u guests' monitors have not answered yet, going on", u->n_adopting);
	adopt_finish(u);
}

static int open_adopt(struct umld *u, const struct umld_options *o, struct error *err)
{
	struct guest *g;

	u->adopt_timer = loop_timer_start(&u->loop, 2000, adopt_late, u);
	if (!u->adopt_timer)
		return error_set_errno(err, ENOMEM, "adopt");
	/* One more than there are guests, so that the list's end is reached before the last one counts. */
	u->n_adopting = u->guests.count + 1;
	CHAIN_FOREACH(g, &u->guests.list, entry)
	guest_run_adopt(g, adopt_one);
	adopt_one(u);
	return 0;
}

/* --- the list ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*open)(struct umld *u, const struct umld_options *o, struct error *err);
} steps[] = {
	{ "paths", open_paths },     /* where everything is */
	{ "config", open_config },   /* umld.conf, users and groups */
	{ "limits", open_limits },   /* descriptors for 4096 clients */
	{ "runtime", open_runtime }, /* RUN and its folders */
	{ "locks", open_locks },     /* from here on there is no other umld on these directories */
	{ "socket", open_socket },   /* clients queue */
	{ "store", open_store },     /* STATE and its folders; STATE/tmp is empty */
	{ "instance", open_instance }, /* who we are */
	{ "events", open_events },     /* events and jobs */
	{ "images", open_images },
	{ "network", open_network }, /* the ledger is read, nothing is touched */
	{ "guests", open_guests },   /* definitions are loaded */
	{ "adopt",
	  open_adopt }, /* what runs is found; then the network is reconciled, clients answered */
};

int umld_open(struct umld *u, const struct umld_options *o, struct error *err)
{
	u->uid = geteuid();
	u->lock_fd = -1;
	u->state_lock_fd = -1;
	guests_init(&u->guests);
	id_random_hex(u->epoch);
	boot_id_read(u->boot_id);
	if (uv_loop_init(&u->loop) < 0)
		return error_set_errno(err, ENOMEM, "event loop");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i].open(u, o, err);

		if (r < 0) {
			log_debug("step %s failed", steps[i].name);
			umld_close(u);
			return r;
		}
	}
	/* Without it nothing starts, but what runs can be looked after. */
	if (monitor_locate(u->monitor_program, sizeof(u->monitor_program), NULL) < 0)
		log_error("umld-monitor is not there: no guest can be started");
	return 0;
}

static void guests_close(struct umld *u)
{
	struct guest *g;

	CHAIN_FOREACH(g, &u->guests.list, entry)
	{
		g->adopted = NULL;
		guest_run_close(g);
		monitor_link_close(g);
	}
}

void umld_close(struct umld *u)
{
	struct guest *g;

	u->stopping = true;
	loop_timer_stop(&u->adopt_timer);
	server_free(u->server);
	u->server = NULL;
	guests_close(u);
	images_free(u->images);
	/* Work in the pool comes back here and finds that umld ends; handles close. */
	(void)uv_run(&u->loop, UV_RUN_DEFAULT);
	while ((g = CHAIN_FIRST(&u->guests.list))) {
		guests_remove(&u->guests, g);
		guest_free(g);
	}
	network_free(u->network);
	jobs_free(u->jobs);
	events_free(u->events);
	(void)uv_run(&u->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&u->loop) < 0)
		log_debug("the event loop still has handles");
	if (u->state_lock_fd >= 0)
		(void)close(u->state_lock_fd);
	if (u->lock_fd >= 0)
		(void)close(u->lock_fd);
}
