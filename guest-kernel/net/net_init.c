// SPDX-License-Identifier: GPL-2.0-or-later
/* Start of the socket layer and its families. Without a network namespace there are Unix sockets alone. */
#include "net/net.h"
#include "drivers/eth.h"
#include "net/inet_socket.h"
#include "net/unix_socket.h"

int net_init(void)
{
	int r = unix_init();

	if (r < 0 || !eth_has_network())
		return r;
	r = inet_init();
	if (r == 0)
		r = netlink_init();
	if (r == 0)
		r = packet_init();
	return r == 0 ? net_proc_init() : r;
}
