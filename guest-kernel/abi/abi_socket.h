/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of x86-64: see socket(2), socket(7), unix(7), sendmsg(2), recvmsg(2), cmsg(3). */
#ifndef ABI_SOCKET_H
#define ABI_SOCKET_H

#include "lib/types.h"

enum {
	AF_UNSPEC = 0,
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	AF_NETLINK = 16,
	AF_PACKET = 17,
	AF_MAX = 46
};

enum {
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	SOCK_RAW = 3,
	SOCK_RDM = 4,
	SOCK_SEQPACKET = 5,
	SOCK_PACKET = 10
};
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK  00004000u
#define SOCK_CLOEXEC   02000000u

enum { SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2 };

#define MSG_OOB		 0x00000001u
#define MSG_PEEK	 0x00000002u
#define MSG_DONTROUTE	 0x00000004u
#define MSG_CTRUNC	 0x00000008u
#define MSG_TRUNC	 0x00000020u
#define MSG_DONTWAIT	 0x00000040u
#define MSG_EOR		 0x00000080u
#define MSG_WAITALL	 0x00000100u
#define MSG_CONFIRM	 0x00000800u
#define MSG_ERRQUEUE	 0x00002000u
#define MSG_NOSIGNAL	 0x00004000u
#define MSG_MORE	 0x00008000u
#define MSG_WAITFORONE	 0x00010000u
#define MSG_CMSG_CLOEXEC 0x40000000u

#define SOL_SOCKET 1

enum {
	SO_DEBUG = 1,
	SO_REUSEADDR = 2,
	SO_TYPE = 3,
	SO_ERROR = 4,
	SO_DONTROUTE = 5,
	SO_BROADCAST = 6,
	SO_SNDBUF = 7,
	SO_RCVBUF = 8,
	SO_KEEPALIVE = 9,
	SO_OOBINLINE = 10,
	SO_PRIORITY = 12,
	SO_LINGER = 13,
	SO_REUSEPORT = 15,
	SO_PASSCRED = 16,
	SO_PEERCRED = 17,
	SO_RCVLOWAT = 18,
	SO_SNDLOWAT = 19,
	SO_RCVTIMEO = 20,
	SO_SNDTIMEO = 21,
	SO_PEERNAME = 28,
	SO_TIMESTAMP = 29,
	SO_ACCEPTCONN = 30,
	SO_PEERSEC = 31,
	SO_SNDBUFFORCE = 32,
	SO_RCVBUFFORCE = 33,
	SO_PASSSEC = 34,
	SO_PROTOCOL = 38,
	SO_DOMAIN = 39,
	SO_PEEK_OFF = 42,
	SO_PEERGROUPS = 59,
	SO_RCVTIMEO_NEW = 66,
	SO_SNDTIMEO_NEW = 67,
	SO_PEERPIDFD = 77,
};

enum { SCM_RIGHTS = 1, SCM_CREDENTIALS = 2 };
#define SCM_MAX_FD 253u

struct abi_ucred {
	int32_t pid;
	uint32_t uid, gid;
};

struct abi_linger {
	int32_t onoff, linger;
};

#define UNIX_PATH_MAX 108
struct abi_sockaddr_un {
	uint16_t family;
	char path[UNIX_PATH_MAX];
};
_Static_assert(sizeof(struct abi_sockaddr_un) == 110, "struct sockaddr_un");

#define SOCKADDR_MAX 128

struct abi_msghdr {
	uint64_t name;
	int32_t namelen, pad0;
	uint64_t iov, iovlen, control, controllen;
	uint32_t flags, pad1;
};
_Static_assert(sizeof(struct abi_msghdr) == 56, "struct msghdr of x86-64");

struct abi_mmsghdr {
	struct abi_msghdr hdr;
	uint32_t len, pad;
};
_Static_assert(sizeof(struct abi_mmsghdr) == 64, "struct mmsghdr of x86-64");

struct abi_cmsghdr {
	uint64_t len;
	int32_t level, type;
};
_Static_assert(sizeof(struct abi_cmsghdr) == 16, "struct cmsghdr of x86-64");
#define CMSG_ALIGN(n) ALIGN_UP((uint64_t)(n), 8)

#define SIOCATMARK 0x8905u
#define SIOCINQ	   0x541bu
#define SIOCOUTQ   0x5411u

#define SOMAXCONN 4096

#endif
