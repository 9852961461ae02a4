/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kepoll_create, epoll_ctl and kepoll_wait on kernel values. */
#ifndef FS_ANON_EPOLL_H
#define FS_ANON_EPOLL_H

#include "lib/types.h"

#define EPOLL_EVENTS_MAX (INT_MAX / 12)

int kepoll_create(uint32_t flags); /* EPOLL_CLOEXEC; the descriptor */
int epoll_control(int epfd, int op, int fd, uint32_t events, uint64_t data);
/*
 * Wait for events and write them to the guest's array. deadline_ns 0: do not wait. How many; -EINTR, -EFAULT, -EBADF, -EINVAL.
 * May sleep.
 */
int64_t kepoll_wait(int epfd, uaddr_t events, int n, uint64_t deadline_ns);

#endif
