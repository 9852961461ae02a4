/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers for what people and scripts write: names, sizes, MAC addresses, numbers. All are strict
 * (the whole string, no blanks, no overflow), have no state, and leave their outputs untouched on
 * failure. They return 0 or -EINVAL (-ERANGE where a number does not fit) and no error object: the
 * caller knows the field's name.
 */
#ifndef COMMON_PARSE_H
#define COMMON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Guest and image names: 1 to 32 of a-z 0-9 and '-', starting with a letter or digit, not ending with
 * '-'. They become host names, directory names, DNS labels and parts of socket paths (108 bytes).
 * Image names may also contain '.' and '_' inside.
 */
#define NAME_LEN_MAX 32
bool guest_name_valid(const char *s);
bool image_name_valid(const char *s);

/* A Linux interface name: 1 to 15 bytes of A-Z a-z 0-9 _ . -, not "." or "..". */
bool ifname_valid(const char *s);

/*
 * "<digits>[kKmMgGtT]" to bytes (powers of 1024; an optional "iB" or "B" after the letter). Without a letter the
 * number is in bytes. "0" is valid.
 */
int parse_size(const char *s, uint64_t *ret_bytes);

/* Bytes to the shortest exact form that parse_size reads ("128M", "4G", "1536"). buf of 24 bytes is enough. */
const char *format_size(uint64_t bytes, char *buf, size_t len);

/* Decimal unsigned number in [min, max]. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* "aa:bb:cc:dd:ee:ff", unicast and not all zero. format_mac writes 18 bytes. */
int parse_mac(const char *s, uint8_t ret_mac[6]);
void format_mac(const uint8_t mac[6], char buf[18]);

/* IPv4 "a.b.c.d/len" with 8 <= len <= 30; address in host byte order. */
int parse_ipv4_prefix(const char *s, uint32_t *ret_addr, unsigned int *ret_len);

/* "90", "90s", "5m", "1h", "infinity" to milliseconds; infinity is UINT64_MAX. */
int parse_duration(const char *s, uint64_t *ret_ms);

#endif
