/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, interface requests, netlink and packet sockets of x86-64: see ip(7), ipv6(7), netdevice(7), netlink(7), rtnetlink(7), packet(7). */
#ifndef ABI_NET_H
#define ABI_NET_H

#include "lib/types.h"

enum {
	IPPROTO_IP = 0,
	IPPROTO_ICMP = 1,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_IPV6 = 41,
	IPPROTO_ICMPV6 = 58,
	IPPROTO_RAW = 255
};
enum { SOL_IP = 0, SOL_TCP = 6, SOL_UDP = 17, SOL_IPV6 = 41, SOL_PACKET = 263, SOL_NETLINK = 270 };

#define MSG_FASTOPEN 0x20000000u

/* Control messages that sendmsg takes. */
enum { IP_TOS = 1, IP_TTL = 2, IP_RETOPTS = 7, IP_PKTINFO = 8 };
enum { IPV6_PKTINFO = 50, IPV6_HOPLIMIT = 52, IPV6_DONTFRAG = 62, IPV6_TCLASS = 67 };
enum { UDP_SEGMENT = 103 };
enum { SO_ATTACH_FILTER = 26, SO_DETACH_FILTER = 27, SO_MARK = 36, SO_LOCK_FILTER = 44 };

struct abi_sockaddr_in {
	uint16_t family, port; /* the port in network order, as the address */
	uint32_t addr;
	uint8_t zero[8];
};
_Static_assert(sizeof(struct abi_sockaddr_in) == 16, "struct sockaddr_in");

#define SOCKADDR_IN6_MIN 24u /* RFC 2133: without the scope */
#define SOCKADDR_IN6	 28u

struct abi_sockaddr_nl {
	uint16_t family, pad;
	uint32_t pid, groups;
};
_Static_assert(sizeof(struct abi_sockaddr_nl) == 12, "struct sockaddr_nl");

struct abi_sockaddr_ll {
	uint16_t family, protocol; /* protocol in network order */
	int32_t ifindex;
	uint16_t hatype;
	uint8_t pkttype, halen;
	uint8_t addr[8];
};
_Static_assert(sizeof(struct abi_sockaddr_ll) == 20, "struct sockaddr_ll");

/* --- netlink ------------------------------------------------------------------------------------ */

enum { NETLINK_ROUTE = 0, NETLINK_SOCK_DIAG = 4 };

struct abi_nlmsghdr {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, pid;
};
_Static_assert(sizeof(struct abi_nlmsghdr) == 16, "struct nlmsghdr");
#define NLMSG_ALIGN(n) ALIGN_UP((size_t)(n), (size_t)4)

struct abi_nlattr {
	uint16_t len, type;
};
#define NLA_TYPE_MASK 0x3fffu

enum {
	NLMSG_MIN_TYPE = 16,
	RTM_NEWLINK = 16,
	RTM_GETLINK = 18,
	RTM_SETLINK = 19,
	RTM_NEWADDR = 20,
	RTM_DELADDR = 21,
	RTM_GETADDR = 22,
	RTM_NEWROUTE = 24,
	RTM_DELROUTE = 25,
	RTM_GETROUTE = 26,
	RTM_NEWNEIGH = 28,
	RTM_DELNEIGH = 29,
	RTM_GETNEIGH = 30,
	RTM_NEWRULE = 32,
	RTM_DELRULE = 33,
	RTM_GETRULE = 34,
	RTM_GETQDISC = 38,
	RTM_GETMULTICAST = 58,
	RTM_GETANYCAST = 62,
	RTM_GETNEIGHTBL = 66,
	RTM_GETADDRLABEL = 74,
	RTM_GETNETCONF = 82,
	RTM_GETSTATS = 94,
	RTM_GETNEXTHOP = 106,
};
enum {
	IFLA_ADDRESS = 1,
	IFLA_BROADCAST = 2,
	IFLA_IFNAME = 3,
	IFLA_MTU = 4,
	IFLA_TXQLEN = 13,
	IFLA_OPERSTATE = 16,
	IFLA_LINKMODE = 17,
	IFLA_IFALIAS = 20,
	IFLA_AF_SPEC = 26,
	IFLA_GROUP = 27,
	IFLA_EXT_MASK = 29,
	IFLA_PROMISCUITY = 30,
	IFLA_CARRIER = 33,
	IFLA_PROTO_DOWN = 39,
};
enum { RTA_MULTIPATH = 9, RTA_ENCAP_TYPE = 21, RTA_ENCAP = 22 };

enum { SOCK_DIAG_BY_FAMILY = 20 };
/* struct inet_diag_msg behind the header: where owner and inode stand. */
#define INET_DIAG_MSG_LEN   72u
#define INET_DIAG_MSG_UID   64u
#define INET_DIAG_MSG_INODE 68u

/* --- interface requests ------------------------------------------------------------------------- */

#define SIOCADDRT      0x890bu
#define SIOCDELRT      0x890cu
#define SIOCGSTAMP     0x8906u
#define SIOCGSTAMPNS   0x8907u
#define SIOCGIFNAME    0x8910u
#define SIOCGIFCONF    0x8912u
#define SIOCGIFFLAGS   0x8913u
#define SIOCSIFFLAGS   0x8914u
#define SIOCGIFADDR    0x8915u
#define SIOCSIFADDR    0x8916u
#define SIOCGIFDSTADDR 0x8917u
#define SIOCSIFDSTADDR 0x8918u
#define SIOCGIFBRDADDR 0x8919u
#define SIOCSIFBRDADDR 0x891au
#define SIOCGIFNETMASK 0x891bu
#define SIOCSIFNETMASK 0x891cu
#define SIOCGIFMETRIC  0x891du
#define SIOCGIFMTU     0x8921u
#define SIOCSIFMTU     0x8922u
#define SIOCSIFNAME    0x8923u
#define SIOCSIFHWADDR  0x8924u
#define SIOCGIFHWADDR  0x8927u
#define SIOCADDMULTI   0x8931u
#define SIOCDELMULTI   0x8932u
#define SIOCGIFINDEX   0x8933u
#define SIOCGIFPFLAGS  0x8935u
#define SIOCDIFADDR    0x8936u
#define SIOCGIFTXQLEN  0x8942u
#define SIOCSIFTXQLEN  0x8943u
#define SIOCETHTOOL    0x8946u
#define SIOCDARP       0x8953u
#define SIOCGARP       0x8954u
#define SIOCSARP       0x8955u
#define SIOCGIFMAP     0x8970u
#define SIOCGIWNAME    0x8b01u

struct abi_ifreq {
	char name[16];
	uint8_t data[24];
};
_Static_assert(sizeof(struct abi_ifreq) == 40, "struct ifreq");

struct abi_ifconf {
	int32_t len, pad;
	uint64_t buf;
};

/* struct rtentry; dev points to a name. */
struct abi_rtentry {
	uint8_t front[88];
	uint64_t dev;
	uint8_t back[24];
};
_Static_assert(sizeof(struct abi_rtentry) == 120, "struct rtentry");

#define IN6_IFREQ_SIZE 24u
#define IN6_RTMSG_SIZE 80u
#define ARPREQ_SIZE    68u

/* --- packet sockets ----------------------------------------------------------------------------- */

enum { PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING };
enum {
	PACKET_ADD_MEMBERSHIP = 1,
	PACKET_DROP_MEMBERSHIP = 2,
	PACKET_RX_RING = 5,
	PACKET_STATISTICS = 6,
	PACKET_AUXDATA = 8,
	PACKET_ORIGDEV = 9,
	PACKET_VERSION = 10,
	PACKET_HDRLEN = 11,
	PACKET_RESERVE = 12,
	PACKET_IGNORE_OUTGOING = 23
};
#define ETH_P_ALL    0x0003u
#define ETH_HEADER   14u
#define ARPHRD_ETHER 1

struct abi_tpacket_auxdata {
	uint32_t status, len, snaplen;
	uint16_t mac, net, vlan_tci, vlan_tpid;
};
_Static_assert(sizeof(struct abi_tpacket_auxdata) == 20, "struct tpacket_auxdata");
struct abi_tpacket_req {
	uint32_t block_size, block_nr, frame_size, frame_nr;
};

struct abi_tpacket2_hdr {
	uint32_t status, len, snaplen;
	uint16_t mac, net;
	uint32_t sec, nsec;
	uint16_t vlan_tci, vlan_tpid;
	uint8_t padding[4];
};
_Static_assert(sizeof(struct abi_tpacket2_hdr) == 32, "struct tpacket2_hdr");
enum { TPACKET_V1, TPACKET_V2, TPACKET_V3 };

#define TP_STATUS_USER	     1u
#define TP_STATUS_CSUM_VALID 0x80u

#endif
