/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld.conf(5): which keys there are and what they may hold. The file's form (lines, quotes, repetition) is
 * config_file.h's business.
 */
#include "daemon/core/daemon_config.h"

#include <fcntl.h>
#include <string.h>

#include "common/config_file.h"
#include "common/file.h"
#include "common/log.h"
#include "daemon/core/identity.h"
#include "daemon/guest_kernel.h"

#define CONFIG_BYTES_MAX (64u * 1024)
#define GUEST_MEM_MIN	 (16ull << 20)

static void bridge_defaults(struct bridge_config *b, const char *name)
{
	memset(b, 0, sizeof(*b));
	(void)snprintf(b->name, sizeof(b->name), "%s", name);
	(void)snprintf(b->domain, sizeof(b->domain), "uml.internal");
	b->prefix_len = 24;
	b->nat = true;
	b->dhcp = true;
}

void daemon_config_defaults(struct daemon_config *c)
{
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->guest_user, sizeof(c->guest_user), "umld-guest");
	(void)snprintf(c->socket_group, sizeof(c->socket_group), "umld");
	(void)snprintf(c->default_image, sizeof(c->default_image), "mini");
	(void)snprintf(c->default_kernel, sizeof(c->default_kernel), "umlk");
	c->default_mem_bytes = 128ull << 20;
	bridge_defaults(&c->bridges[0], "umlbr0");
	c->bridges[0].address = 0x0a9b0001; /* 10.155.0.1 */
	c->n_bridges = 1;
}

static int value_copy(char *buf, size_t size, const char *key, const char *value, struct error *err)
{
	if (!*value || strlen(value) >= size)
		return error_set(err, ERROR_USAGE, "invalid-config", "%s must have 1 to %zu bytes",
				 key, size - 1);
	(void)snprintf(buf, size, "%s", value);
	return 0;
}

static int value_bool(const char *key, const char *value, bool *ret, struct error *err)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*ret = strcmp(value, yes[i]) == 0;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "invalid-config", "%s must be yes or no", key);
}

static int assign_umld(struct daemon_config *c, const char *key, const char *value,
		       struct error *err)
{
	if (strcmp(key, "guest_user") == 0)
		return value_copy(c->guest_user, sizeof(c->guest_user), key, value, err);
	if (strcmp(key, "socket_group") == 0)
		return value_copy(c->socket_group, sizeof(c->socket_group), key, value, err);
	if (strcmp(key, "default_image") == 0) {
		if (!image_name_valid(value))
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "default_image is not an image name");
		return value_copy(c->default_image, sizeof(c->default_image), key, value, err);
	}
	if (strcmp(key, "default_kernel") == 0) {
		if (!guest_kernel_find(value))
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "default_kernel is one of: %s", guest_kernel_names());
		return value_copy(c->default_kernel, sizeof(c->default_kernel), key, value, err);
	}
	if (strcmp(key, "default_mem") == 0) {
		if (parse_size(value, &c->default_mem_bytes) < 0 ||
		    c->default_mem_bytes < GUEST_MEM_MIN)
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "default_mem must be a size of at least 16M");
		return 0;
	}
	if (strcmp(key, "mini_image") == 0) {
		if (*value != '/')
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "mini_image must be an absolute path");
		return value_copy(c->mini_image, sizeof(c->mini_image), key, value, err);
	}
	return error_set(err, ERROR_USAGE, "invalid-config", "unknown key '%.64s' in [umld]", key);
}

/* The section's entry; a new one if it is not there yet. */
static int bridge_entry(struct daemon_config *c, const char *name, struct bridge_config **ret,
			struct error *err)
{
	if (!name || !ifname_valid(name))
		return error_set(err, ERROR_USAGE, "invalid-config",
				 "[bridge NAME] needs an interface name of at most 15 bytes");
	for (unsigned int i = 0; i < c->n_bridges; i++) {
		if (strcmp(c->bridges[i].name, name) == 0) {
			*ret = &c->bridges[i];
			return 0;
		}
	}
	if (c->n_bridges == CONFIG_BRIDGES_MAX)
		return error_set(err, ERROR_USAGE, "invalid-config", "more than %d bridges",
				 CONFIG_BRIDGES_MAX);
	bridge_defaults(&c->bridges[c->n_bridges], name);
	*ret = &c->bridges[c->n_bridges++];
	return 0;
}

static bool domain_valid(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < sizeof(((struct bridge_config *)0)->domain) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len && s[0] != '.' &&
	       s[0] != '-' && s[len - 1] != '.' && s[len - 1] != '-' && !strstr(s, "..");
}

static int assign_bridge(struct daemon_config *c, const char *name, const char *key,
			 const char *value, struct error *err)
{
	struct bridge_config *b = NULL;
	int r = bridge_entry(c, name, &b, err);

	if (r < 0 || !key)
		return r;
	if (strcmp(key, "address") == 0) {
		if (parse_ipv4_prefix(value, &b->address, &b->prefix_len) < 0)
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "address must be like 10.155.0.1/24");
		return 0;
	}
	if (strcmp(key, "nat") == 0)
		return value_bool(key, value, &b->nat, err);
	if (strcmp(key, "dhcp") == 0)
		return value_bool(key, value, &b->dhcp, err);
	if (strcmp(key, "domain") == 0) {
		if (!domain_valid(value))
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "domain is not a DNS name");
		return value_copy(b->domain, sizeof(b->domain), key, value, err);
	}
	return error_set(err, ERROR_USAGE, "invalid-config", "unknown key '%.64s' in [bridge %s]",
			 key, name);
}

static int config_assign(void *ctx, const char *section, const char *name, const char *key,
			 const char *value, struct error *err)
{
	struct daemon_config *c = ctx;

	if (section && strcmp(section, "umld") == 0 && !name)
		return key ? assign_umld(c, key, value, err) : 0;
	if (section && strcmp(section, "bridge") == 0)
		return assign_bridge(c, name, key, value, err);
	return error_set(err, ERROR_USAGE, "invalid-config", "unknown section [%.64s]",
			 section ? section : "");
}

int daemon_config_parse(struct daemon_config *c, const char *file, const char *text, size_t len,
			struct error *err)
{
	int r = config_parse(file, text, len, config_assign, c, err);

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < c->n_bridges; i++) {
		if (!c->bridges[i].address)
			return error_set(err, ERROR_USAGE, "invalid-config",
					 "%s: [bridge %s] needs an address", file,
					 c->bridges[i].name);
	}
	return 0;
}

int daemon_config_read(struct daemon_config *c, const char *path, bool must_exist,
		       struct error *err)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = file_read_all(AT_FDCWD, path, CONFIG_BYTES_MAX, &text, &len);

	if (r == -ENOENT && !must_exist)
		return 0;
	if (r < 0)
		return error_set_errno(err, r, "read %s", path);
	return daemon_config_parse(c, path, text, len, err);
}

int daemon_config_resolve(struct daemon_config *c, struct error *err)
{
	if (user_lookup(c->guest_user, &c->guest_uid, NULL) < 0) {
		log_warning("there is no user '%s': guests of root run as nobody", c->guest_user);
		if (user_lookup("nobody", &c->guest_uid, NULL) < 0)
			return error_set(err, ERROR_NOT_FOUND, "user-not-found",
					 "there is neither a user '%s' nor 'nobody'",
					 c->guest_user);
	}
	if (c->guest_uid == 0)
		return error_set(err, ERROR_USAGE, "invalid-config",
				 "guest_user must not be root: guests are not trusted");
	if (user_primary_group(c->guest_uid, &c->guest_gid) < 0)
		return error_set(err, ERROR_NOT_FOUND, "user-not-found", "user '%s' has no group",
				 c->guest_user);
	c->socket_group_exists = group_lookup(c->socket_group, &c->socket_gid) == 0;
	if (!c->socket_group_exists)
		log_warning("there is no group '%s': root alone administers guests",
			    c->socket_group);
	return 0;
}
