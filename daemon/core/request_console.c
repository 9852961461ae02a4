/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console.*: a stream that ends in the guest's monitor, and descriptors of the logs. umld only passes descriptors on.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "daemon/core/guest_store.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"

static int console_number(struct request *req, const struct guest *g, struct error *err)
{
	int64_t n = rpc_arg_int(req->params, "console", 0);

	if (n >= g->config.consoles) {
		(void)error_set(err, ERROR_NOT_FOUND, "console-not-found",
				"guest '%s' has no console %d, only %u", g->name, (int)n,
				g->config.consoles);
		error_guest(err, g->name);
		return -ENOENT;
	}
	return (int)n;
}

static void console_attached(void *ctx, struct json_object *result, const struct error *err)
{
	struct request *req = ctx;

	if (err)
		request_fail(req, err);
	else
		request_reply(req, NULL);
}

int request_console_attach(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *params;
	struct guest *g;
	int pair[2], n, r = request_guest(req, &g, err);

	if (r < 0)
		return r;
	n = console_number(req, g, err);
	if (n < 0)
		return n;
	if (g->state == GUEST_STOPPED) {
		(void)error_set(err, ERROR_BUSY, "guest-stopped", "guest '%s' does not run",
				g->name);
		error_guest(err, g->name);
		error_hint(err, "start it first");
		return -EBUSY;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(err, errno, "socketpair");
	params = json_object_new_object();
	json_object_object_add(params, "console", json_object_new_int(n));
	json_object_object_add(
		params, "readonly",
		json_object_new_boolean(rpc_arg_bool(req->params, "readonly", false)));
	r = monitor_call(g, "monitor.attach", params, pair[1], MONITOR_CALL_MS, console_attached,
			 req, err);
	if (r < 0) {
		(void)close(pair[0]);
		return r;
	}
	req->reply_fds[req->n_reply_fds++] = pair[0];
	return REQUEST_DEFERRED;
}

/* The older part first. A part that is not there is left out. */
static int log_open(struct request *req, const struct guest *g, int console, const char *suffix,
		    struct json_object *sizes)
{
	char name[64], path[PATH_MAX];
	struct stat st;
	int fd, r;

	(void)snprintf(name, sizeof(name), "console-%d.log%s", console, suffix);
	r = guest_path(g, name, path, sizeof(path));
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -EINVAL;
	}
	req->reply_fds[req->n_reply_fds++] = fd;
	json_object_array_add(sizes, json_object_new_int64(st.st_size));
	return 0;
}

int request_console_log(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *sizes, *o;
	struct guest *g;
	int n, r = request_guest(req, &g, err);

	if (r < 0)
		return r;
	n = console_number(req, g, err);
	if (n < 0)
		return n;
	sizes = json_object_new_array();
	r = log_open(req, g, n, ".1", sizes);
	if (r == 0)
		r = log_open(req, g, n, "", sizes);
	if (r < 0) {
		json_object_put(sizes);
		return error_set_errno(err, r, "console log of guest '%s'", g->name);
	}
	o = json_object_new_object();
	json_object_object_add(o, "sizes", sizes);
	*ret = o;
	return 0;
}
