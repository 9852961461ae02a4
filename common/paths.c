// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where umld keeps things, see paths.h. A runtime directory below /tmp is trusted only if it is
 * ours alone: anybody can make /tmp/umld-UID first and listen there.
 */
#include "common/paths.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/parse.h"

#define SYSTEM_CONFIG  "/etc/umld.conf"
#define SYSTEM_STATE   "/var/lib/umld"
#define SYSTEM_RUNTIME "/run/umld"
#define SOCKET_NAME    "umld.sock"

/* As the XDG specification says: a relative path in the environment is as good as none. */
static const char *absolute_env(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

static int too_long(struct error *err, const char *what)
{
	(void)error_set(err, ERROR_USAGE, "path-too-long",
			"the path of the %s is longer than %d bytes", what, PATHS_MAX - 1);
	return -ENAMETOOLONG;
}

/* $HOME, else the user's entry in the password database. */
static int home_dir(char buf[PATHS_MAX], struct error *err)
{
	const char *home = absolute_env("HOME");
	struct passwd entry;
	struct passwd *found = NULL;
	char strings[4096];

	if (!home && getpwuid_r(geteuid(), &entry, strings, sizeof(strings), &found) == 0 &&
	    found && found->pw_dir && found->pw_dir[0] == '/')
		home = found->pw_dir;
	if (!home)
		return error_set(err, ERROR_NOT_FOUND, "no-home-directory",
				 "neither $HOME nor the password database names a home directory");
	if (strlen(home) >= PATHS_MAX)
		return too_long(err, "home directory");
	memcpy(buf, home, strlen(home) + 1);
	return 0;
}

/* $VARIABLE/umld, or HOME/below/umld. */
static int xdg_dir(const char *variable, const char *below, char buf[PATHS_MAX], struct error *err)
{
	const char *base = absolute_env(variable);
	char home[PATHS_MAX], joined[PATHS_MAX];
	int r;

	if (!base) {
		r = home_dir(home, err);
		if (r < 0)
			return r;
		if (path_join(joined, sizeof(joined), home, below) < 0)
			return too_long(err, below);
		base = joined;
	}
	if (path_join(buf, PATHS_MAX, base, "umld") < 0)
		return too_long(err, variable);
	return 0;
}

/* 0 if path is a directory that only we can enter; -errno otherwise. */
static int check_private_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return -EPERM;
	return 0;
}

/* Below /tmp without $XDG_RUNTIME_DIR; *ret_fallback says so. */
static int user_runtime(char buf[PATHS_MAX], bool *ret_fallback, struct error *err)
{
	const char *base = absolute_env("XDG_RUNTIME_DIR");

	if (base && path_join(buf, PATHS_MAX, base, "umld") < 0)
		return too_long(err, "runtime directory");
	if (!base)
		(void)snprintf(buf, PATHS_MAX, "/tmp/umld-%u", (unsigned int)geteuid());
	*ret_fallback = !base;
	return 0;
}

static int user_paths(struct paths *p, struct error *err)
{
	char config_dir[PATHS_MAX];
	bool fallback;
	int r;

	r = xdg_dir("XDG_CONFIG_HOME", ".config", config_dir, err);
	if (r == 0)
		r = xdg_dir("XDG_STATE_HOME", ".local/state", p->state, err);
	if (r == 0)
		r = user_runtime(p->runtime, &fallback, err);
	if (r < 0)
		return r;
	if (path_join(p->config, sizeof(p->config), config_dir, "umld.conf") < 0)
		return too_long(err, "configuration file");
	if (!fallback)
		return 0;
	if (mkdir(p->runtime, 0700) < 0 && errno != EEXIST)
		return error_set_errno(err, errno, "making %s", p->runtime);
	r = check_private_dir(p->runtime);
	if (r < 0) {
		r = error_set(err, ERROR_NOT_PERMITTED, "runtime-dir-not-private",
			      "%s exists and is not a directory of yours alone", p->runtime);
		error_hint(err, "remove it, or set XDG_RUNTIME_DIR");
	}
	return r;
}

int paths_default(bool user_mode, struct paths *ret, struct error *err)
{
	struct paths p = {
		.user_mode = user_mode,
		.config = SYSTEM_CONFIG,
		.state = SYSTEM_STATE,
		.runtime = SYSTEM_RUNTIME,
	};
	int r;

	if (user_mode) {
		r = user_paths(&p, err);
		if (r < 0)
			return r;
	}
	if (path_join(p.socket, sizeof(p.socket), p.runtime, SOCKET_NAME) < 0)
		return too_long(err, "socket");
	*ret = p;
	return 0;
}

/* The user's own socket if it is there and the directory can be trusted. */
static bool user_socket(char buf[PATHS_MAX])
{
	char runtime[PATHS_MAX];
	struct stat st;
	bool fallback;

	if (user_runtime(runtime, &fallback, NULL) < 0 ||
	    (fallback && check_private_dir(runtime) < 0) ||
	    path_join(buf, PATHS_MAX, runtime, SOCKET_NAME) < 0)
		return false;
	return lstat(buf, &st) == 0 && S_ISSOCK(st.st_mode);
}

int paths_client_socket(char *buf, size_t len, struct error *err)
{
	const char *path = getenv("UMLD_SOCKET");
	char own[PATHS_MAX];

	if (!path || !path[0]) {
		path = SYSTEM_RUNTIME "/" SOCKET_NAME;
		if (geteuid() != 0 && user_socket(own))
			path = own;
	}
	if (strlen(path) >= len || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		(void)error_set(err, ERROR_USAGE, "path-too-long",
				"the socket's path is longer than %zu bytes: %s",
				sizeof(((struct sockaddr_un *)0)->sun_path) - 1, path);
		return -ENAMETOOLONG;
	}
	memcpy(buf, path, strlen(path) + 1);
	return 0;
}

int paths_check_runtime(const char *runtime, struct error *err)
{
	/* The longest: RUN/uml/NAME/NAME/mconsole, see paths.h. */
	static const size_t below = sizeof("/uml/") - 1 + NAME_LEN_MAX + sizeof("/") - 1 +
				    NAME_LEN_MAX + sizeof("/mconsole") - 1;
	static const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 - below;

	if (strlen(runtime) <= max)
		return 0;
	(void)error_set(err, ERROR_USAGE, "path-too-long",
			"the runtime directory %s is %zu bytes long; sockets below it allow %zu",
			runtime, strlen(runtime), max);
	error_hint(err, "choose a shorter --runtime-dir");
	return -ENAMETOOLONG;
}
