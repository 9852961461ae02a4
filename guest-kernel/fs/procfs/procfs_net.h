/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sys/net, and what sysfs and procfs ask the host about interfaces of the guest's namespace. Without a network everything is empty. */
#ifndef FS_PROCFS_PROCFS_NET_H
#define FS_PROCFS_PROCFS_NET_H

#include "fs/procfs/procfs.h"

/* procfs_register'ed by net/: net.ipv4.ping_group_range, first and last group that may have ping sockets. */
extern uint32_t net_ping_range[2];

/* Set by net/ once there is a network: a socket to ask with. */
extern int net_ask_fd;

/* Number i (from 0) of the interfaces, in the order of their creation: its number, 0 at the end. */
int net_interface_at(unsigned int i);
int net_interface_find(const char *name, size_t len); /* its number; 0: none */
bool net_interface_name(int ifindex, char name[16]);

extern const struct proc_entry proc_sys_net_entries[];

#endif
