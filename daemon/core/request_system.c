/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system.hello and events.subscribe.
 */
#include <string.h>

#include "daemon/core/connection.h"
#include "daemon/core/event_log.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"

#define API_VERSION 1

int request_system_hello(struct request *req, struct json_object **ret, struct error *err)
{
	const struct umld *u = req->umld;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "server", json_object_new_string("umld"));
	json_object_object_add(o, "version", json_object_new_string(UMLD_VERSION));
	json_object_object_add(o, "api", json_object_new_int(API_VERSION));
	json_object_object_add(o, "mode",
			       json_object_new_string(u->paths.user_mode ? "user" : "system"));
	json_object_object_add(o, "pid", json_object_new_int(getpid()));
	json_object_object_add(o, "epoch", json_object_new_string(u->epoch));
	json_object_object_add(o, "uid", json_object_new_int64(req->uid));
	json_object_object_add(o, "admin", json_object_new_boolean(req->admin));
	json_object_object_add(o, "state_dir", json_object_new_string(u->paths.state));
	json_object_object_add(o, "runtime_dir", json_object_new_string(u->paths.runtime));
	*ret = o;
	return 0;
}

/*
 * The answer goes out before the kept events, so that the client knows what the numbers mean; hence the
 * reply is sent from here.
 */
int request_events_subscribe(struct request *req, struct json_object **ret, struct error *err)
{
	struct events *e = req->umld->events;
	struct connection *c = req->conn;
	uint64_t seq = events_seq(e), since = seq;
	struct json_object *o = json_object_new_object();

	if (rpc_arg_given(req->params, "since"))
		since = (uint64_t)rpc_arg_int(req->params, "since", 0);
	if (rpc_arg_given(req->params, "epoch") &&
	    strcmp(rpc_arg_string(req->params, "epoch", ""), req->umld->epoch) != 0)
		since = 0;
	json_object_object_add(o, "seq", json_object_new_uint64(seq));
	json_object_object_add(o, "epoch", json_object_new_string(req->umld->epoch));
	json_object_object_add(o, "oldest", json_object_new_uint64(events_oldest(e)));
	request_reply(req, o);
	if (events_subscribe(e, c, since) < 0)
		connection_end(c);
	return REQUEST_DEFERRED;
}
