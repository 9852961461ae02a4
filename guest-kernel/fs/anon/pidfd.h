/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidfd_open(2), pidfd_getfd(2), pidfd_send_signal(2). */
#ifndef FS_ANON_PIDFD_H
#define FS_ANON_PIDFD_H

#include "abi/abi_signal.h"
#include "vfs/vfs.h"

int pidfd_open(int pid, uint32_t flags);
int pidfd_getfd(int pidfd, int fd);
/* info NULL: as kill(2) does. */
int pidfd_send_signal(int pidfd, int signo, const struct abi_siginfo *info);

#endif
