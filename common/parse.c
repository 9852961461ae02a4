// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parsers for what people and scripts write, see parse.h. Character classes are spelt out because
 * the ones of <ctype.h> depend on the locale.
 */
#include "common/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower_or_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* Letters and digits at both ends, those and the characters of inner in between. */
static bool name_valid(const char *s, const char *inner)
{
	size_t len;

	if (!s)
		return false;
	len = strnlen(s, NAME_LEN_MAX + 1);
	if (len == 0 || len > NAME_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool at_end = i == 0 || i == len - 1;

		if (!is_lower_or_digit(s[i]) && (at_end || !strchr(inner, s[i])))
			return false;
	}
	return true;
}

bool guest_name_valid(const char *s)
{
	return name_valid(s, "-");
}

bool image_name_valid(const char *s)
{
	return name_valid(s, "-._");
}

bool ifname_valid(const char *s)
{
	size_t len;

	if (!s)
		return false;
	len = strnlen(s, IFNAMSIZ);
	if (len == 0 || len >= IFNAMSIZ || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_lower_or_digit(s[i]) && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !strchr("_.-", s[i]))
			return false;
	}
	return true;
}

/* Read digits from *s on and move *s behind them. */
static int take_u64(const char **s, uint64_t *ret)
{
	const char *p = *s;
	uint64_t value = 0;
	bool fits = true;

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			fits = false;
	}
	*s = p;
	if (!fits)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	int r;

	if (!s)
		return -EINVAL;
	r = take_u64(&s, &value);
	if (r == -EINVAL || *s != '\0')
		return -EINVAL;
	if (r < 0 || value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

static const char size_letters[] = "KMGT";

int parse_size(const char *s, uint64_t *ret_bytes)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	int r;

	if (!s)
		return -EINVAL;
	r = take_u64(&s, &value);
	if (r == -EINVAL)
		return r;
	if (*s != '\0') {
		char upper = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
		const char *letter = strchr(size_letters, upper);

		if (!letter)
			return -EINVAL;
		shift = 10 * (unsigned int)(letter - size_letters + 1);
		s++;
		if (strcmp(s, "") != 0 && strcmp(s, "B") != 0 && strcmp(s, "iB") != 0)
			return -EINVAL;
	}
	if (r < 0 || value > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = value << shift;
	return 0;
}

const char *format_size(uint64_t bytes, char *buf, size_t len)
{
	unsigned int unit = 0;

	while (bytes != 0 && bytes % 1024 == 0 && unit < strlen(size_letters)) {
		bytes /= 1024;
		unit++;
	}
	if (unit == 0)
		(void)snprintf(buf, len, "%" PRIu64, bytes);
	else
		(void)snprintf(buf, len, "%" PRIu64 "%c", bytes, size_letters[unit - 1]);
	return buf;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_mac(const char *s, uint8_t ret_mac[6])
{
	uint8_t mac[6];
	uint8_t any = 0;

	if (!s || strnlen(s, 18) != 17)
		return -EINVAL;
	for (unsigned int i = 0; i < 6; i++) {
		int high = hex_value(s[3 * i]);
		int low = hex_value(s[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && s[3 * i + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(high * 16 + low);
		any |= mac[i];
	}
	if ((mac[0] & 1) || any == 0)
		return -EINVAL;
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}

void format_mac(const uint8_t mac[6], char buf[18])
{
	(void)snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		       mac[4], mac[5]);
}

int parse_ipv4_prefix(const char *s, uint32_t *ret_addr, unsigned int *ret_len)
{
	uint32_t addr = 0;
	uint64_t value = 0;
	bool fits = true;
	int r;

	if (!s)
		return -EINVAL;
	for (unsigned int i = 0; i < 5; i++) {
		const char *start = s;

		r = take_u64(&s, &value);
		/* A leading zero would be octal to some readers. */
		if (r == -EINVAL || (start[0] == '0' && s - start > 1))
			return -EINVAL;
		if (r < 0 || (i < 4 && value > 255) || (i == 4 && (value < 8 || value > 30)))
			fits = false;
		if (i < 4)
			addr = addr << 8 | (uint32_t)(value & 0xff);
		if (i < 4 && *s++ != (i < 3 ? '.' : '/'))
			return -EINVAL;
	}
	if (*s != '\0')
		return -EINVAL;
	if (!fits)
		return -ERANGE;
	*ret_addr = addr;
	*ret_len = (unsigned int)value;
	return 0;
}

int parse_duration(const char *s, uint64_t *ret_ms)
{
	uint64_t value = 0;
	uint64_t factor = 1000;
	int r;

	if (!s)
		return -EINVAL;
	if (strcmp(s, "infinity") == 0) {
		*ret_ms = UINT64_MAX;
		return 0;
	}
	r = take_u64(&s, &value);
	if (r == -EINVAL)
		return r;
	if (strcmp(s, "m") == 0)
		factor = 60 * 1000;
	else if (strcmp(s, "h") == 0)
		factor = 3600 * 1000;
	else if (strcmp(s, "") != 0 && strcmp(s, "s") != 0)
		return -EINVAL;
	if (r < 0 || __builtin_mul_overflow(value, factor, &value))
		return -ERANGE;
	*ret_ms = value;
	return 0;
}
