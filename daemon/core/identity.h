/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identifiers and stamps: random hex words, UUIDs, times, the boot id, user names. Buffers are the caller's and their
 * sizes are named here; outputs are always NUL-terminated.
 */
#ifndef DAEMON_CORE_IDENTITY_H
#define DAEMON_CORE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

#define ID_HEX_BYTES	17 /* 16 hex digits */
#define ID_UUID_BYTES	37
#define ID_TIME_BYTES	32
#define ID_BOOT_BYTES	40
#define USER_NAME_BYTES 64

void id_random_hex(char buf[ID_HEX_BYTES]);
void id_random_uuid(char buf[ID_UUID_BYTES]);
bool id_uuid_valid(const char *s);
/* RFC 3339, UTC, whole seconds. */
void time_now_format(char buf[ID_TIME_BYTES]);
/* "" where the host does not tell. */
void boot_id_read(char buf[ID_BOOT_BYTES]);

/* The user's name, or the number in decimal where there is no such user. */
void user_name_format(uid_t uid, char buf[USER_NAME_BYTES]);
/* A name or a decimal number that a user has. NOT_FOUND otherwise. */
int user_lookup(const char *name, uid_t *ret_uid, struct error *err);
/* The user's primary group; -ENOENT for a number without an account. */
int user_primary_group(uid_t uid, gid_t *ret_gid);
/* -ENOENT if there is no such group. */
int group_lookup(const char *name, gid_t *ret_gid);

#endif
