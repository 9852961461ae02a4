/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's definition: from request parameters, to and from guest.json, to the form that clients see. One table of
 * parameters serves guest.create, guest.set and the file, so the three cannot drift apart. The guest's name is not part of
 * it: the directory's name is the truth, which makes a rename one rename(2).
 */
#ifndef DAEMON_CORE_GUEST_CONFIG_H
#define DAEMON_CORE_GUEST_CONFIG_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/parse.h"
#include "common/rpc.h"
#include "daemon/core/identity.h"
#include "daemon/network.h"

#define GUEST_DISKS_MAX	   14 /* of 16 ubd devices; the image and swap have two */
#define GUEST_CONSOLES_MAX 16
#define GUEST_NCPUS_MAX	   64
#define GUEST_MEM_MIN	   (16ull << 20)
#define GUEST_MEM_MAX	   (1ull << 46)
#define GUEST_SWAP_MIN	   (40ull << 10)	  /* ten pages: the smallest that mkswap makes */
#define GUEST_SWAP_MAX	   ((16ull << 40) - 4096) /* last_page has 32 bits */
#define GUEST_APPEND_MAX   1024

struct daemon_config;

struct guest_disk {
	char *path; /* absolute, owned */
	bool readonly;
};

struct guest_config {
	char uuid[ID_UUID_BYTES];
	char created[ID_TIME_BYTES];
	uid_t owner;
	char kernel[32];
	char *kernel_path;	      /* NULL: the kernel's default */
	char image[NAME_LEN_MAX + 1]; /* "": none */
	char *initrd;		      /* or NULL */
	uint64_t mem_bytes;
	unsigned int ncpus;
	struct guest_disk disks[GUEST_DISKS_MAX];
	unsigned int n_disks;
	uint64_t swap_bytes; /* 0: none */
	struct guest_net net;
	char *append; /* or NULL */
	unsigned int consoles;
	bool restart_on_reboot, restart_on_crash;
	unsigned int stop_timeout_s;
};

/* For the request table. */
extern const struct rpc_arg guest_create_args[];
extern const struct rpc_arg guest_set_args[];

/* uuid, created and the configured defaults. c is zeroed first. */
void guest_config_defaults(struct guest_config *c, const struct daemon_config *d, uid_t owner);

/*
 * Apply checked parameters (rpc_args_check with one of the tables above). All values are checked before c changes in any
 * way; errors name the field. Of `net` only the form is checked; network_guest_define does the rest. The files that are named are not
 * looked at (guest_disks.h does that).
 */
int guest_config_apply(struct guest_config *c, struct json_object *params, struct error *err);

/* What must hold between fields. */
int guest_config_check(const struct guest_config *c, struct error *err);

/* True if any of the parameters may only change while the guest is stopped. */
bool guest_config_needs_stop(struct json_object *params);

int guest_config_copy(const struct guest_config *from, struct guest_config *ret);
void guest_config_done(struct guest_config *c);

/* guest.json. from_json is strict: unknown or missing keys, wrong types and values are errors. */
struct json_object *guest_config_to_json(const struct guest_config *c);
int guest_config_from_json(struct json_object *o, struct guest_config *ret, struct error *err);

/* Add the definition to the object that clients get. */
void guest_config_add_rpc(const struct guest_config *c, struct json_object *o);

#endif
