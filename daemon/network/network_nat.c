// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table that NAT needs, in nft's own language through libnftables. The table's comment is its mark. Names and
 * numbers that get into the text are formatted here from checked values only.
 */
#include "daemon/network/network_nat.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <nftables/libnftables.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/network/network_ledger.h"

#define NAT_TEXT_BYTES 2048
#define IP_FORWARD     "/proc/sys/net/ipv4/ip_forward"

static void nft_done(struct nft_ctx **nft)
{
	if (*nft)
		nft_ctx_free(*nft);
}

#define cleanup_nft __attribute__((cleanup(nft_done)))

static struct nft_ctx *nft_new(void)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!nft)
		return NULL;
	if (nft_ctx_buffer_output(nft) != 0 || nft_ctx_buffer_error(nft) != 0) {
		nft_ctx_free(nft);
		return NULL;
	}
	return nft;
}

/* The first line of what nft complains about. */
static int nft_fail(struct nft_ctx *nft, struct error *err, const char *what, const char *name)
{
	const char *text = nft_ctx_get_error_buffer(nft);
	size_t len = strcspn(text, "\n");

	return error_set(err, ERROR_FAILED, "nftables", "%s %s: %.*s", what, name,
			 (int)(len < 200 ? len : 200), len > 0 ? text : "nftables failed");
}

enum nat_owner { NAT_ABSENT, NAT_OURS, NAT_FOREIGN };

/* Whose is the table? The listing puts a table's comment on the line after its name. */
static enum nat_owner nat_find(const struct bridge *b)
{
	cleanup_nft struct nft_ctx *nft = nft_new();
	const char *text, *comment;
	char line[96];

	if (!nft)
		return NAT_FOREIGN;
	(void)snprintf(line, sizeof(line), "list table inet umld_%s", b->config.name);
	if (nft_run_cmd_from_buffer(nft, line) != 0)
		return NAT_ABSENT;
	text = nft_ctx_get_output_buffer(nft);
	comment = strchr(text, '\n');
	(void)snprintf(line, sizeof(line), "\n\tcomment \"%s\"\n", b->network->mark);
	return comment && strncmp(comment, line, strlen(line)) == 0 ? NAT_OURS : NAT_FOREIGN;
}

/*
 * "table, delete, table" is nft's idiom for replacing one whether it exists or not; all of it is one transaction.
 *
 * Source ports are moved above 1024, lest a guest's root passes for the host's towards servers that trust low ports.
 * Guests may talk to each other (a host may filter bridged frames here too), may not send with addresses of
 * others, and from outside only answers and what the host's administrator redirects to them gets in.
 */
static int nat_format(const struct bridge *b, char *buf, size_t len)
{
	const char *br = b->config.name;
	char addr[16], net[20];
	int n;

	(void)snprintf(net, sizeof(net), "%s/%u",
		       network_format_ipv4(bridge_config_net(&b->config), addr),
		       b->config.prefix_len);
	n = snprintf(buf, len,
		     "table inet umld_%s\n"
		     "delete table inet umld_%s\n"
		     "table inet umld_%s {\n"
		     " comment \"%s\"\n"
		     " chain postrouting {\n"
		     "  type nat hook postrouting priority srcnat; policy accept;\n"
		     "  ip saddr %s ip daddr != %s oifname != \"%s\" meta l4proto { tcp, udp }"
		     " masquerade to :1024-65535\n"
		     "  ip saddr %s ip daddr != %s oifname != \"%s\" masquerade\n"
		     " }\n"
		     " chain forward {\n"
		     "  type filter hook forward priority filter; policy accept;\n"
		     "  iifname \"%s\" oifname \"%s\" accept\n"
		     "  iifname \"%s\" meta nfproto ipv6 drop\n"
		     "  iifname \"%s\" ip saddr != %s drop\n"
		     "  iifname \"%s\" accept\n"
		     "  oifname \"%s\" ct state established,related accept\n"
		     "  oifname \"%s\" ct status dnat accept\n"
		     "  oifname \"%s\" drop\n"
		     " }\n"
		     "}\n",
		     br, br, br, b->network->mark, net, net, br, net, net, br, br, br, br, br, net,
		     br, br, br, br);
	return n > 0 && (size_t)n < len ? 0 : -ENOSPC;
}

static const char *chain_string(struct json_object *chain, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(chain, key, &v) ? json_object_get_string(v) : "";
}

static void nat_warn_chain(const struct bridge *b, struct json_object *chain)
{
	const char *hook = chain_string(chain, "hook");
	const char *what = strcmp(hook, "forward") == 0 ? "guests may not reach other networks"
			   : strcmp(hook, "input") == 0 ? "guests may get no address and no DNS"
							: NULL;
	const char *family = chain_string(chain, "family");

	if (!what || strcmp(chain_string(chain, "policy"), "drop") != 0 ||
	    (strcmp(family, "ip") != 0 && strcmp(family, "inet") != 0))
		return;
	log_warning(
		"bridge %s: the firewall's chain %s %s %s drops by default, %s unless it has rules "
		"for them",
		b->config.name, family, chain_string(chain, "table"), chain_string(chain, "name"),
		what);
}

/* In nftables an accept is final for one chain only, so a drop elsewhere cannot be overruled: tell. */
static void nat_warn_of_drops(const struct bridge *b)
{
	cleanup_nft struct nft_ctx *nft = nft_new();
	struct json_object *root, *list, *chain;

	if (!nft)
		return;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON);
	if (nft_run_cmd_from_buffer(nft, "list chains") != 0)
		return;
	root = json_tokener_parse(nft_ctx_get_output_buffer(nft));
	if (root && json_object_object_get_ex(root, "nftables", &list) &&
	    json_object_is_type(list, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(list); i++)
			if (json_object_object_get_ex(json_object_array_get_idx(list, i), "chain",
						      &chain))
				nat_warn_chain(b, chain);
	}
	json_object_put(root);
}

/* --- ip_forward ---------------------------------------------------------------------------------- */

static int forward_read(char *ret)
{
	cleanup_close int fd = open(IP_FORWARD, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return read(fd, ret, 1) == 1 ? 0 : -EIO;
}

static int forward_write(const char *value)
{
	cleanup_close int fd = open(IP_FORWARD, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd_write_all(fd, value, 1);
}

static int forward_up(struct network *n, struct error *err)
{
	char now = '0';
	int r;

	r = forward_read(&now);
	if (r < 0)
		return error_set_errno(err, r, "cannot read " IP_FORWARD);
	if (now != '0')
		return 0;
	r = ledger_set_forward(n, true);
	if (r == 0)
		r = network_step("forward-entered");
	if (r == 0)
		r = forward_write("1");
	if (r < 0)
		return error_set_errno(err, r, "cannot switch IPv4 forwarding on");
	return 0;
}

void nat_forward_release(struct network *n)
{
	int r;

	if (!n->is_forward_entered)
		return;
	for (const struct bridge *b = n->bridges; b; b = b->next)
		if (b->is_nat_entered)
			return;
	r = forward_write("0");
	if (r < 0) {
		log_warning("cannot switch IPv4 forwarding off again: %s, ignoring", strerror(-r));
		return;
	}
	(void)ledger_set_forward(n, false);
}

/* --- up and down --------------------------------------------------------------------------------- */

int nat_up(struct bridge *b, struct error *err)
{
	cleanup_nft struct nft_ctx *nft = NULL;
	enum nat_owner owner = nat_find(b);
	char text[NAT_TEXT_BYTES];
	int r;

	if (owner == NAT_FOREIGN) {
		r = error_set(err, ERROR_BUSY, "table-exists",
			      "the nftables table inet umld_%s exists and is not ours",
			      b->config.name);
		error_hint(err, "remove it with `nft delete table inet umld_%s` if nobody needs it",
			   b->config.name);
		return r;
	}
	/* Entered but absent: somebody flushed the ruleset; make it again. */
	if (owner == NAT_ABSENT || !b->is_nat_entered) {
		r = ledger_set_nat(b, true);
		if (r == 0)
			r = nat_format(b, text, sizeof(text));
		if (r == 0)
			r = network_step("nat-entered");
		if (r < 0)
			return error_set_errno(err, r, "cannot set up NAT for %s", b->config.name);
		nft = nft_new();
		if (!nft)
			return error_set_errno(err, ENOMEM, "cannot set up NAT");
		if (nft_run_cmd_from_buffer(nft, text) != 0)
			return nft_fail(nft, err, "cannot set up NAT for", b->config.name);
		nat_warn_of_drops(b);
	}
	r = network_step("nat-made");
	if (r < 0)
		return error_set_errno(err, r, "cannot set up NAT for %s", b->config.name);
	return forward_up(b->network, err);
}

void nat_down(struct bridge *b)
{
	cleanup_nft struct nft_ctx *nft = NULL;
	char line[96];

	if (!b->is_nat_entered)
		return;
	if (nat_find(b) == NAT_OURS) {
		nft = nft_new();
		(void)snprintf(line, sizeof(line), "delete table inet umld_%s", b->config.name);
		if (!nft || nft_run_cmd_from_buffer(nft, line) != 0) {
			log_warning("cannot remove the nftables table inet umld_%s, ignoring",
				    b->config.name);
			return;
		}
	}
	(void)ledger_set_nat(b, false);
}
