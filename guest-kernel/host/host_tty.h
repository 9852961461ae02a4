/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host terminals and other descriptors behind the guest's consoles: non-blocking, terminals in raw mode and put back at the end, window sizes.
 * Under the big lock unless marked.
 */
#ifndef HOST_TTY_H
#define HOST_TTY_H

#include "lib/types.h"

struct host_window {
	uint16_t rows, cols, xpixel, ypixel;
};

/*
 * A descriptor of our own for reading or writing what fd is, non-blocking and close-on-exec. Where the host allows it the open file is opened anew, so that
 * O_NONBLOCK is not seen by others that share it. -EBADF if fd is not open, or not open in that direction.
 */
int host_console_dup(int fd, bool for_writing);
/* open(2) of a terminal by name for both directions, without making it the controlling one. */
int host_console_open(const char *path);
/* A new pty: its master (non-blocking) and, so that the master never sees a hangup, a descriptor of the slave. name: the slave's path. */
int host_console_pty(int *ret_master, int *ret_slave, char *name, size_t len);

bool host_is_tty(int fd);

/* Put a terminal into raw mode and remember what it was; harmless if fd is none. At most 80. */
void host_tty_raw(int fd);
/* Called before the terminals are restored: the drivers send what is left and remove their sockets. May be NULL. */
extern void (*host_tty_at_end)(void);
/* Put all back, once; called by every way the kernel ends. [any] */
void host_tty_restore(void);

int host_tty_size(int fd, struct host_window *ret); /* 0 or -errno */
/*
 * A descriptor that becomes readable when a window size may have changed (SIGWINCH reached us). The terminal becomes our controlling one if it is
 * nobody's. Call it from the main thread. -errno if there is no way to know.
 */
int host_tty_winch_fd(int tty_fd);

/* Wait up to ms until fd can be written to; for the last output only. */
bool host_wait_writable(int fd, int ms);

#endif
