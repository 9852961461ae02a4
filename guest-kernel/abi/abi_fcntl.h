/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags and structures of the file calls on x86-64. See open(2), openat2(2), fcntl(2), rename(2), fallocate(2), memfd_create(2), flock(2). */
#ifndef ABI_FCNTL_H
#define ABI_FCNTL_H

#include "abi/abi_time.h" /* struct abi_timespec */
#include "lib/types.h"

#define PATH_MAX 4096
#define NAME_MAX 255

#define O_ACCMODE   00000003u
#define O_RDONLY    00000000u
#define O_WRONLY    00000001u
#define O_RDWR	    00000002u
#define O_CREAT	    00000100u
#define O_EXCL	    00000200u
#define O_NOCTTY    00000400u
#define O_TRUNC	    00001000u
#define O_APPEND    00002000u
#define O_NONBLOCK  00004000u
#define O_DSYNC	    00010000u
#define O_ASYNC	    00020000u
#define O_DIRECT    00040000u
#define O_LARGEFILE 00100000u
#define O_DIRECTORY 00200000u
#define O_NOFOLLOW  00400000u
#define O_NOATIME   01000000u
#define O_CLOEXEC   02000000u
#define O_SYNC	    04010000u
#define O_PATH	    010000000u
#define O_TMPFILE   020200000u

#define AT_FDCWD	    (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS	    0x200
#define AT_REMOVEDIR	    0x200
#define AT_SYMLINK_FOLLOW   0x400
#define AT_NO_AUTOMOUNT	    0x800
#define AT_EMPTY_PATH	    0x1000
#define AT_STATX_FORCE_SYNC 0x2000
#define AT_STATX_DONT_SYNC  0x4000
#define AT_RECURSIVE	    0x8000

struct abi_open_how {
	uint64_t flags, mode, resolve;
};
_Static_assert(sizeof(struct abi_open_how) == 24, "struct open_how");

#define RESOLVE_NO_XDEV	      0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS   0x04
#define RESOLVE_BENEATH	      0x08
#define RESOLVE_IN_ROOT	      0x10
#define RESOLVE_CACHED	      0x20

enum {
	F_DUPFD = 0,
	F_GETFD = 1,
	F_SETFD = 2,
	F_GETFL = 3,
	F_SETFL = 4,
	F_GETLK = 5,
	F_SETLK = 6,
	F_SETLKW = 7,
	F_SETOWN = 8,
	F_GETOWN = 9,
	F_SETSIG = 10,
	F_GETSIG = 11,
	F_SETOWN_EX = 15,
	F_GETOWN_EX = 16,
	F_OFD_GETLK = 36,
	F_OFD_SETLK = 37,
	F_OFD_SETLKW = 38,
	F_SETLEASE = 1024,
	F_GETLEASE = 1025,
	F_NOTIFY = 1026,
	F_DUPFD_CLOEXEC = 1030,
	F_SETPIPE_SZ = 1031,
	F_GETPIPE_SZ = 1032,
	F_ADD_SEALS = 1033,
	F_GET_SEALS = 1034,
	F_GET_RW_HINT = 1035,
	F_SET_RW_HINT = 1036,
};
#define FD_CLOEXEC 1

enum { F_OWNER_TID = 0, F_OWNER_PID = 1, F_OWNER_PGRP = 2 };
struct abi_f_owner_ex {
	int32_t type, pid;
};

enum { F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2 };
struct abi_flock {
	int16_t l_type, l_whence;
	int32_t pad0;
	int64_t l_start, l_len;
	int32_t l_pid, pad1;
};
_Static_assert(sizeof(struct abi_flock) == 32, "struct flock of x86-64");

enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };

enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4 };

#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE	 2u
#define RENAME_WHITEOUT	 4u

#define FALLOC_FL_KEEP_SIZE	 0x01
#define FALLOC_FL_PUNCH_HOLE	 0x02
#define FALLOC_FL_COLLAPSE_RANGE 0x08
#define FALLOC_FL_ZERO_RANGE	 0x10
#define FALLOC_FL_INSERT_RANGE	 0x20
#define FALLOC_FL_UNSHARE_RANGE	 0x40

#define F_SEAL_SEAL	    0x0001
#define F_SEAL_SHRINK	    0x0002
#define F_SEAL_GROW	    0x0004
#define F_SEAL_WRITE	    0x0008
#define F_SEAL_FUTURE_WRITE 0x0010
#define F_SEAL_EXEC	    0x0020

#define MFD_CLOEXEC	  0x0001u
#define MFD_ALLOW_SEALING 0x0002u
#define MFD_HUGETLB	  0x0004u
#define MFD_NOEXEC_SEAL	  0x0008u
#define MFD_EXEC	  0x0010u

#define XATTR_CREATE   1
#define XATTR_REPLACE  2
#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536
#define XATTR_LIST_MAX 65536

#define R_OK 4
#define W_OK 2
#define X_OK 1

#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

#define CLOSE_RANGE_UNSHARE 2u
#define CLOSE_RANGE_CLOEXEC 4u

#define RWF_HIPRI  1u
#define RWF_DSYNC  2u
#define RWF_SYNC   4u
#define RWF_NOWAIT 8u
#define RWF_APPEND 16u

/* Generic ioctls. */
#define FIGETBSZ 2u
#define FIONREAD 0x541bu
#define FIONBIO	 0x5421u
#define FIONCLEX 0x5450u
#define FIOCLEX	 0x5451u
#define FIOASYNC 0x5452u
#define FIOQSIZE 0x5460u

#endif
