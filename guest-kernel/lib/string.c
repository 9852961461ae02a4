// SPDX-License-Identifier: GPL-2.0-or-later
/* String helpers that C does not have. */
#include "lib/string.h"

size_t str_copy(char *dst, const char *src, size_t len)
{
	size_t n = strlen(src);

	if (len > 0) {
		size_t copy = n < len - 1 ? n : len - 1;

		memcpy(dst, src, copy);
		dst[copy] = '\0';
	}
	return n;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 255;
}

bool str_to_u64(const char *s, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;

	if (base == 0) {
		base = 10;
		if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
			base = 16;
		else if (s[0] == '0' && s[1] != '\0')
			base = 8;
	}
	if (base == 16 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	if (*s == '\0')
		return false;
	for (; *s; s++) {
		unsigned int d = digit_value(*s);

		if (d >= base)
			return false;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return false;
	}
	*ret = value;
	return true;
}
