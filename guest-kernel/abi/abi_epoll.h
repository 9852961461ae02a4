/* SPDX-License-Identifier: GPL-2.0-or-later */
/* epoll(7), eventfd(2), timerfd_create(2), signalfd(2), pidfd_open(2), splice(2): flags and structures of x86-64. */
#ifndef ABI_EPOLL_H
#define ABI_EPOLL_H

#include "lib/types.h"

enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3 };

/* The low bits are poll(2)'s. */
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET	       (1u << 31)

#define EPOLL_CLOEXEC 02000000u

struct abi_epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct abi_epoll_event) == 12, "struct epoll_event is packed on x86-64");

#define EFD_SEMAPHORE 00000001u
#define EFD_NONBLOCK  00004000u
#define EFD_CLOEXEC   02000000u

#define TFD_NONBLOCK		00004000u
#define TFD_CLOEXEC		02000000u
#define TFD_TIMER_ABSTIME	1u
#define TFD_TIMER_CANCEL_ON_SET 2u
#define TFD_IOC_SET_TICKS	0x40085400u

#define SFD_NONBLOCK 00004000u
#define SFD_CLOEXEC  02000000u

struct abi_signalfd_siginfo {
	uint32_t signo;
	int32_t error, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, value_int;
	uint64_t value_ptr, utime, stime, addr;
	uint16_t addr_lsb, pad2;
	int32_t syscall;
	uint64_t call_addr;
	uint32_t arch;
	uint8_t pad[28];
};
_Static_assert(sizeof(struct abi_signalfd_siginfo) == 128, "struct signalfd_siginfo");

#define PIDFD_NONBLOCK 00004000u

#define SPLICE_F_MOVE	  1u
#define SPLICE_F_NONBLOCK 2u
#define SPLICE_F_MORE	  4u
#define SPLICE_F_GIFT	  8u
#define SPLICE_F_ALL	  15u

#endif
