// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The receive ring of a packet socket (PACKET_RX_RING, version 2): frames in arena pages that the guest maps. A frame belongs to the kernel while its status word is
 * 0, to the guest otherwise. The guest can write to all of it at any time: nothing but that word is read here, and only to see whether it is 0.
 */
#include "abi/abi_errno.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "mm/mm.h"
#include "net/packet_socket.h"

#define RING_MAX	(64ull << 20)
#define TPACKET_ALIGN	16u
#define HEADER_ALIGNED	ALIGN_UP((uint32_t)sizeof(struct abi_tpacket2_hdr), TPACKET_ALIGN)
#define HEADER_WITH_SLL (HEADER_ALIGNED + (uint32_t)sizeof(struct abi_sockaddr_ll))

struct packet_ring {
	struct mapping_source source;
	uint32_t refs; /* the socket's, and one for each area */
	uint32_t block_size, frame_size, frames_per_block, n_frames;
	uint32_t head; /* the next frame to fill */
	uint64_t n_pages;
	uint64_t pages[]; /* arena offsets */
};

/* --- memory ------------------------------------------------------------------------------------- */

static void ring_get(struct mapping_source *s)
{
	container_of(s, struct packet_ring, source)->refs++;
}

static void ring_put(struct mapping_source *s)
{
	struct packet_ring *r = container_of(s, struct packet_ring, source);

	if (--r->refs > 0)
		return;
	for (uint64_t i = 0; i < r->n_pages; i++)
		arena_free(r->pages[i], 1);
	kfree(r);
}

static int ring_resolve(struct mapping_source *s, uint64_t offset, uint64_t len, bool write,
			struct mapping_run *ret)
{
	struct packet_ring *r = container_of(s, struct packet_ring, source);
	uint64_t page = offset >> PAGE_SHIFT, n = 1;

	(void)write;
	*ret = (struct mapping_run){ .kind = MAPPING_RUN_EOF, .len = len };
	if (page >= r->n_pages)
		return 0;
	while (n < len >> PAGE_SHIFT && page + n < r->n_pages &&
	       r->pages[page + n] == r->pages[page] + n * PAGE_SIZE)
		n++;
	ret->kind = MAPPING_RUN_HOST;
	ret->engine_fd = ENGINE_FD_ARENA;
	ret->host_offset = r->pages[page];
	ret->len = n << PAGE_SHIFT;
	return 0;
}

static void ring_describe(struct mapping_source *s, char *buf, size_t len, uint64_t *ret_dev,
			  uint64_t *ret_ino)
{
	(void)s;
	(void)str_copy(buf, "socket:[packet]", len);
	*ret_dev = 0;
	*ret_ino = 0;
}

static const struct mapping_ops ring_ops = {
	.get = ring_get,
	.put = ring_put,
	.resolve = ring_resolve,
	.describe = ring_describe,
};

static int ring_create(const struct abi_tpacket_req *q, struct packet_ring **ret)
{
	uint64_t bytes = (uint64_t)q->block_size * q->block_nr, n = bytes >> PAGE_SHIFT;
	struct packet_ring *r;

	if (q->block_size == 0 || q->block_size % PAGE_SIZE || q->block_nr == 0 || bytes > RING_MAX)
		return -EINVAL;
	if (q->frame_size < HEADER_WITH_SLL || q->frame_size % TPACKET_ALIGN ||
	    q->frame_size > q->block_size)
		return -EINVAL;
	if (q->frame_nr != (uint64_t)(q->block_size / q->frame_size) * q->block_nr)
		return -EINVAL;
	r = kzalloc(sizeof(*r) + n * sizeof(r->pages[0]));
	if (!r)
		return -ENOMEM;
	mapping_source_init(&r->source, &ring_ops);
	r->refs = 1;
	r->block_size = q->block_size;
	r->frame_size = q->frame_size;
	r->frames_per_block = q->block_size / q->frame_size;
	r->n_frames = q->frame_nr;
	while (r->n_pages < n) {
		uint64_t offset, got;

		if (arena_alloc(n - r->n_pages, &offset, &got) < 0) {
			ring_put(&r->source);
			return -ENOMEM;
		}
		for (uint64_t i = 0; i < got; i++)
			r->pages[r->n_pages++] = offset + i * PAGE_SIZE;
	}
	*ret = r;
	return 0;
}

/* --- the socket's side -------------------------------------------------------------------------- */

void packet_ring_drop(struct packet_sock *p)
{
	if (p->ring)
		ring_put(&p->ring->source);
	p->ring = NULL;
}

int packet_ring_set(struct packet_sock *p, const void *value, unsigned int len)
{
	struct abi_tpacket_req q;
	struct packet_ring *r;
	int e;

	if (len < sizeof(q) || p->version != TPACKET_V2)
		return -EINVAL;
	memcpy(&q, value, sizeof(q));
	/* While it is mapped it stays what it is. */
	if (p->ring && p->ring->refs > 1)
		return -EBUSY;
	if (q.block_nr == 0) {
		packet_ring_drop(p);
		return q.frame_nr ? -EINVAL : 0;
	}
	if (p->ring)
		return -EBUSY;
	/* A frame has room for more than its headers. */
	if (q.frame_size < HEADER_WITH_SLL + TPACKET_ALIGN + ETH_HEADER + p->reserve)
		return -EINVAL;
	e = ring_create(&q, &r);
	if (e < 0)
		return e;
	packet_flush(p);
	p->ring = r;
	return 0;
}

int packet_ring_map(struct packet_sock *p, uint64_t offset, uint64_t len,
		    struct mapping_source **ret)
{
	if (!p->ring || offset || len != p->ring->n_pages * PAGE_SIZE)
		return -EINVAL;
	*ret = &p->ring->source;
	return 0;
}

static uint64_t frame_offset(const struct packet_ring *r, uint32_t frame)
{
	return (uint64_t)(frame / r->frames_per_block) * r->block_size +
	       (uint64_t)(frame % r->frames_per_block) * r->frame_size;
}

static void ring_write(struct packet_ring *r, uint64_t at, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len > 0) {
		size_t n = MIN(len, PAGE_SIZE - (at & (PAGE_SIZE - 1)));

		memcpy((uint8_t *)arena_ptr(r->pages[at >> PAGE_SHIFT]) + (at & (PAGE_SIZE - 1)),
		       from, n);
		at += n;
		from += n;
		len -= n;
	}
}

/* The status is the first word of a frame, which begins at a multiple of 16. */
static uint32_t *status_word(const struct packet_ring *r, uint32_t frame)
{
	uint64_t at = frame_offset(r, frame);

	return (uint32_t *)(uintptr_t)((uintptr_t)arena_ptr(r->pages[at >> PAGE_SHIFT]) +
				       (at & (PAGE_SIZE - 1)));
}

bool packet_ring_ready(const struct packet_sock *p)
{
	const struct packet_ring *r = p->ring;
	uint32_t last = (r->head + r->n_frames - 1) % r->n_frames;

	return __atomic_load_n(status_word(r, last), __ATOMIC_ACQUIRE) != 0;
}

bool packet_ring_give(struct packet_sock *p, const struct abi_sockaddr_ll *from,
		      const uint8_t *data, uint32_t len, uint32_t kept)
{
	struct packet_ring *r = p->ring;
	uint32_t *status = status_word(r, r->head);
	uint32_t header = p->type == SOCK_DGRAM ? 0 : ETH_HEADER, net, mac;
	uint64_t at = frame_offset(r, r->head), now = host_realtime_ns();
	struct abi_tpacket2_hdr h = { .len = len };

	if (__atomic_load_n(status, __ATOMIC_ACQUIRE) != 0)
		return false;
	net = ALIGN_UP(HEADER_WITH_SLL + TPACKET_ALIGN, TPACKET_ALIGN) + p->reserve;
	mac = net - header;
	kept = mac < r->frame_size ? MIN(kept, r->frame_size - mac) : 0;
	h.snaplen = kept;
	h.mac = (uint16_t)mac;
	h.net = (uint16_t)net;
	h.sec = (uint32_t)(now / NSEC_PER_SEC);
	h.nsec = (uint32_t)(now % NSEC_PER_SEC);
	ring_write(r, at, &h, sizeof(h));
	ring_write(r, at + HEADER_ALIGNED, from, sizeof(*from));
	ring_write(r, at + mac, data, kept);
	__atomic_store_n(status, TP_STATUS_USER | TP_STATUS_CSUM_VALID, __ATOMIC_RELEASE);
	r->head = (r->head + 1) % r->n_frames;
	return true;
}
