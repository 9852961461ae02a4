// SPDX-License-Identifier: GPL-2.0-or-later
/* Tap devices and the pump between two of them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/host_tap.h"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#define BURST 64 /* frames in one direction before the other has its turn */

_Static_assert(sizeof(struct virtio_net_hdr) == HOST_TAP_HEADER, "struct virtio_net_hdr");

/* What may come to us unfinished. Older hosts know no USO. */
static void offloads_on(int fd)
{
	unsigned int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

	if (ioctl(fd, TUNSETOFFLOAD, (unsigned long)(tcp | TUN_F_USO4 | TUN_F_USO6)) < 0 &&
	    ioctl(fd, TUNSETOFFLOAD, (unsigned long)tcp) < 0)
		(void)ioctl(fd, TUNSETOFFLOAD, (unsigned long)TUN_F_CSUM);
}

int host_tap_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd, size = HOST_TAP_HEADER, r;

	if (strlen(name) >= sizeof(ifr.ifr_name))
		return -ENAMETOOLONG;
	memcpy(ifr.ifr_name, name, strlen(name));
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	offloads_on(fd);
	return fd;
}

void host_tap_reset(int fd)
{
	(void)ioctl(fd, TUNSETOFFLOAD, 0ul);
}

/* --- links -------------------------------------------------------------------------------------- */

static int link_request(const char *name, unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (strlen(name) >= sizeof(ifr->ifr_name))
		r = -ENAMETOOLONG;
	else
		memcpy(ifr->ifr_name, name, strlen(name) + 1);
	if (r == 0 && ioctl(fd, request, ifr) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

int host_link_set_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int r = link_request(name, SIOCGIFFLAGS, &ifr);

	if (r < 0)
		return r;
	ifr.ifr_flags |= IFF_UP;
	return link_request(name, SIOCSIFFLAGS, &ifr);
}

int host_link_set_mac(const char *name, const uint8_t mac[6])
{
	struct ifreq ifr = { .ifr_hwaddr = { .sa_family = ARPHRD_ETHER } };

	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return link_request(name, SIOCSIFHWADDR, &ifr);
}

int host_link_index(const char *name)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };
	int r = link_request(name, SIOCGIFINDEX, &ifr);

	return r < 0 ? r : ifr.ifr_ifindex;
}

/* --- the pump ----------------------------------------------------------------------------------- */

void host_pump_watch(struct host_pump *p, bool on)
{
	__atomic_store_n(&p->watched, on, __ATOMIC_RELEASE);
}

/* False when the device is gone. A device that is down takes nothing and gives nothing, which is what a cable that is not plugged in does. */
static bool move_frames(struct host_pump *p, int from, int to, uint8_t *buf)
{
	for (unsigned int i = 0; i < BURST; i++) {
		ssize_t n = read(from, buf, HOST_TAP_HEADER + HOST_TAP_FRAME_MAX);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n <= (ssize_t)HOST_TAP_HEADER)
			continue;
		if (__atomic_load_n(&p->watched, __ATOMIC_ACQUIRE))
			p->seen(p, buf, buf + HOST_TAP_HEADER, (size_t)n - HOST_TAP_HEADER,
				from == p->inner);
		if (write(to, buf, (size_t)n) < 0)
			p->dropped++;
	}
	return true;
}

void host_pump_run(void *arg)
{
	uint8_t *buf = malloc(HOST_TAP_HEADER + HOST_TAP_FRAME_MAX);
	struct host_pump *p = arg;
	struct pollfd fds[2] = { { .fd = p->inner, .events = POLLIN },
				 { .fd = p->outer, .events = POLLIN } };

	while (buf) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		/* A descriptor below zero is passed over: the host's end may go away under us. */
		for (unsigned int i = 0; i < 2; i++)
			if (fds[i].revents && !move_frames(p, fds[i].fd, fds[1 - i].fd, buf))
				fds[i].fd = -1;
	}
	free(buf);
}

int host_pump_inject(struct host_pump *p, const uint8_t *frame, size_t len)
{
	struct virtio_net_hdr head = { .flags = 0 };
	struct iovec v[2] = { { &head, HOST_TAP_HEADER }, { (void *)(uintptr_t)frame, len } };

	/* As a card whose cable is out: nobody hears of it. */
	if (writev(p->outer, v, 2) < 0 && (errno == EINVAL || errno == EMSGSIZE))
		return -errno;
	return 0;
}
