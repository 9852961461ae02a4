/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and string functions. The mem* and str* ones are the C library's (the compiler calls them by itself anyway);
 * formatting is our own (format.c), so that nothing of stdio is in the kernel.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Copy at most len-1 bytes and always terminate. Returns strlen(src): a value >= len means it was cut. */
size_t str_copy(char *dst, const char *src, size_t len);

/*
 * printf-like formatting: %d %i %u %x %X %o %c %s %p %%, flags - 0 + space #, width, precision, * for both, h hh l ll z j. Returns the
 * length that the whole text has, like snprintf; the buffer is always terminated if len > 0.
 */
int format_str(char *buf, size_t len, const char *fmt, ...) printf_like(3, 4);
int format_str_va(char *buf, size_t len, const char *fmt, va_list ap);

/* Strict number of the whole string; base 0 reads "0x", "0" and decimal. False if it is none or does not fit. */
bool str_to_u64(const char *s, unsigned int base, uint64_t *ret);

#endif
