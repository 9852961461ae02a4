// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What dnsmasq is started with. Everything that gets into an argument has been checked when the configuration was read;
 * the user is chosen at each start.
 */
#include "daemon/network/network_dns_args.h"

#include <json-c/json.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>

#include "common/log.h"
#include "daemon/network/network_dns_files.h"

#define DNS_LEASES_MAX 65536u

void dns_args_done(struct dns_args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
}

static void printf_like(2, 3) args_add(struct dns_args *a, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (a->n >= DNS_ARGS_MAX || vasprintf(&s, fmt, ap) < 0)
		a->failed = true;
	else
		a->v[a->n++] = s;
	va_end(ap);
}

static const char *dns_program(void)
{
	static const char *const paths[] = { "/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq",
					     "/sbin/dnsmasq", "/usr/bin/dnsmasq" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Without rights of its own where it can still read our directories then. */
static const char *dns_user(const struct bridge *b)
{
	static const char *const users[] = { "dnsmasq", "nobody" };

	if (!dns_dirs_are_open(b)) {
		log_warning("bridge %s: dnsmasq runs as root, since %s is closed to other users",
			    b->config.name, b->network->dir);
		return "root";
	}
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		if (getpwnam(users[i]))
			return users[i];
	return "root";
}

/* Only what no configuration of the host's own dnsmasq can change: no configuration file, no hosts file. */
static void args_fill(struct dns_args *a, const struct bridge *b, const char *program)
{
	const struct bridge_config *c = &b->config;
	uint32_t hosts = ~bridge_config_mask(c);
	char net[16], mask[16], hosts_dir[NETWORK_DIR_MAX + 32], dhcp_dir[NETWORK_DIR_MAX + 32],
		leases[NETWORK_DIR_MAX + 32];

	if (dns_path(b, "hosts", hosts_dir) < 0 || dns_path(b, "dhcp", dhcp_dir) < 0 ||
	    dns_path(b, "leases", leases) < 0) {
		a->failed = true;
		return;
	}
	(void)network_format_ipv4(bridge_config_net(c), net);
	(void)network_format_ipv4(bridge_config_mask(c), mask);
	args_add(a, "%s", program);
	args_add(a, "--keep-in-foreground");
	args_add(a, "--conf-file=/dev/null");
	args_add(a, "--pid-file=");
	args_add(a, "--user=%s", dns_user(b));
	args_add(a, "--interface=%s", c->name);
	args_add(a, "--except-interface=lo");
	args_add(a, "--bind-interfaces");
	args_add(a, "--no-hosts");
	args_add(a, "--hostsdir=%s", hosts_dir);
	args_add(a, "--domain=%s", c->domain);
	args_add(a, "--local=/%s/", c->domain);
	args_add(a, "--domain-needed");
	args_add(a, "--bogus-priv");
	args_add(a, "--dhcp-range=%s,static,%s,1h", net, mask);
	args_add(a, "--dhcp-hostsdir=%s", dhcp_dir);
	args_add(a, "--dhcp-leasefile=%s", leases);
	args_add(a, "--dhcp-lease-max=%u", hosts < DNS_LEASES_MAX ? hosts : DNS_LEASES_MAX);
	/* A guest cannot take another one's name: names come from umld alone. */
	args_add(a, "--dhcp-ignore-names");
	args_add(a, "--dhcp-authoritative");
	args_add(a, "--no-ping");
	args_add(a, "--quiet-dhcp");
}

/* One text for comparing what runs with what would be started. */
static char *args_to_json(const struct dns_args *a)
{
	struct json_object *list = json_object_new_array();
	const char *text;
	char *copy = NULL;

	for (size_t i = 0; list && i < a->n; i++)
		json_object_array_add(list, json_object_new_string(a->v[i]));
	text = list ? json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN) : NULL;
	if (text)
		copy = strdup(text);
	json_object_put(list);
	return copy;
}

int dns_args_build(const struct bridge *b, struct dns_args *a, char **ret_json, struct error *err)
{
	const char *program = dns_program();
	char *json = NULL;
	int r;

	if (!program) {
		r = error_set(err, ERROR_NOT_FOUND, "dnsmasq-not-found",
			      "bridge %s needs dnsmasq, which is not installed", b->config.name);
		error_hint(err, "apt install dnsmasq-base, or set dhcp = no for this bridge");
		return r;
	}
	args_fill(a, b, program);
	if (!a->failed)
		json = args_to_json(a);
	if (!json)
		return error_set_errno(err, ENOMEM, "cannot start dnsmasq");
	*ret_json = json;
	return 0;
}
