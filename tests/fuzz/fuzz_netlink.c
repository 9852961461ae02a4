// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests of guests on their way to the host (the first byte: which protocol), and answers of SOCK_DIAG on their way back. */
#include "fuzz_target.h"

#include "abi/abi_net.h"
#include "net/inet_socket.h"

/* Written once more and as plainly as can be: a message that passed names no namespace and no kind of device. */
static void must_be_harmless(const uint8_t *p, size_t len)
{
	struct abi_nlmsghdr h;

	for (size_t at = 0; at + sizeof(h) <= len; at += (h.len + 3) & ~3u) {
		memcpy(&h, p + at, sizeof(h));
		MUST(h.len >= sizeof(h) && h.len <= len - at);
		if (h.type < 16)
			continue;
		MUST(h.type != 17 && h.type <= 106);
		if (h.type != 16 && h.type != 19)
			continue;
		for (size_t a = sizeof(h) + 16; a + 4 <= h.len;) {
			uint16_t attr[2];

			memcpy(attr, p + at + a, sizeof(attr));
			if (attr[0] < 4)
				break;
			attr[1] &= 0x3fff;
			MUST(attr[1] != 18 && attr[1] != 19 && attr[1] != 28);
			a += (attr[0] + 3u) & ~3u;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int protocol = len > 0 && data[0] & 1 ? NETLINK_SOCK_DIAG : NETLINK_ROUTE;
	uint8_t *copy;
	ssize_t n;

	if (len == 0)
		return 0;
	copy = exact_copy(data + 1, len - 1);
	n = netlink_check(protocol, copy, len - 1);
	MUST(n <= (ssize_t)len - 1);
	if (n > 0 && protocol == NETLINK_ROUTE)
		must_be_harmless(copy, (size_t)n);
	netlink_diag_translate(copy, len - 1);
	free(copy);
	return 0;
}
