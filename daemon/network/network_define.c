// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reservations: which guest has which tap name, MAC and address. In memory only; at umld's start every guest is
 * defined again with what its guest.json says.
 */
#include <net/if.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/network/network_dns_files.h"
#include "daemon/network/network_internal.h"

#define TAP_PREFIX   "tap-"
#define TAP_NAME_MAX 15

static const uint8_t no_mac[6];

static struct reservation *reservation_find(const struct network *n, const char *guest)
{
	struct reservation *r = n->reservations;

	while (r && strcmp(r->guest, guest) != 0)
		r = r->next;
	return r;
}

static const struct reservation *tap_holder(const struct network *n, const char *tap,
					    const char *guest)
{
	for (const struct reservation *r = n->reservations; r; r = r->next)
		if (strcmp(r->net.tap, tap) == 0 && strcmp(r->guest, guest) != 0)
			return r;
	return NULL;
}

static const struct reservation *mac_holder(const struct network *n, const uint8_t mac[6],
					    const char *guest)
{
	for (const struct reservation *r = n->reservations; r; r = r->next)
		if (memcmp(r->net.mac, mac, 6) == 0 && strcmp(r->guest, guest) != 0)
			return r;
	return NULL;
}

static const struct reservation *address_holder(const struct network *n, const char *bridge,
						uint32_t address, const char *guest)
{
	for (const struct reservation *r = n->reservations; r; r = r->next)
		if (r->net.address == address && strcmp(r->net.bridge, bridge) == 0 &&
		    strcmp(r->guest, guest) != 0)
			return r;
	return NULL;
}

/* --- tap names ----------------------------------------------------------------------------------- */

static uint32_t name_hash(const char *s)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/*
 * "tap-gonzo"; where that does not fit or is taken, the beginning of the name and four digits of a hash that
 * depends on the attempt.
 */
static void tap_candidate(const char *guest, unsigned int attempt, char buf[16])
{
	size_t len = strlen(guest);

	if (attempt == 0 && len <= TAP_NAME_MAX - strlen(TAP_PREFIX)) {
		(void)snprintf(buf, 16, TAP_PREFIX "%s", guest);
		return;
	}
	(void)snprintf(buf, 16, TAP_PREFIX "%.6s-%04x", guest,
		       (name_hash(guest) + attempt * 40503u) & 0xffff);
}

static int choose_tap(const struct network *n, const char *guest, char tap[16], struct error *err)
{
	for (unsigned int attempt = 0; attempt < 4096; attempt++) {
		char name[16];

		tap_candidate(guest, attempt, name);
		if (tap_holder(n, name, guest) || network_config_find(n, name) ||
		    if_nametoindex(name) != 0)
			continue;
		memcpy(tap, name, sizeof(name));
		return 0;
	}
	return error_set(err, ERROR_FAILED, "no-tap-name", "no free tap name for guest %s", guest);
}

static int check_tap(const struct network *n, const char *guest, const struct guest_net *net,
		     struct error *err)
{
	const struct reservation *other = tap_holder(n, net->tap, guest);

	if (other)
		return error_set(err, ERROR_BUSY, "tap-in-use", "tap %s belongs to guest %s",
				 net->tap, other->guest);
	if (network_config_find(n, net->tap) || strcmp(net->tap, net->bridge) == 0)
		return error_set(err, ERROR_USAGE, "invalid-net", "tap %s has the name of a bridge",
				 net->tap);
	return 0;
}

/* --- MAC addresses ------------------------------------------------------------------------------- */

static int choose_mac(const struct network *n, const char *guest, uint8_t mac[6], struct error *err)
{
	uint8_t m[6];

	do {
		if (getrandom(m, sizeof(m), 0) != (ssize_t)sizeof(m))
			return error_set_errno(err, errno, "cannot choose a MAC address");
		m[0] = 0x02; /* locally administered, unicast */
	} while (mac_holder(n, m, guest));
	memcpy(mac, m, sizeof(m));
	return 0;
}

static int check_mac(const struct network *n, const char *guest, const uint8_t mac[6],
		     struct error *err)
{
	const struct reservation *other = mac_holder(n, mac, guest);
	char text[18];

	format_mac(mac, text);
	if (mac[0] & 1)
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "MAC address %s is a multicast address", text);
	if (other)
		return error_set(err, ERROR_BUSY, "mac-in-use",
				 "MAC address %s belongs to guest %s", text, other->guest);
	return 0;
}

/* --- addresses ----------------------------------------------------------------------------------- */

static int choose_address(const struct network *n, const char *guest, const struct bridge_config *c,
			  uint32_t *ret, struct error *err)
{
	uint32_t net = bridge_config_net(c), last = net | ~bridge_config_mask(c), leased = 0;

	for (uint32_t a = net + 1; a < last; a++) {
		if (!bridge_config_holds(c, a) || address_holder(n, c->name, a, guest))
			continue;
		/* A deleted guest's lease may still hold it: take that only if there is nothing else. */
		if (dns_lease_exists(n, c->name, a)) {
			leased = leased ? leased : a;
			continue;
		}
		*ret = a;
		return 0;
	}
	if (!leased)
		return error_set(err, ERROR_BUSY, "no-free-address",
				 "all addresses of bridge %s are taken", c->name);
	*ret = leased;
	return 0;
}

static int define_address(const struct network *n, const char *guest, struct guest_net *net,
			  struct error *err)
{
	const struct bridge_config *c = network_config_find(n, net->bridge);
	const struct reservation *other;
	char text[16];

	if (!c || !c->dhcp) {
		net->address = 0;
		return 0;
	}
	/* The subnet was changed in umld.conf: the address was ours to choose, so choose again. */
	if (!bridge_config_holds(c, net->address))
		return choose_address(n, guest, c, &net->address, err);
	other = address_holder(n, c->name, net->address, guest);
	if (other)
		return error_set(err, ERROR_BUSY, "address-in-use",
				 "address %s of bridge %s belongs to guest %s",
				 network_format_ipv4(net->address, text), c->name, other->guest);
	return 0;
}

/* --- define and release -------------------------------------------------------------------------- */

static int define_form(const struct network *n, const char *guest, const struct guest_net *net,
		       struct error *err)
{
	if (!guest_name_valid(guest))
		return error_set(err, ERROR_USAGE, "invalid-name", "not a guest's name");
	if (n->user_mode) {
		int r = error_set(err, ERROR_NOT_PERMITTED, "net-needs-system-mode",
				  "taps need the system's umld, a user's own cannot make them");
		error_hint(err, "use --net none, or create the guest under the system's umld");
		return r;
	}
	if ((net->tap[0] && !ifname_valid(net->tap)) ||
	    (net->bridge[0] && !ifname_valid(net->bridge)))
		return error_set(err, ERROR_USAGE, "invalid-net", "not an interface name");
	return 0;
}

/* What the guest has already and was not asked to change stays. */
static void define_inherit(const struct reservation *old, struct guest_net *net)
{
	bool same_bridge = strcmp(old->net.bridge, net->bridge) == 0;

	if (old->net.mode != GUEST_NET_TAP)
		return;
	if (net->tap[0] == '\0')
		memcpy(net->tap, old->net.tap, sizeof(net->tap));
	if (memcmp(net->mac, no_mac, 6) == 0)
		memcpy(net->mac, old->net.mac, 6);
	if (net->address == 0 && same_bridge)
		net->address = old->net.address;
}

static int define_choose(const struct network *n, const char *guest, struct guest_net *net,
			 struct error *err)
{
	int r;

	r = net->tap[0] ? check_tap(n, guest, net, err) : choose_tap(n, guest, net->tap, err);
	if (r < 0)
		return r;
	r = memcmp(net->mac, no_mac, 6) != 0 ? check_mac(n, guest, net->mac, err)
					     : choose_mac(n, guest, net->mac, err);
	if (r < 0)
		return r;
	return define_address(n, guest, net, err);
}

int network_guest_define(struct network *n, const char *guest, struct guest_net *net,
			 struct error *err)
{
	struct reservation *res = reservation_find(n, guest);
	struct guest_net chosen = *net;
	int r;

	if (net->mode == GUEST_NET_NONE) {
		network_guest_release(n, guest);
		*net = (struct guest_net){ .mode = GUEST_NET_NONE };
		return 0;
	}
	r = define_form(n, guest, net, err);
	if (r < 0)
		return r;
	if (res)
		define_inherit(res, &chosen);
	r = define_choose(n, guest, &chosen, err);
	if (r < 0)
		return r;
	if (!res) {
		res = calloc(1, sizeof(*res));
		if (!res)
			return error_set_errno(err, ENOMEM, "cannot define the network");
		(void)snprintf(res->guest, sizeof(res->guest), "%s", guest);
		res->next = n->reservations;
		n->reservations = res;
	}
	res->net = chosen;
	*net = chosen;
	return 0;
}

void network_guest_release(struct network *n, const char *guest)
{
	for (struct reservation **p = &n->reservations; *p; p = &(*p)->next) {
		struct reservation *r = *p;

		if (strcmp(r->guest, guest) != 0)
			continue;
		*p = r->next;
		free(r);
		return;
	}
}
