// SPDX-License-Identifier: GPL-2.0-or-later
/* Start of the socket layer. Internet and netlink families come with the network. */
#include "net/net.h"
#include "net/unix_socket.h"

int net_init(void)
{
	return unix_init();
}
