/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of a bridge's dnsmasq.
 */
#ifndef DAEMON_NETWORK_DNS_ARGS_H
#define DAEMON_NETWORK_DNS_ARGS_H

#include "daemon/network/network_internal.h"

#define DNS_ARGS_MAX 40

struct dns_args {
	char *v[DNS_ARGS_MAX + 1]; /* NULL-terminated, owned */
	size_t n;
	bool failed;
};

/*
 * Fill a zeroed a, and *ret_json with the same as one text, for comparing what runs with what would be started; both
 * are the caller's. NOT_FOUND if there is no dnsmasq.
 */
int dns_args_build(const struct bridge *b, struct dns_args *a, char **ret_json, struct error *err);
void dns_args_done(struct dns_args *a);

#endif
