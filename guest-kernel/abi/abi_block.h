/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ioctl commands of block devices on x86-64, and their structures. See linux/fs.h, linux/blkpg.h, linux/hdreg.h of the kernel's user headers. */
#ifndef ABI_BLOCK_H
#define ABI_BLOCK_H

#include "lib/types.h"

#define BLKROSET	 0x125du /* int * */
#define BLKROGET	 0x125eu /* int * */
#define BLKRRPART	 0x125fu
#define BLKGETSIZE	 0x1260u /* unsigned long *, sectors of 512 */
#define BLKFLSBUF	 0x1261u
#define BLKRASET	 0x1262u /* unsigned long by value, sectors */
#define BLKRAGET	 0x1263u /* long * */
#define BLKFRASET	 0x1264u
#define BLKFRAGET	 0x1265u
#define BLKSECTGET	 0x1267u /* unsigned short * */
#define BLKSSZGET	 0x1268u /* int * */
#define BLKPG		 0x1269u
#define BLKBSZGET	 0x80081270u /* int *, whatever the number says */
#define BLKBSZSET	 0x40081271u /* int * */
#define BLKGETSIZE64	 0x80081272u /* uint64_t * */
#define BLKDISCARD	 0x1277u     /* uint64_t[2]: start, length */
#define BLKIOMIN	 0x1278u     /* unsigned int * */
#define BLKIOOPT	 0x1279u     /* unsigned int * */
#define BLKALIGNOFF	 0x127au     /* int * */
#define BLKPBSZGET	 0x127bu     /* unsigned int * */
#define BLKDISCARDZEROES 0x127cu     /* unsigned int * */
#define BLKSECDISCARD	 0x127du     /* uint64_t[2] */
#define BLKROTATIONAL	 0x127eu     /* unsigned short * */
#define BLKZEROOUT	 0x127fu     /* uint64_t[2] */
#define BLKGETDISKSEQ	 0x80081280u /* uint64_t * */
#define HDIO_GETGEO	 0x0301u

struct abi_hd_geometry {
	uint8_t heads, sectors;
	uint16_t cylinders;
	uint64_t start;
};
_Static_assert(sizeof(struct abi_hd_geometry) == 16, "struct hd_geometry");

enum { BLKPG_ADD_PARTITION = 1, BLKPG_DEL_PARTITION = 2, BLKPG_RESIZE_PARTITION = 3 };

struct abi_blkpg_arg {
	int32_t op, flags, datalen;
	uint64_t data;
};
_Static_assert(sizeof(struct abi_blkpg_arg) == 24, "struct blkpg_ioctl_arg");

struct abi_blkpg_partition {
	int64_t start, length; /* bytes */
	int32_t pno;
	char devname[64], volname[64];
};
_Static_assert(sizeof(struct abi_blkpg_partition) == 152, "struct blkpg_partition");

#endif
