/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests on files of disk file systems: linux/fs.h, linux/fiemap.h, ioctl_iflags(2), ioctl_fslabel(2). */
#ifndef ABI_EXT4_H
#define ABI_EXT4_H

#include "lib/types.h"

#define FS_IOC_GETFLAGS	    0x80086601u
#define FS_IOC_SETFLAGS	    0x40086602u
#define FS_IOC_GETVERSION   0x80087601u
#define FS_IOC_SETVERSION   0x40087602u
#define EXT4_IOC_GETVERSION 0x80086603u
#define EXT4_IOC_SETVERSION 0x40086604u
#define EXT4_IOC_GETFSUUID  0x8008662cu
#define FS_IOC_FSGETXATTR   0x801c581fu
#define FS_IOC_FSSETXATTR   0x401c5820u
#define FS_IOC_FIEMAP	    0xc020660bu
#define FS_IOC_GETFSLABEL   0x81009431u
#define FS_IOC_SETFSLABEL   0x41009432u
#define FITRIM		    0xc0185879u
#define FSLABEL_MAX	    256u

#define FS_XFLAG_IMMUTABLE   0x8u
#define FS_XFLAG_APPEND	     0x10u
#define FS_XFLAG_SYNC	     0x20u
#define FS_XFLAG_NOATIME     0x40u
#define FS_XFLAG_NODUMP	     0x80u
#define FS_XFLAG_PROJINHERIT 0x200u

struct abi_fsxattr {
	uint32_t fsx_xflags, fsx_extsize, fsx_nextents, fsx_projid, fsx_cowextsize;
	uint8_t fsx_pad[8];
};
_Static_assert(sizeof(struct abi_fsxattr) == 28, "struct fsxattr");

#define FIEMAP_FLAG_SYNC	1u
#define FIEMAP_EXTENT_LAST	1u
#define FIEMAP_EXTENT_UNWRITTEN 0x800u

struct abi_fiemap {
	uint64_t fm_start, fm_length;
	uint32_t fm_flags, fm_mapped_extents, fm_extent_count, fm_reserved;
};
struct abi_fiemap_extent {
	uint64_t fe_logical, fe_physical, fe_length, fe_reserved64[2];
	uint32_t fe_flags, fe_reserved[3];
};
_Static_assert(sizeof(struct abi_fiemap) == 32 && sizeof(struct abi_fiemap_extent) == 56,
	       "struct fiemap");

struct abi_fstrim_range {
	uint64_t start, len, minlen;
};
struct abi_fsuuid {
	uint32_t fsu_len, fsu_flags;
	uint8_t fsu_uuid[16];
};

#endif
