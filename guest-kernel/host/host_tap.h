/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network cards of the guest: two tap devices, one in the host's network and one in the guest's own namespace (its eth0), and the pump that moves
 * frames between them. A frame on a descriptor has a header of HOST_TAP_HEADER bytes (struct virtio_net_hdr) in front, so that checksums and
 * segmentation can be left to whoever sends it on the wire at last.
 */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include "lib/types.h"

#define HOST_TAP_HEADER	   10u
#define HOST_TAP_FRAME_MAX (65536u + 64u) /* a segmentation frame with its Ethernet header */
#define HOST_NICS	   8u

/*
 * A descriptor (non-blocking, close-on-exec) of the tap `name` in the network namespace that the caller is in; the tap is made if there is none of that
 * name and the caller may. Offloads are on. -errno: -ENOENT no /dev/net/tun, -EPERM not ours, -EBUSY in use, -EINVAL not a tap.
 */
int host_tap_open(const char *name);

/* Offloads of the next user, who may know nothing of headers. */
void host_tap_reset(int fd);

/* In the caller's network namespace; needs CAP_NET_ADMIN there. 0 or -errno. */
int host_link_set_up(const char *name);
int host_link_set_mac(const char *name, const uint8_t mac[6]);
int host_link_index(const char *name); /* or -errno */

struct host_pump {
	int inner, outer; /* descriptors: the guest's end, the host's */
	/*
	 * Called by the pump's thread for each frame while `watched` is set. outgoing: on its way from the guest. header: HOST_TAP_HEADER bytes.
	 */
	void (*seen)(struct host_pump *p, const uint8_t *header, const uint8_t *frame, size_t len,
		     bool outgoing);
	uint32_t watched; /* written with host_pump_watch */
	uint64_t dropped; /* frames that the other end did not take */
};

/* Body of a host thread; arg is a struct host_pump. Returns only where memory is out at its start: a card whose cable is not in. */
void host_pump_run(void *arg);
void host_pump_watch(struct host_pump *p, bool on);

/* Send one frame of the guest's own, as it is. 0 or -errno; frames that the host drops count as sent. [any] */
int host_pump_inject(struct host_pump *p, const uint8_t *frame, size_t len);

#endif
