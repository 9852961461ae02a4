/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poll(2) and select(2) of x86-64. */
#ifndef ABI_POLL_H
#define ABI_POLL_H

#include "lib/types.h"

#define POLLIN	   0x0001u
#define POLLPRI	   0x0002u
#define POLLOUT	   0x0004u
#define POLLERR	   0x0008u
#define POLLHUP	   0x0010u
#define POLLNVAL   0x0020u
#define POLLRDNORM 0x0040u
#define POLLRDBAND 0x0080u
#define POLLWRNORM 0x0100u
#define POLLWRBAND 0x0200u
#define POLLMSG	   0x0400u
#define POLLRDHUP  0x2000u

struct abi_pollfd {
	int32_t fd;
	int16_t events, revents;
};
_Static_assert(sizeof(struct abi_pollfd) == 8, "struct pollfd");

#define FD_SETSIZE_MAX 1048576u

#endif
