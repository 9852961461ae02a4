// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Up, down and reconcile. A guest that is up has one tap in the ledger; that entry is what keeps its bridge alive. It is
 * the first thing made and the last thing removed, so after a crash at any point the ledger names all there can be,
 * and taking down a guest is the same whether it is up, half up or half down already.
 */
#include "daemon/network.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/network/network_bridge.h"
#include "daemon/network/network_dns.h"
#include "daemon/network/network_ledger.h"
#include "daemon/network/network_link.h"
#include "daemon/network/network_nat.h"

const struct bridge_config *network_config_find(const struct network *n, const char *name)
{
	for (unsigned int i = 0; i < n->n_configs; i++)
		if (strcmp(n->configs[i].name, name) == 0)
			return &n->configs[i];
	return NULL;
}

const char *network_format_ipv4(uint32_t address, char buf[16])
{
	(void)snprintf(buf, 16, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255,
		       (address >> 8) & 255, address & 255);
	return buf;
}

/* --- new and free -------------------------------------------------------------------------------- */

/* Dots between labels of a-z 0-9 and '-': it becomes part of dnsmasq's arguments and of host files. */
static bool domain_valid(const char *s)
{
	size_t label = 0;

	if (*s == '\0')
		return false;
	for (; *s; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') ||
		      (*s == '-' && label > 0)))
			return false;
		label++;
	}
	return label > 0 && s[-1] != '-';
}

static int config_check(const struct bridge_config *c, struct error *err)
{
	uint32_t host;

	if (!ifname_valid(c->name) || strcmp(c->name, "all") == 0 ||
	    strcmp(c->name, "default") == 0)
		return error_set(err, ERROR_USAGE, "invalid-bridge",
				 "the name of a bridge is not an interface name");
	if (c->prefix_len < 8 || c->prefix_len > 30)
		return error_set(err, ERROR_USAGE, "invalid-bridge",
				 "bridge %s: the prefix length must be 8 to 30", c->name);
	host = c->address & ~bridge_config_mask(c);
	if (host == 0 || host == ~bridge_config_mask(c))
		return error_set(err, ERROR_USAGE, "invalid-bridge",
				 "bridge %s: the address is the first or last one of its subnet",
				 c->name);
	if (c->dhcp && !domain_valid(c->domain))
		return error_set(err, ERROR_USAGE, "invalid-bridge",
				 "bridge %s: the domain is not a DNS name in lower case", c->name);
	return 0;
}

static int configs_check(const struct bridge_config *configs, unsigned int n, struct error *err)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct bridge_config *a = &configs[i];
		int r = config_check(a, err);

		if (r < 0)
			return r;
		for (unsigned int j = 0; j < i; j++) {
			const struct bridge_config *b = &configs[j];
			uint32_t mask = bridge_config_mask(a) & bridge_config_mask(b);

			if (strcmp(a->name, b->name) == 0 ||
			    (a->address & mask) == (b->address & mask))
				return error_set(err, ERROR_USAGE, "invalid-bridge",
						 "bridges %s and %s have the same name or "
						 "overlapping subnets",
						 b->name, a->name);
		}
	}
	return 0;
}

static int boot_id_read(char buf[40])
{
	cleanup_free char *text = NULL;
	size_t len;
	int r;

	r = file_read_all(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, &len);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(buf, 40, "%s", text);
	return 0;
}

static int network_open_dir(struct network *n, const struct paths *paths, struct error *err)
{
	int r;

	r = path_join(n->dir, sizeof(n->dir), paths->runtime, "network");
	if (r == 0)
		r = dir_make(n->dir, 0755);
	if (r < 0)
		return error_set_errno(err, r, "cannot make %s", n->dir);
	r = boot_id_read(n->boot_id);
	if (r < 0)
		return error_set_errno(err, r, "cannot read the boot id (is /proc mounted?)");
	n->dir_fd = open(n->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (n->dir_fd < 0)
		return error_set_errno(err, errno, "cannot open %s", n->dir);
	(void)file_remove_stale_tmp(n->dir_fd);
	return ledger_load(n, err);
}

static bool instance_valid(const char *s)
{
	return strlen(s) == 16 && strspn(s, "0123456789abcdef") == 16;
}

int network_new(uv_loop_t *loop, const struct paths *paths, const char *instance,
		const struct bridge_config *bridges, unsigned int n_bridges, struct network **ret,
		struct error *err)
{
	struct network *n;
	int r;

	if (!instance_valid(instance))
		return error_set(err, ERROR_FAILED, "bad-instance",
				 "the instance is not 16 hex digits");
	r = configs_check(bridges, n_bridges, err);
	if (r < 0)
		return r;
	n = calloc(1, sizeof(*n));
	if (!n)
		return error_set_errno(err, ENOMEM, "cannot set up the network");
	n->loop = loop;
	n->dir_fd = -1;
	n->user_mode = paths->user_mode;
	n->configs = bridges;
	n->n_configs = n_bridges;
	(void)snprintf(n->mark, sizeof(n->mark), "umld:%s", instance);
	if (!n->user_mode) {
		r = network_open_dir(n, paths, err);
		if (r < 0) {
			network_free(n);
			return r;
		}
	}
	*ret = n;
	return 0;
}

void network_free(struct network *n)
{
	if (!n)
		return;
	for (struct bridge *b = n->bridges, *next; b; b = next) {
		next = b->next;
		dns_leave(b);
		free(b->dns.argv_json);
		free(b);
	}
	for (struct tap *t = n->taps, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	for (struct reservation *r = n->reservations, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	cleanup_close_p(&n->dir_fd);
	free(n);
}

/* --- up and down --------------------------------------------------------------------------------- */

static int tap_foreign(const char *name, struct error *err)
{
	int r = error_set(err, ERROR_BUSY, "tap-exists",
			  "interface %s exists and was not made by this umld", name);

	error_hint(err, "choose another name with tap=NAME, or remove it: ip link delete %s", name);
	return r;
}

static int tap_make_or_adopt(struct network *n, struct tap *t, bool is_fresh, struct link_info *ret,
			     struct error *err)
{
	const char *name = t->net.tap;
	int r;

	r = link_find(name, ret, err);
	if (r < 0 && r != -ENODEV)
		return r;
	if (r == -ENODEV) {
		r = link_make_tap(name, n->mark, t->uid, err);
		if (r < 0)
			return r;
		r = link_find(name, ret, err);
		return r == -ENODEV ? error_set_errno(err, r, "tap %s vanished", name) : r;
	}
	if (strcmp(ret->kind, "tun") != 0 || strcmp(ret->alias, n->mark) != 0)
		return tap_foreign(name, err);
	/* Marked but new to the ledger: RUN was wiped under us. Nobody may be using it. */
	return is_fresh ? link_adopt_tap(name, t->uid, err) : 0;
}

static int tap_up(struct network *n, struct tap *t, int bridge_ifindex, bool is_fresh,
		  struct error *err)
{
	struct link_info link;
	int r;

	r = tap_make_or_adopt(n, t, is_fresh, &link, err);
	if (r < 0)
		return r;
	r = network_step("tap-made");
	if (r < 0)
		return error_set_errno(err, r, "cannot set up tap %s", t->net.tap);
	/* On a bridge the tap is a port and no interface of the host's own; alone, it takes no orders from the guest. */
	if (bridge_ifindex > 0)
		link_set_ipv6(t->net.tap, "disable_ipv6", "1");
	else
		link_set_ipv6(t->net.tap, "accept_ra", "0");
	r = link_join_and_up(link.ifindex, bridge_ifindex, err);
	if (r < 0)
		error_prefix(err, "tap %s", t->net.tap);
	return r;
}

static int guest_bring_up(struct network *n, struct tap *t, bool is_fresh, struct error *err)
{
	struct bridge *b = NULL;
	int ifindex = 0, r;

	if (t->net.bridge[0]) {
		r = bridge_ensure(n, t->net.bridge, &b, &ifindex, err);
		if (r < 0)
			return r;
	}
	r = tap_up(n, t, ifindex, is_fresh, err);
	if (r < 0)
		return r;
	if (b && b->config.dhcp) {
		if (!bridge_config_holds(&b->config, t->net.address)) {
			r = error_set(err, ERROR_BUSY, "subnet-changed",
				      "bridge %s still has its former subnet", b->config.name);
			error_hint(err, "stop all guests on it once");
			return r;
		}
		r = dns_guest_enter(b, t->guest, &t->net, err);
		if (r < 0)
			return r;
	}
	r = network_step("guest-entered");
	return r < 0 ? error_set_errno(err, r, "cannot bring the network up") : 0;
}

static void guest_take_down(struct network *n, struct tap *t)
{
	cleanup_error struct error err = ERROR_INIT;
	struct bridge *b = ledger_find_bridge(n, t->net.bridge);

	if (b && b->dns.is_entered)
		dns_guest_remove(b, t->guest);
	(void)network_step("down-dns");
	if (link_remove(t->net.tap, "tun", n->mark, &err) < 0) {
		/* The entry stays, so that the next reconcile tries again. */
		log_error("%s", err.message);
		return;
	}
	(void)network_step("down-tap");
	ledger_drop_tap(n, t);
	if (b)
		bridge_release(b);
}

static int guest_check(struct network *n, const char *guest, const struct guest_net *net,
		       struct error *err)
{
	const struct tap *other = ledger_find_tap(n, net->tap);

	if (n->user_mode)
		return error_set(err, ERROR_NOT_PERMITTED, "net-needs-system-mode",
				 "taps need the system's umld");
	if (!guest_name_valid(guest) || !ifname_valid(net->tap) ||
	    (net->bridge[0] && !ifname_valid(net->bridge)))
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "the guest's network is not defined");
	if (other && strcmp(other->guest, guest) != 0)
		return error_set(err, ERROR_BUSY, "tap-in-use", "guest %s is up with tap %s",
				 other->guest, net->tap);
	return 0;
}

static bool tap_fits(const struct tap *t, const struct guest_net *net, uid_t uid)
{
	return t->uid == uid && strcmp(t->net.tap, net->tap) == 0 &&
	       strcmp(t->net.bridge, net->bridge) == 0 &&
	       memcmp(t->net.mac, net->mac, sizeof(net->mac)) == 0 &&
	       t->net.address == net->address;
}

int network_guest_up(struct network *n, const char *guest, const struct guest_net *net, uid_t uid,
		     struct error *err)
{
	struct tap *t;
	bool is_fresh;
	int r;

	if (net->mode == GUEST_NET_NONE)
		return 0;
	r = guest_check(n, guest, net, err);
	if (r < 0)
		return r;
	t = ledger_find_guest(n, guest);
	if (t && !tap_fits(t, net, uid)) {
		guest_take_down(n, t);
		t = ledger_find_guest(n, guest);
		if (t)
			return error_set(err, ERROR_BUSY, "tap-in-use",
					 "the former tap %s of guest %s cannot be removed",
					 t->net.tap, guest);
	}
	is_fresh = !t;
	if (is_fresh)
		t = ledger_enter_tap(n, guest, net, uid, err);
	if (!t)
		return -EIO;
	r = network_step("tap-entered");
	if (r < 0)
		(void)error_set_errno(err, r, "cannot bring the network up");
	else
		r = guest_bring_up(n, t, is_fresh, err);
	if (r < 0 && is_fresh)
		guest_take_down(n, t);
	return r;
}

void network_guest_down(struct network *n, const char *guest)
{
	struct tap *t = ledger_find_guest(n, guest);

	if (t)
		guest_take_down(n, t);
}

/* --- reconcile ----------------------------------------------------------------------------------- */

static bool guest_is_in(const char *guest, const char *const *guests, unsigned int n_guests)
{
	for (unsigned int i = 0; i < n_guests; i++)
		if (strcmp(guests[i], guest) == 0)
			return true;
	return false;
}

/* A directory of a bridge that is not in the ledger: a crash came between the two removals. */
static void sweep_directories(struct network *n)
{
	cleanup_close int fd = openat(n->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir)
		return;
	(void)TAKE_FD(fd);
	while ((d = readdir(dir))) {
		bool known = false;

		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		for (const struct bridge *b = n->bridges; b; b = b->next) {
			char part[16];

			ledger_file_part(b->config.name, part);
			known |= strcmp(part, d->d_name) == 0;
		}
		if (!known)
			(void)dir_remove_all(n->dir_fd, d->d_name);
	}
	(void)closedir(dir);
}

void network_reconcile(struct network *n, const char *const *guests, unsigned int n_guests)
{
	if (n->user_mode)
		return;
	for (struct tap *t = n->taps, *next; t; t = next) {
		next = t->next;
		if (!guest_is_in(t->guest, guests, n_guests))
			guest_take_down(n, t);
	}
	for (struct bridge *b = n->bridges, *next; b; b = next) {
		next = b->next;
		bridge_refresh_config(b);
		bridge_release(b);
	}
	for (struct tap *t = n->taps; t; t = t->next) {
		cleanup_error struct error err = ERROR_INIT;

		if (guest_bring_up(n, t, false, &err) < 0)
			log_error("network of guest %s: %s, ignoring", t->guest,
				  err.message ? err.message : "failed");
	}
	for (struct bridge *b = n->bridges; b; b = b->next)
		if (b->dns.is_entered)
			dns_guests_sweep(b);
	nat_forward_release(n);
	sweep_directories(n);
}
