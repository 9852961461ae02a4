/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Text from
 * guests (consoles, mconsole) goes through utf8_sanitize before it becomes part of a JSON line,
 * because our own strict reader refuses the whole line otherwise.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes (1 to 4) of the valid sequence at the start of s, 0 if there is none within len. */
size_t utf8_sequence(const char *s, size_t len);

bool utf8_valid(const char *s, size_t len);

/* Replace every byte that is no part of a valid sequence by '?', in place. The length stays. */
void utf8_sanitize(char *s, size_t len);

#endif
