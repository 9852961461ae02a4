/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.*, the part about definitions: create, set, show, list, delete, rename. Files that a definition names are
 * looked at in the thread pool before anything changes.
 */
#include <string.h>

#include "common/log.h"
#include "daemon/core/guest.h"
#include "daemon/core/guest_disks.h"
#include "daemon/core/guest_delete.h"
#include "daemon/core/guest_state.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/kernel_choice.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"
#include "daemon/image.h"

/* A definition that waits for the check of its files. */
struct guest_check {
	struct request *req;
	struct guest *guest; /* create: not in the list yet; set: in the list, its op is set */
	struct guest_config next;
	bool start, net_given;
	bool choose_kernel; /* look whether the kernel can do what next asks for */
	struct kernel_wish wish;
	char *why_kernel; /* why it is not the default; or NULL */
	uid_t uid;
	gid_t gid;
	int result;
	struct error err;
};

static void check_free(struct guest_check *k)
{
	guest_config_done(&k->next);
	error_done(&k->err);
	free(k->why_kernel);
	free(k);
}

static void check_run(void *ctx)
{
	struct guest_check *k = ctx;

	k->result = guest_files_check(&k->next, k->uid, k->gid, &k->err);
	if (k->result == 0 && k->choose_kernel)
		k->result = kernel_choose(&k->next, &k->wish, &k->why_kernel, &k->err);
}

/* --- create ------------------------------------------------------------------------------------- */

/* After next is complete and uid and gid are known. */
static void check_kernel_too(struct guest_check *k, bool named)
{
	const struct guest_config *c = &k->next;

	k->choose_kernel = true;
	k->wish.named = named;
	k->wish.needs_systemd = *c->image && !c->initrd &&
				images_init_is_systemd(k->guest->umld->images, c->image);
	k->wish.uid = k->uid;
	k->wish.gid = k->gid;
}

static int create_checked(struct guest_check *k, struct error *err)
{
	struct guest *g = k->guest;
	struct umld *u = g->umld;
	const char *disk;
	int r = k->result;

	if (r < 0) {
		*err = k->err;
		memset(&k->err, 0, sizeof(k->err));
		return r;
	}
	/* Again: the pool took its time. */
	if (u->stopping)
		return error_set(err, ERROR_BUSY, "shutting-down", "umld is ending");
	if (*k->next.image && (r = images_disk_path(u->images, k->next.image, &disk, err)) < 0)
		return r;
	r = network_guest_define(u->network, g->name, &k->next.net, err);
	if (r < 0)
		return r;
	g->config = k->next;
	memset(&k->next, 0, sizeof(k->next));
	r = guest_store_create(g, err);
	if (r < 0)
		network_guest_release(u->network, g->name);
	return r;
}

static void create_done(void *ctx)
{
	struct guest_check *k = ctx;
	cleanup_error struct error err = ERROR_INIT;
	struct request *req = k->req;
	struct guest *g = k->guest;
	struct umld *u = g->umld;
	bool start = k->start;
	int r = create_checked(k, &err);
	cleanup_free char *why_kernel = TAKE_PTR(k->why_kernel);

	check_free(k);
	if (r < 0) {
		error_guest(&err, g->name);
		guests_remove(&u->guests, g);
		g->op = GUEST_OP_NONE;
		guest_free(g);
		request_fail(req, &err);
		return;
	}
	guest_op_end(g);
	log_info("guest %s created", g->name);
	guest_emit(g, "guest.created", NULL);
	if (!start) {
		struct json_object *o = guest_to_json(g);

		if (why_kernel)
			json_object_object_add(o, "why_kernel", json_object_new_string(why_kernel));
		request_reply(req, o);
		return;
	}
	r = request_begin_start(req, g, &err);
	if (r < 0) {
		error_hint(&err, "the guest is defined; start it again when the cause is gone");
		request_fail(req, &err);
	}
}

static int create_owner(struct request *req, uid_t *ret, struct error *err)
{
	const char *owner = rpc_arg_string(req->params, "owner", NULL);
	uid_t uid = req->uid;
	int r = 0;

	if (owner)
		r = user_lookup(owner, &uid, err);
	if (r == 0 && req->umld->paths.user_mode && uid != req->umld->uid)
		r = error_set(err, ERROR_USAGE, "invalid-parameter",
			      "owner: in user mode all guests belong to the user of umld");
	if (r == 0)
		*ret = uid;
	return r;
}

static int create_name_free(struct request *req, const char *name, struct error *err)
{
	struct umld *u = req->umld;

	if (guests_find(&u->guests, name)) {
		(void)error_set(err, ERROR_BUSY, "guest-exists", "there is a guest '%s' already",
				name);
		error_guest(err, name);
		return -EBUSY;
	}
	if (u->guests.count >= GUESTS_MAX)
		return error_set(err, ERROR_BUSY, "too-many-guests", "there are %d guests already",
				 GUESTS_MAX);
	return 0;
}

int request_guest_create(struct request *req, struct json_object **ret, struct error *err)
{
	const char *name = rpc_arg_string(req->params, "name", "");
	struct umld *u = req->umld;
	struct guest_check *k;
	uid_t owner = 0;
	int r;

	if ((r = create_name_free(req, name, err)) < 0 || (r = create_owner(req, &owner, err)) < 0)
		return r;
	k = calloc(1, sizeof(*k));
	if (!k)
		return error_set_errno(err, ENOMEM, "create guest '%s'", name);
	k->req = req;
	k->start = rpc_arg_bool(req->params, "start", false);
	guest_config_defaults(&k->next, &u->config, owner);
	k->guest = guest_new(u, name);
	if (!k->guest)
		r = error_set_errno(err, ENOMEM, "create guest '%s'", name);
	if (r == 0)
		r = guest_config_apply(&k->next, req->params, err);
	if (r == 0) {
		k->guest->config.owner = owner;
		r = guest_run_identity(k->guest, &k->uid, &k->gid, err);
	}
	if (r == 0)
		check_kernel_too(k, rpc_arg_given(req->params, "kernel") ||
					    rpc_arg_given(req->params, "kernel_path"));
	if (r == 0) {
		/* In the list from now on: the name is taken, and its op keeps everybody off. */
		guest_op_begin(k->guest, GUEST_OP_CREATE);
		guests_insert(&u->guests, k->guest);
		r = loop_work_run(&u->loop, check_run, create_done, k);
		if (r == 0)
			return REQUEST_DEFERRED;
		guests_remove(&u->guests, k->guest);
		(void)error_set_errno(err, r, "create guest '%s'", name);
	}
	guest_free(k->guest);
	check_free(k);
	return r;
}

/* --- set ---------------------------------------------------------------------------------------- */

/* The old reservation must go first: the new one may want the same tap. */
static int set_network(struct guest *g, struct guest_config *next, struct error *err)
{
	struct network *n = g->umld->network;
	struct guest_net old = g->config.net;
	int r;

	network_guest_release(n, g->name);
	r = network_guest_define(n, g->name, &next->net, err);
	if (r < 0 && network_guest_define(n, g->name, &old, NULL) < 0)
		log_error("guest %s: cannot get its network names back", g->name);
	return r;
}

static int set_checked(struct guest_check *k, struct error *err)
{
	struct guest *g = k->guest;
	struct guest_net old = g->config.net;
	int r = k->result;

	if (r < 0) {
		*err = k->err;
		memset(&k->err, 0, sizeof(k->err));
		return r;
	}
	if (k->net_given && (r = set_network(g, &k->next, err)) < 0)
		return r;
	r = guest_store_save(g, &k->next, err);
	if (r < 0 && k->net_given) {
		network_guest_release(g->umld->network, g->name);
		if (network_guest_define(g->umld->network, g->name, &old, NULL) < 0)
			log_error("guest %s: cannot get its network names back", g->name);
	}
	return r;
}

static void set_done(void *ctx)
{
	struct guest_check *k = ctx;
	cleanup_error struct error err = ERROR_INIT;
	struct request *req = k->req;
	struct guest *g = k->guest;
	int r = set_checked(k, &err);

	check_free(k);
	guest_op_end(g);
	if (r < 0) {
		error_guest(&err, g->name);
		request_fail(req, &err);
		return;
	}
	monitor_tell_policy(g);
	guest_emit(g, "guest.changed", NULL);
	request_reply(req, guest_to_json(g));
}

int request_guest_set(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest_check *k;
	struct guest *g;
	int r = request_guest(req, &g, err);

	if (r == 0)
		r = guest_check_idle(g, false, err);
	if (r < 0)
		return r;
	if (g->state != GUEST_STOPPED && guest_config_needs_stop(req->params)) {
		(void)error_set(err, ERROR_BUSY, "guest-running", "guest '%s' is %s", g->name,
				guest_state_to_string(g->state));
		error_guest(err, g->name);
		error_hint(err,
			   "only on_reboot, on_crash and stop_timeout can change before it stops");
		return -EBUSY;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return error_set_errno(err, ENOMEM, "guest '%s'", g->name);
	k->req = req;
	k->guest = g;
	k->net_given = rpc_arg_given(req->params, "net");
	r = guest_config_copy(&g->config, &k->next);
	if (r < 0)
		(void)error_set_errno(err, r, "guest '%s'", g->name);
	if (r == 0)
		r = guest_config_apply(&k->next, req->params, err);
	if (r == 0)
		r = guest_run_identity(g, &k->uid, &k->gid, err);
	if (r == 0 && (k->net_given || rpc_arg_given(req->params, "kernel") ||
		       rpc_arg_given(req->params, "kernel_path")))
		check_kernel_too(k, true);
	if (r == 0) {
		guest_op_begin(g, GUEST_OP_SET);
		r = loop_work_run(&g->umld->loop, check_run, set_done, k);
		if (r == 0)
			return REQUEST_DEFERRED;
		guest_op_end(g);
		(void)error_set_errno(err, r, "guest '%s'", g->name);
	}
	check_free(k);
	return r;
}

/* --- show, list --------------------------------------------------------------------------------- */

int request_guest_show(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest *g;
	int r = request_guest(req, &g, err);

	if (r == 0)
		*ret = guest_to_json(g);
	return r;
}

int request_guest_list(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct guest *g;

	CHAIN_FOREACH(g, &req->umld->guests.list, entry)
	{
		/* One that is being created does not exist yet; it may still fail. */
		if (g->op != GUEST_OP_CREATE && (req->admin || g->config.owner == req->uid))
			json_object_array_add(list, guest_to_json_row(g));
	}
	json_object_object_add(o, "guests", list);
	*ret = o;
	return 0;
}

/* --- delete, rename ----------------------------------------------------------------------------- */

static void guest_deleted(struct guest *g, void *ctx, const struct error *err)
{
	struct request *req = ctx;

	if (err)
		request_fail(req, err);
	else
		request_reply(req, NULL);
}

int request_guest_delete(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest *g;
	int r = request_guest(req, &g, err);

	if (r == 0)
		r = guest_delete(g, rpc_arg_bool(req->params, "force", false), guest_deleted, req,
				 err);
	return r < 0 ? r : REQUEST_DEFERRED;
}

static int rename_check(struct request *req, struct guest *g, const char *new_name,
			struct error *err)
{
	int r = guest_check_idle(g, false, err);

	if (r < 0)
		return r;
	if (g->state != GUEST_STOPPED) {
		(void)error_set(err, ERROR_BUSY, "guest-running", "guest '%s' is %s", g->name,
				guest_state_to_string(g->state));
		error_guest(err, g->name);
		error_hint(err, "stop it first");
		return -EBUSY;
	}
	return create_name_free(req, new_name, err);
}

/* Reservations of the network go by name: give the old up, take the new, and back again if the disk fails. */
static int rename_network(struct guest *g, const char *from, const char *to, struct error *err)
{
	struct network *n = g->umld->network;
	struct guest_net net = g->config.net;
	int r;

	network_guest_release(n, from);
	r = network_guest_define(n, to, &net, err);
	if (r < 0 && network_guest_define(n, from, &net, NULL) < 0)
		log_error("guest %s: cannot get its network names back", from);
	return r;
}

int request_guest_rename(struct request *req, struct json_object **ret, struct error *err)
{
	const char *new_name = rpc_arg_string(req->params, "new_name", "");
	struct umld *u = req->umld;
	char old_name[NAME_LEN_MAX + 1];
	struct json_object *fields;
	struct guest *g;
	int r = request_guest(req, &g, err);

	if (r == 0)
		r = rename_check(req, g, new_name, err);
	if (r < 0)
		return r;
	(void)snprintf(old_name, sizeof(old_name), "%s", g->name);
	r = rename_network(g, old_name, new_name, err);
	if (r < 0)
		return r;
	r = guest_store_rename(g, new_name, err);
	if (r < 0) {
		(void)rename_network(g, new_name, old_name, NULL);
		return r;
	}
	guests_remove(&u->guests, g);
	guests_insert(&u->guests, g);
	fields = json_object_new_object();
	json_object_object_add(fields, "old_name", json_object_new_string(old_name));
	guest_emit(g, "guest.renamed", fields);
	*ret = guest_to_json(g);
	return 0;
}
