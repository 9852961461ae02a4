/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of the socket layer and its families. 0 or -errno. */
#ifndef NET_NET_H
#define NET_NET_H

int net_init(void);

#endif
