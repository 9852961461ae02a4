/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of socket calls share. */
#ifndef SYSCALLS_SYS_SOCKET_H
#define SYSCALLS_SYS_SOCKET_H

#include "abi/abi_fcntl.h"
#include "net/socket.h"

int address_from_user(uint64_t addr, int len, struct socket_address *ret);
/* Cut to the room that *len_addr says; the whole length is written there. */
int address_to_user(const struct socket_address *a, uint64_t addr, uint64_t len_addr);

static inline bool socket_nonblock(const struct file *f)
{
	return (f->flags & O_NONBLOCK) != 0;
}

#endif
