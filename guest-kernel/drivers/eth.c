// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards: the words of the command line, the pumps, and frames for packet sockets. */
#include "drivers/eth.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "host/host_memory.h"
#include "host/host_thread.h"
#include "lib/list.h"
#include "lib/string.h"

static struct eth_word {
	char tap[16];
	uint8_t mac[6];
	bool has_mac;
	unsigned int number;
	int fd;
} words[HOST_NICS];
static unsigned int n_words;

static struct eth cards[HOST_NICS];
static unsigned int n_cards;
static bool has_network;
void (*eth_seen)(struct eth *e, const uint8_t *frame, size_t len, bool outgoing);

/* --- words -------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_mac(const char *s, size_t len, uint8_t mac[6])
{
	if (len != 17)
		return false;
	for (unsigned int i = 0; i < 6; i++) {
		int high = hex_digit(s[3 * i]), low = hex_digit(s[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && s[3 * i + 2] != ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	/* Neither a group's nor nobody's. */
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* The part of s up to the next comma; *s moves behind it (NULL at the end). */
static size_t next_part(const char **s, const char **ret)
{
	const char *comma = strchr(*s, ',');
	size_t n = comma ? (size_t)(comma - *s) : strlen(*s);

	*ret = *s;
	*s = comma ? comma + 1 : NULL;
	return n;
}

static bool take_mac(struct eth_word *w, const char *s, size_t len)
{
	if (len == 0)
		return true;
	w->has_mac = parse_mac(s, len, w->mac);
	return w->has_mac;
}

static bool take_name(struct eth_word *w, const char *s, size_t len)
{
	if (len == 0 || len >= sizeof(w->tap) || memchr(s, '/', len))
		return false;
	memcpy(w->tap, s, len);
	w->tap[len] = '\0';
	return true;
}

/* "tuntap,TAP,MAC,GATEWAY"; the gateway is for a helper that made taps, and means nothing here. NULL or what is wrong. */
static const char *parse_legacy(struct eth_word *w, const char *s)
{
	const char *part;
	size_t n = next_part(&s, &part);

	if (n != 6 || strncmp(part, "tuntap", 6) != 0)
		return "only the transport tuntap is known: eth0=tuntap,TAP,MAC";
	n = s ? next_part(&s, &part) : 0;
	if (!take_name(w, part, n))
		return "the name of a tap device is wanted: eth0=tuntap,TAP,MAC";
	n = s ? next_part(&s, &part) : 0;
	return take_mac(w, part, n) ? NULL
				    : "not the MAC address of a card, such as 02:00:00:00:00:01";
}

/* "transport=tap,ifname=TAP,mac=MAC" */
static const char *parse_vector(struct eth_word *w, const char *s)
{
	const char *part;
	bool is_tap = false;

	while (s) {
		size_t n = next_part(&s, &part);

		if (n == 13 && strncmp(part, "transport=tap", 13) == 0)
			is_tap = true;
		else if (n > 7 && strncmp(part, "ifname=", 7) == 0 && take_name(w, part + 7, n - 7))
			continue;
		else if (n > 4 && strncmp(part, "mac=", 4) == 0 && take_mac(w, part + 4, n - 4))
			continue;
		else if (n > 6 &&
			 (strncmp(part, "depth=", 6) == 0 || strncmp(part, "gro=", 4) == 0))
			continue;
		else
			return "transport=tap,ifname=TAP,mac=MAC is what is known";
	}
	return is_tap && w->tap[0] ? NULL : "transport=tap and ifname=TAP are needed";
}

static const char *error_text(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENODEV:
		return "the host has no /dev/net/tun";
	case -EACCES:
		return "no permission to open /dev/net/tun";
	case -EPERM:
		return "no such tap of this user's (ip tuntap add dev NAME mode tap user USER makes one)";
	case -EBUSY:
		return "in use by another guest";
	case -EINVAL:
		return "not a tap device";
	default:
		return "cannot be opened";
	}
}

static int refuse(char *why, size_t len, const char *word, const char *what, int error)
{
	(void)format_str(why, len, "%s: %s", word, what);
	return error;
}

static bool number_taken(unsigned int number)
{
	for (unsigned int i = 0; i < n_words; i++)
		if (words[i].number == number)
			return true;
	return false;
}

int eth_open(const char *word, char *why, size_t len)
{
	bool legacy = strncmp(word, "eth", 3) == 0, vector = strncmp(word, "vec", 3) == 0;
	struct eth_word w = { 0 };
	const char *wrong;

	if (!legacy && !vector)
		return 0;
	if (word[3] < '0' || word[3] >= '0' + (int)HOST_NICS || word[4] != (legacy ? '=' : ':'))
		return refuse(why, len, word, "a number from 0 to 7 is wanted", -EINVAL);
	w.number = (unsigned int)(word[3] - '0');
	if (number_taken(w.number))
		return refuse(why, len, word, "this card is there already", -EINVAL);
	wrong = legacy ? parse_legacy(&w, word + 5) : parse_vector(&w, word + 5);
	if (wrong)
		return refuse(why, len, word, wrong, -EINVAL);
	w.fd = host_tap_open(w.tap);
	if (w.fd < 0)
		return refuse(why, len, word, error_text(w.fd), w.fd);
	words[n_words++] = w;
	return 1;
}

void eth_ask(struct host_launch *l)
{
	for (unsigned int i = 0; i < n_words; i++) {
		struct host_launch_nic *nic = &l->nics[i];

		(void)format_str(nic->name, sizeof(nic->name), "eth%u", words[i].number);
		memcpy(nic->mac, words[i].mac, sizeof(nic->mac));
		nic->has_mac = words[i].has_mac;
		nic->outer = words[i].fd;
	}
	l->n_nics = n_words;
}

void eth_take(const struct host_launch *l)
{
	has_network = l->has_network;
	if (!has_network)
		return;
	n_cards = l->n_nics;
	for (unsigned int i = 0; i < n_cards; i++) {
		const struct host_launch_nic *nic = &l->nics[i];

		memcpy(cards[i].name, nic->name, sizeof(cards[i].name));
		cards[i].ifindex = nic->ifindex;
		cards[i].pump.inner = nic->inner;
		cards[i].pump.outer = nic->outer;
	}
}

bool eth_has_network(void)
{
	return has_network;
}

struct eth *eth_find(int ifindex)
{
	for (unsigned int i = 0; i < n_cards; i++)
		if (cards[i].ifindex == ifindex)
			return &cards[i];
	return NULL;
}

struct eth *eth_at(unsigned int i)
{
	return i < n_cards ? &cards[i] : NULL;
}

/* --- frames ------------------------------------------------------------------------------------- */

/* struct virtio_net_hdr, as far as a checksum goes. */
struct frame_header {
	uint8_t flags, gso_type;
	uint16_t header_len, gso_size, csum_start, csum_offset;
};
_Static_assert(sizeof(struct frame_header) == HOST_TAP_HEADER, "struct virtio_net_hdr");
#define NEEDS_CSUM 1

/* One's complement sum of bytes in network order, folded; the field itself holds the sum of the pseudo header. */
static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint64_t)(p[i] << 8 | p[i + 1]);
	if (len & 1)
		sum += (uint64_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void fill_checksum(const struct frame_header *h, uint8_t *frame, size_t len)
{
	size_t start = h->csum_start, at = start + h->csum_offset;
	uint16_t sum;

	if (!(h->flags & NEEDS_CSUM) || at + 2 > len)
		return;
	sum = checksum(frame + start, len - start);
	/* 0 would mean none in UDP; in TCP both are the same number. */
	if (sum == 0)
		sum = 0xffff;
	frame[at] = (uint8_t)(sum >> 8);
	frame[at + 1] = (uint8_t)sum;
}

static void pump_seen(struct host_pump *p, const uint8_t *header, const uint8_t *frame, size_t len,
		      bool outgoing)
{
	struct frame_header h;
	uint8_t *copy = NULL;

	memcpy(&h, header, sizeof(h));
	if (h.flags & NEEDS_CSUM) {
		copy = kmalloc(len);
		if (!copy)
			return;
		memcpy(copy, frame, len);
		fill_checksum(&h, copy, len);
	}
	big_lock_take();
	if (eth_seen)
		eth_seen(container_of(p, struct eth, pump), copy ? copy : frame, len, outgoing);
	big_lock_release();
	kfree(copy);
}

void eth_watch(bool on)
{
	for (unsigned int i = 0; i < n_cards; i++)
		host_pump_watch(&cards[i].pump, on);
}

int eth_send(struct eth *e, const uint8_t *frame, size_t len)
{
	return host_pump_inject(&e->pump, frame, len);
}

int eth_start(char *why, size_t len)
{
	for (unsigned int i = 0; i < n_cards; i++) {
		int r;

		cards[i].pump.seen = pump_seen;
		r = host_thread_start("umlk-net", host_pump_run, &cards[i].pump);
		if (r < 0) {
			(void)format_str(why, len, "%s: the host gives no thread", cards[i].name);
			return r;
		}
		pr_info("%s: tap in the guest's network namespace, number %d", cards[i].name,
			cards[i].ifindex);
	}
	return 0;
}
