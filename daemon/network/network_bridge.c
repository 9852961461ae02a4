// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges. Making one is a list of idempotent steps, so the same function makes it, completes what a crash left
 * half made, and repairs what somebody took away (an address, the nft table).
 */
#include "daemon/network/network_bridge.h"

#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "daemon/network/network_dns.h"
#include "daemon/network/network_ledger.h"
#include "daemon/network/network_link.h"
#include "daemon/network/network_nat.h"

/* Ours: marked; or not marked yet, down, and with the address that was chosen for it before it was made. */
static bool link_is_ours(const struct bridge *b, const struct link_info *link)
{
	if (strcmp(link->kind, "bridge") != 0)
		return false;
	if (strcmp(link->alias, b->network->mark) == 0)
		return true;
	return link->alias[0] == '\0' && !link->is_up &&
	       memcmp(link->mac, b->mac, sizeof(b->mac)) == 0;
}

static bool bridge_is_used(const struct bridge *b)
{
	for (const struct tap *t = b->network->taps; t; t = t->next)
		if (strcmp(t->net.bridge, b->config.name) == 0)
			return true;
	return false;
}

static int bridge_make_link(struct bridge *b, struct link_info *ret, struct error *err)
{
	const struct bridge_config *c = &b->config;
	int r;

	r = link_check_subnet(c->name, bridge_config_net(c), bridge_config_mask(c), err);
	if (r < 0)
		return r;
	r = link_make_bridge(c->name, b->mac, err);
	if (r < 0)
		return r;
	r = network_step("bridge-made");
	if (r < 0)
		return error_set_errno(err, r, "cannot make bridge %s", c->name);
	r = link_find(c->name, ret, err);
	return r == -ENODEV ? error_set_errno(err, r, "bridge %s vanished", c->name) : r;
}

/*
 * Guests speak IPv4 with the host; IPv6 is off on the host's side, lest a guest's router advertisements give the
 * host new routes.
 */
static int bridge_configure(struct bridge *b, const struct link_info *link, struct error *err)
{
	const struct bridge_config *c = &b->config;
	int r;

	r = link_set_mark(link->ifindex, b->network->mark, err);
	if (r == 0) {
		link_set_ipv6(c->name, "disable_ipv6", "1");
		r = link_add_address(link->ifindex, c->address, c->prefix_len, err);
	}
	if (r == 0)
		r = link_join_and_up(link->ifindex, 0, err);
	if (r < 0) {
		error_prefix(err, "bridge %s", c->name);
		return r;
	}
	r = network_step("bridge-up");
	if (r < 0)
		return error_set_errno(err, r, "cannot bring bridge %s up", c->name);
	if (c->nat)
		r = nat_up(b, err);
	else
		nat_down(b);
	if (r < 0)
		return r;
	if (c->dhcp)
		return dns_up(b, err);
	dns_down(b);
	return 0;
}

/* Everything of it but the link, which is gone or somebody else's now. */
static void bridge_forget(struct bridge *b)
{
	struct network *n = b->network;

	dns_down(b);
	nat_down(b);
	ledger_drop_bridge(n, b);
	nat_forward_release(n);
}

static int bridge_use_foreign(const struct network *n, const char *name,
			      const struct link_info *link, int *ret_ifindex, struct error *err)
{
	if (strcmp(link->kind, "bridge") != 0)
		return error_set(err, ERROR_USAGE, "not-a-bridge", "interface %s is not a bridge",
				 name);
	if (network_config_find(n, name))
		log_warning("bridge %s was not made by this umld: using it as it is, without "
			    "address, NAT, DHCP and DNS of ours",
			    name);
	*ret_ifindex = link->ifindex;
	return 0;
}

static struct bridge *bridge_enter(struct network *n, const struct bridge_config *config,
				   const uint8_t *mac, struct error *err)
{
	uint8_t fresh[6];

	if (!mac) {
		if (getrandom(fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh)) {
			error_set_errno(err, errno, "cannot choose an address for bridge %s",
					config->name);
			return NULL;
		}
		fresh[0] = 0x02;
		mac = fresh;
	}
	return ledger_enter_bridge(n, config, mac, err);
}

/* The record for a bridge that the ledger does not know yet; NULL with 0 if it is to be used as it is. */
static int bridge_claim(struct network *n, const char *name, const struct link_info *link,
			struct bridge **ret, struct error *err)
{
	const struct bridge_config *config = network_config_find(n, name);
	int r;

	*ret = NULL;
	if (!config) {
		if (link)
			return 0;
		r = error_set(err, ERROR_NOT_FOUND, "bridge-not-found", "there is no bridge %s",
			      name);
		error_hint(err, "make it, or add a [bridge %s] section to umld.conf", name);
		return r;
	}
	/* Marked with our instance but not in the ledger: RUN was wiped under us. Enter it again. */
	if (link && (strcmp(link->kind, "bridge") != 0 || strcmp(link->alias, n->mark) != 0))
		return 0;
	*ret = bridge_enter(n, config, link ? link->mac : NULL, err);
	return *ret ? 0 : -EIO;
}

int bridge_ensure(struct network *n, const char *name, struct bridge **ret_bridge, int *ret_ifindex,
		  struct error *err)
{
	struct bridge *b = ledger_find_bridge(n, name);
	struct link_info link;
	bool exists;
	int r;

	r = link_find(name, &link, err);
	if (r < 0 && r != -ENODEV)
		return r;
	exists = r == 0;
	/* Only what is left of a former one: not a bridge of ours until it is claimed. */
	if (b && !b->is_link_entered)
		b = NULL;
	if (b && exists && !link_is_ours(b, &link)) {
		log_warning("bridge %s is not ours any more", name);
		bridge_forget(b);
		b = NULL;
	}
	if (!b) {
		r = bridge_claim(n, name, exists ? &link : NULL, &b, err);
		if (r < 0)
			return r;
	}
	if (!b) {
		r = bridge_use_foreign(n, name, &link, ret_ifindex, err);
		if (r == 0)
			*ret_bridge = NULL;
		return r;
	}
	r = network_step("bridge-entered");
	if (r < 0)
		return error_set_errno(err, r, "cannot make bridge %s", name);
	if (!exists) {
		r = bridge_make_link(b, &link, err);
		if (r < 0)
			return r;
	}
	r = bridge_configure(b, &link, err);
	if (r < 0)
		return r;
	*ret_bridge = b;
	*ret_ifindex = link.ifindex;
	return 0;
}

static bool port_is_ours(void *ctx, const char *port)
{
	return ledger_find_tap(ctx, port) != NULL;
}

void bridge_release(struct bridge *b)
{
	struct network *n = b->network;
	cleanup_error struct error err = ERROR_INIT;
	struct link_info link;
	bool ours;
	int r;

	if (bridge_is_used(b))
		return;
	r = link_find(b->config.name, &link, NULL);
	ours = r == 0 && b->is_link_entered && link_is_ours(b, &link);
	if (ours && link_has_other_ports(link.ifindex, port_is_ours, n) != 0) {
		log_info("bridge %s stays: it has ports that umld did not make", b->config.name);
		return;
	}
	/* A half-made one carries no mark yet, and link_remove wants to see it. */
	if (ours && link.alias[0] == '\0')
		(void)link_set_mark(link.ifindex, n->mark, NULL);
	dns_down(b);
	(void)network_step("release-dns");
	nat_down(b);
	(void)network_step("release-nat");
	if (ours && link_remove(b->config.name, "bridge", n->mark, &err) < 0) {
		log_warning("%s, ignoring", err.message);
		return;
	}
	(void)network_step("release-link");
	ledger_drop_bridge(n, b);
	nat_forward_release(n);
}

/* By members: the struct has padding. */
static bool config_equal(const struct bridge_config *a, const struct bridge_config *b)
{
	return a->address == b->address && a->prefix_len == b->prefix_len && a->nat == b->nat &&
	       a->dhcp == b->dhcp && strcmp(a->domain, b->domain) == 0;
}

void bridge_refresh_config(struct bridge *b)
{
	const struct bridge_config *c = network_config_find(b->network, b->config.name);

	if (!c || !b->is_link_entered || config_equal(&b->config, c))
		return;
	if (c->address != b->config.address || c->prefix_len != b->config.prefix_len) {
		log_warning("bridge %s keeps its former subnet until its last guest has stopped",
			    b->config.name);
		return;
	}
	b->config = *c;
	if (ledger_update_bridge(b) < 0)
		log_warning("cannot write the ledger entry of bridge %s, ignoring", c->name);
}
