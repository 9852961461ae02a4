// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user's form of a guest's network: `none` or `tap[=NAME][,bridge=BR][,mac=MAC]`.
 */
#include <string.h>

#include "daemon/network/network_internal.h"

#define NET_WORD_MAX 32

/* Some names mean something else below /proc/sys/net: an interface must not be called so. */
static bool net_ifname_valid(const char *s)
{
	return ifname_valid(s) && strcmp(s, "all") != 0 && strcmp(s, "default") != 0;
}

static int parse_ifname(const char *word, const char *value, char ret[16], struct error *err)
{
	if (ret[0])
		return error_set(err, ERROR_USAGE, "invalid-net", "net: %s is given twice", word);
	if (!net_ifname_valid(value))
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "net: \"%s\" is not an interface name (%s=NAME, at most 15 of "
				 "A-Z a-z 0-9 _ . -)",
				 value, word);
	(void)snprintf(ret, 16, "%s", value);
	return 0;
}

static int parse_mac_word(const char *value, uint8_t ret[6], struct error *err)
{
	static const uint8_t none[6];

	if (memcmp(ret, none, sizeof(none)) != 0)
		return error_set(err, ERROR_USAGE, "invalid-net", "net: mac is given twice");
	if (parse_mac(value, ret) < 0)
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "net: \"%s\" is not a unicast MAC address (mac=02:00:00:00:00:01)",
				 value);
	return 0;
}

static int parse_word(char *word, bool is_first, struct guest_net *n, struct error *err)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (is_first) {
		if (strcmp(word, "tap") != 0)
			return error_set(err, ERROR_USAGE, "invalid-net",
					 "net: \"%s\" is neither \"none\" nor \"tap\"", word);
		return value ? parse_ifname("tap", value, n->tap, err) : 0;
	}
	if (value && strcmp(word, "bridge") == 0)
		return parse_ifname("bridge", value, n->bridge, err);
	if (value && strcmp(word, "mac") == 0)
		return parse_mac_word(value, n->mac, err);
	return error_set(err, ERROR_USAGE, "invalid-net",
			 "net: \"%s\" is not understood, only bridge=BR and mac=MAC are", word);
}

/* Messages carry the user's words: keep what a terminal would act upon out of them. */
static bool text_is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < 0x21 || *s > 0x7e)
			return false;
	return true;
}

int guest_net_parse(const char *text, struct guest_net *ret, struct error *err)
{
	struct guest_net n = { .mode = GUEST_NET_TAP };
	char copy[96];
	int r;

	if (strcmp(text, "none") == 0) {
		*ret = (struct guest_net){ .mode = GUEST_NET_NONE };
		return 0;
	}
	if (strlen(text) >= sizeof(copy) || !text_is_plain(text))
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "net: too long, or with blanks or control characters");
	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = copy, *next; word; word = next) {
		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		r = parse_word(word, word == copy, &n, err);
		if (r < 0)
			return r;
	}
	if (n.tap[0] && strcmp(n.tap, n.bridge) == 0)
		return error_set(err, ERROR_USAGE, "invalid-net",
				 "net: tap and bridge have the same name %s", n.tap);
	*ret = n;
	return 0;
}

const char *guest_net_format(const struct guest_net *n, char *buf, size_t len)
{
	static const uint8_t none[6];
	char mac[18] = "";
	bool has_mac = memcmp(n->mac, none, sizeof(none)) != 0;

	if (n->mode == GUEST_NET_NONE) {
		(void)snprintf(buf, len, "none");
		return buf;
	}
	if (has_mac)
		format_mac(n->mac, mac);
	(void)snprintf(buf, len, "tap%s%s%s%s%s%s", n->tap[0] ? "=" : "", n->tap,
		       n->bridge[0] ? ",bridge=" : "", n->bridge, has_mac ? ",mac=" : "", mac);
	return buf;
}
