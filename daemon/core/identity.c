/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identifiers, time stamps and the user data base; see identity.h. Look-ups use the re-entrant calls because work in the
 * thread pool uses them too.
 */
#include "daemon/core/identity.h"

#include <ctype.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/file.h"
#include "common/parse.h"

#define NSS_BUFFER_BYTES (64u * 1024)

static void random_fill(void *buf, size_t len)
{
	/* Below 256 bytes and without flags it neither fails nor returns early once the pool is up. */
	while (getrandom(buf, len, 0) != (ssize_t)len)
		;
}

void id_random_hex(char buf[ID_HEX_BYTES])
{
	uint64_t v;

	random_fill(&v, sizeof(v));
	(void)snprintf(buf, ID_HEX_BYTES, "%016" PRIx64, v);
}

void id_random_uuid(char buf[ID_UUID_BYTES])
{
	unsigned char b[16];
	char *p = buf;

	random_fill(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (unsigned int i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += sprintf(p, "%02x", b[i]);
	}
}

bool id_uuid_valid(const char *s)
{
	if (strlen(s) != ID_UUID_BYTES - 1)
		return false;
	for (int i = 0; s[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return true;
}

void time_now_format(char buf[ID_TIME_BYTES])
{
	time_t now = time(NULL);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(buf, ID_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void boot_id_read(char buf[ID_BOOT_BYTES])
{
	cleanup_free char *text = NULL;
	size_t len;

	buf[0] = '\0';
	if (file_read_all(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 256, &text, &len) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(buf, ID_BOOT_BYTES, "%.*s", ID_BOOT_BYTES - 1, text);
}

void user_name_format(uid_t uid, char buf[USER_NAME_BYTES])
{
	cleanup_free char *tmp = malloc(NSS_BUFFER_BYTES);
	struct passwd pw, *found = NULL;

	if (tmp && getpwuid_r(uid, &pw, tmp, NSS_BUFFER_BYTES, &found) == 0 && found &&
	    strlen(pw.pw_name) < USER_NAME_BYTES)
		(void)snprintf(buf, USER_NAME_BYTES, "%s", pw.pw_name);
	else
		(void)snprintf(buf, USER_NAME_BYTES, "%u", uid);
}

int user_lookup(const char *name, uid_t *ret_uid, struct error *err)
{
	cleanup_free char *tmp = malloc(NSS_BUFFER_BYTES);
	struct passwd pw, *found = NULL;
	uint64_t n;

	if (!tmp)
		return error_set_errno(err, ENOMEM, "user %s", name);
	if (parse_u64(name, 0, UINT32_MAX - 1, &n) == 0)
		(void)getpwuid_r((uid_t)n, &pw, tmp, NSS_BUFFER_BYTES, &found);
	else
		(void)getpwnam_r(name, &pw, tmp, NSS_BUFFER_BYTES, &found);
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "user-not-found", "there is no user '%.64s'",
				 name);
	*ret_uid = pw.pw_uid;
	return 0;
}

int user_primary_group(uid_t uid, gid_t *ret_gid)
{
	cleanup_free char *tmp = malloc(NSS_BUFFER_BYTES);
	struct passwd pw, *found = NULL;

	if (!tmp)
		return -ENOMEM;
	(void)getpwuid_r(uid, &pw, tmp, NSS_BUFFER_BYTES, &found);
	if (!found)
		return -ENOENT;
	*ret_gid = pw.pw_gid;
	return 0;
}

int group_lookup(const char *name, gid_t *ret_gid)
{
	cleanup_free char *tmp = malloc(NSS_BUFFER_BYTES);
	struct group gr, *found = NULL;

	if (!tmp)
		return -ENOMEM;
	(void)getgrnam_r(name, &gr, tmp, NSS_BUFFER_BYTES, &found);
	if (!found)
		return -ENOENT;
	*ret_gid = gr.gr_gid;
	return 0;
}
