/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32C (Castagnoli, reflected) and CRC-16 (ANSI, reflected): the checksums of ext4's and jbd2's metadata. */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include "lib/types.h"

/* Goes on from crc and inverts nothing: ext4 begins with ~0 and stores the result as it is. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);
uint16_t crc16(uint16_t crc, const void *data, size_t len);

#endif
