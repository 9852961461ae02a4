// SPDX-License-Identifier: GPL-2.0-or-later
/* printf-like formatting without stdio: integers, strings, characters, pointers. */
#include "lib/string.h"

struct out {
	char *buf;
	size_t len, pos;
};

struct spec {
	bool left, zero, plus, space, alt, upper;
	int width, precision; /* precision -1: none */
	int size;	      /* bytes of an integer argument */
};

static void put(struct out *o, char c)
{
	if (o->pos + 1 < o->len)
		o->buf[o->pos] = c;
	o->pos++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t n)
{
	int fill = s->width - (int)n;

	if (!s->left)
		pad(o, ' ', fill);
	for (size_t i = 0; i < n; i++)
		put(o, text[i]);
	if (s->left)
		pad(o, ' ', fill);
}

/* base: 8, 10 or 16 */
static void put_number(struct out *o, const struct spec *s, uint64_t v, bool negative,
		       unsigned int base)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24];
	const char *prefix = negative ? "-" : s->plus ? "+" : s->space ? " " : "";
	int n = 0, zeros, fill;

	if (s->alt && base == 16 && v != 0)
		prefix = s->upper ? "0X" : "0x";
	else if (s->alt && base == 8 && v != 0)
		prefix = "0";
	while (v != 0) {
		/* cppcheck-suppress zerodivcond ; base is never 0 */
		tmp[n++] = digits[v % base];
		v /= base;
	}
	if (n == 0 && s->precision != 0)
		tmp[n++] = '0';
	zeros = s->precision > n ? s->precision - n : 0;
	fill = s->width - n - zeros - (int)strlen(prefix);
	if (s->zero && !s->left && s->precision < 0 && fill > 0) {
		zeros = fill;
		fill = 0;
	}
	if (!s->left)
		pad(o, ' ', fill);
	while (*prefix)
		put(o, *prefix++);
	pad(o, '0', zeros);
	while (n > 0)
		put(o, tmp[--n]);
	if (s->left)
		pad(o, ' ', fill);
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .precision = -1, .size = sizeof(int) };
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else if (*f == '#')
			s->alt = true;
		else
			break;
	}
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		if (s->width < 0) {
			s->left = true;
			s->width = -s->width;
		}
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + (*f - '0');
	if (*f == '.') {
		s->precision = 0;
		f++;
		if (*f == '*') {
			s->precision = va_arg(*ap, int);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++)
			s->precision = s->precision * 10 + (*f - '0');
	}
	for (;; f++) {
		if (*f == 'l' || *f == 'z' || *f == 'j' || *f == 't')
			s->size = 8;
		else if (*f == 'h')
			s->size = s->size == 2 ? 1 : 2;
		else
			return f;
	}
}

static uint64_t get_unsigned(const struct spec *s, va_list *ap)
{
	if (s->size == 8)
		return va_arg(*ap, uint64_t);
	if (s->size == 1)
		return (uint8_t)va_arg(*ap, unsigned int);
	if (s->size == 2)
		return (uint16_t)va_arg(*ap, unsigned int);
	return va_arg(*ap, unsigned int);
}

static int64_t get_signed(const struct spec *s, va_list *ap)
{
	if (s->size == 8)
		return va_arg(*ap, int64_t);
	if (s->size == 1)
		return (int8_t)va_arg(*ap, int);
	if (s->size == 2)
		return (int16_t)va_arg(*ap, int);
	return va_arg(*ap, int);
}

static void put_conversion(struct out *o, struct spec *s, char conv, va_list *ap)
{
	const char *text;
	int64_t i;
	char c;

	switch (conv) {
	case 'd':
	case 'i':
		i = get_signed(s, ap);
		put_number(o, s, i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0, 10);
		break;
	case 'u':
		put_number(o, s, get_unsigned(s, ap), false, 10);
		break;
	case 'X':
		s->upper = true;
		put_number(o, s, get_unsigned(s, ap), false, 16);
		break;
	case 'x':
		put_number(o, s, get_unsigned(s, ap), false, 16);
		break;
	case 'o':
		put_number(o, s, get_unsigned(s, ap), false, 8);
		break;
	case 'p':
		s->alt = true;
		put_number(o, s, (uint64_t)(uintptr_t)va_arg(*ap, void *), false, 16);
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(o, s, &c, 1);
		break;
	case 's':
		text = va_arg(*ap, const char *);
		if (!text)
			text = "(null)";
		put_text(o, s, text,
			 s->precision < 0 ? strlen(text) : strnlen(text, (size_t)s->precision));
		break;
	case '%':
		put(o, '%');
		break;
	default:
		put(o, '%');
		put(o, conv);
	}
}

int format_str_va(char *buf, size_t len, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .len = len };
	va_list args;

	va_copy(args, ap);
	for (; *fmt; fmt++) {
		struct spec s;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &args);
		if (*fmt == '\0')
			break;
		put_conversion(&o, &s, *fmt, &args);
	}
	va_end(args);
	if (len > 0)
		buf[o.pos < len ? o.pos : len - 1] = '\0';
	return (int)o.pos;
}

int format_str(char *buf, size_t len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = format_str_va(buf, len, fmt, ap);
	va_end(ap);
	return n;
}
