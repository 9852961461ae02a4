/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests on disk: STATE/guests/NAME. Every change is one rename, so that a power cut leaves the old or the new state; the
 * reasoning for each step is at the top of guest_store.c.
 */
#ifndef DAEMON_CORE_GUEST_STORE_H
#define DAEMON_CORE_GUEST_STORE_H

#include "common/error.h"
#include "daemon/core/guest.h"

/* Make STATE's folders and empty STATE/tmp. */
int guest_store_open(struct umld *u, struct error *err);

/* Load all guests into u->guests. One that cannot be read is kept, marked damaged and reported. */
int guest_store_load(struct umld *u, struct error *err);

/* Write a new guest; the caller puts it in the list. BUSY if the directory exists. */
int guest_store_create(struct guest *g, struct error *err);
/* Replace its definition on disk, then in memory (taken over on success). */
int guest_store_save(struct guest *g, struct guest_config *next, struct error *err);
/* Directory and name; the caller keeps the list sorted. */
int guest_store_rename(struct guest *g, const char *new_name, struct error *err);
/* Move the directory out of the way; *ret_trash (owned by the caller) is then removed at leisure. */
int guest_store_delete(struct guest *g, char **ret_trash, struct error *err);

/* STATE/guests/NAME[/file] */
int guest_path(const struct guest *g, const char *file, char *buf, size_t len);

/*
 * The truth about a guest that umld believes not to run. 1: a monitor holds the lock. 0: none does, and none that umld
 * started earlier can come to life any more; g->end is what the files say. An unfinished run gets the end given here
 * (message NULL: "killed", with the reason guessed).
 */
int guest_store_settle(struct guest *g, enum guest_end end, const char *message);

#endif
