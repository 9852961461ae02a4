/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A viewer of a console: a stream of frames (common/console_proto.h) over a descriptor that umld handed in. It has one frame
 * in flight and a position in the ring, nothing else grows; one that reads slowly skips output and is told LOST. A
 * viewer that closes its sending side, or sends what is not a frame, is dropped.
 */
#ifndef DAEMON_MONITOR_CONSOLE_VIEWER_H
#define DAEMON_MONITOR_CONSOLE_VIEWER_H

#include <stdbool.h>

#include "common/error.h"

struct guest_console;

/* fd is taken over in any case. */
int console_viewer_new(struct guest_console *c, int fd, bool readonly, struct error *err);

/* The console has more to tell: send to all what they can take now. */
void console_viewers_pump(struct guest_console *c);

/* Whether the console takes input has changed. */
void console_viewers_update(struct guest_console *c);

void console_viewers_drop_all(struct guest_console *c);

#endif
