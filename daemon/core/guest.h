/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest in umld's memory: its definition (what guest.json says), a mirror of what its monitor reports, and what umld is
 * doing with it just now. The definition changes through guest_store.c only, the mirror through guest_state.c only.
 *
 * `op` is umld's lock on a guest: whoever does something that takes longer than one turn of the loop sets it, and
 * every request that would collide is refused with BUSY. A guest whose op is set is never freed.
 */
#ifndef DAEMON_CORE_GUEST_H
#define DAEMON_CORE_GUEST_H

#include <json-c/json.h>

#include "common/parse.h"
#include "daemon/core/chain.h"
#include "daemon/core/guest_config.h"
#include "daemon/core/identity.h"
#include "daemon/core/waiter.h"
#include "daemon/guest_kernel.h"

struct guest_launch;
struct monitor_link;
struct umld;

enum guest_state {
	GUEST_STOPPED,
	GUEST_STARTING,
	GUEST_RUNNING,
	GUEST_PAUSED,
	GUEST_STOPPING,
	GUEST_STATE_MAX,
	GUEST_STATE_INVALID = -22,
};

enum guest_op {
	GUEST_OP_NONE,
	GUEST_OP_CREATE,  /* its files are being checked; it is not on disk yet */
	GUEST_OP_SET,	  /* the same for a change */
	GUEST_OP_ADOPT,	  /* looking for its monitor after a start of umld */
	GUEST_OP_START,	  /* until its monitor answers */
	GUEST_OP_RESTART, /* until the monitor has been told */
	GUEST_OP_DELETE,  /* killing it first, or removing its files */
	GUEST_OP_MAX,
};

struct guest_last_end {
	bool known;
	enum guest_end reason;
	char *message; /* owned, not NULL when known */
	char time[ID_TIME_BYTES];
	int status, signal;
	char *console_tail; /* owned; may be NULL */
};

struct guest {
	CHAIN_ENTRY(guest) entry;
	struct umld *umld;
	char name[NAME_LEN_MAX + 1];
	struct guest_config config;
	char *damage; /* guest.json cannot be read: why. Such a guest can only be shown, stopped and deleted */

	enum guest_state state;
	enum guest_op op;
	char since[ID_TIME_BYTES];
	pid_t pid; /* of the kernel, 0 if it does not run */
	unsigned int restarts;
	int cpu; /* that its kernel is pinned to, or -1 */
	struct guest_last_end end;

	struct monitor_link *link;	 /* NULL: stopped, or being started */
	struct guest_launch *launch;	 /* guest_run.c's, while op is START and the link opens */
	void (*adopted)(struct umld *u); /* guest_run.c's, while op is ADOPT */
	struct waiter_list waiters;
	/* Run once when the guest has stopped; delete --force waits here. */
	void (*stopped_fn)(struct guest *g, void *ctx);
	void *stopped_ctx;
};

/* Called once at the end of an operation; err NULL for success. */
typedef void (*guest_done_fn)(struct guest *g, void *ctx, const struct error *err);

/* Sorted by name. */
struct guests {
	CHAIN_HEAD(guest_list, guest) list;
	unsigned int count;
};

#define GUESTS_MAX 4096

const char *guest_state_to_string(enum guest_state s);
enum guest_state guest_state_from_string(const char *s);

void guests_init(struct guests *gs);
struct guest *guests_find(struct guests *gs, const char *name);
void guests_insert(struct guests *gs, struct guest *g);
void guests_remove(struct guests *gs, struct guest *g);

/* A stopped guest with an empty definition, in no list. NULL without memory. */
struct guest *guest_new(struct umld *u, const char *name);
/* Out of the list, op none, no link. Waiters are told that it was deleted. Accepts NULL. */
void guest_free(struct guest *g);

/* Refuse if an operation runs; fills err with what it is. Damaged guests are refused too unless damaged_ok. */
int guest_check_idle(const struct guest *g, bool damaged_ok, struct error *err);

/* The form of guest.show; a new reference. */
struct json_object *guest_to_json(const struct guest *g);

/* The form of guest.list, which leaves the console's last lines out. */
struct json_object *guest_to_json_row(const struct guest *g);

/* Who its kernel runs as. */
int guest_run_identity(const struct guest *g, uid_t *ret_uid, gid_t *ret_gid, struct error *err);

void guest_last_end_done(struct guest_last_end *e);

#endif
