/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kpidfd_open(2), kpidfd_getfd(2), kpidfd_send_signal(2). */
#ifndef FS_ANON_PIDFD_H
#define FS_ANON_PIDFD_H

#include "abi/abi_signal.h"
#include "vfs/vfs.h"

int kpidfd_open(int pid, uint32_t flags);
int kpidfd_getfd(int pidfd, int fd);
/* info NULL: as kill(2) does. */
int kpidfd_send_signal(int pidfd, int signo, const struct abi_siginfo *info);

#endif
